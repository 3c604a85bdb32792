/** GetEventSourceMapping and DeleteEventSourceMapping. Source: the Lambda API reference. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DeleteEventSourceMappingCommand, GetEventSourceMappingCommand } from '@aws-sdk/client-lambda';
import { MAPPING_NOT_FOUND, useMappingServer } from './mappings.ts';

const server = useMappingServer();
const get = (UUID: string) => server.lambda.send(new GetEventSourceMappingCommand({ UUID }));
const remove = (UUID: string) => server.lambda.send(new DeleteEventSourceMappingCommand({ UUID }));

test('a mapping is told of as it was made, and is Enabled', async () => {
  const made = await server.map(await server.createStream());
  const { $metadata, ...mapping } = await get(made.UUID);
  assert.equal($metadata.httpStatusCode, 200);
  assert.deepEqual(mapping, { ...made, State: 'Enabled' });
});

test('a mapping that is deleted is told of once more, and is no more', async () => {
  const stream = await server.createStream();
  const made = await server.map(stream);
  const { $metadata, ...deleted } = await remove(made.UUID);
  assert.equal($metadata.httpStatusCode, 202);
  assert.deepEqual(deleted, { ...made, State: 'Deleting' });
  await assert.rejects(get(made.UUID), MAPPING_NOT_FOUND);
  await assert.rejects(remove(made.UUID), MAPPING_NOT_FOUND);
  const again = await server.map(stream);
  assert.notEqual(again.UUID, made.UUID);
});

test('what is no UUID of a mapping names none', async () => {
  const strange = [
    '00000000-0000-4000-8000-000000000000',
    'x'.repeat(36),
    '/'.repeat(36),
    '%'.repeat(36),
    'é'.repeat(36),
  ];
  for (const uuid of strange) {
    await assert.rejects(get(uuid), MAPPING_NOT_FOUND, uuid);
    await assert.rejects(remove(uuid), MAPPING_NOT_FOUND, uuid);
  }
});

test('a UUID has 36 characters', async () => {
  for (const [uuid, text] of [
    ['x'.repeat(35), 'greater'],
    ['x'.repeat(37), 'less'],
  ] as const) {
    const message =
      `1 validation error detected: Value '${uuid}' at 'uUID' failed to satisfy constraint: ` +
      `Member must have length ${text} than or equal to 36`;
    await assert.rejects(get(uuid), { name: 'ValidationException', message });
    await assert.rejects(remove(uuid), { name: 'ValidationException', message });
  }
});
