/**
 * Streams that were enabled by a program that logged no changes yet. They get a log before the first request is
 * served, so that no change is missed, with the labels that they have.
 */
import type { Procedure, StorageEngine } from '../storage/engine.ts';
import { catalogKey, decodeTable, encodeTable, listTableNames } from './catalog.ts';
import { activeStream, logRecordWrites, openStream } from './change-log.ts';
import { decodeNextSpace, encodeNextSpace, NEXT_SPACE_KEY } from './spaces.ts';
import type { TableDefinition } from './table.ts';

interface AdoptStreamInput {
  readonly tableName: string;
  readonly nowMs: number;
}

/** Opens a log for the stream of a table that has none. */
export const adoptStream: Procedure<AdoptStreamInput, null> = {
  name: 'adoptStream',
  reads: ({ tableName }) => [catalogKey(tableName), NEXT_SPACE_KEY],
  decide({ tableName, nowMs }, [bytes, nextSpace]) {
    const table = bytes && decodeTable(bytes);
    const stream = table && findUnlogged(table);
    if (table === undefined || stream === undefined) return { writes: [], output: null };
    const firstFree = decodeNextSpace(nextSpace);
    const adopted = openStream(table, stream, firstFree, nowMs);
    const nextFree = adopted.changeLog?.log === firstFree ? firstFree + 1 : firstFree;
    return {
      writes: [
        { kind: 'put', ...catalogKey(tableName), value: encodeTable(adopted) },
        ...logRecordWrites(table, adopted, nowMs),
        { kind: 'put', ...NEXT_SPACE_KEY, value: encodeNextSpace(nextFree) },
      ],
      output: null,
    };
  },
};

/** What of the stream of `table` is to be kept, if it is enabled without a log. */
function findUnlogged(table: TableDefinition) {
  if (table.stream?.viewType === undefined || activeStream(table) !== undefined) return undefined;
  const { label, viewType } = table.stream;
  return { label, viewType };
}

/** How many tables are looked at at once. */
const PAGE = 100;

/** Opens logs for all such streams; to be called before anything is written. Any number of nodes may do so at once. */
export async function adoptStreams(
  engine: Pick<StorageEngine, 'scan' | 'getMany' | 'transact'>,
  nowMs: number,
): Promise<void> {
  let names: readonly string[] = [];
  do {
    names = await listTableNames(engine, names.at(-1), PAGE);
    const definitions = await engine.getMany(names.map(catalogKey));
    for (const [i, tableName] of names.entries()) {
      const bytes = definitions[i];
      if (bytes === undefined || findUnlogged(decodeTable(bytes)) === undefined) continue;
      await engine.transact(adoptStream, { tableName, nowMs });
    }
  } while (names.length === PAGE);
}
