/**
 * Counters without a row that everyone waits for: each transaction adds rows with its own steps, and maintenance folds
 * them into their counters now and then. Whoever reads a counter adds up both, so it is always exact.
 */
import { call } from './batch.ts';
import type { Connections } from './connections.ts';
import { textArray } from './parameters.ts';
import { dropStaleGates, dropZeroCounters, foldCounters as fold, readCounters as select } from './statements.ts';

/** The most steps that are folded in one transaction. */
const FOLD_STEPS = 2_000;

/** See `StorageEngine.counters`. */
export async function readCounters(connections: Connections, names: readonly string[]): Promise<number[]> {
  if (names.length === 0) return [];
  const values = new Map(await connections.run(select, textArray([...new Set(names)])));
  return names.map((name) => values.get(name) ?? 0);
}

/** Folds steps into their counters, up to a bound; whether there may be more. Several may do so at once. */
export async function foldCounters(connections: Connections): Promise<'more' | 'done'> {
  return await connections.read(async (connection) => {
    const [[row]] = await connection.run(call(fold, String(FOLD_STEPS)));
    const folded = row?.[0] ?? 0;
    if (folded === FOLD_STEPS) return 'more';
    if (folded > 0) await connection.run(call(dropZeroCounters), call(dropStaleGates));
    return 'done';
  });
}
