/** ListEventSourceMappings. Source: the Lambda API reference. */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import {
  ListEventSourceMappingsCommand,
  type ListEventSourceMappingsCommandInput,
  paginateListEventSourceMappings,
} from '@aws-sdk/client-lambda';
import { invalidParameter, useMappingServer } from './mappings.ts';

const server = useMappingServer();
const ARN = 'arn:aws:lambda:us-east-1:000000000000:function:';
let one = '';
let other = '';

beforeEach(async () => {
  if (one !== '') return;
  one = await server.createStream();
  other = await server.createStream();
  for (let i = 0; i < 100; i++) await server.map(one, { FunctionName: `f${i}` });
  await server.map(other, { FunctionName: 'f1' });
  await server.map(other, { FunctionName: 'f1:prod' });
});

async function list(input: ListEventSourceMappingsCommandInput = {}) {
  const { $metadata: _, ...page } = await server.lambda.send(new ListEventSourceMappingsCommand(input));
  return page;
}

const namesOf = async (input: ListEventSourceMappingsCommandInput): Promise<(string | undefined)[]> =>
  ((await list(input)).EventSourceMappings ?? []).map(({ FunctionArn }) => FunctionArn).toSorted();

test('lists the mappings of a stream, of a function and of both', async () => {
  assert.deepEqual(await namesOf({ EventSourceArn: other }), [`${ARN}f1`, `${ARN}f1:prod`]);
  for (const FunctionName of ['f1', '000000000000:function:f1', `${ARN}f1`]) {
    assert.deepEqual(await namesOf({ FunctionName }), [`${ARN}f1`, `${ARN}f1`], FunctionName);
  }
  assert.deepEqual(await namesOf({ FunctionName: 'f1:prod' }), [`${ARN}f1:prod`]);
  assert.deepEqual(await namesOf({ EventSourceArn: one, FunctionName: 'f1' }), [`${ARN}f1`]);
  assert.deepEqual(await list({ EventSourceArn: `${one}x` }), { EventSourceMappings: [] });
  assert.deepEqual(await list({ FunctionName: 'absent' }), { EventSourceMappings: [] });
});

test('answers 100 mappings at most, and a marker where there are more', async () => {
  const first = await list({ MaxItems: 10_000 });
  assert.equal(first.EventSourceMappings?.length, 100);
  const second = await list({ Marker: first.NextMarker ?? '' });
  assert.equal(second.EventSourceMappings?.length, 2);
  assert.equal(second.NextMarker, undefined);
  const exact = await list({ EventSourceArn: one });
  assert.equal(exact.EventSourceMappings?.length, 100);
  assert.equal(exact.NextMarker, undefined);
});

test('pages leave nothing out and repeat nothing', async () => {
  const uuids: (string | undefined)[] = [];
  for await (const page of paginateListEventSourceMappings({ client: server.lambda, pageSize: 7 }, {})) {
    assert.ok((page.EventSourceMappings?.length ?? 0) <= 7);
    uuids.push(...(page.EventSourceMappings ?? []).map(({ UUID }) => UUID));
  }
  assert.equal(uuids.length, 102);
  assert.equal(new Set(uuids).size, 102);
});

test('refuses what it can not be asked', async () => {
  await assert.rejects(list({ MaxItems: 0 }), { name: 'ValidationException', message: /'maxItems'.*equal to 1$/ });
  await assert.rejects(list({ MaxItems: 10_001 }), {
    name: 'ValidationException',
    message: /'maxItems'.*equal to 10000$/,
  });
  await assert.rejects(list({ EventSourceArn: 'x' }), { name: 'ValidationException', message: /'eventSourceArn'/ });
  await assert.rejects(
    list({ Marker: 'x' }),
    invalidParameter('The Marker is not one that this operation has answered.'),
  );
});
