/** The table of the world's cities: by country, with an index for each question that its key does not answer. */
import { CreateTableCommand, DeleteTableCommand, waitUntilTableExists } from '@aws-sdk/client-dynamodb';
import { ResourceNotFoundException, waitUntilTableNotExists } from '@aws-sdk/client-dynamodb';
import type { CreateTableCommandInput } from '@aws-sdk/client-dynamodb';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

export const TABLE_NAME = 'WorldCities';

/** An item of the table. */
export interface CityItem {
  readonly country: string;
  readonly cityId: number;
  readonly name: string;
  /** Of GeoNames: PPLC is the capital of a country. */
  readonly featureCode: string;
  readonly population: number;
  readonly latitude: number;
  readonly longitude: number;
  /** Counts the corrections of the population. */
  readonly revision: number;
}

const DEFINITION: CreateTableCommandInput = {
  TableName: TABLE_NAME,
  BillingMode: 'PAY_PER_REQUEST',
  AttributeDefinitions: [
    { AttributeName: 'country', AttributeType: 'S' },
    { AttributeName: 'cityId', AttributeType: 'N' },
    { AttributeName: 'name', AttributeType: 'S' },
    { AttributeName: 'featureCode', AttributeType: 'S' },
    { AttributeName: 'population', AttributeType: 'N' },
  ],
  KeySchema: [
    { AttributeName: 'country', KeyType: 'HASH' },
    { AttributeName: 'cityId', KeyType: 'RANGE' },
  ],
  GlobalSecondaryIndexes: [
    {
      IndexName: 'ByPopulation',
      KeySchema: [
        { AttributeName: 'country', KeyType: 'HASH' },
        { AttributeName: 'population', KeyType: 'RANGE' },
      ],
      Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['name'] },
    },
    {
      IndexName: 'ByFeature',
      KeySchema: [
        { AttributeName: 'featureCode', KeyType: 'HASH' },
        { AttributeName: 'population', KeyType: 'RANGE' },
      ],
      Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['name'] },
    },
  ],
  LocalSecondaryIndexes: [
    {
      IndexName: 'ByName',
      KeySchema: [
        { AttributeName: 'country', KeyType: 'HASH' },
        { AttributeName: 'name', KeyType: 'RANGE' },
      ],
      Projection: { ProjectionType: 'ALL' },
    },
  ],
};

/** Makes the table anew, without what an earlier run left in it. */
export async function recreateTable(client: DynamoDBDocumentClient): Promise<void> {
  const waiting = { client, maxWaitTime: 60, minDelay: 1, maxDelay: 1 };
  try {
    await client.send(new DeleteTableCommand({ TableName: TABLE_NAME }));
    await waitUntilTableNotExists(waiting, { TableName: TABLE_NAME });
  } catch (error) {
    if (!(error instanceof ResourceNotFoundException)) throw error;
  }
  await client.send(new CreateTableCommand(DEFINITION));
  await waitUntilTableExists(waiting, { TableName: TABLE_NAME });
}
