/** What UpdateTable does to global indexes: creates one, deletes one, or changes the capacity of some. */
import { ApiError, validationError } from '../foundation/errors.ts';
import { LIMITS } from '../foundation/limits.ts';
import type { Space } from '../storage/engine.ts';
import { type AttributeDefinitions, parseAttributeDefinitions } from './key-schema.ts';
import {
  beginUpdate,
  type IndexDefinition,
  indexKeyAttributes,
  type KeyAttribute,
  type TableDefinition,
  tableKeyAttributes,
} from './table.ts';
import { type IndexRequest, parseGlobalIndex, validateIndexesTogether } from './table-request.ts';
import type { IndexUpdate, TableUpdate } from './update-request.ts';
import {
  changeOnDemandThroughput,
  changeThroughput,
  changeWarmThroughput,
  validateThroughputBounds,
} from './throughput.ts';
import { LIMIT_MESSAGES, NOT_FOUND_MESSAGES, UPDATE_TABLE_MESSAGES } from './update-messages.ts';

export interface IndexChange {
  readonly update: TableUpdate;
  readonly nowMs: number;
  /** How long the table, or an index that changes, is UPDATING; and how much longer an index is CREATING. */
  readonly delayMs: number;
  readonly indexBuildDelayMs: number;
  readonly firstFree: Space;
}

/** `table` with its indexes changed, and the next free space after those that a new index takes. */
export function changeIndexes(
  table: TableDefinition,
  change: IndexChange,
): { readonly table: TableDefinition; readonly nextFree: Space } {
  let changed = table;
  let nextFree = change.firstFree;
  for (const update of change.update.indexUpdates ?? []) {
    if (update.kind === 'create') {
      changed = addIndex(changed, update.index, { ...change, firstFree: nextFree });
      nextFree += 2;
    } else {
      changed = changeIndex(changed, update, change);
    }
  }
  return { table: changed, nextFree };
}

function addIndex(table: TableDefinition, request: IndexRequest, change: IndexChange): TableDefinition {
  const { nowMs, delayMs, indexBuildDelayMs, firstFree } = change;
  if (table.indexes.some(({ name }) => name === request.name)) {
    throw validationError(UPDATE_TABLE_MESSAGES.indexExists);
  }
  if (table.indexes.filter(({ kind }) => kind === 'global').length >= LIMITS.globalIndexes) {
    throw new ApiError({ name: 'LimitExceededException', message: LIMIT_MESSAGES.globalIndexes(LIMITS.globalIndexes) });
  }
  validateThroughput(table, request);
  const definitions = definitionsForIndex(table, request.name, change.update.attributeDefinitions);
  const index: IndexDefinition = {
    ...parseGlobalIndex(request, table.billingMode, definitions),
    space: firstFree,
    transition: { status: 'CREATING', untilMs: nowMs + delayMs + indexBuildDelayMs },
    build: { allocatingUntilMs: nowMs + delayMs, markSpace: firstFree + 1 },
  };
  const indexes = [...table.indexes, index];
  validateIndexesTogether(indexes);
  return beginUpdate({ ...table, indexes }, 'index', nowMs + delayMs);
}

function validateThroughput({ billingMode }: TableDefinition, { name, provisionedThroughput }: IndexRequest): void {
  if (billingMode === 'PAY_PER_REQUEST' && provisionedThroughput !== undefined) {
    throw validationError(UPDATE_TABLE_MESSAGES.newIndexThroughputUnexpected(name));
  }
  if (billingMode === 'PAY_PER_REQUEST') return;
  if (provisionedThroughput === undefined) {
    throw validationError(UPDATE_TABLE_MESSAGES.newIndexThroughputMissing(name));
  }
  validateThroughputBounds(provisionedThroughput, name);
}

/**
 * The definitions that the request itself gives: a new index's key attributes must be among them, those too that the
 * table has defined before. Source: AttributeDefinitions of UpdateTable in the API reference ("must include the key
 * element(s) of the new index"), which is meant so: tried on the service,
 * https://github.com/nubo-db/dynoxide/issues/144. One that gives a key of the table or of another index a new type is
 * passed over, as public records of what the service answered have it.
 */
function definitionsForIndex(
  table: TableDefinition,
  index: string,
  given: readonly KeyAttribute[] | undefined,
): AttributeDefinitions {
  if (given === undefined) throw validationError(UPDATE_TABLE_MESSAGES.definitionsMissing(index));
  const own = [...tableKeyAttributes(table), ...table.indexes.flatMap(indexKeyAttributes)];
  const ownByName = new Map(own.map((attribute) => [attribute.name, attribute]));
  return parseAttributeDefinitions(given.map((attribute) => ownByName.get(attribute.name) ?? attribute));
}

function changeIndex(
  table: TableDefinition,
  update: Exclude<IndexUpdate, { kind: 'create' }>,
  change: IndexChange,
): TableDefinition {
  const index = table.indexes.find(({ name }) => name === update.name);
  if (index === undefined) {
    throw new ApiError({
      name: 'ResourceNotFoundException',
      message: NOT_FOUND_MESSAGES.index(update.name, table.name),
    });
  }
  if (index.kind === 'local') throw validationError(UPDATE_TABLE_MESSAGES.indexNotGlobal(update.kind, index.name));
  const untilMs = change.nowMs + change.delayMs;
  const after: IndexDefinition =
    update.kind === 'delete'
      ? { ...index, transition: { status: 'DELETING', untilMs } }
      : changeIndexCapacity(table, index, update, change);
  const changed = { ...table, indexes: table.indexes.map((one) => (one === index ? after : one)) };
  return update.kind === 'delete' ? beginUpdate(changed, 'index', untilMs) : changed;
}

/**
 * The table stays ACTIVE meanwhile, and so does the index where all that changes is what it is ready for. Source:
 * public records of what the service answered, which the API reference's sentence on UPDATING doesn't tell apart.
 */
function changeIndexCapacity(
  { billingMode }: TableDefinition,
  index: IndexDefinition,
  update: Extract<IndexUpdate, { kind: 'update' }>,
  { nowMs, delayMs }: IndexChange,
): IndexDefinition {
  const { name } = index;
  const { provisionedThroughput, onDemandThroughput, warmThroughput } = update;
  let changed = index;
  if (provisionedThroughput !== undefined && billingMode === 'PAY_PER_REQUEST') {
    throw validationError(UPDATE_TABLE_MESSAGES.indexThroughputUnexpected(name));
  }
  if (provisionedThroughput !== undefined) {
    changed = changeThroughput(changed, provisionedThroughput, nowMs, name);
  }
  if (onDemandThroughput !== undefined) {
    changed = changeOnDemandThroughput(changed, onDemandThroughput, billingMode, name);
  }
  const untilMs = nowMs + delayMs;
  if (warmThroughput !== undefined) changed = changeWarmThroughput(changed, warmThroughput, name, untilMs);
  if (changed === index) throw missingThroughputError(billingMode, name);
  if (provisionedThroughput === undefined && onDemandThroughput === undefined) return changed;
  // "Modifying an Index Creation" in the developer guide: it is UPDATING, and goes on being built.
  if (index.build !== undefined) return { ...changed, build: { ...index.build, updatingUntilMs: untilMs } };
  return { ...changed, transition: { status: 'UPDATING', untilMs } };
}

function missingThroughputError(billingMode: TableDefinition['billingMode'], index: string): ApiError {
  return validationError(
    billingMode === 'PROVISIONED'
      ? UPDATE_TABLE_MESSAGES.indexThroughputMissing(index)
      : UPDATE_TABLE_MESSAGES.indexThroughputUnexpected(index),
  );
}
