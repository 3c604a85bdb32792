import { Mismatch } from './comparison.ts';
import type { Database } from './database.ts';
import type { Server } from './servers.ts';
import { type Step, describeStep, takeStep } from './steps.ts';
import type { World } from './world.ts';

/** Steps of which the last one found that servers and model don't agree. */
export interface Failure {
  readonly steps: readonly Step[];
  readonly mismatch: Mismatch;
}

/** Takes `steps` on servers without tables, up to the first that fails. */
export async function takeAll(
  servers: readonly Server[],
  steps: readonly Step[],
  onStep?: (taken: number) => void,
): Promise<{ readonly failure: Failure | undefined; readonly database: Database }> {
  const world: World = { servers, database: new Map() };
  for (const [i, step] of steps.entries()) {
    try {
      await takeStep(world, step);
    } catch (error) {
      return { failure: { steps: steps.slice(0, i + 1), mismatch: mismatchOf(step, error) }, database: world.database };
    }
    onStep?.(i + 1);
  }
  return { failure: undefined, database: world.database };
}

/** A server that can't be asked is one that does not agree. */
function mismatchOf(step: Step, error: unknown): Mismatch {
  if (error instanceof Mismatch) return error;
  return new Mismatch(`${describeStep(step)}\nfailed: ${String(error)}`, { cause: error });
}
