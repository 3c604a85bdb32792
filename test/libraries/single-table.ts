/** The table that libraries for single-table design ask for: string keys under the library's names, and indexes. */
import type { CreateTableCommandInput } from '@aws-sdk/client-dynamodb';

/** The names of the attributes of a key: of the partition key and of the sort key. */
type KeyNames = readonly [partition: string, sort: string];

const keySchema = ([partition, sort]: KeyNames): NonNullable<CreateTableCommandInput['KeySchema']> => [
  { AttributeName: partition, KeyType: 'HASH' },
  { AttributeName: sort, KeyType: 'RANGE' },
];

/** What CreateTable is told for a table with these keys, all of them strings; indexes project everything. */
export function singleTable(
  key: KeyNames,
  globalIndexes: Readonly<Record<string, KeyNames>> = {},
  localIndexes: Readonly<Record<string, string>> = {},
): Partial<CreateTableCommandInput> {
  const Projection = { ProjectionType: 'ALL' } as const;
  const names = [...key, ...Object.values(globalIndexes).flat(), ...Object.values(localIndexes)];
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
