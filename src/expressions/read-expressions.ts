/**
 * The entry to expressions: from a request's parameters to trees that are ready to be evaluated.
 *
 * On the request path this stands between the check of the body's shape and the first look at the table: every check
 * that needs neither table nor item happens here. Text to tree is remembered; names and values are bound for each
 * request.
 */
import { validationError } from '../foundation/errors.ts';
import type { Item } from '../values/attribute-value.ts';
import type { Condition, ExpressionName, KeyCondition, Projection, Update } from './ast.ts';
import type { Bindings } from './bind.ts';
import { bindCondition, bindPath, bindUpdate } from './bind.ts';
import { readKeyCondition } from './key-condition.ts';
import { REQUEST } from './messages.ts';
import { createCachedParser } from './parse-cache.ts';
import { parseCondition } from './parse-condition.ts';
import { parseProjection } from './parse-projection.ts';
import { parseUpdate } from './parse-update.ts';
import type { Names } from './placeholders.ts';
import { readNames, readValues, validateDefined, validateUsed } from './placeholders.ts';
import { validateSubstitutionSize } from './substitution-size.ts';
import type { ParsedExpression } from './token-cursor.ts';
import { validateCondition, validatePaths, validateUpdate } from './validate-operands.ts';

/** The members of a request that have to do with expressions, as the caller sent them. */
export interface ExpressionParameters {
  readonly ConditionExpression?: string | undefined;
  readonly FilterExpression?: string | undefined;
  readonly KeyConditionExpression?: string | undefined;
  readonly ProjectionExpression?: string | undefined;
  readonly UpdateExpression?: string | undefined;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>> | undefined;
  /** Attribute values as the wire has them, not yet canonical. */
  readonly ExpressionAttributeValues?: Readonly<Record<string, unknown>> | undefined;
}

/** The expressions that a request has. Structured-cloneable. */
export interface Expressions {
  readonly condition?: Condition | undefined;
  readonly filter?: Condition | undefined;
  readonly keyCondition?: KeyCondition | undefined;
  readonly projection?: Projection | undefined;
  readonly update?: Update | undefined;
}

/** The expressions in the order in which their errors are found. */
const EXPRESSION_NAMES: readonly ExpressionName[] = [
  'UpdateExpression',
  'ConditionExpression',
  'KeyConditionExpression',
  'FilterExpression',
  'ProjectionExpression',
];

const PARSERS = {
  UpdateExpression: createCachedParser('UpdateExpression', parseUpdate),
  ConditionExpression: createCachedParser('ConditionExpression', parseCondition),
  KeyConditionExpression: createCachedParser('KeyConditionExpression', parseCondition),
  FilterExpression: createCachedParser('FilterExpression', parseCondition),
  ProjectionExpression: createCachedParser('ProjectionExpression', parseProjection),
} as const;

/**
 * Parses the request's expressions, binds names and values and runs every check that needs no item; throws ApiError.
 *
 * `valueExpressions` are the parameters of the operation that may use values, in the order in which the error about
 * values without any of them lists them: for UpdateItem, `['UpdateExpression', 'ConditionExpression']`.
 */
export function readExpressions(
  parameters: ExpressionParameters,
  valueExpressions: readonly ExpressionName[] = [],
): Expressions {
  validatePresence(parameters, valueExpressions);
  validateSubstitutionSize(parameters.ExpressionAttributeNames, parameters.ExpressionAttributeValues);
  const reader: Reader = {
    bindings: {
      names: readNames(parameters.ExpressionAttributeNames),
      values: readValues(parameters.ExpressionAttributeValues),
    },
    parsed: [],
  };
  const update = readUpdate(reader, parameters.UpdateExpression);
  const condition = readCondition(reader, 'ConditionExpression', parameters.ConditionExpression);
  const keyCondition = readCondition(reader, 'KeyConditionExpression', parameters.KeyConditionExpression);
  const filter = readCondition(reader, 'FilterExpression', parameters.FilterExpression);
  const projection = readProjection(reader, parameters.ProjectionExpression);
  validateUsed(reader.parsed, reader.bindings.names, reader.bindings.values);
  return {
    ...(update && { update }),
    ...(condition && { condition }),
    ...(keyCondition && { keyCondition: readKeyCondition(keyCondition) }),
    ...(filter && { filter }),
    ...(projection && { projection }),
  };
}

/** One request's bindings, and the expressions that have used them. */
interface Reader {
  readonly bindings: Bindings & { readonly names: Names; readonly values: Item };
  readonly parsed: ParsedExpression<unknown>[];
}

/** Throws the ValidationException for names or values in a request that has no expression to use them. */
function validatePresence(parameters: ExpressionParameters, valueExpressions: readonly ExpressionName[]): void {
  const { ExpressionAttributeNames: names, ExpressionAttributeValues: values } = parameters;
  if (names === undefined && values === undefined) return;
  if (names !== undefined && EXPRESSION_NAMES.every((name) => parameters[name] === undefined)) {
    throw validationError(REQUEST.namesWithoutExpression);
  }
  const users = EXPRESSION_NAMES.filter((name) => name !== 'ProjectionExpression');
  if (values !== undefined && users.every((name) => parameters[name] === undefined)) {
    throw validationError(REQUEST.valuesWithoutExpression(valueExpressions));
  }
}

/** The template of an expression all of whose placeholders are defined. */
function readTemplate<Tree>(
  reader: Reader,
  name: ExpressionName,
  parse: (text: string) => ParsedExpression<Tree>,
  text: string,
): Tree {
  const parsed = parse(text);
  validateDefined(name, parsed, reader.bindings.names, reader.bindings.values);
  reader.parsed.push(parsed);
  return parsed.tree;
}

function readCondition(
  reader: Reader,
  name: 'ConditionExpression' | 'KeyConditionExpression' | 'FilterExpression',
  text: string | undefined,
): Condition | undefined {
  if (text === undefined) return undefined;
  const condition = bindCondition(readTemplate(reader, name, PARSERS[name], text), reader.bindings);
  validateCondition(name, condition);
  return condition;
}

function readUpdate(reader: Reader, text: string | undefined): Update | undefined {
  if (text === undefined) return undefined;
  const template = readTemplate(reader, 'UpdateExpression', PARSERS.UpdateExpression, text);
  const update = bindUpdate(template, reader.bindings);
  validateUpdate(update);
  return update;
}

function readProjection(reader: Reader, text: string | undefined): Projection | undefined {
  if (text === undefined) return undefined;
  const template = readTemplate(reader, 'ProjectionExpression', PARSERS.ProjectionExpression, text);
  const paths = template.map((path) => bindPath(path, reader.bindings));
  validatePaths('ProjectionExpression', paths);
  return { kind: 'projection', paths };
}
