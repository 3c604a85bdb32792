/** Functions for tests of triggers: a server that takes the calls they make, and the API to make triggers with. */
import { once } from 'node:events';
import { type IncomingMessage, type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after } from 'node:test';
import { type DynamoDBClient, DescribeTableCommand, UpdateTableCommand } from '@aws-sdk/client-dynamodb';
import {
  type CreateEventSourceMappingCommandInput,
  CreateEventSourceMappingCommand,
  LambdaClient,
} from '@aws-sdk/client-lambda';
import type { DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';

/** A call as it came. */
export interface FunctionCall {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  readonly records: readonly DynamoDBRecord[];
  readonly atMs: number;
}

export interface FunctionAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Whether the connection is closed instead. */
  readonly isCut?: boolean;
}

export interface FunctionServer {
  readonly url: string;
  readonly calls: readonly FunctionCall[];
  /** Answers calls from now on. */
  answer: (call: FunctionCall) => FunctionAnswer | Promise<FunctionAnswer>;
}

/** Starts a server that answers all calls with 200 and nothing. It ends at the end of the test that called. */
export async function startFunctionServer(): Promise<FunctionServer> {
  const calls: FunctionCall[] = [];
  const server: Server = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
      const body = Buffer.concat(chunks).toString();
      const { method, url, headers } = request;
      const { Records: records = [] } = JSON.parse(body) as Partial<DynamoDBStreamEvent>;
      const call = { method, url, headers, body, records, atMs: Date.now() };
      calls.push(call);
      const { status = 200, headers: answered = {}, body: text = '', isCut } = await functions.answer(call);
      if (isCut === true) return request.socket.destroy();
      return response.writeHead(status, answered).end(text);
    })();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const functions: FunctionServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    answer: () => ({}),
  };
  after(() => {
    server.close();
    server.closeAllConnections();
  });
  return functions;
}

/** What was delivered of an attribute that is a number, in order. */
export function numbersOf(calls: readonly FunctionCall[], attribute = 'sk'): number[] {
  return calls.flatMap(({ records }) => records.map(({ dynamodb }) => Number(dynamodb?.Keys?.[attribute]?.N)));
}

/** Has a table a stream, and resolves with its ARN. */
export async function enableStream(client: DynamoDBClient, TableName: string): Promise<string> {
  const StreamSpecification = { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' } as const;
  await client.send(new UpdateTableCommand({ TableName, StreamSpecification }));
  const { Table } = await client.send(new DescribeTableCommand({ TableName }));
  return String(Table?.LatestStreamArn);
}

/** A client of the Lambda API of the server at `endpoint`. It ends at the end of the test that called. */
export function openLambda(endpoint: string): LambdaClient {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const client = new LambdaClient({ endpoint, region: 'us-east-1', credentials });
  after(() => client.destroy());
  return client;
}

/** Makes a trigger from the start of the stream, and resolves with its UUID. */
export async function addTrigger(
  lambda: LambdaClient,
  input: Partial<CreateEventSourceMappingCommandInput> & { readonly FunctionName: string },
): Promise<string> {
  const { UUID } = await lambda.send(
    new CreateEventSourceMappingCommand({ StartingPosition: 'TRIM_HORIZON', ...input }),
  );
  return String(UUID);
}
