/**
 * The procedure behind UpdateTable: a definition and what is asked of it give another definition, of which the parts
 * that change are in transition. What takes no time is settled in the same step (life-cycle.ts).
 */
import { ApiError } from '../foundation/errors.ts';
import type { Procedure, Space } from '../storage/engine.ts';
import { catalogKey, decodeTable, namedTableNotFoundFault } from './catalog.ts';
import { answerUpdating, changeCapacity } from './change-capacity.ts';
import { changeIndexes } from './change-indexes.ts';
import type { TableOutcome } from './create-table.ts';
import { decodeLifeCycle, lifeCycleKey, writeTable } from './life-cycle.ts';
import { decodeNextSpace, encodeNextSpace, NEXT_SPACE_KEY } from './spaces.ts';
import { beginUpdate, type TableDefinition } from './table.ts';
import { requireIdle, requireIdleIndexes } from './table-in-use.ts';
import { changeStream, changeTableClass } from './table-settings.ts';
import type { TableUpdate } from './update-request.ts';

export interface UpdateTableInput {
  /** Checked by `validateTableUpdate`. */
  readonly update: TableUpdate;
  readonly nowMs: number;
  /** How long a table, or an index that changes, is UPDATING; and how much longer an index is CREATING. */
  readonly delayMs: number;
  readonly indexBuildDelayMs: number;
}

/** Changes a table's definition. The output may be any error of UpdateTable that depends on the table. */
export const updateTable: Procedure<UpdateTableInput, TableOutcome> = {
  name: 'updateTable',
  reads: ({ update: { name } }) => [catalogKey(name), lifeCycleKey(name), NEXT_SPACE_KEY],
  decide(input, [existing, record, nextSpace]) {
    if (existing === undefined) {
      return { writes: [], output: { fault: namedTableNotFoundFault(input.update.name) } };
    }
    try {
      const firstFree = decodeNextSpace(nextSpace);
      const before = decodeTable(existing);
      const { table, nextFree } = applyUpdate(before, input, firstFree);
      const writes = writeTable(table, input.nowMs, { before, record: record && decodeLifeCycle(record) });
      if (nextFree !== firstFree) writes.push({ kind: 'put', ...NEXT_SPACE_KEY, value: encodeNextSpace(nextFree) });
      return { writes, output: { table } };
    } catch (error) {
      if (error instanceof ApiError) return { writes: [], output: { fault: error.fault } };
      throw error;
    }
  },
};

interface UpdatedTable {
  readonly table: TableDefinition;
  /** The next free space, once the table has what it needs. */
  readonly nextFree: Space;
}

function applyUpdate(table: TableDefinition, input: UpdateTableInput, firstFree: Space): UpdatedTable {
  const { update, nowMs } = input;
  requireIdle(table, update);
  const withCapacity = changeCapacity(table, input);
  const withSettings = changeSettings(withCapacity, input, firstFree);
  const hasLog = table.changeLog?.log === withSettings.changeLog?.log;
  const nextFree = hasLog ? firstFree : firstFree + 1;
  if (update.indexUpdates === undefined) return { table: withSettings, nextFree };
  requireIdleIndexes(table, update.indexUpdates);
  return changeIndexes(withSettings, { ...input, nowMs, firstFree: nextFree });
}

/** `table` with another stream, class or protection. */
function changeSettings(
  table: TableDefinition,
  { update, nowMs, delayMs }: UpdateTableInput,
  newLog: number,
): TableDefinition {
  let changed = table;
  const untilMs = nowMs + delayMs;
  if (update.stream !== undefined) {
    changed = beginUpdate(changeStream(changed, update.stream, newLog, nowMs), 'stream', untilMs);
  }
  if (update.tableClass !== undefined) {
    const classed = changeTableClass(changed, update.tableClass, nowMs);
    changed = classed === changed ? answerUpdating(changed, nowMs) : beginUpdate(classed, 'tableClass', untilMs);
  }
  if (update.deletionProtection !== undefined) {
    changed = { ...changed, deletionProtection: update.deletionProtection };
  }
  return changed;
}
