/** The procedure behind DeleteTable. */
import type { ApiFault } from '../foundation/errors.ts';
import type { Procedure } from '../storage/engine.ts';
import { catalogKey, decodeTable, namedTableNotFoundFault } from './catalog.ts';
import type { TableOutcome } from './create-table.ts';
import { decodeLifeCycle, lifeCycleKey, writeTable } from './life-cycle.ts';
import { TABLE_MESSAGES } from './messages.ts';
import type { TableDefinition } from './table.ts';
import { IN_USE_MESSAGES } from './in-use-messages.ts';

export interface DeleteTableInput {
  readonly name: string;
  readonly nowMs: number;
  /** How long the table is DELETING. */
  readonly delayMs: number;
}

/**
 * Takes a table out of the catalog and notes its spaces as to be purged, in one step, at once or after a delay: whoever
 * writes an item checks the catalog in the same transaction, so nothing is written to those spaces afterwards.
 * ResourceNotFoundException if there is no such table. One that is DELETING is in use, whatever the API reference says:
 * public records of what the service answered have ResourceInUseException.
 */
export const deleteTable: Procedure<DeleteTableInput, TableOutcome> = {
  name: 'deleteTable',
  reads: ({ name }) => [catalogKey(name), lifeCycleKey(name)],
  decide({ name, nowMs, delayMs }, [existing, record]) {
    if (existing === undefined) return { writes: [], output: { fault: namedTableNotFoundFault(name) } };
    const table = decodeTable(existing);
    const fault = findObstacle(table);
    if (fault !== undefined) return { writes: [], output: { fault } };
    const deleted: TableDefinition = { ...table, transition: { status: 'DELETING', untilMs: nowMs + delayMs } };
    return {
      writes: writeTable(deleted, nowMs, { before: table, record: record && decodeLifeCycle(record) }),
      output: { table: deleted },
    };
  },
};

/** Why `table` can't be deleted now. */
function findObstacle(table: TableDefinition): ApiFault | undefined {
  const { name, deletionProtection, transition, indexes } = table;
  const inUse = (message: string): ApiFault => ({ name: 'ResourceInUseException', message });
  if (transition?.status === 'CREATING') return inUse(IN_USE_MESSAGES.beingCreated(name));
  if (transition?.status === 'DELETING') return inUse(IN_USE_MESSAGES.beingDeleted(name));
  if (deletionProtection === true) {
    return { name: 'ValidationException', message: TABLE_MESSAGES.protectedFromDeletion };
  }
  if (indexes.some((index) => index.transition !== undefined)) return inUse(IN_USE_MESSAGES.deletionDuringIndexes);
  if (transition?.updates?.includes('stream')) return inUse(IN_USE_MESSAGES.deletionDuringStream);
  const isWarming = [table, ...indexes].some(({ warmingUntilMs }) => warmingUntilMs !== undefined);
  if (transition !== undefined || isWarming) return inUse(IN_USE_MESSAGES.beingUpdated(name));
  return undefined;
}
