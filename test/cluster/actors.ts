/** Everybody who works on a cluster during a run, and what the store must hold of it. */
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { setTimeout as sleep } from 'node:timers/promises';
import type { StorageEngine } from '../../src/storage/engine.ts';
import type { Model } from '../crash/model.ts';
import { runStep } from '../crash/workload.ts';
import { createSeededRandom } from '../seeded-random.ts';
import { auditBank } from './bank-audit.ts';
import type { Cluster } from './cluster.ts';
import { increment, type Tally } from './counters.ts';
import type { Actor } from './load.ts';
import { createTableCycle } from './table-cycle.ts';
import { createTeller } from './tellers.ts';

const WRITERS = 6;
const TELLERS = 4;
const COUNTING_CLIENTS = 4;
const AUDIT_PAUSE_MS = 100;

export interface ActorsOptions {
  readonly cluster: Cluster;
  /** A handle of the test's own. */
  readonly engine: StorageEngine;
  readonly model: Model;
  readonly tally: Tally;
  readonly random: () => number;
}

export function createActors({ cluster, engine, model, tally, random }: ActorsOptions): Actor[] {
  // Chance of its own for each: which of them is answered first must not change what the others do.
  const several = (kind: string, count: number, create: (name: string, random: () => number) => Actor): Actor[] =>
    Array.from({ length: count }, (_, i) => create(`${kind}-${i}`, createSeededRandom(random() * 2 ** 32)));
  return [
    ...several('client', WRITERS, (name, chance) => createWriter(name, cluster, model, chance)),
    ...several('teller', TELLERS, (name, chance) =>
      // A teller doesn't know that a node is paused.
      createTeller({ name, client: () => cluster.client(chance, { paused: true }), random: chance }),
    ),
    ...several('counting', COUNTING_CLIENTS, (name, chance) => ({
      name,
      step: () => increment(cluster.client(chance), tally, chance),
    })),
    ...several('tables', 1, (name, chance) => createTableCycle(name, cluster, chance)),
    createAuditor(engine),
  ];
}

/** A client as the crash test has them, but each request goes to any node. */
function createWriter(name: string, cluster: Cluster, model: Model, random: () => number): Actor {
  const options = {
    get client(): DynamoDBDocumentClient {
      return cluster.client(random);
    },
    model,
    name,
    random,
  };
  return { name, step: () => runStep(options) };
}

function createAuditor(engine: StorageEngine): Actor {
  return {
    name: 'auditor',
    async step() {
      await auditBank(engine);
      await sleep(AUDIT_PAUSE_MS);
    },
  };
}
