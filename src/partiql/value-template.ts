/** From the values of a statement's text, and a request's parameters, to canonical attribute values. */
import { unreachable } from '../foundation/assert.ts';
import { validationError } from '../foundation/errors.ts';
import {
  type AttributeValue,
  attributeTypeOf,
  emptyItem,
  parseAttributeValue,
  parseItem,
} from '../values/attribute-value.ts';
import type { ParsedStatement, ValueTemplate } from './ast.ts';
import { STATEMENT } from './messages.ts';

/** `parsed` with every value computed that holds no `?`; throws the ValidationException for one that can't be. */
export function foldConstants({ statement, values, parameterCount }: ParsedStatement): ParsedStatement {
  const folded =
    statement.kind === 'insert' && !hasParameter(statement.item)
      ? { ...statement, item: { kind: 'constant' as const, value: { M: bindItem(statement.item, []) } } }
      : statement;
  const constants = values.map((value) =>
    hasParameter(value) ? value : { kind: 'constant' as const, value: bindValue(value, []) },
  );
  return { statement: folded, values: constants, parameterCount };
}

function hasParameter(template: ValueTemplate): boolean {
  switch (template.kind) {
    case 'constant':
    case 'number':
      return false;
    case 'parameter':
      return true;
    case 'list':
    case 'set':
      return template.elements.some(hasParameter);
    case 'tuple':
      return template.members.some(([, value]) => hasParameter(value));
    default:
      return unreachable(template);
  }
}

/** The value of `template`; `parameters` are canonical. Throws the ValidationException for one that can't be. */
export function bindValue(template: ValueTemplate, parameters: readonly AttributeValue[]): AttributeValue {
  if (template.kind === 'constant') return template.value;
  if (template.kind === 'parameter') return parameters[template.position] as AttributeValue;
  return parseAttributeValue(rawValue(template, parameters));
}

/** The item that INSERT puts; errors as `bindValue`, and for what is no tuple. */
export function bindItem(template: ValueTemplate, parameters: readonly AttributeValue[]): Item {
  const raw = template.kind === 'constant' ? template.value : rawValue(template, parameters);
  if (!('M' in raw)) throw validationError(STATEMENT.itemNotTuple);
  return template.kind === 'constant' ? raw.M : parseItem(raw.M);
}

type Item = ReturnType<typeof emptyItem>;

/** The value in the form that callers write, its parts canonical or not. */
function rawValue(template: ValueTemplate, parameters: readonly AttributeValue[]): AttributeValue {
  switch (template.kind) {
    case 'constant':
      return template.value;
    case 'number':
      return { N: template.text };
    case 'parameter':
      return parameters[template.position] as AttributeValue;
    case 'list':
      return { L: template.elements.map((element) => rawValue(element, parameters)) };
    case 'set':
      return rawSet(template.elements.map((element) => rawValue(element, parameters)));
    case 'tuple': {
      const item = emptyItem();
      for (const [name, value] of template.members) item[name] = rawValue(value, parameters);
      return { M: item };
    }
    default:
      return unreachable(template);
  }
}

function rawSet(members: readonly AttributeValue[]): AttributeValue {
  const [first] = members;
  if (first === undefined) throw validationError(STATEMENT.setEmpty);
  if (members.some((member) => attributeTypeOf(member) !== attributeTypeOf(first))) {
    throw validationError(STATEMENT.setMixed);
  }
  const texts = members.map(
    (member) => (member as Readonly<Record<string, string>>)[attributeTypeOf(member)] as string,
  );
  if ('S' in first) return { SS: texts };
  if ('N' in first) return { NS: texts };
  if ('B' in first) return { BS: texts };
  throw validationError(STATEMENT.setMixed);
}

/** A request's parameters, canonical. Throws the ValidationException for one that is no value. */
export function readParameters(raw: readonly unknown[], count: number): readonly AttributeValue[] {
  if (raw.length !== count) throw validationError(STATEMENT.parameterCount);
  return raw.map(parseAttributeValue);
}
