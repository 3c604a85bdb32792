/** Goes through a store: all entries of a space or a log's shard in pieces of a bounded size. */
import type { Entry, KeyRange, LogEntry, Space, StorageEngine } from '../storage/engine.ts';
import { keyAfter } from '../values/key-encoding.ts';
import { isCopied } from './copy-records.ts';
import { packedSizeBytes } from './packed-entries.ts';

/** What is read and written at once. The last entry may go past the bytes. */
const CHUNK_ENTRIES = 1_000;
const CHUNK_SIZE_BYTES = 524_288;

/** Adjacent entries of a space. */
export interface Chunk {
  /** Those that are copied. */
  readonly entries: readonly Entry[];
  /** The last key read. */
  readonly last: Uint8Array;
}

/** The entries of `space` in `range`, in order. */
export async function* readChunks(engine: StorageEngine, space: Space, range: KeyRange = {}): AsyncIterable<Chunk> {
  let { from } = range;
  for (;;) {
    const entries = await readChunk(engine, space, { from, before: range.before });
    const last = entries.at(-1)?.key;
    if (last === undefined) return;
    yield { entries: entries.filter(({ key }) => isCopied(space, key)), last };
    from = keyAfter(last);
  }
}

function readChunk(engine: StorageEngine, space: Space, range: KeyRange): Promise<readonly Entry[]> {
  let sizeBytes = 0;
  const until = (entry: Entry) => {
    sizeBytes += packedSizeBytes(entry);
    return sizeBytes >= CHUNK_SIZE_BYTES;
  };
  return engine.scan(space, range, { limit: CHUNK_ENTRIES, until });
}

/** Fewer, because their size can't be known before. */
const CHUNK_LOG_ENTRIES = 50;

/** The entries of a log's shard behind the sequence `after`, in order. */
export async function* readLogChunks(
  engine: StorageEngine,
  log: number,
  shard: number,
  after = 0n,
): AsyncIterable<readonly LogEntry[]> {
  let last: bigint | undefined = after;
  for (;;) {
    const entries: readonly LogEntry[] = await engine.readLog(log, shard, last, CHUNK_LOG_ENTRIES);
    last = entries.at(-1)?.sequence;
    if (last === undefined) return;
    yield entries;
  }
}
