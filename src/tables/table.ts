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

export interface Projection {
  readonly type: 'ALL' | 'KEYS_ONLY' | 'INCLUDE';
  /** Named under INCLUDE, empty otherwise. */
  readonly nonKeyAttributes: readonly string[];
}

export interface IndexDefinition {
  readonly name: string;
  readonly kind: 'global' | 'local';
  /** One attribute today; the store's keys are ready for several. */
  readonly partitionKeys: readonly KeyAttribute[];
  readonly sortKeys: readonly KeyAttribute[];
  readonly projection: Projection;
  /** Holds the index's entries. */
  readonly space: Space;
  /** Of a global index of a PROVISIONED table. */
  readonly provisionedThroughput?: ProvisionedThroughput;
}

export interface TableDefinition {
  readonly name: string;
  /** A UUID; a table that is deleted and created again has another one, and other spaces. */
  readonly id: string;
  readonly createdAtMs: number;
  readonly partitionKey: KeyAttribute;
  readonly sortKey?: KeyAttribute;
  readonly billingMode: 'PROVISIONED' | 'PAY_PER_REQUEST';
  /** Of a PROVISIONED table. */
  readonly provisionedThroughput?: ProvisionedThroughput;
  /** In the order of their definition, local before global. */
  readonly indexes: readonly IndexDefinition[];
  /** Holds the table's items. */
  readonly space: Space;
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
export function tableKeyAttributes(table: TableDefinition): readonly KeyAttribute[] {
  return table.sortKey === undefined ? [table.partitionKey] : [table.partitionKey, table.sortKey];
}

/** The attributes of an index's key, partition key first. */
export function indexKeyAttributes(index: IndexDefinition): readonly KeyAttribute[] {
  return [...index.partitionKeys, ...index.sortKeys];
}
