/**
 * The checks of ExpressionAttributeNames and ExpressionAttributeValues: their own form, and their use by expressions.
 */
import { ApiError, validationError } from '../foundation/errors.ts';
import { LIMITS } from '../foundation/limits.ts';
import type { AttributeValue, Item } from '../values/attribute-value.ts';
import { emptyItem, parseAttributeValue } from '../values/attribute-value.ts';
import type { ExpressionName } from './ast.ts';
import { EXPRESSION_LIMITS } from './limits.ts';
import { EXPRESSION, REQUEST } from './messages.ts';
import type { ParsedExpression } from './token-cursor.ts';
import { expressionError } from './token-cursor.ts';

const NAME_KEY = /^#[A-Za-z0-9_]+$/;
const VALUE_KEY = /^:[A-Za-z0-9_]+$/;

/** Names by placeholder, without a prototype: placeholders come from callers. */
export type Names = Readonly<Record<string, string>>;

const NO_NAMES: Names = Object.freeze(Object.create(null) as Record<string, string>);
const NO_VALUES: Item = Object.freeze(emptyItem());

/** The request's names, checked; throws ValidationException. */
export function readNames(rawNames: Readonly<Record<string, string | null>> | undefined): Names {
  if (rawNames === undefined) return NO_NAMES;
  const names = Object.create(null) as Record<string, string>;
  const keys = Object.keys(rawNames);
  if (keys.length === 0) throw validationError(REQUEST.namesEmpty);
  for (const key of keys) {
    if (!NAME_KEY.test(key)) throw validationError(REQUEST.nameKeyInvalid(key));
    if (key.length > EXPRESSION_LIMITS.placeholderSizeBytes) throw validationError(REQUEST.nameKeyTooLong(key));
    // A caller's JSON may have null here.
    const raw = rawNames[key] ?? '';
    if (raw === '') throw validationError(REQUEST.nameEmpty(key));
    // As in the names of items: half a surrogate pair can't be stored.
    const name = raw.toWellFormed();
    if (Buffer.byteLength(name) > LIMITS.attributeNameSizeBytes) throw validationError(REQUEST.nameTooLong(key));
    names[key] = name;
  }
  return names;
}

/** The request's values, checked and canonical; throws ValidationException. */
export function readValues(raw: Readonly<Record<string, unknown>> | undefined): Item {
  if (raw === undefined) return NO_VALUES;
  const values = emptyItem();
  const keys = Object.keys(raw);
  if (keys.length === 0) throw validationError(REQUEST.valuesEmpty);
  for (const key of keys) {
    if (!VALUE_KEY.test(key)) throw validationError(REQUEST.valueKeyInvalid(key));
    if (key.length > EXPRESSION_LIMITS.placeholderSizeBytes) throw validationError(REQUEST.valueKeyTooLong(key));
    values[key] = readValue(key, raw[key]);
  }
  return values;
}

function readValue(key: string, raw: unknown): AttributeValue {
  try {
    return parseAttributeValue(raw);
  } catch (error) {
    if (error instanceof ApiError) throw validationError(REQUEST.valueInvalid(key, error.message));
    throw error;
  }
}

/** Throws the ValidationException for a placeholder of the expression that the request does not define. */
export function validateDefined(
  name: ExpressionName,
  parsed: ParsedExpression<unknown>,
  names: Names,
  values: Item,
): void {
  for (const key of parsed.names) {
    if (names[key] === undefined) throw expressionError(name, EXPRESSION.nameNotDefined(key));
  }
  for (const key of parsed.values) {
    if (values[key] === undefined) throw expressionError(name, EXPRESSION.valueNotDefined(key));
  }
}

/** Throws the ValidationException for names or values that none of the expressions uses; it lists them all. */
export function validateUsed(expressions: readonly ParsedExpression<unknown>[], names: Names, values: Item): void {
  const unusedNames = Object.keys(names).filter((key) => !expressions.some((parsed) => parsed.names.has(key)));
  if (unusedNames.length > 0) throw validationError(REQUEST.namesUnused(unusedNames));
  const unusedValues = Object.keys(values).filter((key) => !expressions.some((parsed) => parsed.values.has(key)));
  if (unusedValues.length > 0) throw validationError(REQUEST.valuesUnused(unusedValues));
}
