/** The table that libraries for single-table design ask for: string keys under the library's names, and indexes. */
import type { CreateTableCommandInput, KeySchemaElement } from '@aws-sdk/client-dynamodb';

/** The names of the attributes of a key: of the partition key and of the sort key. */
type KeyNames = readonly [partition: string, sort: string];
/** The same for a global index, where each may be of several attributes. */
type IndexKeyNames = readonly [partition: string | readonly string[], sort: string | readonly string[]];

function keySchema([partition, sort]: IndexKeyNames): KeySchemaElement[] {
  const partitions = [partition].flat().map((AttributeName) => ({ AttributeName, KeyType: 'HASH' as const }));
  return [...partitions, ...[sort].flat().map((AttributeName) => ({ AttributeName, KeyType: 'RANGE' as const }))];
}

/** What CreateTable is told for a table with these keys, all of them strings; indexes project everything. */
export function singleTable(
  key: KeyNames,
  globalIndexes: Readonly<Record<string, IndexKeyNames>> = {},
  localIndexes: Readonly<Record<string, string>> = {},
): Partial<CreateTableCommandInput> {
  const Projection = { ProjectionType: 'ALL' } as const;
  const names = [...key, ...Object.values(globalIndexes).flat(2), ...Object.values(localIndexes)];
  const globals = Object.entries(globalIndexes).map(([IndexName, indexKey]) => ({
    IndexName,
    KeySchema: keySchema(indexKey),
    Projection,
  }));
  const locals = Object.entries(localIndexes).map(([IndexName, sort]) => ({
    IndexName,
    KeySchema: keySchema([key[0], sort]),
    Projection,
  }));
  return {
    KeySchema: keySchema(key),
    AttributeDefinitions: [...new Set(names)].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
    ...(globals.length > 0 && { GlobalSecondaryIndexes: globals }),
    ...(locals.length > 0 && { LocalSecondaryIndexes: locals }),
  };
}
