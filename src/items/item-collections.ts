/**
 * The sizes of item collections: of a table with local indexes, all items with one partition key together with their
 * entries in those indexes. Source: "Item collections in Local Secondary Indexes" in the developer guide.
 *
 * Such a table has a space with one entry for each collection that holds something, under the hash of its partition
 * key: the size in bytes. It is read and written in the same step as the items, so it is exact, and the limit is never
 * passed. Writes of one collection wait for each other on that entry, as they do in the one partition that DynamoDB has
 * for it; those of different collections have nothing in common. A table without local indexes has no such space.
 */
import { assert } from '../foundation/assert.ts';
import type { ApiFault } from '../foundation/errors.ts';
import type { EntryKey, Space, Write } from '../storage/engine.ts';
import { type TableDefinition, sizeBytesCounter } from '../tables/table.ts';
import { KEY_HASH_BYTES } from '../values/key-encoding.ts';
import { ITEM_MESSAGES } from './messages.ts';

/** A collection after a write. */
export interface CollectionState {
  readonly partitionKeyName: string;
  readonly sizeBytes: number;
}

/** Where the size of the collection lies whose items have keys that start as `baseKey` does. */
export function collectionKey(collectionSpace: Space, baseKey: Uint8Array): EntryKey {
  return { space: collectionSpace, key: baseKey.slice(0, KEY_HASH_BYTES) };
}

const FORMAT_VERSION = 1;

/** The size in the value of `collectionKey`: the format version, then the bytes as a big-endian u64. */
export function decodeCollectionSize(bytes: Uint8Array | undefined): number {
  if (bytes === undefined) return 0;
  assert(bytes[0] === FORMAT_VERSION, `item collection size of unknown format version ${String(bytes[0])}`);
  return Number(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getBigUint64(1));
}

function encodeCollectionSize(sizeBytes: number): Uint8Array {
  const bytes = new Uint8Array(9);
  bytes[0] = FORMAT_VERSION;
  new DataView(bytes.buffer).setBigUint64(1, BigInt(sizeBytes));
  return bytes;
}

/** An action of a procedure: the item that it writes, and where its table keeps the sizes of its collections. */
export interface CollectedAction {
  readonly collectionSpace: Space | undefined;
  /** Of the item. */
  readonly key: Uint8Array;
}

/** The keys of the sizes that `actions` depend on, each once. */
export function collectionKeys(actions: readonly CollectedAction[]): readonly EntryKey[] {
  const keys = new Map<string, EntryKey>();
  for (const { collectionSpace, key } of actions) {
    if (collectionSpace === undefined) continue;
    const entry = collectionKey(collectionSpace, key);
    keys.set(nameOf(entry), entry);
  }
  return [...keys.values()];
}

/** The collections that a procedure writes to, with what its actions have made of them so far. */
export interface Collections {
  /**
   * Follows `writes`, which an action on the item with the key `key` of `table` decided on; `action` tells it from the
   * others. The state of its collection then, undefined where the table has none.
   */
  follow(
    table: TableDefinition,
    key: Uint8Array,
    writes: readonly Write[],
    action: number,
  ): CollectionState | undefined;
  /**
   * The actions that let a collection grow which all of them together leave larger than the limit and larger than it
   * was. Their order doesn't matter: one may take the room that another one makes. A collection may always shrink.
   */
  overfilling(): readonly number[];
  /** The writes that leave the sizes as they are now. */
  writes(): Write[];
}

interface OpenCollection {
  readonly entry: EntryKey;
  readonly beforeBytes: number;
  sizeBytes: number;
  /** The actions that let it grow. */
  readonly grownBy: number[];
}

/** `values[i]` is what lies under `keys[i]`, which `collectionKeys` gave. */
export function openCollections(
  keys: readonly EntryKey[],
  values: readonly (Uint8Array | undefined)[],
  limitBytes: number,
): Collections {
  const open = new Map<string, OpenCollection>();
  for (const [i, entry] of keys.entries()) {
    const sizeBytes = decodeCollectionSize(values[i]);
    open.set(nameOf(entry), { entry, beforeBytes: sizeBytes, sizeBytes, grownBy: [] });
  }
  return {
    follow(table, key, writes, action) {
      const { collectionSpace, partitionKey } = table;
      if (collectionSpace === undefined) return undefined;
      const collection = open.get(nameOf(collectionKey(collectionSpace, key)));
      assert(collection !== undefined, 'the size of an item collection was read');
      const growthBytes = growthOf(table, writes);
      collection.sizeBytes += growthBytes;
      if (growthBytes > 0) collection.grownBy.push(action);
      return { partitionKeyName: partitionKey.name, sizeBytes: collection.sizeBytes };
    },
    overfilling() {
      const overfull = [...open.values()].filter(
        ({ sizeBytes, beforeBytes }) => sizeBytes > Math.max(limitBytes, beforeBytes),
      );
      return overfull.flatMap(({ grownBy }) => grownBy);
    },
    writes: () => [...open.values()].flatMap(writeOf),
  };
}

/** The fault of an action that `overfilling` names. */
export const COLLECTION_FULL: ApiFault = {
  name: 'ItemCollectionSizeLimitExceededException',
  message: ITEM_MESSAGES.collectionTooLarge,
};

function writeOf({ entry, beforeBytes, sizeBytes }: OpenCollection): Write[] {
  if (sizeBytes === beforeBytes) return [];
  if (sizeBytes === 0) return [{ kind: 'delete', ...entry }];
  return [{ kind: 'put', ...entry, value: encodeCollectionSize(sizeBytes) }];
}

/** By how much `writes` move the sizes that are counted of the table itself and of its local indexes. */
function growthOf(table: TableDefinition, writes: readonly Write[]): number {
  const locals = table.indexes.filter(({ kind }) => kind === 'local');
  const counters = new Set([table, ...locals].map(({ space }) => sizeBytesCounter(space)));
  let bytes = 0;
  for (const write of writes) if (write.kind === 'increment' && counters.has(write.counter)) bytes += write.by;
  return bytes;
}

function nameOf({ space, key }: EntryKey): string {
  return `${space}/${Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1')}`;
}
