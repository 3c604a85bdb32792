/** The first phase of the check of a request's body: its JSON is of the types that the operation's shape asks for. */
import { unreachable } from '../foundation/assert.ts';
import { isLong } from '../foundation/long.ts';
import { checkAttributeMap, checkAttributeValue, checkBase64, isJsonObject } from './shape-attribute-value.ts';
import { mismatchError } from './shape-mismatch.ts';
import type { ExpectedType } from './shape-mismatch.ts';
import { findShape } from './shape-model.ts';
import type { ListShape, MapShape, Shape, StructureShape } from './shape-types.ts';

/** Throws a SerializationException unless the value is of the shape that the check was compiled from. */
export type SerializationCheck = (value: unknown) => void;

const compiled = new Map<string, SerializationCheck>();

/**
 * The check for the shape called `shapeName`, compiled at its first use and kept.
 *
 * A check removes members of structures that are null, so that absent is the only way to be absent; it leaves null in
 * lists and maps, which the constraints speak of. Unknown members are ignored.
 */
export function compileSerializationCheck(shapeName: string): SerializationCheck {
  const known = compiled.get(shapeName);
  if (known !== undefined) return known;
  const check = compileShape(shapeName, findShape(shapeName));
  compiled.set(shapeName, check);
  return check;
}

function compileShape(shapeName: string, shape: Shape): SerializationCheck {
  switch (shape.type) {
    case 'structure':
      return shapeName === 'AttributeValue' ? checkAttributeValue : compileStructure(shape);
    case 'list':
      return compileList(shape);
    case 'map':
      return shape.value === 'AttributeValue' ? checkAttributeMap : compileMap(shape);
    case 'blob':
      return checkBase64;
    case 'string':
      return compileScalar('String', (value) => typeof value === 'string');
    case 'boolean':
      return compileScalar('Boolean', (value) => typeof value === 'boolean');
    case 'integer':
      return compileScalar('Integer', isInteger);
    case 'long':
      return compileScalar('Long', isLong);
    case 'double':
      return compileScalar('Double', (value) => typeof value === 'number');
    case 'timestamp':
      return compileScalar('Date', (value) => typeof value === 'number');
    default:
      return unreachable(shape);
  }
}

/** Whether `value` is an integer of 32 bits. */
function isInteger(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= -(2 ** 31) && (value as number) < 2 ** 31;
}

function compileScalar(expected: ExpectedType, holds: (value: unknown) => boolean): SerializationCheck {
  return (value) => {
    if (!holds(value)) throw mismatchError(expected, value);
  };
}

function compileStructure(shape: StructureShape): SerializationCheck {
  const checks = new Map(
    Object.entries(shape.members).map(([name, member]) => [name, compileSerializationCheck(member)] as const),
  );
  return (value) => {
    if (!isJsonObject(value)) throw mismatchError('Structure', value);
    // In the order of the body, as a parser meets them: the first wrong one is the one reported.
    for (const name in value) {
      const check = checks.get(name);
      if (check === undefined) continue;
      const part = value[name];
      if (part === null) delete value[name];
      else check(part);
    }
  };
}

function compileList(shape: ListShape): SerializationCheck {
  const check = compileSerializationCheck(shape.member);
  return (value) => {
    if (!Array.isArray(value)) throw mismatchError('List', value);
    for (const element of value) {
      if (element !== null) check(element);
    }
  };
}

function compileMap(shape: MapShape): SerializationCheck {
  const check = compileSerializationCheck(shape.value);
  return (value) => {
    if (!isJsonObject(value)) throw mismatchError('Map', value);
    for (const key in value) {
      const part = value[key];
      if (part !== null) check(part);
    }
  };
}
