/**
 * Where DynamoDB itself departs from its published service model: the one place to correct when it changes.
 */
import type { Shape } from './shape-types.ts';

/** The order in which error texts list an enum's values, where it is known and not the model's. */
const ENUM_ORDER: Readonly<Record<string, readonly string[]>> = {
  AttributeAction: ['ADD', 'PUT', 'DELETE'],
  BillingMode: ['PROVISIONED', 'PAY_PER_REQUEST'],
  ComparisonOperator: [
    'IN',
    'NULL',
    'BETWEEN',
    'LT',
    'NOT_CONTAINS',
    'EQ',
    'GT',
    'NOT_NULL',
    'NE',
    'LE',
    'BEGINS_WITH',
    'GE',
    'CONTAINS',
  ],
  ConditionalOperator: ['OR', 'AND'],
  KeyType: ['HASH', 'RANGE'],
  ProjectionType: ['ALL', 'INCLUDE', 'KEYS_ONLY'],
  ReturnConsumedCapacity: ['INDEXES', 'TOTAL', 'NONE'],
  ReturnItemCollectionMetrics: ['SIZE', 'NONE'],
  ReturnValue: ['ALL_NEW', 'UPDATED_OLD', 'ALL_OLD', 'NONE', 'UPDATED_NEW'],
  ReturnValuesOnConditionCheckFailure: ['ALL_OLD', 'NONE'],
  ScalarAttributeType: ['B', 'N', 'S'],
  ShardIteratorType: ['AFTER_SEQUENCE_NUMBER', 'LATEST', 'AT_SEQUENCE_NUMBER', 'TRIM_HORIZON'],
  Select: ['SPECIFIC_ATTRIBUTES', 'COUNT', 'ALL_ATTRIBUTES', 'ALL_PROJECTED_ATTRIBUTES'],
};

/** Shapes that replace the model's, or that members named below refer to. */
const SHAPES: Readonly<Record<string, Shape>> = {
  // The 65,535 bytes of an attribute's name have a text of their own, given where values are parsed.
  AttributeName: { type: 'string' },
  // An empty RequestItems and too many keys have texts of their own (`shape-batch.ts`).
  BatchGetRequestMap: { type: 'map', key: 'TableArn', value: 'KeysAndAttributes', max: 100 },
  BatchWriteItemRequestMap: { type: 'map', key: 'TableArn', value: 'WriteRequests', max: 25 },
  KeyList: { type: 'list', member: 'Key', min: 1 },
  // The model lost this limit when the keys of global secondary indexes could have more attributes.
  SimpleKeySchema: { type: 'list', member: 'KeySchemaElement', min: 1, max: 2 },
  // Source: the upper limits in the API reference.
  StreamsPageLimit: { type: 'integer', min: 1, max: 100 },
  // Tags and their keys have texts of their own for all that can be wrong with them (`tables/parse-tags.ts`).
  Tag: { type: 'structure', required: [], members: { Key: 'TagKeyString', Value: 'TagValueString' } },
  TagKeyString: { type: 'string' },
  TagValueString: { type: 'string' },
};

/**
 * Patterns of what this server takes beyond the service: functions and destinations that are no Lambda's, and ARNs of
 * regions that are none of AWS's, as `--region` may name one. What it means is judged where it is used
 * (`lambda/function-name.ts`).
 */
const EXTENSIONS: Readonly<Record<string, string>> = {
  Arn: 'arn:aws:dynamodb:[a-z0-9-]{1,64}:\\d{12}:.{1,512}',
  DestinationArn: 'https?://.{1,2000}|lambda:.{1,2000}',
  NamespacedFunctionName:
    'https?://.{1,2000}|lambda:.{1,2000}|file:.{1,2000}|arn:aws:lambda:[a-z0-9-]{1,64}:\\d{12}:function:[a-zA-Z0-9-_.:$]{1,256}',
};

/** Members whose shape is not the one that the model gives them. */
const MEMBER_SHAPES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  CreateTableInput: { KeySchema: 'SimpleKeySchema' },
  DescribeStreamInput: { Limit: 'StreamsPageLimit' },
  ListStreamsInput: { Limit: 'StreamsPageLimit' },
  LocalSecondaryIndex: { KeySchema: 'SimpleKeySchema' },
};

/** Members whose violations DynamoDB reports after those of all others of the same structure. */
export const REPORTED_LAST: ReadonlySet<string> = new Set(['TableName']);

/** `published` as DynamoDB applies it. */
export function applyOverrides(published: ReadonlyMap<string, Shape>): ReadonlyMap<string, Shape> {
  const shapes = new Map([...published, ...Object.entries(SHAPES)]);
  for (const [name, values] of Object.entries(ENUM_ORDER)) shapes.set(name, { type: 'string', enum: values });
  for (const [name, extension] of Object.entries(EXTENSIONS)) {
    const shape = shapes.get(name);
    if (shape?.type === 'string') shapes.set(name, { ...shape, extension });
  }
  for (const [name, members] of Object.entries(MEMBER_SHAPES)) {
    const shape = shapes.get(name);
    if (shape?.type === 'structure') shapes.set(name, { ...shape, members: { ...shape.members, ...members } });
  }
  return shapes;
}
