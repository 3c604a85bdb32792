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
  type GlobalIndexKey,
  type Key,
  type KeySchemaElement,
  parseAttributeDefinitions,
  parseGlobalIndexKey,
  parseSimpleKey,
} from './key-schema.ts';
import { TABLE_MESSAGES } from './messages.ts';
import { newStream, type StreamRequest, validateEncryption, type EncryptionRequest } from './table-settings.ts';
import type {
  Capacity,
  IndexDefinition,
  KeyAttribute,
  OnDemandThroughput,
  Projection,
  ProvisionedThroughput,
  TableClass,
  TableDefinition,
} from './table.ts';
import {
  initialOnDemandThroughput,
  initialWarmThroughput,
  validateThroughputBounds,
  type WarmThroughputRequest,
} from './throughput.ts';

/** What a table or a global index is asked to take. */
export interface CapacityRequest {
  readonly provisionedThroughput: ProvisionedThroughput | undefined;
  readonly onDemandThroughput: OnDemandThroughput | undefined;
  readonly warmThroughput: WarmThroughputRequest | undefined;
}

export interface IndexRequest extends CapacityRequest {
  readonly name: string;
  readonly keySchema: readonly KeySchemaElement[];
  readonly projectionType: Projection['type'] | undefined;
  readonly nonKeyAttributes: readonly string[] | undefined;
}

export interface TableRequest extends CapacityRequest {
  readonly name: string;
  readonly keySchema: readonly KeySchemaElement[];
  readonly attributeDefinitions: readonly KeyAttribute[];
  readonly localIndexes: readonly IndexRequest[] | undefined;
  readonly globalIndexes: readonly IndexRequest[] | undefined;
  readonly billingMode: TableDefinition['billingMode'];
  readonly deletionProtection: boolean;
  readonly tableClass: TableClass | undefined;
  readonly stream: StreamRequest | undefined;
  readonly encryption: EncryptionRequest | undefined;
}

export type IndexDraft = Omit<IndexDefinition, 'space'>;

/** When and as what a table is made. */
export interface TableOrigin {
  readonly id: string;
  readonly createdAtMs: number;
  /** How long it is CREATING. */
  readonly delayMs: number;
}

/** The table that `request` asks for, or the ValidationException that says what is wrong with it. */
export function parseTableRequest(request: TableRequest, origin: TableOrigin): TableDraft {
  const { id, createdAtMs, delayMs } = origin;
  validateThroughputs(request);
  validateEncryption(request.encryption);
  const definitions = parseAttributeDefinitions(request.attributeDefinitions);
  const key = parseSimpleKey(request.keySchema, definitions);
  const localIndexes = parseLocalIndexes(request.localIndexes, key, definitions);
  const globalIndexes = parseGlobalIndexes(request, definitions);
  const indexes = [...localIndexes, ...globalIndexes];
  validateIndexesTogether(indexes);
  validateDefinitionsUsed(definitions, key, indexes);
  return {
    name: request.name,
    id,
    createdAtMs,
    ...key,
    billingMode: request.billingMode,
    ...draftCapacity(request, request.billingMode, undefined),
    transition: { status: 'CREATING', untilMs: createdAtMs + delayMs },
    ...(request.deletionProtection && { deletionProtection: true }),
    ...(request.tableClass && { tableClass: { name: request.tableClass, updatedAtMs: [] } }),
    ...newStream(request.stream, createdAtMs),
    indexes,
  };
}

/** The capacity that a new table or index gets; the provisioned part has been checked. */
function draftCapacity(
  request: CapacityRequest,
  billingMode: TableDefinition['billingMode'],
  index: string | undefined,
): Capacity {
  const { provisionedThroughput, onDemandThroughput, warmThroughput } = request;
  return {
    ...(provisionedThroughput && { provisionedThroughput }),
    ...initialOnDemandThroughput(onDemandThroughput, billingMode, index),
    ...initialWarmThroughput(provisionedThroughput, warmThroughput, index),
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
    return {
      name: request.name,
      kind: 'local',
      partitionKeys: [key.partitionKey],
      sortKeys: [key.sortKey],
      projection: parseProjection(request),
    };
  });
}

function parseGlobalIndexes(
  { globalIndexes, billingMode }: TableRequest,
  definitions: AttributeDefinitions,
): IndexDraft[] {
  if (globalIndexes === undefined) return [];
  if (globalIndexes.length === 0) throw validationError(TABLE_MESSAGES.emptyIndexList('GlobalSecondaryIndexes'));
  if (globalIndexes.length > LIMITS.globalIndexes) {
    throw validationError(TABLE_MESSAGES.tooManyGlobalIndexes(LIMITS.globalIndexes));
  }
  return globalIndexes.map((request) => parseGlobalIndex(request, billingMode, definitions));
}

/** The global index that `request` asks for; throws the ValidationException that says what is wrong with it alone. */
export function parseGlobalIndex(
  request: IndexRequest,
  billingMode: TableDefinition['billingMode'],
  definitions: AttributeDefinitions,
): IndexDraft {
  const key: GlobalIndexKey = parseGlobalIndexKey(request.keySchema, definitions);
  return {
    name: request.name,
    kind: 'global',
    ...key,
    projection: parseProjection(request),
    ...draftCapacity(request, billingMode, request.name),
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

/** Throws the ValidationException for indexes that can't be of one table. */
export function validateIndexesTogether(indexes: readonly IndexDraft[]): void {
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
