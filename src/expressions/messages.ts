/**
 * Every text that an expression's error can have, in one table: DynamoDB's own words.
 *
 * Texts of `EXPRESSION` stand behind `Invalid <parameter>: `; those of `REQUEST` and `UPDATE` stand alone.
 */
import type { AttributeType, AttributeValue } from '../values/attribute-value.ts';
import { attributeTypeOf } from '../values/attribute-value.ts';
import type { DocumentPath, ExpressionName } from './ast.ts';

/** How the parts of an `Invalid <parameter>: ` error are joined. */
export function invalidExpressionText(name: ExpressionName, text: string): string {
  return `Invalid ${name}: ${text}`;
}

/** Errors of one expression's text, or of its text and values together. */
export const EXPRESSION = {
  empty: 'The expression can not be empty;',
  tooLarge: 'Expression size has exceeded the maximum allowed size;',
  tooLargeWithSize: (sizeBytes: number) =>
    `Expression size has exceeded the maximum allowed size; expression size: ${sizeBytes}`,
  syntax: (token: string, near: string) => `Syntax error; token: "${token}", near: "${near}"`,
  tooManyOperators: (count: number) => `The expression contains too many operators; operator count: ${count}`,
  redundantParentheses: 'The expression has redundant parentheses;',
  reservedWord: (word: string) => `Attribute name is a reserved keyword; reserved keyword: ${word}`,
  pathTooDeep: (levels: number) => `The document path has too many nesting levels; nesting levels: ${levels}`,
  listIndexOutOfRange: (index: string) => `List index is not within the allowable range; index: [${index}]`,
  unknownFunction: (name: string) => `Invalid function name; function: ${name}`,
  notInCondition: (name: string) => `The function is not allowed in a condition expression; function: ${name}`,
  notInUpdate: (name: string) => `The function is not allowed in an update expression; function: ${name}`,
  notUsableHere: (name: string) =>
    `The function is not allowed to be used this way in an expression; function: ${name}`,
  operandCount: (name: string, count: number) =>
    `Incorrect number of operands for operator or function; operator or function: ${name}, number of operands: ${count}`,
  tooManyCandidates: (count: number) =>
    `The IN operator is provided with too many operands; number of operands: ${count}`,
  sectionTwice: (section: string) => `The "${section}" section can only be used once in an update expression;`,
  nameNotDefined: (name: string) =>
    `An expression attribute name used in the document path is not defined; attribute name: ${name}`,
  valueNotDefined: (name: string) =>
    `An expression attribute value used in expression is not defined; attribute value: ${name}`,
  pathsOverlap: (first: DocumentPath, second: DocumentPath) =>
    'Two document paths overlap with each other; must remove or rewrite one of these paths; ' +
    `path one: ${pathText(first)}, path two: ${pathText(second)}`,
  pathsConflict: (first: DocumentPath, second: DocumentPath) =>
    'Two document paths conflict with each other; must remove or rewrite one of these paths; ' +
    `path one: ${pathText(first)}, path two: ${pathText(second)}`,
  pathRequired: (name: string) => `Operator or function requires a document path; operator or function: ${name}`,
  operandsNotDistinct: (operator: string, path: DocumentPath) =>
    'The first operand must be distinct from the remaining operands for this operator or function; ' +
    `operator: ${operator}, first operand: ${pathText(path)}`,
  operandType: (name: string, type: AttributeType | typeof ANY_TYPE) =>
    `Incorrect operand type for operator or function; operator or function: ${name}, operand type: ${type}`,
  sectionOperandType: (section: 'ADD' | 'DELETE', type: AttributeType) =>
    `Incorrect operand type for operator or function; operator: ${section}, operand type: ${TYPE_WORDS[type]}, ` +
    `typeSet: ALLOWED_FOR_${section}_OPERAND`,
  unknownAttributeType: (name: string) =>
    `Invalid attribute type name found; type: ${name}, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}`,
  betweenTypesDiffer: (lower: AttributeValue, upper: AttributeValue) =>
    `The BETWEEN operator requires same data type for lower and upper bounds; ${boundsText(lower, upper)}`,
  betweenInverted: (lower: AttributeValue, upper: AttributeValue) =>
    'The BETWEEN operator requires upper bound to be greater than or equal to lower bound; ' + boundsText(lower, upper),
  keyConditionNested: 'KeyConditionExpressions cannot have conditions on nested attributes',
} as const;

/** Errors of a request's expression parameters together. */
export const REQUEST = {
  namesWithoutExpression: 'ExpressionAttributeNames can only be specified when using expressions',
  valuesWithoutExpression: (candidates: readonly ExpressionName[]) => {
    const text = 'ExpressionAttributeValues can only be specified when using expressions';
    if (candidates.length === 0) return text;
    return `${text}: ${candidates.join(' and ')} ${candidates.length > 1 ? 'are' : 'is'} null`;
  },
  namesEmpty: 'ExpressionAttributeNames must not be empty',
  valuesEmpty: 'ExpressionAttributeValues must not be empty',
  nameKeyInvalid: (key: string) => `ExpressionAttributeNames contains invalid key: Syntax error; key: "${key}"`,
  valueKeyInvalid: (key: string) => `ExpressionAttributeValues contains invalid key: Syntax error; key: "${key}"`,
  nameKeyTooLong: (key: string) =>
    `ExpressionAttributeNames contains invalid key: The expression attribute map contains a key that is too long; key: "${key}"`,
  valueKeyTooLong: (key: string) =>
    `ExpressionAttributeValues contains invalid key: The expression attribute map contains a key that is too long; key: "${key}"`,
  nameEmpty: (key: string) => `ExpressionAttributeNames contains invalid value: Empty attribute name for key ${key}`,
  nameTooLong: (key: string) =>
    `ExpressionAttributeNames contains invalid value: Attribute name is too large, must be less than 65536 bytes for key ${key}`,
  valueInvalid: (key: string, reason: string) =>
    `ExpressionAttributeValues contains invalid value: ${reason} for key ${key}`,
  /** The limit is DynamoDB's, these words are not: no public source has its own. */
  substitutionsTooLarge:
    'ExpressionAttributeNames and ExpressionAttributeValues have together exceeded the maximum allowed size',
  namesUnused: (keys: readonly string[]) =>
    `Value provided in ExpressionAttributeNames unused in expressions: keys: {${keys.join(', ')}}`,
  valuesUnused: (keys: readonly string[]) =>
    `Value provided in ExpressionAttributeValues unused in expressions: keys: {${keys.join(', ')}}`,
  keyConditionOperator: (operator: string) => `Invalid operator used in KeyConditionExpression: ${operator}`,
  keyConditionTwoNames: 'Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition',
  keyConditionNoName: 'Invalid condition in KeyConditionExpression: No key attribute specified',
  keyConditionNameNotFirst: (operator: string) =>
    `Invalid condition in KeyConditionExpression: ${operator} operator must have the key attribute as its first operand`,
  keyConditionTwice: 'KeyConditionExpressions must only contain one condition per key',
} as const;

/** Errors of applying an update to an item. */
export const UPDATE = {
  invalidPath: 'The document path provided in the update expression is invalid for update',
  attributeMissing: 'The provided expression refers to an attribute that does not exist in the item',
  operandType: 'An operand in the update expression has an incorrect data type',
  /** What AttributeUpdates has in the place of `operandType`. */
  typeMismatch: 'Type mismatch for attribute to update',
  tooLarge: 'Item size to update has exceeded the maximum allowed size',
} as const;

/** What stands for an operand's type where only the item could tell it. */
export const ANY_TYPE = '{NS,SS,L,BS,N,M,B,BOOL,NULL,S}';

/** The names of types in errors about ADD and DELETE. */
const TYPE_WORDS: Readonly<Record<AttributeType, string>> = {
  S: 'STRING',
  N: 'NUMBER',
  B: 'BINARY',
  BOOL: 'BOOLEAN',
  NULL: 'NULL',
  SS: 'STRING_SET',
  NS: 'NUMBER_SET',
  BS: 'BINARY_SET',
  L: 'LIST',
  M: 'MAP',
};

function pathText(path: DocumentPath): string {
  return `[${path.map((element) => (typeof element === 'number' ? `[${element}]` : element)).join(', ')}]`;
}

function boundsText(lower: AttributeValue, upper: AttributeValue): string {
  return `lower bound operand: ${valueText(lower)}, upper bound operand: ${valueText(upper)}`;
}

/** `AttributeValue: {N:5}`; bounds are scalars. */
function valueText(value: AttributeValue): string {
  const type = attributeTypeOf(value);
  return `AttributeValue: {${type}:${(value as Readonly<Record<string, unknown>>)[type]}}`;
}
