/**
 * What a caller asks of CreateTable, and the rules that make it a table.
 *
 * Shapes (lengths, patterns, enums) have been checked before; here the combination is. The first broken rule is
 * answered, in the order throughput, table key, attribute definitions, local indexes, global indexes, the whole.
 * Source: CreateTable in the API reference, "Quotas and limits" in the developer guide.
 */
import { validationError } from '../foundation/errors.ts';
import { LIMITS } from '../foundation/limits.ts';
import type { TableDraft } from './create-table.ts';
import {
  type AttributeDefinitions,
  type Key,
  type KeySchemaElement,
  parseAttributeDefinitions,
  parseGlobalIndexKey,
  parseSimpleKey,
} from './key-schema.ts';
import { TABLE_MESSAGES } from './messages.ts';
import type { IndexDefinition, KeyAttribute, Projection, ProvisionedThroughput, TableDefinition } from './table.ts';

export interface IndexRequest {
  readonly name: string;
  readonly keySchema: readonly KeySchemaElement[];
  readonly projectionType: Projection['type'] | undefined;
  readonly nonKeyAttributes: readonly string[] | undefined;
  readonly provisionedThroughput: ProvisionedThroughput | undefined;
}

export interface TableRequest {
  readonly name: string;
  readonly keySchema: readonly KeySchemaElement[];
  readonly attributeDefinitions: readonly KeyAttribute[];
  readonly localIndexes: readonly IndexRequest[] | undefined;
  readonly globalIndexes: readonly IndexRequest[] | undefined;
  readonly billingMode: TableDefinition['billingMode'];
  readonly provisionedThroughput: ProvisionedThroughput | undefined;
}

type IndexDraft = Omit<IndexDefinition, 'space'>;

/** The table that `request` asks for, or the ValidationException that says what is wrong with it. */
export function parseTableRequest(request: TableRequest, id: string, createdAtMs: number): TableDraft {
  validateThroughputs(request);
  const definitions = parseAttributeDefinitions(request.attributeDefinitions);
  const key = parseSimpleKey(request.keySchema, definitions);
  const localIndexes = parseLocalIndexes(request.localIndexes, key, definitions);
  const globalIndexes = parseGlobalIndexes(request.globalIndexes, definitions);
  const indexes = [...localIndexes, ...globalIndexes];
  validateIndexesTogether(indexes);
  validateDefinitionsUsed(definitions, key, indexes);
  return {
    name: request.name,
    id,
    createdAtMs,
    ...key,
    billingMode: request.billingMode,
    ...(request.provisionedThroughput && { provisionedThroughput: request.provisionedThroughput }),
    indexes,
  };
}

function parseLocalIndexes(
  requests: readonly IndexRequest[] | undefined,
  tableKey: Key,
  definitions: AttributeDefinitions,
): IndexDraft[] {
  if (requests === undefined) return [];
  if (requests.length === 0) throw validationError(TABLE_MESSAGES.emptyIndexList('LocalSecondaryIndexes'));
  if (tableKey.sortKey === undefined) throw validationError(TABLE_MESSAGES.localIndexNeedsTableSortKey);
  if (requests.length > LIMITS.localIndexes) {
    throw validationError(TABLE_MESSAGES.tooManyLocalIndexes(LIMITS.localIndexes));
  }
  return requests.map((request) => {
    const key = parseSimpleKey(request.keySchema, definitions);
    if (key.sortKey === undefined) throw validationError(TABLE_MESSAGES.localIndexNeedsSortKey(request.name));
    if (key.partitionKey.name !== tableKey.partitionKey.name) {
      throw validationError(
        TABLE_MESSAGES.localIndexOtherPartitionKey(request.name, key.partitionKey.name, tableKey.partitionKey.name),
      );
    }
    return draftIndex('local', request, key);
  });
}

function parseGlobalIndexes(
  requests: readonly IndexRequest[] | undefined,
  definitions: AttributeDefinitions,
): IndexDraft[] {
  if (requests === undefined) return [];
  if (requests.length === 0) throw validationError(TABLE_MESSAGES.emptyIndexList('GlobalSecondaryIndexes'));
  if (requests.length > LIMITS.globalIndexes) {
    throw validationError(TABLE_MESSAGES.tooManyGlobalIndexes(LIMITS.globalIndexes));
  }
  return requests.map((request) => draftIndex('global', request, parseGlobalIndexKey(request.keySchema, definitions)));
}

function draftIndex(kind: IndexDefinition['kind'], request: IndexRequest, key: Key): IndexDraft {
  return {
    name: request.name,
    kind,
    partitionKeys: [key.partitionKey],
    sortKeys: key.sortKey === undefined ? [] : [key.sortKey],
    projection: parseProjection(request),
    ...(request.provisionedThroughput && { provisionedThroughput: request.provisionedThroughput }),
  };
}

function parseProjection({ projectionType: type, nonKeyAttributes }: IndexRequest): Projection {
  if (type === undefined) throw validationError(TABLE_MESSAGES.projectionTypeMissing);
  if (type === 'INCLUDE' && nonKeyAttributes === undefined) {
    throw validationError(TABLE_MESSAGES.nonKeyAttributesMissing);
  }
  if (type !== 'INCLUDE' && nonKeyAttributes !== undefined) {
    throw validationError(TABLE_MESSAGES.nonKeyAttributesUnexpected(type));
  }
  return { type, nonKeyAttributes: nonKeyAttributes ?? [] };
}

function validateIndexesTogether(indexes: readonly IndexDraft[]): void {
  const names = new Set<string>();
  let projected = 0;
  for (const { name, projection } of indexes) {
    if (names.has(name)) throw validationError(TABLE_MESSAGES.duplicateIndex(name));
    names.add(name);
    projected += projection.nonKeyAttributes.length;
  }
  if (projected > LIMITS.projectedNonKeyAttributes) {
    throw validationError(TABLE_MESSAGES.tooManyProjectedAttributes(LIMITS.projectedNonKeyAttributes));
  }
}

function validateDefinitionsUsed(definitions: AttributeDefinitions, key: Key, indexes: readonly IndexDraft[]): void {
  const keys = [
    key.partitionKey,
    key.sortKey,
    ...indexes.flatMap((index) => [...index.partitionKeys, ...index.sortKeys]),
  ];
  const used = new Set(keys.flatMap((attribute) => attribute?.name ?? []));
  if (used.size === definitions.size) return;
  throw validationError(
    indexes.length === 0
      ? TABLE_MESSAGES.definitionsOutnumberKeys
      : TABLE_MESSAGES.unusedDefinitions([...definitions.keys()], [...used]),
  );
}

/** The most capacity units that can be asked for. */
const MAX_CAPACITY_UNITS = 1_000_000_000_000;

function validateThroughputs(request: TableRequest): void {
  const { billingMode, provisionedThroughput, globalIndexes = [] } = request;
  if (billingMode === 'PAY_PER_REQUEST') {
    if (provisionedThroughput !== undefined) throw validationError(TABLE_MESSAGES.throughputWithPayPerRequest);
    for (const index of globalIndexes) {
      if (index.provisionedThroughput === undefined) continue;
      throw validationError(TABLE_MESSAGES.indexThroughputWithPayPerRequest(index.name));
    }
    return;
  }
  if (provisionedThroughput === undefined) throw validationError(TABLE_MESSAGES.throughputMissing);
  validateThroughputBounds(provisionedThroughput, undefined);
  for (const index of globalIndexes) {
    if (index.provisionedThroughput === undefined) {
      throw validationError(TABLE_MESSAGES.indexThroughputMissing(index.name));
    }
    validateThroughputBounds(index.provisionedThroughput, index.name);
  }
}

function validateThroughputBounds(throughput: ProvisionedThroughput, index: string | undefined): void {
  const { readCapacityUnits, writeCapacityUnits } = throughput;
  if (readCapacityUnits > MAX_CAPACITY_UNITS) {
    throw validationError(TABLE_MESSAGES.throughputOutOfBounds(readCapacityUnits, 'ReadCapacityUnits', index));
  }
  if (writeCapacityUnits > MAX_CAPACITY_UNITS) {
    throw validationError(TABLE_MESSAGES.throughputOutOfBounds(writeCapacityUnits, 'WriteCapacityUnits', index));
  }
}
