/**
 * Rounds of concurrent clients on some nodes. After each one nothing is under way and all items are read, through every
 * node; then a serial order must explain the round, from the items before it on.
 */
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSeededRandom } from '../seeded-random.ts';
import { runClient } from './clients.ts';
import { type History, type Operation, type Recorder, createRecorder } from './history.ts';
import type { ItemState } from './items.ts';
import { createRequestSource } from './requests.ts';
import { send } from './send.ts';
import { checkHistory } from './steps.ts';
import { ITEM_NAMES, createTables, verifyIndex } from './tables.ts';

/** What the clients work on. */
export interface Nodes {
  /** A client of a node, chosen by `random`. Resolves when one is up. */
  connect(random: () => number): Promise<DynamoDBDocumentClient>;
  /** A client of each node, all of which are up. */
  all(): readonly DynamoDBDocumentClient[];
  /** Resolves when nothing that was asked is still being carried out. */
  settled(): Promise<void>;
}

/** What happens during a round, besides; resolves, when it is over, with what it was. */
export type Disturbance = (random: () => number) => Promise<string>;

export interface RoundsOptions {
  readonly nodes: Nodes;
  readonly seed: number;
  readonly rounds: number;
  readonly clients: number;
  /** How many requests each client makes in a round. */
  readonly requests: number;
  /** Takes each Query and BatchGetItem for one step: a snapshot, which is more than the service promises. */
  readonly whole?: boolean | undefined;
  /** Starts at some point of each round. */
  readonly disturb?: Disturbance | undefined;
  /** A folder that the history goes to which has no order, as JSON. */
  readonly failureFolder: string;
  readonly report: (line: string) => void;
}

/** How often each kind of operation had each outcome, such as `TransactWriteItems failed`. */
export type OutcomeCounts = ReadonlyMap<string, number>;

/** Rejects at the first history that no serial order explains. Needs an empty store. */
export async function runRounds(options: RoundsOptions): Promise<OutcomeCounts> {
  const random = createSeededRandom(options.seed);
  await createTables(await options.nodes.connect(random));
  const counts = new Map<string, number>();
  let initial: ReadonlyMap<string, ItemState> = new Map(ITEM_NAMES.map((name) => [name, undefined]));
  for (let round = 1; round <= options.rounds; round++) {
    const recorder = createRecorder();
    const disturbed = await runRound(options, recorder, `${round}`, random);
    await options.nodes.settled();
    const final = await readAll(options, recorder);
    const history: History = { initial, operations: recorder.operations() };
    const verdict = checkHistory(history, { whole: options.whole });
    if (verdict.kind !== 'explained') fail(options, round, history, verdict.report);
    for (const client of options.nodes.all()) await verifyIndex(client, final);
    for (const operation of recorder.operations()) count(counts, operation);
    const sizes = `${verdict.order.length} steps in order, ${verdict.configurations} configurations`;
    options.report(`round ${round} of ${options.rounds}: ${disturbed}${sizes}`);
    initial = final;
  }
  return counts;
}

/** Resolves with what disturbed it. */
async function runRound(
  { nodes, clients, requests, disturb }: RoundsOptions,
  recorder: Recorder,
  scope: string,
  random: () => number,
): Promise<string> {
  const startsAt = random() * clients * requests * 0.5;
  const underWay = Promise.withResolvers<void>();
  const noted: Recorder = {
    ...recorder,
    record(operation) {
      recorder.record(operation);
      if (recorder.operations().length >= startsAt) underWay.resolve();
    },
  };
  // Chance of its own for each: which of them is answered first must not change what the others ask for.
  const running = Array.from({ length: clients }, (_, number) => {
    const [chance, choice] = [createSeededRandom(random() * 2 ** 32), createSeededRandom(random() * 2 ** 32)];
    const source = createRequestSource(`${scope}.${number}`, chance);
    const connect = (): Promise<DynamoDBDocumentClient> => nodes.connect(choice);
    return runClient({ number, source, recorder: noted, connect }, requests);
  });
  const chance = createSeededRandom(random() * 2 ** 32);
  const disturbing = disturb && underWay.promise.then(() => disturb(chance));
  const [disturbed] = await Promise.all([disturbing, ...running]);
  return disturbed === undefined ? '' : `${disturbed as string}; `;
}

/** Reads all items through each node, which is part of the history. Resolves with what is there. */
async function readAll({ nodes, clients }: RoundsOptions, recorder: Recorder): Promise<Map<string, ItemState>> {
  let last: readonly ItemState[] = [];
  for (const client of nodes.all()) {
    const request = { kind: 'TransactGetItems', names: ITEM_NAMES } as const;
    const single = ITEM_NAMES.map((name) => ({ kind: 'GetItem', name }) as const);
    for (const each of [...single, request]) {
      const invokedMs = recorder.nowMs();
      const outcome = await send(client, each);
      assert(outcome.kind === 'read', 'every node answers at the end');
      recorder.record({ client: clients, request: each, invokedMs, returnedMs: recorder.nowMs(), outcome });
      last = outcome.items;
    }
  }
  return new Map(ITEM_NAMES.map((name, i) => [name, last[i]]));
}

function count(counts: Map<string, number>, { request, outcome }: Operation): void {
  const key = `${request.kind} ${outcome.kind}`;
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function fail({ seed, failureFolder }: RoundsOptions, round: number, history: History, report: string): never {
  const path = join(failureFolder, `history-${seed}-${round}.json`);
  writeFileSync(path, JSON.stringify({ ...history, initial: [...history.initial] }, undefined, 1));
  assert.fail(`seed ${seed}, round ${round}: ${report}\nthe history is in ${path}`);
}
