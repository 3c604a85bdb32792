/** Key schemas as callers write them, and their rules. Source: KeySchemaElement, CreateTable in the API reference. */
import { validationError } from '../foundation/errors.ts';
import { TABLE_MESSAGES } from './messages.ts';
import type { KeyAttribute } from './table.ts';

export interface KeySchemaElement {
  readonly name: string;
  readonly keyType: 'HASH' | 'RANGE';
}

/** The types of attributes by name, in the order of their definition. */
export type AttributeDefinitions = ReadonlyMap<string, KeyAttribute>;

/** A key schema resolved against the attribute definitions. */
export interface Key {
  readonly partitionKey: KeyAttribute;
  readonly sortKey?: KeyAttribute;
}

/** HASH elements, and RANGE elements, in the key schema of a global index. */
const MAX_KEYS_OF_A_TYPE = 4;

/** The definitions by name; an attribute may be defined once. */
export function parseAttributeDefinitions(definitions: readonly KeyAttribute[]): AttributeDefinitions {
  const byName = new Map<string, KeyAttribute>();
  for (const definition of definitions) {
    if (byName.has(definition.name)) throw validationError(TABLE_MESSAGES.duplicateDefinition(definition.name));
    byName.set(definition.name, definition);
  }
  return byName;
}

/** The key of a table or a local index: one HASH element, then at most one RANGE element. */
export function parseSimpleKey(schema: readonly KeySchemaElement[], definitions: AttributeDefinitions): Key {
  const [first, second] = schema;
  if (first?.keyType !== 'HASH') throw validationError(TABLE_MESSAGES.firstKeyNotHash);
  if (second?.keyType === 'HASH') throw validationError(TABLE_MESSAGES.secondKeyNotRange);
  if (schema.length > 2) throw validationError(TABLE_MESSAGES.tooManyKeys('RANGE'));
  if (second?.name === first.name) throw validationError(TABLE_MESSAGES.sameKeyTwice);
  const [partitionKey, sortKey] = resolveKeys(schema, definitions);
  return { partitionKey: partitionKey as KeyAttribute, ...(sortKey && { sortKey }) };
}

/** A key schema of a global index resolved against the attribute definitions. */
export interface GlobalIndexKey {
  readonly partitionKeys: readonly KeyAttribute[];
  readonly sortKeys: readonly KeyAttribute[];
}

/** The key of a global index: up to four HASH elements, then up to four RANGE elements. */
export function parseGlobalIndexKey(
  schema: readonly KeySchemaElement[],
  definitions: AttributeDefinitions,
): GlobalIndexKey {
  const partitionKeys = schema.filter((element) => element.keyType === 'HASH');
  if (schema[0]?.keyType !== 'HASH') throw validationError(TABLE_MESSAGES.firstKeyNotHash);
  if (schema.slice(0, partitionKeys.length).some((element) => element.keyType === 'RANGE')) {
    throw validationError(TABLE_MESSAGES.hashAfterRange);
  }
  if (partitionKeys.length > MAX_KEYS_OF_A_TYPE) throw validationError(TABLE_MESSAGES.tooManyKeys('HASH'));
  if (schema.length - partitionKeys.length > MAX_KEYS_OF_A_TYPE) {
    throw validationError(TABLE_MESSAGES.tooManyKeys('RANGE'));
  }
  if (new Set(schema.map(({ name }) => name)).size < schema.length) {
    throw validationError(
      schema.length === 2 && partitionKeys.length === 1 ? TABLE_MESSAGES.sameKeyTwice : TABLE_MESSAGES.sameKeyOften,
    );
  }
  const keys = resolveKeys(schema, definitions);
  return { partitionKeys: keys.slice(0, partitionKeys.length), sortKeys: keys.slice(partitionKeys.length) };
}

function resolveKeys(schema: readonly KeySchemaElement[], definitions: AttributeDefinitions): readonly KeyAttribute[] {
  const names = schema.map((element) => element.name);
  const keys = names.map((name) => definitions.get(name)).filter((key) => key !== undefined);
  if (keys.length === 0) throw validationError(TABLE_MESSAGES.allKeysUndefined(names, [...definitions.keys()]));
  if (keys.length < names.length) throw validationError(TABLE_MESSAGES.someKeysUndefined);
  return keys;
}
