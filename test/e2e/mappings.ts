/** Event source mappings for tests: a server with functions, a client of its Lambda API, and tables with streams. */
import { after } from 'node:test';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CreateTableCommandInput } from '@aws-sdk/client-dynamodb';
import { DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import {
  CreateEventSourceMappingCommand,
  type CreateEventSourceMappingCommandInput,
  type EventSourceMappingConfiguration,
  LambdaClient,
} from '@aws-sdk/client-lambda';
import type { PartialOptions } from '../../src/index.ts';
import { makeFolder } from './program.ts';
import { type TestServer, useServer } from './server.ts';

export const LAMBDA_ENDPOINT = 'http://127.0.0.1:9001';

export interface MappingServer extends TestServer {
  readonly lambda: LambdaClient;
  /** Makes a table with a stream and resolves with the stream's ARN. */
  createStream(input?: Partial<CreateTableCommandInput>): Promise<string>;
  /** Makes a mapping of `streamArn` and gives it back as the answer had it. */
  map(
    streamArn: string,
    input?: Partial<CreateEventSourceMappingCommandInput>,
  ): Promise<EventSourceMappingConfiguration & { UUID: string }>;
}

/** As `useServer`, with `--lambda-endpoint` and a folder of functions, of which `handler.mjs` and `sub/deep.mjs` are in it. */
export function useMappingServer(options: PartialOptions = {}): MappingServer {
  const server = useServer({ lambdaEndpoint: LAMBDA_ENDPOINT, functions: makeFunctions(), ...options });
  let lambda: LambdaClient | undefined;
  after(() => lambda?.destroy());
  return Object.defineProperties({} as MappingServer, {
    ...Object.getOwnPropertyDescriptors(server),
    lambda: {
      get: () =>
        (lambda ??= new LambdaClient({
          endpoint: server.endpoint,
          region: 'us-east-1',
          credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
          maxAttempts: 1,
        })),
    },
    createStream: { value: (input = {}) => createStream(server, input) },
    map: {
      async value(this: MappingServer, EventSourceArn: string, input: Partial<CreateEventSourceMappingCommandInput>) {
        const mapping = { EventSourceArn, FunctionName: 'f', StartingPosition: 'LATEST', ...input } as const;
        const { $metadata: _, ...answer } = await this.lambda.send(new CreateEventSourceMappingCommand(mapping));
        return answer;
      },
    },
  });
}

async function createStream(server: TestServer, input: Partial<CreateTableCommandInput>): Promise<string> {
  const StreamSpecification = { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' } as const;
  const TableName = await server.createTable({ StreamSpecification, ...input });
  const { Table } = await server.client.send(new DescribeTableCommand({ TableName }));
  return Table?.LatestStreamArn ?? '';
}

/** A folder with functions, and beside it a file that is none, to which a link in it leads. */
function makeFunctions(): string {
  const parent = makeFolder();
  const folder = join(parent, 'functions');
  mkdirSync(join(folder, 'sub'), { recursive: true });
  for (const file of ['functions/handler.mjs', 'functions/sub/deep.mjs', 'secret.mjs']) {
    writeFileSync(join(parent, file), 'export const handler = async () => {};\n');
  }
  symlinkSync(join(parent, 'secret.mjs'), join(folder, 'link.mjs'));
  return folder;
}

/** What the SDK throws for an InvalidParameterValueException of the text. */
export function invalidParameter(message: string): object {
  return { name: 'InvalidParameterValueException', message, Type: 'User' };
}

/** For a ResourceNotFoundException about a mapping. */
export const MAPPING_NOT_FOUND = {
  name: 'ResourceNotFoundException',
  message: 'The resource you requested does not exist.',
  Type: 'User',
};

/** What is wrong with parameters that creating and updating share, with the error. */
export const REFUSED_SETTINGS: readonly (readonly [input: object, error: object])[] = [
  [{ BatchSize: 0 }, constraint('0', 'batchSize', 'Member must have value greater than or equal to 1')],
  [{ BatchSize: 10_001 }, constraint('10001', 'batchSize', 'Member must have value less than or equal to 10000')],
  [
    { MaximumBatchingWindowInSeconds: 301 },
    constraint('301', 'maximumBatchingWindowInSeconds', 'Member must have value less than or equal to 300'),
  ],
  [
    { ParallelizationFactor: 11 },
    constraint('11', 'parallelizationFactor', 'Member must have value less than or equal to 10'),
  ],
  [
    { MaximumRetryAttempts: 10_001 },
    constraint('10001', 'maximumRetryAttempts', 'Member must have value less than or equal to 10000'),
  ],
  [
    { MaximumRetryAttempts: -2 },
    constraint('-2', 'maximumRetryAttempts', 'Member must have value greater than or equal to -1'),
  ],
  [
    { MaximumRecordAgeInSeconds: 604_801 },
    constraint('604801', 'maximumRecordAgeInSeconds', 'Member must have value less than or equal to 604800'),
  ],
  ...[0, 59].map((MaximumRecordAgeInSeconds): [object, object] => [
    { MaximumRecordAgeInSeconds },
    // Source: https://github.com/hashicorp/terraform-provider-aws/pull/16113
    invalidParameter('MaximumRecordAgeInSeconds must be either -1 (forever) or between 60 and 604800 (inclusive)'),
  ]),
  [
    { FunctionResponseTypes: ['All'] },
    constraint(
      '[All]',
      'functionResponseTypes',
      'Member must satisfy constraint: [Member must satisfy enum value set: [ReportBatchItemFailures]]',
    ),
  ],
  [{ TumblingWindowInSeconds: 60 }, { name: 'InvalidParameterValueException', message: /no tumbling windows/ }],
  [
    { DestinationConfig: { OnFailure: { Destination: 'arn:aws:sqs:us-east-1:000000000000:q' } } },
    { name: 'InvalidParameterValueException', message: /arn:aws:sqs:us-east-1:000000000000:q is not one of this/ },
  ],
  [
    { DestinationConfig: { OnFailure: { Destination: 'lambda:no-server' } } },
    { name: 'InvalidParameterValueException', message: /lambda:no-server is not one of this/ },
  ],
  [
    { DestinationConfig: { OnFailure: { Destination: 'lambda:f@https://user:secret@example.com' } } },
    { name: 'InvalidParameterValueException', message: /a user name or a password/ },
  ],
  [
    { DestinationConfig: { OnFailure: { Destination: 'file:handler.mjs' } } },
    { name: 'ValidationException', message: /at 'destinationConfig.onFailure.destination' failed/ },
  ],
  [
    { DestinationConfig: { OnSuccess: { Destination: 'arn:aws:sqs:us-east-1:000000000000:q' } } },
    invalidParameter('Unsupported DestinationConfig parameter for given event source mapping type.'),
  ],
  [
    { ScalingConfig: { MaximumConcurrency: 2 } },
    invalidParameter('Unsupported ScalingConfig parameter for given event source mapping type.'),
  ],
  [
    { FilterCriteria: { Filters: Array.from({ length: 6 }, () => ({ Pattern: '{"eventName":["INSERT"]}' })) } },
    { name: 'InvalidParameterValueException', message: /at most 5 filters/ },
  ],
  ...['', '{', 'null', '[]', '{}', '{"a":1}', '{"a":[]}', '{"a":{"b":"c"}}', '{"a":[{"is":"b"}]}', '{"a":[[1]]}'].map(
    (Pattern): [object, object] => [
      { FilterCriteria: { Filters: [{ Pattern }] } },
      // Source: https://github.com/aws/aws-cdk/issues/23057
      invalidParameter('Invalid filter pattern definition.'),
    ],
  ),
];

function constraint(value: string, path: string, text: string): object {
  return {
    name: 'ValidationException',
    message: `1 validation error detected: Value '${value}' at '${path}' failed to satisfy constraint: ${text}`,
  };
}
