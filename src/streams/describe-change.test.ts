import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StreamViewType } from '../tables/table.ts';
import type { ChangeRecord } from './change-record.ts';
import { type ChangePlace, describeChange } from './describe-change.ts';
import { STREAM } from './log-model.test.ts';

const ARN = `arn:aws:dynamodb:us-east-1:000000000000:table/table/stream/${STREAM.label}`;

function placeOf(viewType: StreamViewType, more: Partial<ChangePlace> = {}): ChangePlace {
  const stream = { ...STREAM, viewType, partitionKey: { name: 'Id', type: 'N' as const } };
  return { stream, streamArn: ARN, region: 'us-east-1', shard: 3, sequence: 42n, ...more };
}

function described(place: ChangePlace, record: ChangeRecord): { readonly [member: string]: unknown } {
  return JSON.parse(describeChange(place, record)) as { readonly [member: string]: unknown };
}

/** The item of the developer guide's example of an event, "Using AWS Lambda with Amazon DynamoDB", and its size. */
const ITEM = '{"Message":{"S":"New item!"},"Id":{"N":"101"}}';
const ITEM_BYTES = 21;
const INSERT: ChangeRecord = {
  event: 'INSERT',
  atMs: 1_479_499_740_999,
  newImage: { json: ITEM, sizeBytes: ITEM_BYTES },
};

test('is the JSON of a Record, its members in the order of the service', () => {
  const text = describeChange(placeOf('NEW_AND_OLD_IMAGES'), INSERT);
  const eventID = /"eventID":"([0-9a-f]{32})"/.exec(text)?.[1];
  assert.equal(
    text,
    `{"eventID":"${eventID}","eventName":"INSERT","eventVersion":"1.1","eventSource":"aws:dynamodb",` +
      '"awsRegion":"us-east-1","dynamodb":{"ApproximateCreationDateTime":1479499740,"Keys":{"Id":{"N":"101"}},' +
      `"NewImage":${ITEM},"SequenceNumber":"300000000000000000042","SizeBytes":26,` +
      '"StreamViewType":"NEW_AND_OLD_IMAGES"}}',
  );
});

test('shows what the view type says of what the record holds, and counts that', () => {
  const modify: ChangeRecord = {
    event: 'MODIFY',
    atMs: 0,
    oldImage: { json: '{"Id":{"N":"101"}}', sizeBytes: 5 },
    newImage: { json: ITEM, sizeBytes: ITEM_BYTES },
  };
  const cases = [
    ['KEYS_ONLY', [], 5],
    ['NEW_IMAGE', ['NewImage'], 26],
    ['OLD_IMAGE', ['OldImage'], 10],
    ['NEW_AND_OLD_IMAGES', ['NewImage', 'OldImage'], 31],
  ] as const;
  for (const [viewType, images, sizeBytes] of cases) {
    const { dynamodb } = described(placeOf(viewType), modify) as { dynamodb: Record<string, unknown> };
    assert.deepEqual(dynamodb['Keys'], { Id: { N: '101' } }, viewType);
    assert.deepEqual(
      Object.keys(dynamodb).filter((member) => member.endsWith('Image')),
      images,
      viewType,
    );
    assert.deepEqual([dynamodb['SizeBytes'], dynamodb['StreamViewType']], [sizeBytes, viewType]);
  }
});

test('takes the keys from the record where no image has them', () => {
  const { dynamodb } = described(placeOf('NEW_IMAGE'), { event: 'REMOVE', atMs: 0, keysJson: '{"Id":{"N":"7"}}' });
  assert.deepEqual(dynamodb, {
    ApproximateCreationDateTime: 0,
    Keys: { Id: { N: '7' } },
    SequenceNumber: '300000000000000000042',
    SizeBytes: 4,
    StreamViewType: 'NEW_IMAGE',
  });
});

test('says of a deletion by Time to Live that the service did it', () => {
  const record: ChangeRecord = { event: 'REMOVE', actor: 'ttl', atMs: 0, keysJson: '{"Id":{"N":"7"}}' };
  assert.deepEqual(described(placeOf('KEYS_ONLY'), record)['userIdentity'], {
    PrincipalId: 'dynamodb.amazonaws.com',
    Type: 'Service',
  });
  assert.equal('userIdentity' in described(placeOf('KEYS_ONLY'), INSERT), false);
});

test('has the same eventID whenever it is read, and another in another place', () => {
  const idAt = (more: Partial<ChangePlace>) => described(placeOf('KEYS_ONLY', more), INSERT)['eventID'];
  assert.equal(idAt({}), idAt({}));
  const ids = [idAt({}), idAt({ sequence: 43n }), idAt({ shard: 4 }), idAt({ streamArn: `${ARN}x` })];
  assert.equal(new Set(ids).size, ids.length);
});

test('names its source for handlers of triggers', () => {
  const { eventSourceARN } = JSON.parse(describeChange(placeOf('KEYS_ONLY'), INSERT, ARN)) as Record<string, unknown>;
  assert.equal(eventSourceARN, ARN);
});
