/** The procedure behind CreateTable. */
import { assert } from '../foundation/assert.ts';
import type { ApiFault } from '../foundation/errors.ts';
import type { Procedure } from '../storage/engine.ts';
import { catalogKey, decodeTable } from './catalog.ts';
import { type NewStream, openStream } from './change-log.ts';
import { writeTable } from './life-cycle.ts';
import { decodeNextSpace, encodeNextSpace, NEXT_SPACE_KEY } from './spaces.ts';
import { labelAfter } from './stream-label.ts';
import { streamKey } from './stream-records.ts';
import type { IndexDefinition, TableDefinition } from './table.ts';
import { type Tag, encodeTags, tagsKey } from './tags.ts';
import { IN_USE_MESSAGES } from './in-use-messages.ts';

/** A table as it is asked for: all of its definition but the spaces, which only the store can give. */
export interface TableDraft extends Omit<TableDefinition, 'space' | 'collectionSpace' | 'indexes' | 'stream'> {
  readonly indexes: readonly Omit<IndexDefinition, 'space'>[];
  readonly stream?: NewStream;
  readonly tags?: readonly Tag[];
}

/** The table as the answer shows it, which may be less far than it is; or the error for the caller. */
export type TableOutcome = { readonly table: TableDefinition } | { readonly fault: ApiFault };

/** Adds a table to the catalog, with a space for it and for each index; ResourceInUseException if the name is taken. */
export const createTable: Procedure<TableDraft, TableOutcome> = {
  name: 'createTable',
  reads: ({ name, stream }) => [
    catalogKey(name),
    NEXT_SPACE_KEY,
    ...candidateLabels(stream).map((label) => streamKey(name, label)),
  ],
  decide({ tags = [], ...draft }, [existing, nextSpace, ...namesakes]) {
    if (existing !== undefined) return { writes: [], output: { fault: tableExistsFault(decodeTable(existing)) } };
    const space = decodeNextSpace(nextSpace);
    const indexes = draft.indexes.map((index, i) => ({ ...index, space: space + 1 + i }));
    const hasCollections = indexes.some(({ kind }) => kind === 'local');
    const collectionSpace = space + 1 + indexes.length;
    const { stream, ...unfollowed } = { ...draft, space, indexes, ...(hasCollections && { collectionSpace }) };
    const log = collectionSpace + (hasCollections ? 1 : 0);
    const table =
      stream === undefined ? unfollowed : openStream(unfollowed, relabel(stream, namesakes), log, draft.createdAtMs);
    return {
      writes: [
        ...writeTable(table, draft.createdAtMs, { before: undefined, record: undefined }),
        { kind: 'put', ...NEXT_SPACE_KEY, value: encodeNextSpace(stream === undefined ? log : log + 1) },
        ...(tags.length === 0 ? [] : [{ kind: 'put', ...tagsKey(draft.id), value: encodeTags(tags) } as const]),
      ],
      output: { table },
    };
  },
};

/** A table of this name that was deleted just now may have had a stream with the same label, still to be read. */
const CANDIDATE_LABELS = 8;

function candidateLabels(stream: NewStream | undefined): string[] {
  if (stream === undefined) return [];
  const labels = [stream.label];
  while (labels.length < CANDIDATE_LABELS) labels.push(labelAfter(labels.at(-1) ?? stream.label));
  return labels;
}

/** `stream` with the first label that none of `namesakes`, the streams with the candidates, has. */
function relabel(stream: NewStream, namesakes: readonly (Uint8Array | undefined)[]): NewStream {
  const label = candidateLabels(stream).find((_, i) => namesakes[i] === undefined);
  assert(label !== undefined, 'a table is not created so often in a millisecond');
  return { ...stream, label };
}

/** Also while it is DELETING, as public records of what the service answered have it. */
function tableExistsFault({ name, transition }: TableDefinition): ApiFault {
  const message =
    transition?.status === 'CREATING' ? IN_USE_MESSAGES.beingCreated(name) : `Table already exists: ${name}`;
  return { name: 'ResourceInUseException', message };
}
