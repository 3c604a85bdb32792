/** From many steps that fail to few: what is left out one part after the other, as long as the rest fails too. */
import { type Failure, takeAll } from './attempt.ts';
import { type Operation, operationOf } from './operation.ts';
import type { Server } from './servers.ts';
import type { Step } from './steps.ts';
import { deleteTableOperation } from './table-operations.ts';

/**
 * A failure at the same step after fewer steps, or `failure` itself if none was found. About `retakenSteps` steps are
 * taken for it.
 */
export async function findFewerSteps(
  servers: readonly Server[],
  failure: Failure,
  retakenSteps: number,
): Promise<Failure> {
  let left = retakenSteps;
  async function retake(steps: readonly Step[]): Promise<Failure | undefined> {
    if (left < steps.length) return undefined;
    left -= steps.length;
    for (const server of servers) await deleteTables(server);
    const { failure: found } = await takeAll(servers, steps);
    return found?.steps.at(-1) === failure.steps.at(-1) ? found : undefined;
  }

  let best = failure;
  for (let size = 8; size < failure.steps.length && best === failure; size *= 2) {
    best = (await retake(lastSteps(failure.steps, size))) ?? failure;
  }
  for (let size = Math.floor(best.steps.length / 2); size >= 1; size = Math.floor(size / 2)) {
    // From the end, as what went before the last steps had the most to do with them.
    for (let start = best.steps.length - 1 - size; start >= 0; start -= size) {
      best = (await retake(best.steps.toSpliced(start, size))) ?? best;
    }
  }
  return best;
}

/** The last `count` steps, and of those before only what made or deleted a table. */
function lastSteps(steps: readonly Step[], count: number): readonly Step[] {
  return steps.filter((step, i) => i >= steps.length - count || changesTables(step));
}

function changesTables(step: Step): boolean {
  if (step.kind === 'operation') return TABLE_OPERATIONS.has(step.operation.name);
  return step.kind === 'round' && step.operations.some(({ name }) => TABLE_OPERATIONS.has(name));
}

const TABLE_OPERATIONS: ReadonlySet<string> = new Set(['CreateTable', 'DeleteTable']);

async function deleteTables(server: Server): Promise<void> {
  const { body } = await server.send(LIST_TABLES);
  for (const name of (body as { readonly TableNames: readonly string[] }).TableNames) {
    await server.send(deleteTableOperation(name));
  }
}

const LIST_TABLES: Operation = operationOf('ListTables', {}, () => ({}));
