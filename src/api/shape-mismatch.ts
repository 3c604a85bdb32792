/** The texts of SerializationException: what DynamoDB says of JSON of the wrong type. */
import { serializationError } from '../foundation/errors.ts';
import type { ApiError } from '../foundation/errors.ts';

/** What the shape asks for, by the names that the texts use. */
export type ExpectedType =
  | 'String'
  | 'Integer'
  | 'Long'
  | 'Double'
  | 'Date'
  | 'Boolean'
  | 'ByteBuffer'
  | 'List'
  | 'Map'
  | 'Structure';

/** The error for `value`, which is not of the type that the shape asks for. */
export function mismatchError(expected: ExpectedType, value: unknown): ApiError {
  return serializationError(describeMismatch(expected, value));
}

function describeMismatch(expected: ExpectedType, value: unknown): string {
  if (Array.isArray(value)) return 'Start of list found where not expected';
  if (typeof value === 'object' && value !== null) return 'Start of structure or map found where not expected';
  switch (expected) {
    case 'Structure':
      return 'Unexpected value type in payload';
    case 'List':
    case 'Map':
      return 'Unexpected field type';
    case 'ByteBuffer':
      return 'only base-64-encoded strings are convertible to bytes';
    case 'Boolean':
      if (typeof value === 'string') return 'Unexpected token received from parser';
      break;
    default:
  }
  return `${nameToken(value)} cannot be converted to ${expected}`;
}

/** What DynamoDB's JSON parser calls a scalar. */
function nameToken(value: unknown): string {
  if (typeof value === 'string') return 'STRING_VALUE';
  if (typeof value === 'number') return Number.isInteger(value) ? 'NUMBER_VALUE' : 'DECIMAL_VALUE';
  if (typeof value === 'boolean') return value ? 'TRUE_VALUE' : 'FALSE_VALUE';
  return 'NULL_VALUE';
}
