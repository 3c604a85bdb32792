/**
 * The texts of every error about a table's definition, worded as DynamoDB words them unless said otherwise. Those of
 * UpdateTable are in update-messages.ts, those of what is still in use in in-use-messages.ts.
 */
import { formatLong } from '../foundation/long.ts';
import type { ProvisionedThroughput } from './table.ts';

const INVALID = 'One or more parameter values were invalid: ';

/** Texts that need no argument are strings, the others functions of what they name. */
export const TABLE_MESSAGES = {
  invalidName:
    "Invalid table/index name.  Table/index names must be between 3 and 255 characters long, and may contain only the characters a-z, A-Z, 0-9, '_', '-', and '.'",

  keySchemaMissing:
    "1 validation error detected: Value null at 'keySchema' failed to satisfy constraint: Member must not be null",
  firstKeyNotHash: 'Invalid KeySchema: The first KeySchemaElement is not a HASH key type',
  secondKeyNotRange: 'Invalid KeySchema: The second KeySchemaElement is not a RANGE key type',
  hashAfterRange: `${INVALID}All HASH key attributes must precede RANGE key attributes in the KeySchema`,
  tooManyKeys: (keyType: 'HASH' | 'RANGE') =>
    `${INVALID}The KeySchema exceeds the maximum allowed number of ${keyType} key attributes`,
  sameKeyOften: 'The KeySchema contains multiple key attributes with the same name',
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
    `Given value ${formatLong(value)} for ${member} is out of bounds${index === undefined ? '' : ` for index ${index}`}`,

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

  tooManyDecreases: (today: number, lastMs: number, nextMs: number) =>
    'Subscriber limit exceeded: Provisioned throughput decreases are limited within a given UTC day. After the first 4 ' +
    'decreases, each subsequent decrease in the same UTC day can be performed at most once every 3600 seconds. ' +
    `Number of decreases today: ${today}. Last decrease at ${longTime(lastMs)}. ` +
    `Next decrease can be made at ${longTime(nextMs)}`,
  throughputUnchanged: (
    { readCapacityUnits: reads, writeCapacityUnits: writes }: ProvisionedThroughput,
    index: string | undefined,
  ) => {
    const of = index === undefined ? 'the table' : `index ${index}`;
    return (
      `The provisioned throughput for the ${index === undefined ? 'table' : of} will not change. ` +
      'The requested value equals the current value. ' +
      `Current ReadCapacityUnits provisioned for ${of}: ${reads}. Requested ReadCapacityUnits: ${reads}. ` +
      `Current WriteCapacityUnits provisioned for ${of}: ${writes}. Requested WriteCapacityUnits: ${writes}. ` +
      'Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits.'
    );
  },

  onDemandProvisioned: (member: string, index: string | undefined) =>
    `${INVALID}${member} for OnDemandThroughput ${index === undefined ? '' : `for index : ${index} `}` +
    'cannot be specified when the table BillingMode is PROVISIONED',
  onDemandOutOfRange: (member: string, index: string | undefined) =>
    `${INVALID}Requested ${member} for OnDemandThroughput for ${index === undefined ? 'table' : `index : ${index}`} ` +
    'is outside of valid range',
  warmDecrease: (member: string, index: string | undefined) =>
    `${requestedWarm(member, index)} is lower than current WarmThroughput, decreasing WarmThroughput is not supported`,
  warmBelowOnDemand: (member: string, index: string | undefined) =>
    `${requestedWarm(member, index)} is lower than initial throughput for OnDemand`,
  warmBelowProvisioned: (member: string, index: string | undefined) =>
    `${requestedWarm(member, index)} is lower than ` +
    `${member.startsWith('Read') ? 'ReadCapacityUnits' : 'WriteCapacityUnits'} of ProvisionedThroughput`,

  createdStreamViewMissing: `${INVALID}Table is being created with a stream enabled, UpdateViewType is required`,
  createdStreamViewUnexpected:
    INVALID + 'Table is being created with a stream disabled, UpdateViewType should not be specified',

  sseOffWithType: `${INVALID}SSEType can not be specified if Enabled is false`,
  sseOffWithKey: `${INVALID}KMSMasterKeyId can not be specified if Enabled is false`,
  sseKeyWithoutType: `${INVALID}SSEType KMS is required if KMSMasterKeyId is specified`,
  sseAes: `${INVALID}SSEType AES256 is not supported`,
  /** Our wording: the service takes this, and encrypts with a key of the KMS. */
  sseWithKms: 'SSESpecification with Enabled true is not supported by this server: there is no KMS to hold the key',

  protectedFromDeletion:
    'Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.',

  /** Our wording: DynamoDB has these, this server not yet. */
  notSupported: (what: string) => `${what} is not supported by this server yet`,
} as const;

function requestedWarm(member: string, index: string | undefined): string {
  return `${INVALID}Requested ${member} for WarmThroughput for ${index === undefined ? 'table' : `index ${index}`}`;
}

/** Such as `Monday, February 13, 2023 at 10:25:39 AM Coordinated Universal Time`. */
function longTime(timeMs: number): string {
  const text = LONG_TIME.format(timeMs).replaceAll('\u{202f}', ' ');
  return `${text} Coordinated Universal Time`;
}

const LONG_TIME = new Intl.DateTimeFormat('en-US', { dateStyle: 'full', timeStyle: 'medium', timeZone: 'UTC' });
