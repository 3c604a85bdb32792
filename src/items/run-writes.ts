/** Runs writes of items and turns what the procedure decided into results or the caller's error. */
import type { Clock } from '../foundation/clock.ts';
import { assert } from '../foundation/assert.ts';
import { ApiError } from '../foundation/errors.ts';
import type { StorageEngine } from '../storage/engine.ts';
import { type Catalog, tableNotFoundError } from '../tables/catalog.ts';
import type { TableDefinition } from '../tables/table.ts';
import { type WriteAction, type WriteResult, writeItems } from './write-items.ts';

export interface WriteContext {
  readonly engine: StorageEngine;
  readonly catalog: Catalog;
  readonly clock: Clock;
}

/** A write whose table is still to be looked up; `plan` throws the ApiError for a key or item that does not fit it. */
export interface PlannedWrite {
  readonly tableName: string;
  plan(table: TableDefinition): WriteAction;
}

/**
 * Runs `planned` in one atomic step and resolves with their results in order, once durable. Plans run again if a
 * table was deleted or replaced meanwhile; `validate` sees the actions together and may throw.
 *
 * Throws ResourceNotFoundException, or the fault of the first action that has one.
 */
export async function runWrites(
  context: WriteContext,
  planned: readonly PlannedWrite[],
  validate?: (actions: readonly WriteAction[]) => void,
): Promise<readonly WriteResult[]> {
  for (;;) {
    const actions: WriteAction[] = [];
    for (const { tableName, plan } of planned) {
      const table = await context.catalog.find(tableName);
      if (table === undefined) throw tableNotFoundError();
      actions.push(plan(table));
    }
    validate?.(actions);
    const output = await context.engine.transact(writeItems, { nowMs: context.clock.nowMs(), actions });
    switch (output.kind) {
      case 'done':
        return output.results;
      case 'failed': {
        const fault = output.faults.find((each) => each !== undefined);
        assert(fault !== undefined, 'a failed write has a fault');
        throw new ApiError(fault);
      }
      case 'stale':
    }
  }
}

/** `runWrites` of a single write. */
export async function runWrite(context: WriteContext, planned: PlannedWrite): Promise<WriteResult> {
  const [result] = await runWrites(context, [planned]);
  assert(result !== undefined, 'a write has a result');
  return result;
}
