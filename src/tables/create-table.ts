/** The procedure behind CreateTable. */
import type { ApiFault } from '../foundation/errors.ts';
import type { Procedure } from '../storage/engine.ts';
import { catalogKey, encodeTable } from './catalog.ts';
import { decodeNextSpace, encodeNextSpace, NEXT_SPACE_KEY } from './spaces.ts';
import type { IndexDefinition, TableDefinition } from './table.ts';

/** A table as it is asked for: all of its definition but the spaces, which only the store can give. */
export interface TableDraft extends Omit<TableDefinition, 'space' | 'indexes'> {
  readonly indexes: readonly Omit<IndexDefinition, 'space'>[];
}

/** The table as it now is, or the error for the caller. */
export type TableOutcome = { readonly table: TableDefinition } | { readonly fault: ApiFault };

/** Adds a table to the catalog, with a space for it and for each index; ResourceInUseException if the name is taken. */
export const createTable: Procedure<TableDraft, TableOutcome> = {
  name: 'createTable',
  reads: (draft) => [catalogKey(draft.name), NEXT_SPACE_KEY],
  decide(draft, [existing, nextSpace]) {
    if (existing !== undefined) return { writes: [], output: { fault: tableExistsFault(draft.name) } };
    const space = decodeNextSpace(nextSpace);
    const indexes = draft.indexes.map((index, i) => ({ ...index, space: space + 1 + i }));
    const table = { ...draft, space, indexes };
    return {
      writes: [
        { kind: 'put', ...catalogKey(table.name), value: encodeTable(table) },
        { kind: 'put', ...NEXT_SPACE_KEY, value: encodeNextSpace(space + 1 + indexes.length) },
      ],
      output: { table },
    };
  },
};

function tableExistsFault(name: string): ApiFault {
  return { name: 'ResourceInUseException', message: `Table already exists: ${name}` };
}
