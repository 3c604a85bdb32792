/** The table whose stream is followed, and what lies in it. */
import {
  type AttributeValue,
  BillingMode,
  CreateTableCommand,
  type DynamoDBClient,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';

export const TABLE_NAME = 'followed';

export type FollowedItem = Record<string, AttributeValue>;

/** Whatever sends requests: a client of a server, or of one of several nodes. */
export type Sender = Pick<DynamoDBClient, 'send' | 'config'>;

export async function createFollowedTable(client: Sender): Promise<void> {
  await client.send(
    new CreateTableCommand({
      TableName: TABLE_NAME,
      BillingMode: BillingMode.PAY_PER_REQUEST,
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'sk', AttributeType: 'N' },
      ],
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
    }),
  );
}

/** All items, by their keys. */
export async function readItems(client: Sender): Promise<Map<string, FollowedItem>> {
  const items = new Map<string, FollowedItem>();
  let ExclusiveStartKey: FollowedItem | undefined;
  do {
    const page = await client.send(new ScanCommand({ TableName: TABLE_NAME, ConsistentRead: true, ExclusiveStartKey }));
    for (const item of page.Items ?? []) items.set(describeKey(item), item);
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey !== undefined);
  return items;
}

/** Names an item by its key. */
export function describeKey({ pk, sk }: FollowedItem): string {
  return `${pk?.S}/${sk?.N}`;
}
