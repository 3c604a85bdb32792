/** When two answers say the same, and how a report shows that they don't. */
import { isDeepStrictEqual } from 'node:util';
import type { Answer } from './errors.ts';
import type { Operation } from './operation.ts';
import type { Server } from './servers.ts';

/** Two that should agree don't. */
export class Mismatch extends Error {
  override readonly name = 'Mismatch';
}

/** Whether two answers mean the same: members and the elements of sets have no order. */
export function isSameAnswer(left: Answer, right: Answer): boolean {
  return left.status === right.status && isDeepStrictEqual(withSortedSets(left.body), withSortedSets(right.body));
}

const SET_TYPES: ReadonlySet<string> = new Set(['SS', 'NS', 'BS']);

function withSortedSets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withSortedSets);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, member]: [string, unknown]) => {
    const isSet = SET_TYPES.has(name) && Array.isArray(member);
    return [name, isSet ? member.toSorted() : withSortedSets(member)] as const;
  });
  return Object.fromEntries(entries);
}

/** Sends `operation` to all servers and resolves with the answer of the first; they have to be the same to the byte. */
export async function sendToAll(servers: readonly Server[], operation: Operation): Promise<Answer> {
  const answers = await Promise.all(servers.map((server) => server.send(operation)));
  const [first] = answers as [Answer];
  for (const [i, answer] of answers.entries()) {
    if (JSON.stringify(answer) === JSON.stringify(first)) continue;
    throw new Mismatch(
      `${describeOperation(operation)}\nis answered differently\n` +
        `${servers[0]?.name}: ${show(first)}\n${servers[i]?.name}: ${show(answer)}`,
    );
  }
  return first;
}

/** Throws if the answer to `operation` is not the `expected` one. */
export function compareAnswer(operation: Operation, given: Answer, expected: Answer): void {
  if (isSameAnswer(given, expected)) return;
  throw new Mismatch(
    `${describeOperation(operation)}\nis not answered as the model says\n` +
      `servers: ${show(given)}\nmodel:   ${show(expected)}`,
  );
}

export function describeOperation({ name, input }: Operation): string {
  return `${name} ${show(input)}`;
}

const SHOWN_LENGTH_MAX = 80;

/** JSON with long texts cut short. */
export function show(value: unknown): string {
  return JSON.stringify(value, (_member, each: unknown) =>
    typeof each === 'string' && each.length > SHOWN_LENGTH_MAX && !each.includes(' ')
      ? `${each.slice(0, SHOWN_LENGTH_MAX / 2)}... (${each.length})`
      : each,
  );
}
