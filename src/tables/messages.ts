/** The texts of every error about a table's definition, worded as DynamoDB words them unless said otherwise. */

const INVALID = 'One or more parameter values were invalid: ';

/** Texts that need no argument are strings, the others functions of what they name. */
export const TABLE_MESSAGES = {
  invalidName:
    "Invalid table/index name.  Table/index names must be between 3 and 255 characters long, and may contain only the characters a-z, A-Z, 0-9, '_', '-', and '.'",
  invalidArn: (arn: string) => `Invalid TableArn: Invalid ResourceArn provided as input ${arn}`,

  keySchemaMissing:
    "1 validation error detected: Value null at 'keySchema' failed to satisfy constraint: Member must not be null",
  firstKeyNotHash: 'Invalid KeySchema: The first KeySchemaElement is not a HASH key type',
  secondKeyNotRange: 'Invalid KeySchema: The second KeySchemaElement is not a RANGE key type',
  hashAfterRange: 'Invalid KeySchema: All HASH key attributes must precede RANGE key attributes in the KeySchema',
  tooManyKeys: (keyType: 'HASH' | 'RANGE') =>
    `Invalid KeySchema: The KeySchema exceeds the maximum allowed number of ${keyType} key attributes`,
  sameKeyTwice: 'Both the Hash Key and the Range Key element in the KeySchema have the same name',

  duplicateDefinition: (name: string) => `Attribute Name is duplicated: ${name}`,
  someKeysUndefined: 'Invalid KeySchema: Some index key attribute have no definition',
  allKeysUndefined: (keys: readonly string[], defined: readonly string[]) =>
    `${INVALID}Some index key attributes are not defined in AttributeDefinitions. Keys: [${keys.join(', ')}], AttributeDefinitions: [${defined.join(', ')}]`,
  definitionsOutnumberKeys:
    INVALID +
    'Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions',
  unusedDefinitions: (defined: readonly string[], used: readonly string[]) =>
    `${INVALID}Some AttributeDefinitions are not used. AttributeDefinitions: [${defined.join(', ')}], keys used: [${used.join(', ')}]`,

  throughputWithPayPerRequest:
    INVALID + 'Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST',
  throughputMissing:
    INVALID + 'ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED',
  indexThroughputWithPayPerRequest: (index: string) =>
    `${INVALID}ProvisionedThroughput should not be specified for index: ${index} when BillingMode is PAY_PER_REQUEST`,
  indexThroughputMissing: (index: string) => `${INVALID}ProvisionedThroughput is not specified for index: ${index}`,
  throughputOutOfBounds: (value: number, member: string, index: string | undefined) =>
    `Given value ${value} for ${member} is out of bounds${index === undefined ? '' : ` for index ${index}`}`,

  emptyIndexList: (member: string) => `${INVALID}List of ${member} is empty`,
  tooManyLocalIndexes: (limit: number) =>
    `${INVALID}Number of LocalSecondaryIndexes exceeds per-table limit of ${limit}`,
  tooManyGlobalIndexes: (limit: number) =>
    `${INVALID}GlobalSecondaryIndex count exceeds the per-table limit of ${limit}`,
  duplicateIndex: (index: string) => `${INVALID}Duplicate index name: ${index}`,
  localIndexNeedsTableSortKey:
    INVALID + 'Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex',
  localIndexNeedsSortKey: (index: string) => `${INVALID}Index KeySchema does not have a range key for index: ${index}`,
  localIndexOtherPartitionKey: (index: string, indexKey: string, tableKey: string) =>
    `${INVALID}Index KeySchema does not have the same leading hash key as table KeySchema for index: ${index}. index hash key: ${indexKey}, table hash key: ${tableKey}`,

  projectionTypeMissing: `${INVALID}Unknown ProjectionType: null`,
  nonKeyAttributesMissing: `${INVALID}ProjectionType is INCLUDE, but NonKeyAttributes is not specified`,
  nonKeyAttributesUnexpected: (type: string) =>
    `${INVALID}ProjectionType is ${type}, but NonKeyAttributes is specified`,
  /** Our wording. */
  tooManyProjectedAttributes: (limit: number) =>
    `${INVALID}Number of NonKeyAttributes over all indexes exceeds per-table limit of ${limit}`,

  /** Our wording: DynamoDB has these, this server not yet. */
  notSupported: (what: string) => `${what} is not supported by this server yet`,
} as const;
