/** A server for a test file, and clients of it. */
import { after, before } from 'node:test';
import { type CreateTableCommandInput, DynamoDBClient, CreateTableCommand } from '@aws-sdk/client-dynamodb';
import { type PartialOptions, type Stator, startStator } from '../../src/index.ts';
import { type RemovableStore, openPassingStore } from './store.ts';

export interface TestServer {
  readonly endpoint: string;
  readonly client: DynamoDBClient;
  /** Sends one request without the SDK's help; its members are as on the wire. */
  call(operation: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<RawAnswer>;
  /** Makes a table and resolves with its name; names are never given twice. */
  createTable(input?: Partial<CreateTableCommandInput>): Promise<string>;
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: { readonly [member: string]: unknown };
}

const CREDENTIALS = { accessKeyId: 'test', secretAccessKey: 'test' };
const AUTHORIZATION =
  'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/dynamodb/aws4_request, ' +
  'SignedHeaders=host;x-amz-date, Signature=0000000000000000000000000000000000000000000000000000000000000000';

/** Starts a server on an empty store, or where `options` say, before the file's tests and ends it after them. */
export function useServer(options: PartialOptions = {}): TestServer {
  let store: RemovableStore | undefined;
  let stator: Stator | undefined;
  let client: DynamoDBClient | undefined;
  let tables = 0;
  before(async () => {
    if (options.dataDir === undefined) store = await openPassingStore();
    stator = await startStator({ ...store?.options, port: 0, logLevel: 'error', ...options });
    client = new DynamoDBClient({ endpoint: stator.endpoint, region: 'us-east-1', credentials: CREDENTIALS });
  });
  after(async () => {
    client?.destroy();
    await stator?.close();
    await store?.remove();
  });
  return {
    get endpoint() {
      return existing(stator).endpoint;
    },
    get client() {
      return existing(client);
    },
    async call(operation, body, headers = {}) {
      const response = await fetch(existing(stator).endpoint, {
        method: 'POST',
        headers: {
          'content-type': 'application/x-amz-json-1.0',
          'x-amz-target': `DynamoDB_20120810.${operation}`,
          'x-amz-date': '20260101T000000Z',
          authorization: AUTHORIZATION,
          ...headers,
        },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      });
      return { status: response.status, headers: response.headers, body: (await response.json()) as RawAnswer['body'] };
    },
    async createTable(input = {}) {
      const TableName = `table-${++tables}`;
      const table: CreateTableCommandInput = {
        TableName,
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
        AttributeDefinitions: [
          { AttributeName: 'pk', AttributeType: 'S' },
          { AttributeName: 'sk', AttributeType: 'N' },
        ],
        ...input,
      };
      await existing(client).send(new CreateTableCommand(table));
      return TableName;
    },
  };
}

function existing<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the server runs only during tests');
  return value;
}
