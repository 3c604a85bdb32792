/** Requests that can't be right whatever is stored, with their errors. */
import type { Draw } from './draw.ts';
import { validationError } from './errors.ts';
import { type Operation, type Target, operationOf } from './operation.ts';
import { drawFittingKey } from './random-values.ts';
import type { Item } from './values.ts';

/** An operation, what is wrong in its input, and the text of the error. */
type BadRequest = readonly [name: string, members: object, message: string];

const ONE = { ExpressionAttributeValues: { ':v': { N: '1' } } };

const ON_KEY: readonly BadRequest[] = [
  ['UpdateItem', { UpdateExpression: 'SET amt =' }, syntax('UpdateExpression', '<EOF>', '=')],
  ['UpdateItem', { UpdateExpression: 'SET a = :v, a = :v', ...ONE }, overlap('a')],
  [
    'UpdateItem',
    { UpdateExpression: 'SET a = :w', ...ONE },
    'Invalid UpdateExpression: An expression attribute value used in expression is not defined; attribute value: :w',
  ],
  [
    'UpdateItem',
    { UpdateExpression: 'DELETE a :v', ...ONE },
    'Invalid UpdateExpression: Incorrect operand type for operator or function; operator: DELETE, operand type: ' +
      'NUMBER, typeSet: ALLOWED_FOR_DELETE_OPERAND',
  ],
  [
    'DeleteItem',
    { ConditionExpression: 'attribute_exists(a)', ...ONE },
    'Value provided in ExpressionAttributeValues unused in expressions: keys: {:v}',
  ],
  [
    'DeleteItem',
    { ConditionExpression: 'name = :v', ...ONE },
    'Invalid ConditionExpression: Attribute name is a reserved keyword; reserved keyword: name',
  ],
  ['DeleteItem', { ReturnValues: 'ALL_NEW' }, 'ReturnValues can only be ALL_OLD or NONE'],
  [
    'GetItem',
    { ProjectionExpression: 'a, #b' },
    'Invalid ProjectionExpression: An expression attribute name used in the document path is not defined; attribute ' +
      'name: #b',
  ],
];

const ON_ITEM: readonly (readonly [attributes: object, message: string])[] = [
  [
    { v: { SS: ['a', 'a'] } },
    'One or more parameter values were invalid: Input collection [a, a] contains duplicates.',
  ],
  [{ v: { NS: [] } }, 'One or more parameter values were invalid: An number set  may not be empty'],
  [{ v: { N: 'one' } }, 'The parameter cannot be converted to a numeric value: one'],
  [{ v: { N: '1'.repeat(39) } }, 'Attempting to store more than 38 significant digits in a Number'],
  [{ v: {} }, 'Supplied AttributeValue is empty, must contain exactly one of the supported datatypes'],
];

const ON_TABLE: readonly BadRequest[] = [
  [
    'Scan',
    { Segment: 2, TotalSegments: 2 },
    'The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: 2 is not less than ' +
      'TotalSegments: 2',
  ],
  ['Query', {}, 'Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.'],
  ['Query', { KeyConditionExpression: 'a <> :v', ...ONE }, 'Invalid operator used in KeyConditionExpression: <>'],
  ['Scan', { FilterExpression: 'a = = :v', ...ONE }, syntax('FilterExpression', '=', '= = :v')],
];

function syntax(expression: string, token: string, near: string): string {
  return `Invalid ${expression}: Syntax error; token: "${token}", near: "${near}"`;
}

function overlap(name: string): string {
  return (
    'Invalid UpdateExpression: Two document paths overlap with each other; must remove or rewrite one of these paths; ' +
    `path one: [${name}], path two: [${name}]`
  );
}

/** One that has nothing to do with what the table holds, or whether it is there. */
export function drawBadRequest(draw: Draw, { table, schema }: Target): Operation {
  const key = drawFittingKey(draw, schema);
  const [name, input, message] = draw.oneOf([
    () => badKeyRequest(draw, key),
    () => badItemRequest(draw, key),
    () => draw.oneOf(ON_TABLE),
  ])();
  return operationOf(name, { TableName: table, ...input }, () => {
    throw validationError(message);
  });
}

function badKeyRequest(draw: Draw, key: Item): BadRequest {
  const [name, members, message] = draw.oneOf(ON_KEY);
  return [name, { Key: key, ...members }, message];
}

function badItemRequest(draw: Draw, key: Item): BadRequest {
  const [attributes, message] = draw.oneOf(ON_ITEM);
  return ['PutItem', { Item: { ...key, ...attributes } }, message];
}
