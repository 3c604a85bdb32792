/**
 * Every text that an error of the legacy parameters can have, worded as DynamoDB words them unless said otherwise. The
 * parameters are old and so are most sources: threads in which users of the service quote what it answered them.
 */
import type { AttributeType } from '../../values/attribute-value.ts';

const INVALID = 'One or more parameter values were invalid: ';

/** Texts that need no argument are strings, the others functions of what they name. */
export const LEGACY = {
  formsMixed: (legacy: readonly string[], expressions: readonly string[]) =>
    'Can not use both expression and non-expression parameters in the same request: ' +
    `Non-expression parameters: {${legacy.join(', ')}} Expression parameters: {${expressions.join(', ')}}`,
  operatorWithoutConditions: 'ConditionalOperator cannot be used without Filter or Expected',
  operatorForOneCondition: 'ConditionalOperator can only be used when Filter or Expected has two or more elements',

  argumentCount: (operator: string) => `${INVALID}Invalid number of argument(s) for the ${operator} ComparisonOperator`,
  argumentType: (operator: string, type: AttributeType) =>
    `${INVALID}ComparisonOperator ${operator} is not valid for ${type} AttributeValue type`,
  argumentTypesDiffer: `${INVALID}AttributeValues inside AttributeValueList must be of same type`,
  betweenInverted: 'The BETWEEN condition was provided a range where the lower bound is greater than the upper bound',
  /** Our wording and our limit, the one of expressions: without it one page could take hours to filter. */
  tooManyConditions: (count: number, limit: number) =>
    `${INVALID}Too many conditions; number of conditions: ${count}, limit: ${limit}`,
  /** Our wording and our limit. */
  tooManyValues: (count: number, limit: number) =>
    `${INVALID}Too many values in AttributeValueList; number of values: ${count}, limit: ${limit}`,

  valueAndList: (name: string) =>
    `${INVALID}Value and AttributeValueList cannot be used together for Attribute: ${name}`,
  listWithoutOperator: (name: string) =>
    `${INVALID}AttributeValueList can only be used with a ComparisonOperator for Attribute: ${name}`,
  existsWithOperator: (name: string) =>
    `${INVALID}Exists and ComparisonOperator cannot be used together for Attribute: ${name}`,
  operatorWithoutValue: (operator: string, name: string) =>
    `${INVALID}Value or AttributeValueList must be used with ComparisonOperator: ${operator} for Attribute: ${name}`,
  existsWithoutValue: (exists: true | undefined, name: string) =>
    `${INVALID}Value must be provided when Exists is ${exists ?? 'null'} for Attribute: ${name}`,
  valueWithoutExists: (name: string) => `${INVALID}Value cannot be used when Exists is false for Attribute: ${name}`,

  keyConditionCount: 'Conditions can be of length 1 or 2 only',
  keyConditionOperator: 'Attempted conditional constraint is not an indexable operation',
  filterOnKey: (name: string) =>
    `QueryFilter can only contain non-primary key attributes: Primary key attribute: ${name}`,

  updateWithoutValue: `${INVALID}Only DELETE action is allowed when no attribute value is specified`,
  deleteType: (type: AttributeType) => `${INVALID}DELETE action with value is not supported for the type ${type}`,
  addType: (type: AttributeType) => `${INVALID}ADD action is not supported for the type ${type}`,
  /** Our wording: names have at least one character ("Naming rules" in the developer guide). */
  emptyName: `${INVALID}Attribute name must have at least one character`,

  nameTwice: (name: string) => `${INVALID}Duplicate value in attribute name: ${name}`,
  attributesWithSelect: (select: string) =>
    `Cannot specify the AttributesToGet when choosing to get ${select === 'COUNT' ? 'only the Count' : select}`,
} as const;
