/** The steps as commands of fast-check, which chooses them, and leaves out those that a failure does not need. */
import fc from 'fast-check';
import { createSeededRandom } from '../seeded-random.ts';
import { Mismatch } from './comparison.ts';
import { createDraw } from './draw.ts';
import { STEPS, type StepKind, drawTables } from './random-steps.ts';
import { type Step, describeStep, takeStep } from './steps.ts';
import type { World } from './world.ts';

/** What a run has come to. */
export interface Progress extends World {
  /** The steps that were taken, as they are reported: commands are reported without what they were drawn to be. */
  readonly taken: string[];
}

export type Command = fc.AsyncCommand<Progress, undefined>;

/** All that chance decides about a step: another number is another step, not a smaller one. */
export const SEED: fc.Arbitrary<number> = fc.noShrink(fc.noBias(fc.nat()));

/** Up to `count` commands. `replayPath` is what a report has to shrink them again. */
export function arbitraryCommands(count: number, replayPath?: string): fc.Arbitrary<Iterable<Command>> {
  const kinds = Object.entries(STEPS).map(([name, kind]) => ({
    weight: kind.weight,
    arbitrary: SEED.map((seed) => commandOf(name, kind, seed)),
  }));
  return fc.commands([fc.oneof(...kinds)], {
    maxCommands: count,
    size: 'max',
    ...(replayPath !== undefined && { replayPath }),
  });
}

/** A step is drawn when it is taken, so that it can be about the tables that there are then. */
function commandOf(name: string, { needs, draw }: StepKind, seed: number): Command {
  return {
    check: ({ database }) => needs === undefined || [...database.values()].some(({ schema }) => needs(schema)),
    async run(progress) {
      const tables = new Map([...progress.database.values()].map((table) => [table.name, table.schema]));
      await takeSteps(progress, [draw({ draw: createDraw(createSeededRandom(seed)), tables })].flat());
    },
    toString: () => `${name}(${seed})`,
  };
}

/** Creates the tables that a run begins with. */
export async function createTables(progress: Progress, seed: number): Promise<void> {
  await takeSteps(progress, drawTables(createDraw(createSeededRandom(seed))));
}

/** Takes `steps`; rejects with a Mismatch that tells all steps of the run. */
export async function takeSteps(progress: Progress, steps: readonly Step[]): Promise<void> {
  for (const step of steps) {
    progress.taken.push(describeStep(step));
    try {
      await takeStep(progress, step);
    } catch (error) {
      // A server that can't be asked is one that does not agree.
      const problem = error instanceof Mismatch ? error.message : `failed: ${String(error)}`;
      const lines = progress.taken.map((each) => `- ${each}`);
      throw new Mismatch(`${lines.length} steps:\n${lines.join('\n')}\n\nat the last of which: ${problem}`, {
        cause: error,
      });
    }
  }
}
