/** What the catalog knows of a table: its keys, its indexes and where their entries lie. Plain data, stored as JSON. */
import type { Space } from '../storage/engine.ts';

/** An attribute that is part of a key, with the type that every item must give it. */
export interface KeyAttribute {
  readonly name: string;
  readonly type: 'S' | 'N' | 'B';
}

export interface ProvisionedThroughput {
  readonly readCapacityUnits: number;
  readonly writeCapacityUnits: number;
}

/** When throughput was changed; absent members: never. */
export interface ThroughputHistory {
  readonly lastIncreaseAtMs?: number;
  readonly lastDecreaseAtMs?: number;
  /** How often it was decreased on the UTC day of the last decrease. */
  readonly decreases?: number;
}

export interface OnDemandThroughput {
  readonly maxReadRequestUnits?: number;
  readonly maxWriteRequestUnits?: number;
}

export interface WarmThroughput {
  readonly readUnitsPerSecond: number;
  readonly writeUnitsPerSecond: number;
}

/** What a table, and each of its global indexes, can take by its definition. */
export interface Capacity {
  /** Of a PROVISIONED table and its global indexes. */
  readonly provisionedThroughput?: ProvisionedThroughput;
  readonly throughputHistory?: ThroughputHistory;
  /** Of a PAY_PER_REQUEST table and its global indexes, as far as it was asked for. */
  readonly onDemandThroughput?: OnDemandThroughput;
  /** The most that it ever was ready for, where that is more than the throughput of today means. */
  readonly warmThroughput?: WarmThroughput;
  /** Until when it gets ready for what it was last asked to be; absent: it is. */
  readonly warmingUntilMs?: number;
}

export interface Projection {
  readonly type: 'ALL' | 'KEYS_ONLY' | 'INCLUDE';
  /** Named under INCLUDE, empty otherwise. */
  readonly nonKeyAttributes: readonly string[];
}

/** What goes on with an index; absent: it is ACTIVE. */
export interface IndexTransition {
  readonly status: 'CREATING' | 'UPDATING' | 'DELETING';
  /** It does not end before, however soon all is done; milliseconds since the epoch. */
  readonly untilMs: number;
}

/** Of a global index that was added to a table and still lacks entries of the items that were there before. */
export interface IndexBuild {
  /** Until when DynamoDB would still be allocating resources; absent: it is backfilling. */
  readonly allocatingUntilMs?: number;
  /** Until when its capacity is being changed meanwhile; absent: it is not. */
  readonly updatingUntilMs?: number;
  /**
   * Holds a mark, under the item's key, for each item whose entry in the index is there: put by a write of the item
   * since the index is defined, or by the backfill. An item without a mark has no entry, whatever it looks like.
   */
  readonly markSpace: Space;
}

export interface IndexDefinition extends Capacity {
  readonly name: string;
  readonly kind: 'global' | 'local';
  /** One attribute, but for global indexes: up to four. */
  readonly partitionKeys: readonly KeyAttribute[];
  /** At most one attribute, but for global indexes: up to four. */
  readonly sortKeys: readonly KeyAttribute[];
  readonly projection: Projection;
  /** Holds the index's entries. */
  readonly space: Space;
  readonly transition?: IndexTransition;
  readonly build?: IndexBuild;
}

/** What of a table can be being updated, as it excludes other updates. */
export type TableChange = 'billing' | 'throughput' | 'stream' | 'tableClass' | 'index';

/** What goes on with a table; absent: it is ACTIVE. */
export interface TableTransition {
  readonly status: 'CREATING' | 'UPDATING' | 'DELETING';
  /** Of an UPDATING table. Several are what one request asked for: what could overlap is refused. */
  readonly updates?: readonly TableChange[];
  /** As of an index. */
  readonly untilMs: number;
}

export type StreamViewType = 'NEW_IMAGE' | 'OLD_IMAGE' | 'NEW_AND_OLD_IMAGES' | 'KEYS_ONLY';

/** The stream that a table has or last had. */
export interface TableStream {
  /** Absent once the stream is disabled. */
  readonly viewType?: StreamViewType;
  /** When it was enabled, as its ARN ends: another label for each time. */
  readonly label: string;
  /** The first shard of its own; absent of a stream that was enabled before changes were logged. */
  readonly firstShard?: number;
}

/** A range of the hashes of partition keys, with the shard of the log that is open for it. */
export interface ChangePartition {
  readonly shard: number;
  /** The shard that was open for the range before. */
  readonly parent?: number;
  readonly openedAtMs: number;
  /** The first hash that is not of it, in hexadecimal digits; absent: it is the last one. */
  readonly before?: string;
}

/** The log of a table's changes, which it has once somebody follows it; see `change-log.ts`. */
export interface ChangeLog {
  readonly log: number;
  /** The number of the next shard that is opened; none is used twice. */
  readonly nextShard: number;
  /** In the order of their ranges, which together are all hashes. None: nobody follows the table. */
  readonly partitions: readonly ChangePartition[];
  /** What records hold of items. */
  readonly images: StreamViewType;
}

export type TableClass = 'STANDARD' | 'STANDARD_INFREQUENT_ACCESS';

export interface TableClassChoice {
  readonly name: TableClass;
  /** When it was changed, the last two times. */
  readonly updatedAtMs: readonly number[];
}

/**
 * Time to Live as it was last set. It is part of the definition, and not beside it as tags are, because the procedure
 * that writes an item has the definition in its hands anyhow: so it can keep an index of what expires in the same step,
 * with nothing more to read, and no write can miss a change of the attribute. The price, that all writers stop for a
 * moment and threads load their tables anew, is paid once an hour for a table at most.
 */
export interface TimeToLive {
  /** Holds when an item expires. Absent: Time to Live is disabled, and the attribute that it had is forgotten. */
  readonly attributeName?: string;
  readonly changedAtMs: number;
  /** Holds the expiry index (`items/expiry.ts`). With `attributeName`, but where a program that had no such index enabled it. */
  readonly expirySpace?: Space;
  /** It is ENABLING: until then at least, and until the items that were there before are in the expiry index. */
  readonly enablingUntilMs?: number;
  /** It is disabled, and shown as DISABLING until then. */
  readonly disabling?: { readonly attributeName: string; readonly untilMs: number };
}

export interface TableDefinition extends Capacity {
  readonly name: string;
  /** A UUID; a table that is deleted and created again has another one, and other spaces. */
  readonly id: string;
  readonly createdAtMs: number;
  readonly partitionKey: KeyAttribute;
  readonly sortKey?: KeyAttribute;
  readonly billingMode: 'PROVISIONED' | 'PAY_PER_REQUEST';
  /** When billing last became PAY_PER_REQUEST; absent: at the creation, or never. */
  readonly lastPayPerRequestAtMs?: number;
  readonly transition?: TableTransition;
  readonly deletionProtection?: boolean;
  /** Absent where nobody ever asked for one. */
  readonly tableClass?: TableClassChoice;
  readonly stream?: TableStream;
  readonly changeLog?: ChangeLog;
  /** Absent where it was never changed. */
  readonly timeToLive?: TimeToLive;
  /** In the order of their definition, local before global. */
  readonly indexes: readonly IndexDefinition[];
  /** Holds the table's items. */
  readonly space: Space;
  /** Holds the sizes of its item collections, by the hashes of their partition keys; of a table with local indexes. */
  readonly collectionSpace?: Space;
}

/** The names of the counters of a space that holds items or index entries; kept in the transaction of each write. */
export function itemCountCounter(space: Space): string {
  return `${space}.items`;
}

/** See `itemCountCounter`; counts sizes as `itemSizeBytes` does. */
export function sizeBytesCounter(space: Space): string {
  return `${space}.bytes`;
}

/** The attributes of the table's key, partition key first. */
export function tableKeyAttributes(table: Pick<TableDefinition, 'partitionKey' | 'sortKey'>): readonly KeyAttribute[] {
  return table.sortKey === undefined ? [table.partitionKey] : [table.partitionKey, table.sortKey];
}

/** The attributes of an index's key, partition key first. */
export function indexKeyAttributes(index: IndexDefinition): readonly KeyAttribute[] {
  return [...index.partitionKeys, ...index.sortKeys];
}

/** `table` with `change` under way until `untilMs`, beside what is under way already. */
export function beginUpdate(table: TableDefinition, change: TableChange, untilMs: number): TableDefinition {
  const { updates = [], untilMs: busyUntilMs = untilMs } = table.transition ?? {};
  return {
    ...table,
    transition: { status: 'UPDATING', updates: [...updates, change], untilMs: Math.max(busyUntilMs, untilMs) },
  };
}

/** The index of `table` that is being built, of which there is one at most. */
export function findBuild(table: TableDefinition): (IndexDefinition & { readonly build: IndexBuild }) | undefined {
  for (const index of table.indexes) if (index.build !== undefined) return { ...index, build: index.build };
  return undefined;
}

/** All spaces of `table`: items, index entries, marks of an index that is being built, sizes of collections, expiries. */
export function spacesOf({ space, indexes, collectionSpace, timeToLive }: TableDefinition): readonly Space[] {
  const ofIndexes = indexes.flatMap((index) => (index.build ? [index.space, index.build.markSpace] : [index.space]));
  return [space, ...ofIndexes, ...[collectionSpace, timeToLive?.expirySpace].filter((one) => one !== undefined)];
}
