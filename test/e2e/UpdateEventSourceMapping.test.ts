/** UpdateEventSourceMapping. Source: the Lambda API reference. */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import {
  GetEventSourceMappingCommand,
  UpdateEventSourceMappingCommand,
  type UpdateEventSourceMappingCommandInput,
} from '@aws-sdk/client-lambda';
import { MAPPING_NOT_FOUND, REFUSED_SETTINGS, useMappingServer } from './mappings.ts';

const server = useMappingServer();
const ARN = 'arn:aws:lambda:us-east-1:000000000000:function:';
let stream = '';
let UUID = '';

beforeEach(async () => {
  stream = await server.createStream();
  ({ UUID } = await server.map(stream, {
    FunctionName: 'first',
    BatchSize: 5,
    MaximumRetryAttempts: 3,
    FilterCriteria: { Filters: [{ Pattern: '{"eventName":["INSERT"]}' }] },
    FunctionResponseTypes: ['ReportBatchItemFailures'],
    DestinationConfig: { OnFailure: { Destination: 'https://example.com/failed' } },
  }));
});

async function update(input: Omit<UpdateEventSourceMappingCommandInput, 'UUID'>) {
  const { $metadata, ...answer } = await server.lambda.send(new UpdateEventSourceMappingCommand({ UUID, ...input }));
  assert.equal($metadata.httpStatusCode, 202);
  return answer;
}

async function get() {
  const { $metadata: _, ...mapping } = await server.lambda.send(new GetEventSourceMappingCommand({ UUID }));
  return mapping;
}

test('changes what it names and nothing else', async () => {
  const before = await get();
  const changes = { BatchSize: 6, MaximumBatchingWindowInSeconds: 2, BisectBatchOnFunctionError: true } as const;
  const answer = await update(changes);
  const { LastModified, ...after } = await get();
  assert.deepEqual({ ...after, LastModified: before.LastModified }, { ...before, ...changes });
  assert.ok(Number(LastModified) >= Number(before.LastModified));
  assert.deepEqual(answer, { ...after, LastModified, State: 'Updating' });
});

test('takes away what it names empty', async () => {
  const answer = await update({
    FilterCriteria: {},
    FunctionResponseTypes: [],
    DestinationConfig: { OnFailure: {} },
    MaximumRetryAttempts: -1,
  });
  assert.equal(answer.FilterCriteria, undefined);
  assert.deepEqual(answer.FunctionResponseTypes, []);
  assert.deepEqual(answer.DestinationConfig, { OnFailure: {} });
  assert.equal(answer.MaximumRetryAttempts, -1);
  assert.equal(answer.BatchSize, 5);
  assert.deepEqual(await get(), { ...answer, State: 'Enabled' });
});

test('disables and enables', async () => {
  assert.equal((await update({ Enabled: false })).State, 'Disabling');
  assert.equal((await get()).State, 'Disabled');
  assert.equal((await update({ Enabled: false, BatchSize: 7 })).State, 'Updating');
  assert.equal((await get()).State, 'Disabled');
  assert.equal((await update({ Enabled: true })).State, 'Enabling');
  assert.equal((await get()).State, 'Enabled');
});

test('gives the stream to another function, which it must not have already', async () => {
  const { UUID: other } = await server.map(stream, { FunctionName: 'second' });
  await assert.rejects(update({ FunctionName: 'second' }), {
    name: 'ResourceConflictException',
    message:
      `The event source arn (" ${stream} ") and function (" second ") provided mapping already exists. ` +
      `Please update or delete the existing mapping with UUID ${other}`,
  });
  assert.equal((await get()).FunctionArn, `${ARN}first`);
  assert.equal((await update({ FunctionName: 'first' })).FunctionArn, `${ARN}first`);
  assert.equal((await update({ FunctionName: 'third:prod' })).FunctionArn, `${ARN}third:prod`);
  assert.equal((await get()).FunctionArn, `${ARN}third:prod`);
  // What it had is free.
  await server.map(stream, { FunctionName: 'first' });
});

test('refuses settings beyond their limits, and changes nothing then', async () => {
  const before = await get();
  for (const [settings, error] of REFUSED_SETTINGS) {
    await assert.rejects(update({ Enabled: false, ...settings }), error, JSON.stringify(settings));
  }
  assert.deepEqual(await get(), before);
});

test('refuses a mapping that there is not, before anything is looked at but the shape', async () => {
  UUID = '00000000-0000-4000-8000-000000000000';
  await assert.rejects(update({ MaximumRecordAgeInSeconds: 1 }), MAPPING_NOT_FOUND);
  await assert.rejects(update({ BatchSize: 0 }), { name: 'ValidationException' });
});
