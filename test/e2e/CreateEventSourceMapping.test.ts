/** CreateEventSourceMapping. Source, unless said otherwise: the Lambda API reference. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, test } from 'node:test';
import { UpdateTableCommand } from '@aws-sdk/client-dynamodb';
import {
  CreateEventSourceMappingCommand,
  DeleteEventSourceMappingCommand,
  GetEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import type { CreateEventSourceMappingCommandInput } from '@aws-sdk/client-lambda';
import { LAMBDA_ENDPOINT, REFUSED_SETTINGS, invalidParameter, useMappingServer } from './mappings.ts';
import { makeFolder } from './program.ts';

const server = useMappingServer();
const ARN = 'arn:aws:lambda:us-east-1:000000000000:function:';
let stream = '';
let functions = 0;

beforeEach(async () => {
  stream ||= await server.createStream();
});

const freshName = (): string => `fresh-${++functions}`;

test('answers with all settings, the defaults included', async () => {
  const { UUID, LastModified, ...answer } = await server.map(stream, { FunctionName: 'defaults' });
  assert.match(UUID, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  assert.ok(LastModified instanceof Date);
  assert.deepEqual(answer, {
    StartingPosition: 'LATEST',
    BatchSize: 100,
    MaximumBatchingWindowInSeconds: 0,
    ParallelizationFactor: 1,
    EventSourceArn: stream,
    FunctionArn: `${ARN}defaults`,
    LastProcessingResult: 'No records processed',
    State: 'Creating',
    StateTransitionReason: 'User action',
    DestinationConfig: { OnFailure: {} },
    MaximumRecordAgeInSeconds: -1,
    BisectBatchOnFunctionError: false,
    MaximumRetryAttempts: -1,
    TumblingWindowInSeconds: 0,
    FunctionResponseTypes: [],
    EventSourceMappingArn: `arn:aws:lambda:us-east-1:000000000000:event-source-mapping:${UUID}`,
  });
});

/** Each at a limit. */
const SETTINGS: readonly Partial<CreateEventSourceMappingCommandInput>[] = [
  {
    StartingPosition: 'TRIM_HORIZON',
    BatchSize: 1,
    MaximumBatchingWindowInSeconds: 300,
    ParallelizationFactor: 10,
    MaximumRecordAgeInSeconds: 60,
    MaximumRetryAttempts: 0,
    BisectBatchOnFunctionError: true,
    FunctionResponseTypes: ['ReportBatchItemFailures'],
    DestinationConfig: { OnFailure: { Destination: 'https://example.com/failed?of=these' } },
    FilterCriteria: { Filters: [{ Pattern: '{"eventName":["INSERT"]}' }] },
    TumblingWindowInSeconds: 0,
  },
  { BatchSize: 10_000, MaximumRecordAgeInSeconds: 604_800, MaximumRetryAttempts: 10_000 },
  { MaximumRecordAgeInSeconds: -1, MaximumRetryAttempts: -1 },
];

test('keeps all settings', async () => {
  for (const settings of SETTINGS) {
    const { UUID } = await server.map(stream, { FunctionName: freshName(), ...settings });
    const mapping = await server.lambda.send(new GetEventSourceMappingCommand({ UUID }));
    assert.deepEqual({ ...mapping, ...settings }, mapping);
    assert.equal(mapping.State, 'Enabled');
  }
});

test('makes a mapping that is disabled where it is told to', async () => {
  const { UUID } = await server.map(stream, { FunctionName: freshName(), Enabled: false });
  const { State } = await server.lambda.send(new GetEventSourceMappingCommand({ UUID }));
  assert.equal(State, 'Disabled');
});

test('refuses settings beyond their limits', async () => {
  for (const [settings, error] of REFUSED_SETTINGS) {
    await assert.rejects(
      server.map(stream, { FunctionName: freshName(), ...settings }),
      error,
      JSON.stringify(settings),
    );
  }
  const [[good] = [], longest = 4_096] = [[{ eventName: ['INSERT'] }]];
  const pattern = JSON.stringify(good);
  await server.map(stream, { FunctionName: freshName(), FilterCriteria: filters(pattern.padEnd(longest)) });
  await assert.rejects(
    server.map(stream, { FunctionName: freshName(), FilterCriteria: filters(pattern.padEnd(longest + 1)) }),
    {
      name: 'ValidationException',
      message: /'filterCriteria\.filters\.1\.member\.pattern'.*less than or equal to 4096/,
    },
  );
});

function filters(...patterns: readonly string[]): { Filters: { Pattern: string }[] } {
  return { Filters: patterns.map((Pattern) => ({ Pattern })) };
}

test('takes every kind of filter', async () => {
  // Source: "Filter rule syntax" in the Lambda developer guide.
  const patterns = [
    '{"a":[null,"",1,true,{"exists":false},{"prefix":"x"},{"suffix":"y"},{"equals-ignore-case":"z"}]}',
    '{"dynamodb":{"NewImage":{"n":{"N":[{"numeric":["=",1]},{"numeric":[">",1,"<=",5.5]}]}}}}',
    '{"a":[{"anything-but":["x","y"]},{"anything-but":"x"}]}',
    '{"$or":[{"a":[1]},{"b":{"c":["d"]}}]}',
    '{"a":["b"],"c":["d"]}',
  ];
  const { FilterCriteria } = await server.map(stream, {
    FunctionName: freshName(),
    FilterCriteria: filters(...patterns),
  });
  assert.deepEqual(FilterCriteria, filters(...patterns));
});

describe('FunctionName', () => {
  const NAMES: readonly (readonly [given: string, functionArn: string])[] = [
    ['plain', `${ARN}plain`],
    ['qualified:prod', `${ARN}qualified:prod`],
    ['latest:$LATEST', `${ARN}latest:$LATEST`],
    ['000000000000:function:partial', `${ARN}partial`],
    ['function:prefixed', `${ARN}prefixed`],
    [`${ARN}whole`, `${ARN}whole`],
    [`${ARN}versioned:7`, `${ARN}versioned:7`],
    ['x'.repeat(64), `${ARN}${'x'.repeat(64)}`],
    // Beyond Lambda.
    ['https://example.com', 'https://example.com/'],
    ['http://example.com:81/a?b=c', 'http://example.com:81/a?b=c'],
    ['lambda:there@http://127.0.0.1:9002/', 'lambda:there@http://127.0.0.1:9002'],
    ['lambda:there:prod@https://example.com/base', 'lambda:there:prod@https://example.com/base'],
    [`lambda:here@${LAMBDA_ENDPOINT}`, `${ARN}here`],
    ['file:handler.mjs', 'file:handler.mjs'],
    ['file:./sub/../sub/deep.mjs', 'file:sub/deep.mjs'],
  ];

  test('can be a name, a partial ARN, an ARN, a URL, a function elsewhere or a file', async () => {
    for (const [FunctionName, functionArn] of NAMES) {
      assert.equal((await server.map(stream, { FunctionName })).FunctionArn, functionArn);
    }
  });

  const REFUSED: readonly (readonly [given: string, error: object])[] = [
    ['', { name: 'ValidationException', message: /'functionName'/ }],
    [
      'not a name',
      { name: 'ValidationException', message: /at 'functionName' failed to satisfy constraint: Member must/ },
    ],
    ['x'.repeat(65), { name: 'ValidationException', message: /'functionName'.*less than or equal to 64/ }],
    [
      'arn:aws:lambda:eu-west-1:000000000000:function:f',
      {
        name: 'ResourceNotFoundException',
        message: "Functions from 'eu-west-1' are not reachable in this region ('us-east-1')",
      },
    ],
    ['arn:aws:lambda:us-east-1:111111111111:function:f', { name: 'AccessDeniedException' }],
    ['https://user:secret@example.com/', { name: 'InvalidParameterValueException', message: /must not hold a user/ }],
    ['https://', { name: 'ValidationException' }],
    ['https://exa mple/', { name: 'InvalidParameterValueException', message: /not of the form/ }],
    ['lambda:f', { name: 'InvalidParameterValueException', message: /not of the form/ }],
    ['lambda:f@ftp://example.com', { name: 'InvalidParameterValueException', message: /not of the form/ }],
    ['file:absent.mjs', { name: 'InvalidParameterValueException', message: /not in the folder/ }],
    ['file:sub', { name: 'InvalidParameterValueException', message: /not in the folder/ }],
    ['file:../secret.mjs', { name: 'InvalidParameterValueException', message: /not in the folder/ }],
    ['file:sub/../../secret.mjs', { name: 'InvalidParameterValueException', message: /not in the folder/ }],
    ['file:/etc/passwd', { name: 'InvalidParameterValueException', message: /not in the folder/ }],
    ['file:link.mjs', { name: 'InvalidParameterValueException', message: /not in the folder/ }],
    ['file:handler.mjs\0', { name: 'InvalidParameterValueException', message: /not in the folder/ }],
  ];

  test('is refused where it names nothing that can be run', async () => {
    for (const [FunctionName, error] of REFUSED) {
      await assert.rejects(server.map(stream, { FunctionName }), error, FunctionName);
    }
  });
});

describe('a second mapping of a stream and a function', () => {
  test('is refused, whichever way the function is named', async () => {
    const { UUID } = await server.map(stream, { FunctionName: 'twice' });
    for (const FunctionName of ['twice', `${ARN}twice`, `lambda:twice@${LAMBDA_ENDPOINT}/`]) {
      // Source: https://github.com/aws/serverless-application-model/issues/1320
      await assert.rejects(server.map(stream, { FunctionName }), {
        name: 'ResourceConflictException',
        message:
          `The event source arn (" ${stream} ") and function (" twice ") provided mapping already exists. ` +
          `Please update or delete the existing mapping with UUID ${UUID}`,
        Type: 'User',
      });
    }
    await server.map(stream, { FunctionName: 'twice:prod' });
    await server.map(await server.createStream(), { FunctionName: 'twice' });
  });

  test('is refused to all but one of those who ask at once', async () => {
    const asked = await Promise.allSettled(
      Array.from({ length: 8 }, () => server.map(stream, { FunctionName: 'once' })),
    );
    assert.equal(asked.filter(({ status }) => status === 'fulfilled').length, 1);
  });
});

describe('EventSourceArn', () => {
  test('must be that of an enabled stream', async () => {
    const other = await server.createStream();
    const TableName = other.split('/')[1];
    await server.client.send(new UpdateTableCommand({ TableName, StreamSpecification: { StreamEnabled: false } }));
    const [table = ''] = stream.split('/stream/');
    const absent = [
      other,
      `${table}/stream/2020-01-01T00:00:00.000`,
      stream.replace('/table-', '/absent-'),
      stream.replace('us-east-1', 'eu-west-1'),
      stream.replace('000000000000', '111111111111'),
    ];
    for (const arn of absent) await assert.rejects(server.map(arn), invalidParameter(`Stream not found: ${arn}`), arn);
    for (const arn of [
      table,
      'arn:aws:sqs:us-east-1:000000000000:queue',
      'arn:aws:dynamodb:us-east-1:000000000000:x',
    ]) {
      await assert.rejects(server.map(arn), invalidParameter('Unrecognized event source.'), arn);
    }
    await assert.rejects(server.map('stream'), { name: 'ValidationException', message: /'eventSourceArn'/ });
  });

  test('must be there', async () => {
    const command = new CreateEventSourceMappingCommand({ FunctionName: 'f', StartingPosition: 'LATEST' });
    await assert.rejects(server.lambda.send(command), invalidParameter('Unrecognized event source.'));
  });
});

test('asks for a StartingPosition that a stream of a table has', async () => {
  const missing = "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: ";
  await assert.rejects(
    server.lambda.send(new CreateEventSourceMappingCommand({ EventSourceArn: stream, FunctionName: freshName() })),
    invalidParameter(`${missing}Member must not be null.`),
  );
  await assert.rejects(
    server.map(stream, { StartingPosition: 'AT_TIMESTAMP' }),
    invalidParameter(`Unsupported starting position for arn type: ${stream}`),
  );
  await assert.rejects(server.map(stream, { StartingPosition: 'MIDDLE' as never }), {
    name: 'ValidationException',
    message: /'startingPosition'.*enum value set: \[TRIM_HORIZON, LATEST, AT_TIMESTAMP\]/,
  });
});

describe('of a server without functions', () => {
  const bare = useMappingServer({ lambdaEndpoint: undefined, functions: undefined });

  test('refuses functions by name, and files', async () => {
    const arn = await bare.createStream();
    const refused = (message: RegExp) => ({ name: 'InvalidParameterValueException', message });
    await assert.rejects(bare.map(arn, { FunctionName: 'f' }), refused(/^Function not found: f\. .*--lambda-endpoint/));
    await assert.rejects(bare.map(arn, { FunctionName: 'file:handler.mjs' }), refused(/--functions/));
    await bare.map(arn, { FunctionName: 'https://example.com/' });
    await bare.map(arn, { FunctionName: 'lambda:f@http://127.0.0.1:9002' });
  });
});

describe('of a server in a region of its own', () => {
  const functions = makeFolder();
  writeFileSync(join(functions, 'own.mjs'), '');
  const own = useMappingServer({ region: 'cellar', functions });

  test('takes ARNs of that region', async () => {
    const arn = await own.createStream();
    assert.match(arn, /^arn:aws:dynamodb:cellar:/);
    const FunctionName = 'arn:aws:lambda:cellar:000000000000:function:f:prod';
    assert.equal((await own.map(arn, { FunctionName })).FunctionArn, FunctionName);
  });

  test('takes the path of a file from the root too', async () => {
    const arn = await own.createStream();
    for (const FunctionName of [`file:${join(functions, 'own.mjs')}`, `file://${join(functions, 'own.mjs')}`]) {
      const { UUID, FunctionArn } = await own.map(arn, { FunctionName });
      assert.equal(FunctionArn, 'file:own.mjs');
      await own.lambda.send(new DeleteEventSourceMappingCommand({ UUID }));
    }
  });
});
