/** The texts of every error about items, keys and reads, worded as DynamoDB words them unless said otherwise. */
import type { AttributeType } from '../values/attribute-value.ts';

const INVALID = 'One or more parameter values were invalid: ';
const NOT_VALID = 'One or more parameter values are not valid. ';

/** What an empty key value is called. */
export type EmptyKind = 'string' | 'binary';

function emptyKeyText(empty: EmptyKind): string {
  return `The AttributeValue for a key attribute cannot contain an empty ${empty} value.`;
}

/** Errors of items and keys. Texts that need no argument are strings, the others functions of what they name. */
export const ITEM_MESSAGES = {
  conditionFailed: 'The conditional request failed',
  tooLarge: 'Item size has exceeded the maximum allowed size',
  /** Our wording: names have at least one character ("Naming rules" in the developer guide). */
  emptyName: `${INVALID}Attribute name must have at least one character`,
  duplicateKeys: 'Provided list of item keys contains duplicates',
  /** Source: "Error handling with DynamoDB" in the developer guide, whose texts end with a dot that the service's don't. */
  collectionTooLarge: 'Collection size exceeded',

  keyMissing: (name: string) => `${INVALID}Missing the key ${name} in the item`,
  keyType: (name: string, expected: AttributeType, actual: AttributeType) =>
    `${INVALID}Type mismatch for key ${name} expected: ${expected} actual: ${actual}`,
  keyMisfit: 'The provided key element does not match the schema',
  keyEmpty: (name: string, empty: EmptyKind) => `${NOT_VALID}${emptyKeyText(empty)} Key: ${name}`,
  /** Without a space between "of" and the figure, as the service has it. */
  partitionKeyTooLarge: (limitBytes: number) =>
    `${INVALID}Size of hashkey has exceeded the maximum size limit of${limitBytes} bytes`,
  sortKeyTooLarge: (limitBytes: number) =>
    `${INVALID}Aggregated size of all range keys has exceeded the size limit of ${limitBytes} bytes`,
  keyNotScalar: (kind: 'Key' | 'IndexKey', name: string) =>
    `Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: ${kind}: ${name}`,
  keyUpdated: (name: string) => `${INVALID}Cannot update attribute ${name}. This attribute is part of the key`,

  indexKeyType: (name: string, expected: AttributeType, actual: AttributeType, index: string) =>
    `${INVALID}Type mismatch for Index Key ${name} Expected: ${expected} Actual: ${actual} IndexName: ${index}`,
  indexKeyEmpty: (name: string, empty: EmptyKind, index: string) =>
    `${NOT_VALID}A value specified for a secondary index key is not supported. ${emptyKeyText(empty)} ` +
    `IndexName: ${index}, IndexKey: ${name}`,
  indexKeyTypeByUpdate: 'The update expression attempted to update the secondary index key to unsupported type',
  indexKeyEmptyByUpdate: (empty: EmptyKind) =>
    `${NOT_VALID}The update expression attempted to update a secondary index key to a value that is not supported. ` +
    emptyKeyText(empty),
  indexKeyTooLargeByUpdate:
    'The update expression attempted to update the secondary index key beyond allowed size limits',
} as const;

/** Errors of transactions. */
export const TRANSACTION_MESSAGES = {
  canceled: (codes: readonly string[]) =>
    `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes.join(', ')}]`,
  duplicateKeys: 'Transaction request cannot include multiple operations on one item',
  conflict: 'Transaction is ongoing for the item',
  /** What the API reference says of the error and of the limit; the service's own words are not known. */
  tokenMismatch:
    'DynamoDB rejected the request because you retried a request with a different payload but with an idempotent ' +
    'token that was already used.',
  tooLarge: 'The aggregate size of the items in the transaction cannot exceed 4 MB',
} as const;

/** Errors of Query and Scan. */
export const READ_MESSAGES = {
  indexMissing: (name: string) => `The table does not have the specified index: ${name}`,
  indexBeingBuilt: (name: string) => `Cannot read from backfilling global secondary index: ${name}`,
  consistentGlobalIndex: 'Consistent reads are not supported on global secondary indexes',

  keyConditionMissing: (name: string) => `Query condition missed key schema element: ${name}`,
  keyConditionNotSupported: 'Query key condition not supported',
  keyConditionType: `${INVALID}Condition parameter type does not match schema type`,
  filterOnKey: (name: string) =>
    `Filter Expression can only contain non-primary key attributes: Primary key attribute: ${name}`,
  filterNotProjected: (index: string, names: readonly string[]) =>
    `${INVALID}Secondary index ${index} does not project one or more filter attributes: [${names.join(', ')}]`,

  startKeyValue: (reason: string) => `The provided starting key is invalid: ${reason}`,
  startKeyMisfit: 'The provided starting key is invalid',
  startKeyMisfitTable: 'The provided starting key is invalid: The provided key element does not match the schema',
  startKeyOutOfSortRange: 'The provided starting key does not match the range key predicate',
  startKeyOfOneItem: 'The query can return at most one row and cannot be restarted',
  startKeyOutOfRange: 'The provided starting key is outside query boundaries based on provided conditions',
  startKeyOutOfSegment: (segment: number, totalSegments: number) =>
    'The provided starting key is invalid: Invalid ExclusiveStartKey. Please use ExclusiveStartKey with correct ' +
    `Segment. TotalSegments: ${totalSegments} Segment: ${segment}`,

  projectedWithoutIndex: (verb: 'Querying' | 'Scanning') =>
    `ALL_PROJECTED_ATTRIBUTES can be used only when ${verb} using an IndexName`,
  specificWithoutProjection:
    'Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES',
  projectionWithSelect: (select: string) =>
    `Cannot specify the ProjectionExpression when choosing to get ${select === 'COUNT' ? 'only the Count' : select}`,
  allAttributesOfGlobalIndex: (index: string) =>
    `${INVALID}Select type ALL_ATTRIBUTES is not supported for global secondary index ${index} because its projection ` +
    'type is not ALL',
  notProjected: (index: string, names: readonly string[]) =>
    `${INVALID}Global secondary index ${index} does not project [${names.join(', ')}]`,
} as const;
