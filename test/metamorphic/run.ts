/** A run of the metamorphic test: random steps on several servers and a model, which have to agree. */
import { createSeededRandom } from '../seeded-random.ts';
import { Mismatch } from './comparison.ts';
import type { Database } from './database.ts';
import { createDraw } from './draw.ts';
import { drawSteps } from './random-steps.ts';
import type { Server } from './servers.ts';
import { takeAll } from './attempt.ts';
import { findFewerSteps } from './fewer-steps.ts';
import { describeStep } from './steps.ts';

export interface RunOptions {
  /** Without tables. */
  readonly servers: readonly Server[];
  readonly seed: number;
  /** How many steps to take. */
  readonly operations: number;
  /** How many steps may be taken anew to find fewer that fail. */
  readonly retakenSteps: number;
  readonly onStep?: (taken: number) => void;
  /** Told of the failure before fewer steps are looked for, which takes a while. */
  readonly onFailure?: (message: string) => void;
}

/** Resolves with what is there afterwards; rejects with a Mismatch: the seed, and few steps that lead to it. */
export async function runSteps(options: RunOptions): Promise<Database> {
  const { servers, seed, operations, retakenSteps, onStep, onFailure } = options;
  const drawn = drawSteps(createDraw(createSeededRandom(seed)));
  const steps = Array.from({ length: operations }, () => drawn.next().value);
  steps.push({ kind: 'counts' });
  const { failure, database } = await takeAll(servers, steps, onStep);
  if (failure === undefined) return database;
  const message = `seed ${seed}, step ${failure.steps.length}: ${failure.mismatch.message}`;
  onFailure?.(message);
  const few = await findFewerSteps(servers, failure, retakenSteps);
  const lines = few.steps.map((step) => `- ${describeStep(step)}`);
  throw new Mismatch(
    `${message}\n\n${lines.length} steps lead to it:\n${lines.join('\n')}\n` +
      (few === failure ? '' : `\nat the last of which: ${few.mismatch.message}\n`),
    { cause: failure.mismatch },
  );
}
