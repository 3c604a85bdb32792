/**
 * Verifies that what the system space keeps about tables and requests agrees with the tables, and with itself.
 *
 * What belongs to jobs and to copies of a store (`OTHERS`) is theirs, and whose spaces are is what `checkSpaces` asks.
 * Of an index that is being built, the check of items compares each with its mark; a mark alone is no problem, for it
 * stays when its item goes.
 */
import type { Entry, StorageEngine } from '../storage/engine.ts';
import { decodeReader, readerKey } from '../streams/readers.ts';
import { decodeTable } from '../tables/catalog.ts';
import { activeStream } from '../tables/change-log.ts';
import { decodeShard, type ShardRecord } from '../tables/shard-records.ts';
import { decodeStream, type StreamRecord } from '../tables/stream-records.ts';
import { type LifeCycleRecord, decodeLifeCycle, hasWork } from '../tables/life-cycle.ts';
import { decodePosition, decodeStatus } from '../streams/consumers/trigger-progress.ts';
import { CATALOG_SPACE, SYSTEM_SPACE } from '../tables/spaces.ts';
import type { TableDefinition } from '../tables/table.ts';
import { decodeTags } from '../tables/tags.ts';
import { compareBytes } from '../values/key-encoding.ts';
import { type Report, entriesOf, reportFailure } from './check-entries.ts';
import { otherTokenKey } from './request-tokens.ts';

/** Calls `report` with one line for each problem. `engine` must show one snapshot throughout. */
export async function checkSystem(engine: StorageEngine, report: Report): Promise<void> {
  const tables = await readTables(engine);
  const known: KnownRecords = { tables, lifeCycles: new Map(), purgedIds: new Set() };
  for await (const entry of entriesOf(engine, SYSTEM_SPACE, report)) {
    const text = new TextDecoder().decode(entry.key);
    const end = text.indexOf('/') + 1;
    const record = { kind: text.slice(0, end), name: text.slice(end), entry };
    const what = `system entry ${JSON.stringify(text)}`;
    await reportFailure(`${what} can't be read`, report, async () => {
      if (!(await checkRecord(engine, record, known, report)) && !OTHERS.has(text) && !OTHERS.has(record.kind)) {
        report(`${what} belongs to nothing`);
      }
    });
  }
  checkLifeCycles(known, report);
}

/** Keys, and beginnings of keys, of what others check or nobody needs to. */
const OTHERS: ReadonlySet<string> = new Set(['next-space', 'lease/', 'node/', 'copy/', 'trigger/', 'trigger-of/']);

/** What is known when the next record is looked at; they come in the order of their keys. */
interface KnownRecords {
  readonly tables: KnownTables;
  /** By the name of their table; undefined: it can't be read. */
  readonly lifeCycles: Map<string, LifeCycleRecord | undefined>;
  readonly purgedIds: Set<string>;
}

interface KnownTables {
  readonly byName: ReadonlyMap<string, TableDefinition>;
  readonly ids: ReadonlySet<string>;
  /** Whether there are no others: of one that can't be read, which the check of items tells of, nothing is known. */
  readonly areAll: boolean;
}

async function readTables(engine: StorageEngine): Promise<KnownTables> {
  const byName = new Map<string, TableDefinition>();
  const ids = new Set<string>();
  let areAll = true;
  const fail = (): void => {
    areAll = false;
  };
  for await (const { value } of entriesOf(engine, CATALOG_SPACE, fail)) {
    await reportFailure('', fail, () => {
      const table = decodeTable(value);
      ids.add(table.id);
      byName.set(table.name, table);
    });
  }
  return { byName, ids, areAll };
}

/** An entry of the system space, its key taken apart. */
interface SystemRecord {
  readonly kind: string;
  readonly name: string;
  readonly entry: Entry;
}

/** Whether it is of a kind that is checked here. Throws for one that can't be read. */
async function checkRecord(
  engine: StorageEngine,
  { kind, name, entry }: SystemRecord,
  { tables, lifeCycles, purgedIds }: KnownRecords,
  report: Report,
): Promise<boolean> {
  switch (kind) {
    case 'life-cycle/':
      lifeCycles.set(name, undefined);
      lifeCycles.set(name, decodeLifeCycle(entry.value));
      return true;
    case 'purge/':
      purgedIds.add(name);
      return true;
    case 'tags/':
      decodeTags(entry.value);
      if (tables.areAll && !tables.ids.has(name) && !purgedIds.has(name)) report(`tags ${name} are of no table`);
      return true;
    case 'stream/':
      checkStream(tables, name, decodeStream(entry.value), report);
      return true;
    case 'shard/':
      checkShard(tables, name, decodeShard(entry.value), report);
      return true;
    case 'reader/':
      if (compareBytes(readerKey(decodeReader(entry.value)).key, entry.key) !== 0)
        report(`reader record ${JSON.stringify(name)} is of another reader`);
      return true;
    case 'trigger-position/':
      decodePosition(entry.value);
      return true;
    case 'trigger-status/':
      decodeStatus(entry.value);
      return true;
    case 'token/':
      if (!(await hasOther(engine, entry))) report(`token ${JSON.stringify(name)} is to be forgotten at no time`);
      return true;
    case 'token-expiry/':
      if (!(await hasOther(engine, entry))) report(`token expiry ${JSON.stringify(name)} is of no token`);
      return true;
    default:
      return false;
  }
}

/** Whether the other entry of a token is where `entry` says, and says the same of this one. */
async function hasOther(engine: StorageEngine, entry: Entry): Promise<boolean> {
  const { space, key } = otherTokenKey(entry);
  const value = await engine.get(space, key);
  if (value === undefined) return false;
  try {
    return compareBytes(otherTokenKey({ key, value }).key, entry.key) === 0;
  } catch {
    // It can't be read, which is told of where it lies.
    return true;
  }
}

/** The stream of a table that is enabled says so, and no other says it. */
function checkStream(tables: KnownTables, name: string, stream: StreamRecord, report: Report): void {
  const { tableName, label, disabledAtMs, lastShard } = stream;
  if (name !== `${tableName}/${label}`) report(`stream record ${JSON.stringify(name)} is of another stream`);
  const table = tables.byName.get(tableName);
  const isEnabled = table !== undefined && activeStream(table)?.label === label && table.id === stream.tableId;
  if (isEnabled !== (disabledAtMs === undefined) && (table !== undefined || tables.areAll)) {
    report(`stream record ${JSON.stringify(name)} says that it is ${isEnabled ? 'dis' : 'en'}abled, but it is not`);
  }
  if ((disabledAtMs === undefined) !== (lastShard === undefined)) {
    report(`stream record ${JSON.stringify(name)} is disabled without a last shard, or enabled with one`);
  }
}

/** A shard is open if, and only if, it is a partition of a table. */
function checkShard(tables: KnownTables, name: string, { shard, closedAtMs }: ShardRecord, report: Report): void {
  const log = Number.parseInt(name, 16);
  const table = [...tables.byName.values()].find(({ changeLog }) => changeLog?.log === log);
  const isOpen = table?.changeLog?.partitions.some((partition) => partition.shard === shard) ?? false;
  if (isOpen === (closedAtMs === undefined) || (table === undefined && !tables.areAll)) return;
  report(`shard record ${JSON.stringify(name)} says that it is ${isOpen ? 'closed' : 'open'}, but it is not`);
}

/** A table has a record if, and only if, there is something that the job has still to do for it. */
function checkLifeCycles({ tables, lifeCycles }: KnownRecords, report: Report): void {
  for (const [name, table] of tables.byName) {
    const hasRecord = lifeCycles.has(name);
    if (hasWork(table) && !hasRecord)
      report(`table ${name}: something goes on with it, but it has no life-cycle record`);
    if (!hasWork(table) && hasRecord) report(`table ${name}: has a life-cycle record, but nothing goes on with it`);
    for (const { name: index, build, transition } of table.indexes) {
      if (build === undefined || transition?.status === 'CREATING' || transition?.status === 'DELETING') continue;
      report(`table ${name}: index ${index}: has marks of a build, but is not being built`);
    }
  }
  for (const [name, record] of lifeCycles) {
    const table = tables.byName.get(name);
    if (record === undefined || (table === undefined && !tables.areAll)) continue;
    if (table?.id !== record.tableId || record.tableName !== name)
      report(`life-cycle record ${JSON.stringify(name)} is of no table`);
  }
}
