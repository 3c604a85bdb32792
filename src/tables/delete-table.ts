/** The procedure behind DeleteTable. */
import type { Procedure } from '../storage/engine.ts';
import { catalogKey, decodeTable, namedTableNotFoundFault } from './catalog.ts';
import type { TableOutcome } from './create-table.ts';
import { encodePurgeRecord, purgeRecordKey, purgeRecordOf } from './purge-record.ts';

/**
 * Takes a table out of the catalog and notes its spaces as to be purged, in one step: whoever writes an item checks the
 * catalog in the same transaction, so nothing is written to those spaces afterwards. ResourceNotFoundException if there
 * is no such table.
 */
export const deleteTable: Procedure<{ readonly name: string }, TableOutcome> = {
  name: 'deleteTable',
  reads: ({ name }) => [catalogKey(name)],
  decide({ name }, [existing]) {
    if (existing === undefined) return { writes: [], output: { fault: namedTableNotFoundFault(name) } };
    const table = decodeTable(existing);
    return {
      writes: [
        { kind: 'delete', ...catalogKey(name) },
        { kind: 'put', ...purgeRecordKey(table.id), value: encodePurgeRecord(purgeRecordOf(table)) },
      ],
      output: { table },
    };
  },
};
