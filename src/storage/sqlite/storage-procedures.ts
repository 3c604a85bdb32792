/** The procedures of the suite, and one that does to the writer thread what no procedure should. */
import { procedures as conformanceProcedures } from '../conformance-procedures.ts';
import type { Procedure } from '../engine.ts';

/** Ends the writer thread in the middle of a batch. */
export const endThread: Procedure<null, null> = {
  name: 'endThread',
  reads: () => [],
  decide: () => process.exit(1),
};

export const procedures: readonly Procedure<never, unknown>[] = [...conformanceProcedures, endThread];
