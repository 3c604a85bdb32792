/** The texts of errors about an operation's parameters, worded as DynamoDB words them unless said otherwise. */

/** Texts that need no argument are strings, the others functions of what they name. */
export const API_MESSAGES = {
  returnsOldOnly: 'ReturnValues can only be ALL_OLD or NONE',

  batchTooLong: (operation: 'BatchGetItem' | 'BatchWriteItem') => `Too many items requested for the ${operation} call`,
  /** A write request of a batch is told off like an attribute value. */
  writeRequestAmbiguous:
    'Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes',
  writeRequestEmpty: 'Supplied AttributeValue is empty, must contain exactly one of the supported datatypes',

  transactionItemAmbiguous: 'TransactItems can only contain one of Check, Put, Update or Delete',
  transactionItemEmpty: 'Invalid Request: TransactWriteRequest should contain Delete or Put or Update request',

  keyConditionRequired:
    'Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.',
  totalSegmentsMissing:
    'The TotalSegments parameter is required but was not present in the request when Segment parameter is present',
  segmentMissing:
    'The Segment parameter is required but was not present in the request when parameter TotalSegments is present',
  segmentOutOfRange: (segment: number, totalSegments: number) =>
    'The Segment parameter is zero-based and must be less than parameter TotalSegments: ' +
    `Segment: ${segment} is not less than TotalSegments: ${totalSegments}`,
} as const;

/** What is wrong with an ARN in the place of a table's name. */
export const ARN_NAME_MESSAGES = {
  malformed:
    "1 validation error detected: Valid ARN format is 'arn:<awsPartition>:<vendor>:<region>:<subscriber>:" +
    "resourceType/resourceName', where Resource name must have length less than or equal to 255, Resource name must " +
    'have length greater than or equal to 3, Resource name must satisfy regular expression pattern: [a-zA-Z0-9_.-]+',
  partition: (arn: string) => `1 validation error detected: Invalid AWS partition in '${arn}'`,
  region: (arn: string) => `1 validation error detected: Invalid AWS region in '${arn}'`,
  type: (arn: string) => `1 validation error detected: Invalid resource type in '${arn}'`,
  denied: 'Access is denied',
} as const;
