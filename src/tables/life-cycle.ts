/**
 * The life of a table after a request that changes it: states that last for a while, and what is done when they end.
 *
 * A definition holds what goes on with the table and each of its indexes (`transition`), until when at least. The
 * procedures that change definitions settle them with `writeTable`, so that what takes no time is done at once; a
 * record in the system space, one for each table that has something going on, tells the job of the rest
 * (`jobs/advance-tables.ts`).
 */
import type { EntryKey, Space, StorageEngine, Write } from '../storage/engine.ts';
import { keyAfter, prefixEnd } from '../values/key-encoding.ts';
import { decodeVersionedJson, encodeVersionedJson } from '../values/versioned-json.ts';
import { catalogKey, encodeTable } from './catalog.ts';
import { logRecordWrites } from './change-log.ts';
import { encodePurgeRecord, type PurgeRecord, purgeRecordKey, purgeRecordOf } from './purge-record.ts';
import { SYSTEM_SPACE } from './spaces.ts';
import type { IndexDefinition, TableDefinition } from './table.ts';
import { isTimeToLiveChanging, settleTimeToLive } from './time-to-live.ts';

/** A table that has something going on, and how far the build of its index has come. */
export interface LifeCycleRecord {
  readonly tableId: string;
  readonly tableName: string;
  readonly backfill?: BackfillProgress;
  /** The same for the expiry index. */
  readonly expiry?: BackfillProgress;
}

/** How far what is built has come. */
export type BuildProgress = Pick<LifeCycleRecord, 'backfill' | 'expiry'>;

export interface BackfillProgress {
  /** The index's space: progress of another index counts for nothing. */
  readonly space: Space;
  /** Items whose keys come first, up to this one, have been seen; in hexadecimal digits. */
  readonly seenKey: string;
  /** All items have been seen. */
  readonly isDone: boolean;
}

const PREFIX = 'life-cycle/';
const FORMAT_VERSION = 1;

/** Where the record of the table called `tableName` lies. */
export function lifeCycleKey(tableName: string): EntryKey {
  return { space: SYSTEM_SPACE, key: new TextEncoder().encode(PREFIX + tableName) };
}

/** A record as bytes. */
export function encodeLifeCycle(record: LifeCycleRecord): Uint8Array {
  return encodeVersionedJson(FORMAT_VERSION, record);
}

/** The record in `bytes`. */
export function decodeLifeCycle(bytes: Uint8Array): LifeCycleRecord {
  return decodeVersionedJson(FORMAT_VERSION, bytes, 'life cycle record') as LifeCycleRecord;
}

/** Up to `limit` records of tables, in the order of their names: the first ones behind `after`, then from the start. */
export async function listLifeCycles(
  engine: Pick<StorageEngine, 'scan'>,
  after: string,
  limit: number,
): Promise<LifeCycleRecord[]> {
  const first = new TextEncoder().encode(PREFIX);
  const next = keyAfter(lifeCycleKey(after).key);
  const behind = await engine.scan(SYSTEM_SPACE, { from: next, before: prefixEnd(first) }, { limit });
  const left = limit - behind.length;
  const wrapped = left > 0 ? await engine.scan(SYSTEM_SPACE, { from: first, before: next }, { limit: left }) : [];
  return [...behind, ...wrapped].map(({ value }) => decodeLifeCycle(value));
}

/** A table when all is done whose time has come. */
export interface SettledTable {
  /** Undefined: it is gone. */
  readonly table: TableDefinition | undefined;
  /** What nobody will write to any more. */
  readonly freed: readonly PurgeRecord[];
}

/** `table` as it is at `nowMs`; `progress` tells how far the build of an index has come. */
export function settleTable(table: TableDefinition, nowMs: number, progress: BuildProgress = {}): SettledTable {
  const { backfill, expiry } = progress;
  const { transition, ...steady } = table;
  const isOver = transition !== undefined && transition.untilMs <= nowMs;
  if (isOver && transition.status === 'DELETING') return { table: undefined, freed: [purgeRecordOf(table)] };
  const settled: TableDefinition = endAt(isOver ? steady : table, 'warmingUntilMs', nowMs);
  const outcomes = table.indexes.map((index) => settleIndex(endAt(index, 'warmingUntilMs', nowMs), nowMs, backfill));
  return {
    table: {
      ...settled,
      ...(table.timeToLive && { timeToLive: settleTimeToLive(table.timeToLive, nowMs, expiry) }),
      indexes: outcomes.flatMap(({ index }) => index ?? []),
    },
    freed: outcomes.flatMap(({ index, freed }, i) => {
      const space = table.indexes[i]?.space;
      return freed.length === 0 ? [] : [{ tableId: `${table.id}/${space}${index ? '/marks' : ''}`, spaces: freed }];
    }),
  };
}

/** `holder` without the time that is its `member`, if it is over. What stays is in the order in which it was. */
function endAt<Holder extends object>(holder: Holder, member: keyof Holder, nowMs: number): Holder {
  const untilMs = holder[member];
  if (typeof untilMs !== 'number' || untilMs > nowMs) return holder;
  return Object.fromEntries(Object.entries(holder).filter(([name]) => name !== member)) as Holder;
}

interface SettledIndex {
  readonly index: IndexDefinition | undefined;
  readonly freed: readonly Space[];
}

function settleIndex(index: IndexDefinition, nowMs: number, backfill: BackfillProgress | undefined): SettledIndex {
  const { transition, build, ...steady } = index;
  const marks = build === undefined ? [] : [build.markSpace];
  if (transition === undefined) return { index, freed: [] };
  const isOver = transition.untilMs <= nowMs;
  switch (transition.status) {
    case 'UPDATING':
      return { index: isOver ? steady : index, freed: [] };
    case 'DELETING':
      return isOver ? { index: undefined, freed: [index.space, ...marks] } : { index, freed: [] };
    case 'CREATING': {
      if (build === undefined) return { index, freed: [] };
      const progressed = endAt(endAt(build, 'allocatingUntilMs', nowMs), 'updatingUntilMs', nowMs);
      if (!isOver || backfill?.isDone !== true || backfill.space !== index.space) {
        return { index: { ...index, build: progressed }, freed: [] };
      }
      const { updatingUntilMs: untilMs } = progressed;
      const built: IndexDefinition =
        untilMs === undefined ? steady : { ...steady, transition: { status: 'UPDATING', untilMs } };
      return { index: built, freed: marks };
    }
  }
}

/** Whether the job has something to do for `table`, now or later. */
export function hasWork(table: TableDefinition): boolean {
  if (isTimeToLiveChanging(table.timeToLive)) return true;
  return [table, ...table.indexes].some(
    ({ transition, warmingUntilMs }) => transition !== undefined || warmingUntilMs !== undefined,
  );
}

/** What there is of a table. */
export interface KnownTable {
  /** Its definition in the store. */
  readonly before: TableDefinition | undefined;
  /** What is noted of it. */
  readonly record: LifeCycleRecord | undefined;
}

/** The writes that leave `table` in the store as it is at `nowMs`. */
export function writeTable(table: TableDefinition, nowMs: number, { before, record }: KnownTable): Write[] {
  const { table: settled, freed } = settleTable(table, nowMs, record);
  const logRecords = logRecordWrites(before, settled, nowMs);
  const purges = freed.map(
    (purge) => ({ kind: 'put', ...purgeRecordKey(purge.tableId), value: encodePurgeRecord(purge) }) as const,
  );
  if (settled === undefined) {
    return [{ kind: 'delete', ...catalogKey(table.name) }, ...purges, ...logRecords, ...forget(record)];
  }
  const put: Write = { kind: 'put', ...catalogKey(table.name), value: encodeTable(settled) };
  return [put, ...purges, ...logRecords, ...(hasWork(settled) ? note(settled, record) : forget(record))];
}

function note({ id, name }: TableDefinition, record: LifeCycleRecord | undefined): Write[] {
  if (record !== undefined) return [];
  return [{ kind: 'put', ...lifeCycleKey(name), value: encodeLifeCycle({ tableId: id, tableName: name }) }];
}

function forget(record: LifeCycleRecord | undefined): Write[] {
  return record === undefined ? [] : [{ kind: 'delete', ...lifeCycleKey(record.tableName) }];
}
