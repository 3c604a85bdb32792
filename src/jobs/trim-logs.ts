/**
 * Takes records of changes away when they are 24 hours old, then shards that were closed and are empty, then streams
 * that were disabled and have no shard left, and readers of logs that can hold nothing any more.
 *
 * It goes through the records of shards, which outlive streams and tables. When the next thing is due in a shard is
 * remembered, so that a pass with nothing to do reads no log. What readers with saved positions still need stays
 * (`streams/readers.ts`), and is told of.
 */
import type { Clock } from '../foundation/clock.ts';
import type { LogEntry } from '../storage/engine.ts';
import { type LogHold, measureHolds } from '../streams/log-holds.ts';
import { findHorizon, RETENTION_MS } from '../streams/read-shard.ts';
import { recordTimeMs } from '../streams/change-record.ts';
import {
  decodeReader,
  encodeReader,
  forgetShard,
  heldBehind,
  listReaders,
  MAX_HOLD_MS,
  type ReaderName,
  readerKey,
} from '../streams/readers.ts';
import { catalogKey, decodeTable } from '../tables/catalog.ts';
import { decodeShard, listAllShards, listShards, type ShardOfLog, shardKey } from '../tables/shard-records.ts';
import { listStreams, streamKey, type StreamRecord, type StreamRecordName } from '../tables/stream-records.ts';
import type { Job, JobStore } from './job.ts';
import { fenced } from './lease.ts';

/** What one step removes at most, the last record being over it maybe: it holds the writer for a few milliseconds. */
const STEP_RECORDS = 200;
const STEP_SIZE_BYTES = 1_048_576;

/** What is read at once to see how large records are, for one may be of 800 KB. */
const CHUNK_RECORDS = 50;

/** How many shards, or streams, are looked at in one step. */
const PAGE = 200;

const INTERVAL_MS = 30_000;

/** How often it is told what readers hold. */
const REPORT_MS = 60_000;

interface TrimShardInput {
  readonly log: number;
  readonly shard: number;
  readonly through: bigint;
}

/** Removes records of a shard, as long as it is there. */
export const trimShard = fenced<TrimShardInput, null>({
  name: 'trimShard',
  reads: ({ log, shard }) => [shardKey(log, shard)],
  decide(trimmed, [record]) {
    return { writes: record === undefined ? [] : [{ kind: 'trim', ...trimmed }], output: null };
  },
});

interface DropShardInput {
  readonly log: number;
  readonly shard: number;
  /** The readers of the log, whose positions in it go too. */
  readonly readers: readonly string[];
}

/** Removes a shard that is closed, with its record. That it is empty was seen before: nothing comes to a closed one. */
export const dropShard = fenced<DropShardInput, null>({
  name: 'dropShard',
  reads: ({ log, shard, readers }) => [shardKey(log, shard), ...readers.map((reader) => readerKey({ log, reader }))],
  decide({ log, shard }, [bytes, ...readers]) {
    if (bytes === undefined || decodeShard(bytes).closedAtMs === undefined) return { writes: [], output: null };
    const puts = readers.flatMap((reader) => {
      const record = reader && decodeReader(reader);
      if (record?.positions[shard] === undefined) return [];
      return [{ kind: 'put', ...readerKey(record), value: encodeReader(forgetShard(record, shard)) } as const];
    });
    return {
      writes: [{ kind: 'drop', log, shard }, { kind: 'delete', ...shardKey(log, shard) }, ...puts],
      output: null,
    };
  },
});

/** Forgets streams that are disabled. That they have no shards left was seen before: they get none any more. */
export const forgetStreams = fenced<readonly StreamRecordName[], null>({
  name: 'forgetStreams',
  reads: () => [],
  decide(streams) {
    const keys = streams.map(({ tableName, label }) => streamKey(tableName, label));
    return { writes: keys.map((key) => ({ kind: 'delete', ...key })), output: null };
  },
});

interface ForgetReaderInput extends ReaderName {
  readonly tableName: string;
  readonly tableId: string;
}

/** Forgets a reader of a log whose table is gone. */
export const forgetReader = fenced<ForgetReaderInput, null>({
  name: 'forgetReader',
  reads: ({ tableName }) => [catalogKey(tableName)],
  decide({ tableId, ...name }, [table]) {
    const isThere = table !== undefined && decodeTable(table).id === tableId;
    return { writes: isThere ? [] : [{ kind: 'delete', ...readerKey(name) }], output: null };
  },
});

export interface TrimLogsOptions {
  readonly clock: Clock;
  /** Told, once a minute at most, what readers hold, if they hold anything. */
  readonly onHolds: (holds: readonly LogHold[]) => void;
}

/** What a node remembers between the steps of a pass and from one pass to the next; all of it can be lost. */
interface Pass {
  /** The last shard, or stream, that was looked at; undefined: the next step begins with the first one. */
  shard?: { readonly log: number; readonly shard: number } | undefined;
  stream?: StreamRecordName | undefined;
  phase: 'shards' | 'streams';
  /** Up to where the shard that is trimmed now goes. */
  trimmed?: { readonly name: string; readonly last: bigint };
  /** When something is due in a shard, of the shards that the last pass saw and those that this one did. */
  due: Map<string, number>;
  seen: Map<string, number>;
}

/** The job. */
export function createTrimLogsJob({ clock, onHolds }: TrimLogsOptions): Job {
  const pass: Pass = { phase: 'shards', due: new Map(), seen: new Map() };
  let reportAtMs = -Infinity;
  return {
    name: 'trim-logs',
    intervalMs: INTERVAL_MS,
    async run(store) {
      const nowMs = clock.nowMs();
      if (pass.phase === 'shards') return await shardsStep(store, pass, nowMs);
      if ((await streamsStep(store, pass)) === 'more') return 'more';
      await forgetReaders(store);
      if (nowMs >= reportAtMs) {
        const holds = await measureHolds(store, nowMs);
        if (holds.length > 0) onHolds(holds);
        reportAtMs = nowMs + REPORT_MS;
      }
      return 'done';
    },
  };
}

/** Looks at the next shards, up to one in which there is something to do. */
async function shardsStep(store: JobStore, pass: Pass, nowMs: number): Promise<'more'> {
  const shards = await listAllShards(store, PAGE, pass.shard);
  for (const shard of shards) {
    const name = nameOf(shard);
    const dueMs = pass.due.get(name);
    // Behind it already, so that a shard in which something fails doesn't keep the others waiting.
    const before = pass.shard;
    pass.shard = { log: shard.log, shard: shard.record.shard };
    const next = dueMs !== undefined && dueMs > nowMs ? dueMs : await lookAt(store, pass, shard, nowMs);
    if (next === 'again') pass.shard = before;
    if (next === 'again' || next === 'gone') return 'more';
    pass.seen.set(name, next);
  }
  if (shards.length < PAGE) {
    [pass.due, pass.seen, pass.shard, pass.phase] = [pass.seen, new Map(), undefined, 'streams'];
  }
  return 'more';
}

/** Does what is due in a shard: when the next thing is, or whether it has to be looked at again now. */
async function lookAt(
  store: JobStore,
  pass: Pass,
  shard: ShardOfLog,
  nowMs: number,
): Promise<number | 'again' | 'gone'> {
  const { log, record } = shard;
  const [first] = await store.readLog(log, record.shard, 0n, 1);
  if (first === undefined) return await dropIfOver(store, shard, nowMs);
  // At 24 hours to the millisecond a record can still be read.
  const dueMs = recordTimeMs(first.value) + RETENTION_MS + 1;
  if (dueMs > nowMs) return dueMs;
  const name = nameOf(shard);
  const isKnown = pass.trimmed?.name === name && pass.trimmed.last >= first.sequence;
  if (!isKnown) pass.trimmed = { name, last: await findLastToTrim(store, shard, nowMs) };
  const { last = 0n } = pass.trimmed ?? {};
  // Some reader holds the first one: until it moves, which the next pass sees.
  if (last < first.sequence) return nowMs;
  const through = await findStepEnd(store, shard, first, last);
  await store.transact(trimShard, { log, shard: record.shard, through });
  return 'again';
}

/** The last record that goes in one step, of those from `first` to the sequence `last`. */
async function findStepEnd(store: JobStore, shard: ShardOfLog, first: LogEntry, last: bigint): Promise<bigint> {
  const most = first.sequence + BigInt(STEP_RECORDS - 1);
  const end = last < most ? last : most;
  let sizeBytes = first.value.length;
  let through = first.sequence;
  while (through < end && sizeBytes < STEP_SIZE_BYTES) {
    const wanted = Math.min(CHUNK_RECORDS, Number(end - through));
    const chunk = await store.readLog(shard.log, shard.record.shard, through, wanted);
    if (chunk.length === 0) break;
    for (const { sequence, value } of chunk) {
      if (sizeBytes >= STEP_SIZE_BYTES) break;
      sizeBytes += value.length;
      through = sequence;
    }
  }
  return through;
}

/** Removes an empty shard that was closed long ago; or when that is due, at the earliest. */
async function dropIfOver(store: JobStore, { log, record }: ShardOfLog, nowMs: number): Promise<number | 'gone'> {
  const dueMs = (record.closedAtMs ?? nowMs) + RETENTION_MS;
  if (dueMs > nowMs) return dueMs;
  const readers = (await listReaders(store, log)).map(({ reader }) => reader);
  await store.transact(dropShard, { log, shard: record.shard, readers });
  return 'gone';
}

function nameOf({ log, record: { shard } }: ShardOfLog): string {
  return `${log}/${shard}`;
}

/** The sequence up to which the records of a shard are too old, and nobody holds them. */
async function findLastToTrim(store: JobStore, { log, record: { shard } }: ShardOfLog, nowMs: number): Promise<bigint> {
  const horizon = await findHorizon(store, log, shard, nowMs - RETENTION_MS);
  const held = (await listReaders(store, log)).flatMap((reader) => heldBehind(reader, shard, nowMs) ?? []);
  const kept = held.filter((behind) => behind < horizon).toSorted((a, b) => (a < b ? -1 : 1))[0];
  if (kept === undefined) return horizon;
  const limit = await findHorizon(store, log, shard, nowMs - MAX_HOLD_MS);
  return limit > kept ? limit : kept;
}

/** Forgets those of the next disabled streams that have no shard left. */
async function streamsStep(store: JobStore, pass: Pass): Promise<'more' | 'done'> {
  const streams = await listStreams(store, PAGE, { after: pass.stream });
  const gone: StreamRecordName[] = [];
  for (const stream of streams) {
    const { tableName, label } = stream;
    if (await isOver(store, stream)) gone.push({ tableName, label });
  }
  if (gone.length > 0) await store.transact(forgetStreams, gone);
  const isAll = streams.length < PAGE;
  pass.stream = isAll ? undefined : streams.at(-1);
  if (isAll) pass.phase = 'shards';
  return isAll ? 'done' : 'more';
}

async function isOver(store: JobStore, stream: StreamRecord): Promise<boolean> {
  return stream.disabledAtMs !== undefined && (await listShards(store, stream, 1)).length === 0;
}

/** Forgets readers of logs that have no shard left and whose tables are gone, so that they get none any more. */
async function forgetReaders(store: JobStore): Promise<void> {
  for (const { log, reader, tableName, tableId } of await listReaders(store)) {
    const shards = await listShards(store, { log, firstShard: 0 }, 1);
    if (shards.length === 0) await store.transact(forgetReader, { log, reader, tableName, tableId });
  }
}
