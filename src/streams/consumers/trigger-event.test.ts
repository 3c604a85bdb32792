/** What of a record is another for functions than for readers of the stream. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ChangeRecord } from '../change-record.ts';
import { describeChange } from '../describe-change.ts';

test('who deleted what has expired is said in small letters, and the source at the end', () => {
  const streamArn = 'arn:aws:dynamodb:us-east-1:000000000000:table/T/stream/L';
  const stream = {
    tableName: 'T',
    tableId: 'id',
    label: 'L',
    viewType: 'KEYS_ONLY',
    partitionKey: { name: 'pk', type: 'S' },
    log: 1,
    firstShard: 1,
  } as const;
  const place = { stream, streamArn, region: 'us-east-1', shard: 1, sequence: 1n };
  const record: ChangeRecord = { event: 'REMOVE', actor: 'ttl', atMs: 0, keysJson: '{"pk":{"S":"a"}}' };
  const forReaders = JSON.parse(describeChange(place, record)) as Record<string, unknown>;
  const forFunctions = JSON.parse(describeChange(place, record, streamArn)) as Record<string, unknown>;
  assert.deepEqual(forReaders['userIdentity'], { PrincipalId: 'dynamodb.amazonaws.com', Type: 'Service' });
  assert.deepEqual(forFunctions['userIdentity'], { principalId: 'dynamodb.amazonaws.com', type: 'Service' });
  assert.deepEqual(Object.keys(forFunctions), [...Object.keys(forReaders), 'eventSourceARN']);
});
