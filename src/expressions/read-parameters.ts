/**
 * What the operations on items read their parameters with: expressions, or the legacy parameters in their place. Both
 * forms give the same trees; a request has one form or the other.
 */
import { validationError } from '../foundation/errors.ts';
import type { ExpressionName } from './ast.ts';
import { LEGACY } from './legacy/messages.ts';
import type { LegacyName, LegacyParameters } from './legacy/parameters.ts';
import { readAttributeUpdates } from './legacy/read-attribute-updates.ts';
import { readAttributesToGet } from './legacy/read-attributes-to-get.ts';
import { readExpected, readFilter } from './legacy/read-conditions.ts';
import { readKeyConditions } from './legacy/read-key-conditions.ts';
import type { ExpressionParameters, Expressions } from './read-expressions.ts';
import { readExpressions } from './read-expressions.ts';

/** The parameters of an operation in both forms, each in the order in which error texts list them. */
interface ParameterForms {
  readonly expressions: readonly ExpressionName[];
  /** Those of the expressions that may use values. */
  readonly valueExpressions: readonly ExpressionName[];
  readonly legacy: readonly LegacyName[];
}

function makeForms(expressions: readonly ExpressionName[], legacy: readonly LegacyName[]): ParameterForms {
  return { expressions, valueExpressions: expressions.filter((name) => name !== 'ProjectionExpression'), legacy };
}

const CONDITIONAL_WRITE = makeForms(['ConditionExpression'], ['Expected', 'ConditionalOperator']);
const GET = makeForms(['ProjectionExpression'], ['AttributesToGet']);

const PARAMETER_FORMS = {
  PutItem: CONDITIONAL_WRITE,
  DeleteItem: CONDITIONAL_WRITE,
  UpdateItem: makeForms(
    ['UpdateExpression', 'ConditionExpression'],
    ['AttributeUpdates', 'Expected', 'ConditionalOperator'],
  ),
  GetItem: GET,
  BatchGetItem: GET,
  Query: makeForms(
    ['ProjectionExpression', 'FilterExpression', 'KeyConditionExpression'],
    ['AttributesToGet', 'QueryFilter', 'ConditionalOperator', 'KeyConditions'],
  ),
  Scan: makeForms(
    ['ProjectionExpression', 'FilterExpression'],
    ['AttributesToGet', 'ScanFilter', 'ConditionalOperator'],
  ),
} as const;

type OperationName = keyof typeof PARAMETER_FORMS;
type Parameters = ExpressionParameters & LegacyParameters;

/**
 * Throws the ValidationException for a request that has both forms, or a ConditionalOperator with nothing to join. The
 * first check of an operation, before any of the parameters is read.
 */
export function validateForms(parameters: Parameters, operation: OperationName): void {
  const forms = PARAMETER_FORMS[operation];
  const legacy = forms.legacy.filter((name) => parameters[name] !== undefined);
  if (legacy.length === 0) return;
  const expressions = forms.expressions.filter((name) => parameters[name] !== undefined);
  const excluded = legacy.filter((name) => name !== 'KeyConditions' || isKeyConditionExcluded(parameters));
  if (expressions.length > 0 && excluded.length > 0) throw validationError(LEGACY.formsMixed(excluded, expressions));
  if (legacy.includes('ConditionalOperator')) validateConditionalOperator(parameters, legacy);
}

/** KeyConditions is older than KeyConditionExpression but not than filters and projections: it goes with those. */
function isKeyConditionExcluded(parameters: Parameters): boolean {
  return parameters.KeyConditionExpression !== undefined;
}

function validateConditionalOperator(parameters: Parameters, legacy: readonly LegacyName[]): void {
  const joined = (['Expected', 'QueryFilter', 'ScanFilter'] as const).find((name) => legacy.includes(name));
  const conditions = joined && parameters[joined];
  if (conditions === undefined) throw validationError(LEGACY.operatorWithoutConditions);
  if (Object.keys(conditions).length < 2) throw validationError(LEGACY.operatorForOneCondition);
}

/**
 * The trees of a request's parameters in whichever form, after every check that needs no item; throws ApiError.
 * `validateForms` has seen the parameters.
 */
export function readParameters(parameters: Parameters, operation: OperationName): Expressions {
  const { valueExpressions, legacy } = PARAMETER_FORMS[operation];
  let read = readExpressions(parameters, valueExpressions);
  for (const name of legacy) {
    if (parameters[name] !== undefined) read = { ...read, ...readLegacy(parameters, name) };
  }
  return read;
}

function readLegacy(parameters: Parameters, name: LegacyName): Expressions {
  const { ConditionalOperator: joinedBy } = parameters;
  switch (name) {
    case 'AttributeUpdates':
      return { update: readAttributeUpdates(parameters.AttributeUpdates ?? {}) };
    case 'AttributesToGet':
      return { projection: readAttributesToGet(parameters.AttributesToGet ?? []) };
    case 'Expected':
      return { condition: readExpected(parameters.Expected ?? {}, joinedBy) };
    case 'QueryFilter':
      return { filter: readFilter(parameters.QueryFilter ?? {}, joinedBy) };
    case 'ScanFilter':
      return { filter: readFilter(parameters.ScanFilter ?? {}, joinedBy) };
    case 'KeyConditions':
      return { keyCondition: readKeyConditions(parameters.KeyConditions ?? {}) };
    case 'ConditionalOperator':
      return {};
  }
}
