/** Changes of the table of cities by conditional writes: what must not be there yet, and what nobody else changed. */
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { TABLE_NAME } from './table.ts';
import type { CityItem } from './table.ts';

type CityKey = Pick<CityItem, 'country' | 'cityId'>;

/** Adds a city unless there is one with its key; resolves with whether it was added. */
export async function addCity(client: DynamoDBDocumentClient, city: CityItem): Promise<boolean> {
  const command = new PutCommand({
    TableName: TABLE_NAME,
    Item: city,
    ConditionExpression: 'attribute_not_exists(cityId)',
  });
  return await succeeds(() => client.send(command));
}

/**
 * Changes a city's population by what `correct` makes of it, under optimistic locking: the write holds only if the
 * revision is still the one that was read, and is tried again from the start if somebody else was faster.
 * Resolves with the number of attempts.
 */
export async function correctPopulation(
  client: DynamoDBDocumentClient,
  { country, cityId }: CityKey,
  correct: (population: number) => number,
): Promise<number> {
  const target = { TableName: TABLE_NAME, Key: { country, cityId } };
  for (let attempt = 1; ; attempt++) {
    const { population, revision } = await getCity(client, { country, cityId });
    const command = new UpdateCommand({
      ...target,
      UpdateExpression: 'SET population = :population ADD revision :one',
      ConditionExpression: 'revision = :revision',
      ExpressionAttributeValues: { ':population': correct(population), ':revision': revision, ':one': 1 },
    });
    if (await succeeds(() => client.send(command))) return attempt;
  }
}

/** A city that is known to be there, as it is after all writes that were answered. */
export async function getCity(client: DynamoDBDocumentClient, { country, cityId }: CityKey): Promise<CityItem> {
  const command = new GetCommand({ TableName: TABLE_NAME, Key: { country, cityId }, ConsistentRead: true });
  return (await client.send(command)).Item as CityItem;
}

/** Whether the condition of the write that `send` sends holds. */
async function succeeds(send: () => Promise<unknown>): Promise<boolean> {
  try {
    await send();
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}
