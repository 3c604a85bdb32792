/**
 * The texts of errors of UpdateTable, worded as DynamoDB words them unless said otherwise. Those of what is still in
 * use are in in-use-messages.ts.
 */

const INVALID = 'One or more parameter values were invalid: ';

function onlyOperation(what: string): string {
  return `${INVALID}${what} must be the only operation in the request`;
}

/** ValidationExceptions of UpdateTable: a string, or a function of what the text names. */
export const UPDATE_TABLE_MESSAGES = {
  /** Some of these members only DynamoDB itself knows of. */
  nothingAsked:
    'At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates, ' +
    'SSESpecification, ReplicaUpdates, MultiAccountReplicaReady, ReplicaTransitRoleArn, MultiRegionConsistency, ' +
    'DeletionProtectionEnabled, OnDemandThroughput, WarmThroughput or TableClass is required',
  encryptionAlone: onlyOperation('Server-Side Encryption modification'),
  tableClassAlone: onlyOperation('TableClass modification'),
  deletionProtectionAlone: onlyOperation('DeletionProtection modification'),
  warmThroughputAlone: onlyOperation('WarmThroughput'),
  indexWithWarmThroughput: `${INVALID}Create global secondary index cannot be specified when updating WarmThroughput`,
  onDemandCompany: `${INVALID}OnDemandThroughput can only be combined with BillingMode in an UpdateTable request`,
  streamWithThroughput: `${INVALID}You cannot modify stream status while updating table IOPS`,
  indexWithThroughput: `${INVALID}You cannot create or delete index while updating table IOPS`,
  indexWithStream: `${INVALID}You cannot create or delete index while changing stream status`,

  throughputMissing: `${INVALID}ProvisionedThroughput must be specified when BillingMode is PROVISIONED`,
  throughputUnexpected: `${INVALID}ProvisionedThroughput cannot be specified when BillingMode is PAY_PER_REQUEST`,
  indexThroughputMissing: (index: string) => `${INVALID}ProvisionedThroughput must be specified for index: ${index}`,
  newIndexThroughputMissing: (index: string) =>
    `${INVALID}Both ReadCapacityUnits and WriteCapacityUnits must be specified for index: ${index}`,
  newIndexThroughputUnexpected: (index: string) =>
    `${INVALID}Neither ReadCapacityUnits nor WriteCapacityUnits can be specified for index: ${index} when BillingMode ` +
    'is PAY_PER_REQUEST',
  indexThroughputUnexpected: (index: string) =>
    `${INVALID}The only Updates for index: ${index} when TableThroughputMode is PAY_PER_REQUEST can be to ` +
    'OnDemandThroughput, WarmThroughput',

  noIndexAction:
    INVALID +
    'One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, GlobalSecondaryIndexUpdate.Delete ' +
    'must not be null',
  severalIndexActions:
    INVALID + 'Only one global secondary index action is allowed per GlobalSecondaryIndexUpdate object',
  indexTwice: (index: string) =>
    `${INVALID}Only one global secondary index update per index is allowed simultaneously. Index: ${index}`,
  definitionsMissing: (index: string) => `${INVALID}AttributeDefinitions is not specified for index: ${index}`,
  indexExists: 'Attempting to create an index which already exists',
  indexNotGlobal: (action: 'update' | 'delete', index: string) =>
    `Cannot ${action} an index that is not a GlobalSecondaryIndex: ${index}`,

  streamViewMissing: `${INVALID}If stream is being enabled then UpdateViewType is required`,
  streamViewUnexpected: `${INVALID}If stream is being disabled, then UpdateViewType must not be specified`,
  streamEnabled: (table: string) => `Table already has an enabled stream: TableName: ${table}`,
  streamAbsent: (table: string) => `Table has no stream to disable: TableName: ${table}`,
  encryptedByDefault: `${INVALID}Table is already encrypted by default`,
} as const;

/** LimitExceededExceptions of UpdateTable. */
export const LIMIT_MESSAGES = {
  oneIndexAtATime: 'Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table',
  globalIndexes: (limit: number) =>
    `Subscriber limit exceeded: Number of global secondary indexes exceeds per-table limit of ${limit}`,
  tableClass: (updates: number, days: number) =>
    `Subscriber limit exceeded: Updates to TableClass are limited to ${updates} times in ${days} day(s).`,
} as const;

/** ResourceNotFoundExceptions of UpdateTable. */
export const NOT_FOUND_MESSAGES = {
  index: (index: string, table: string) => `Requested resource not found: Index ${index} for table ${table}`,
} as const;
