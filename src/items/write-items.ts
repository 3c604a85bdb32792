/**
 * The procedure behind every write of items: PutItem, UpdateItem, DeleteItem, BatchWriteItem and, with a token beside
 * it (transact-items.ts), transactions.
 *
 * It reads each action's table definition and item, evaluates conditions, applies updates and decides on the item,
 * its index entries and the counters in one atomic step: all actions or none.
 */
import { type Consumption, noConsumption, writeUnits } from '../capacity/consumed-capacity.ts';
import type { Condition } from '../expressions/ast.ts';
import { evaluateCondition } from '../expressions/evaluate-condition.ts';
import { ApiError, type ApiFault } from '../foundation/errors.ts';
import { LIMITS } from '../foundation/limits.ts';
import type { Decision, EntryKey, Procedure, Space, Write } from '../storage/engine.ts';
import { type Actor, appendChange } from '../streams/change-record.ts';
import { catalogKey, decodeTable } from '../tables/catalog.ts';
import { findBuild, type TableDefinition } from '../tables/table.ts';
import { encodeStoredItem, itemFromJson } from '../values/stored-item.ts';
import { changeItem, type ItemChange, type ItemState, readState, type ReturnValues } from './change-item.ts';
import { expiryWrites } from './expiry.ts';
import { validateIndexKeys } from './index-entries.ts';
import { countWrites, indexWrites } from './index-writes.ts';
import { COLLECTION_FULL, type CollectionState, collectionKeys, openCollections } from './item-collections.ts';
import { ITEM_MESSAGES } from './messages.ts';

/** One write of one item, whose key has been validated. */
export type WriteAction = {
  /** The item's table, as an index into `WriteItemsInput.tables`. */
  readonly table: number;
  readonly condition?: Condition | undefined;
  readonly returnValues?: ReturnValues | undefined;
  /** Puts the item into the fault of a failed condition. */
  readonly returnItemOnFailure?: boolean | undefined;
} & ItemChange;

/** A table as its writer knows it; see `stale` in WriteItemsOutput. */
export interface WrittenTable {
  readonly name: string;
  readonly id: string;
  readonly space: Space;
  /** Of the index that is being built; see `IndexBuild`. */
  readonly markSpace?: Space | undefined;
  /** See `item-collections.ts`. */
  readonly collectionSpace?: Space | undefined;
}

export interface WriteItemsInput {
  readonly nowMs: number;
  /** Who asks, if it is not a caller of the API. */
  readonly actor?: Actor;
  /** What an item collection may hold at most; absent: what DynamoDB lets it. */
  readonly collectionLimitBytes?: number | undefined;
  /** The tables of all actions, each once. */
  readonly tables: readonly WrittenTable[];
  readonly actions: readonly WriteAction[];
}

/** What one action did. */
export interface WriteResult {
  /** The JSON of the attributes that `returnValues` asked for; undefined where there are none. */
  readonly attributesJson?: string | undefined;
  readonly consumption: Consumption;
  /** The larger of the item's sizes before and after, which the table is charged for; 0 where there was none. */
  readonly chargedSizeBytes: number;
  /** The item's collection afterwards; absent where its table has no local indexes, and of a check. */
  readonly collection?: CollectionState | undefined;
}

export type WriteItemsOutput =
  | { readonly kind: 'done'; readonly results: readonly WriteResult[] }
  /** Nothing was written; a fault, or undefined, for each action in order. */
  | { readonly kind: 'failed'; readonly faults: readonly (ApiFault | undefined)[] }
  /** Nothing was written: a table is no longer the one the caller knew. Look it up again. */
  | { readonly kind: 'stale' };

export const writeItems: Procedure<WriteItemsInput, WriteItemsOutput> = {
  name: 'writeItems',

  reads(input) {
    const { tables, actions } = input;
    const keys: EntryKey[] = [];
    for (const { name } of tables) keys.push(catalogKey(name));
    for (const { table, key } of actions) keys.push({ space: (tables[table] as WrittenTable).space, key });
    keys.push(...keysOfCollections(input));
    for (const { table, key } of actions) {
      const { markSpace } = tables[table] as WrittenTable;
      if (markSpace !== undefined) keys.push({ space: markSpace, key });
    }
    return keys;
  },

  decide(input, values) {
    const { tables, actions, nowMs, actor, collectionLimitBytes = LIMITS.itemCollectionSizeBytes } = input;
    const definitions = decodeTables(tables, values);
    if (definitions === undefined) return { writes: [], output: { kind: 'stale' } };
    const writes: Write[] = [];
    const results: WriteResult[] = [];
    const faults: (ApiFault | undefined)[] = [];
    const firstCollection = tables.length + actions.length;
    const collected = keysOfCollections(input);
    let nextMark = firstCollection + collected.length;
    const collections = openCollections(collected, values.slice(firstCollection, nextMark), collectionLimitBytes);
    for (const [i, action] of actions.entries()) {
      const table = definitions[action.table] as TableDefinition;
      const isMarked = tables[action.table]?.markSpace !== undefined && values[nextMark++] !== undefined;
      const outcome = decideAction(table, { action, stored: values[tables.length + i], isMarked, nowMs, actor });
      faults.push('fault' in outcome ? outcome.fault : undefined);
      if ('fault' in outcome) continue;
      const isCollected = action.kind !== 'check' && table.collectionSpace !== undefined;
      const collection = isCollected ? collections.follow(table, action.key, outcome.writes, i) : undefined;
      writes.push(...outcome.writes);
      results.push(collection === undefined ? outcome.output : { ...outcome.output, collection });
    }
    for (const i of collections.overfilling()) faults[i] = COLLECTION_FULL;
    if (faults.some((fault) => fault !== undefined)) return { writes: [], output: { kind: 'failed', faults } };
    return { writes: [...writes, ...collections.writes()], output: { kind: 'done', results } };
  },
};

function keysOfCollections({ tables, actions }: WriteItemsInput): readonly EntryKey[] {
  if (tables.every(({ collectionSpace }) => collectionSpace === undefined)) return [];
  const written = actions.filter(({ kind }) => kind !== 'check');
  return collectionKeys(written.map(({ table, key }) => ({ collectionSpace: tables[table]?.collectionSpace, key })));
}

/** Whether one of `tables`, whose bytes `values` starts with, is no longer the table that it was: what `stale` says. */
export function haveChanged(tables: readonly WrittenTable[], values: readonly (Uint8Array | undefined)[]): boolean {
  return decodeTables(tables, values) === undefined;
}

/** The definitions of `tables`, whose bytes `values` starts with; undefined where one is no longer the table that it was. */
function decodeTables(
  tables: readonly WrittenTable[],
  values: readonly (Uint8Array | undefined)[],
): readonly TableDefinition[] | undefined {
  const definitions: TableDefinition[] = [];
  for (const [i, { id, markSpace }] of tables.entries()) {
    const bytes = values[i];
    const definition = bytes && decodeTable(bytes);
    if (definition?.id !== id || findBuild(definition)?.build.markSpace !== markSpace) return undefined;
    definitions.push(definition);
  }
  return definitions;
}

/** An action with what was read for it. */
interface ActionState {
  readonly action: WriteAction;
  readonly stored: Uint8Array | undefined;
  /** See `ItemTransition`. */
  readonly isMarked: boolean;
  readonly nowMs: number;
  readonly actor: Actor | undefined;
}

function decideAction(
  table: TableDefinition,
  { action, stored, isMarked, nowMs, actor }: ActionState,
): Decision<WriteResult> | { readonly fault: ApiFault } {
  const before = stored && readState(stored);
  try {
    if (action.kind === 'put' && table.indexes.length > 0) {
      validateIndexKeys(table, itemFromJson(action.json), 'item');
    }
    if (action.condition !== undefined && !evaluateCondition(action.condition, before?.attributes())) {
      return { fault: conditionFailedFault(action, before) };
    }
    const { after, returned } = changeItem(action, before, nowMs);
    if (action.kind === 'update' && after !== undefined && table.indexes.length > 0) {
      const source = action.update?.form === 'legacy' ? 'AttributeUpdates' : 'UpdateExpression';
      validateIndexKeys(table, after.attributes(), source);
    }
    const consumption = noConsumption(table.name);
    const chargedSizeBytes = Math.max(before?.sizeBytes ?? 0, after?.sizeBytes ?? 0);
    consumption.table = writeUnits(chargedSizeBytes);
    const output = { attributesJson: returned, consumption, chargedSizeBytes };
    if (action.kind === 'check') return { writes: [], output };
    const writes = [...itemWrites(table.space, action.key, before, after, nowMs)];
    // A table that has none of these pays nothing for them.
    const { indexes, timeToLive, changeLog } = table;
    if (indexes.length > 0) {
      writes.push(...indexWrites(table, { baseKey: action.key, before, after, nowMs, isMarked }, consumption));
    }
    if (timeToLive !== undefined) writes.push(...expiryWrites(table, action.key, before, after));
    if (changeLog !== undefined) {
      writes.push(...appendChange(table, { baseKey: action.key, before, after, atMs: nowMs, actor }));
    }
    return { writes, output };
  } catch (error) {
    if (error instanceof ApiError) return { fault: error.fault };
    throw error;
  }
}

function conditionFailedFault(action: WriteAction, before: ItemState | undefined): ApiFault {
  const fault: ApiFault = {
    name: 'ConditionalCheckFailedException',
    message: ITEM_MESSAGES.conditionFailed,
  };
  if (!action.returnItemOnFailure || before === undefined) return fault;
  return { ...fault, members: { Item: before.attributes() } };
}

function* itemWrites(
  space: Space,
  key: Uint8Array,
  before: ItemState | undefined,
  after: ItemState | undefined,
  nowMs: number,
): Iterable<Write> {
  if (after !== undefined) {
    const { sizeBytes, version, json } = after;
    yield { kind: 'put', space, key, value: encodeStoredItem({ sizeBytes, version, writtenAtMs: nowMs, json }) };
  } else if (before !== undefined) {
    yield { kind: 'delete', space, key };
  }
  yield* countWrites(space, before?.sizeBytes, after?.sizeBytes);
}
