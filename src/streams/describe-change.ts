/** A change as the API and the handlers of triggers see it: the same JSON, spliced from what the log holds. */
import { createHash } from 'node:crypto';
import type { StreamRecord } from '../tables/stream-records.ts';
import type { StreamViewType } from '../tables/table.ts';
import type { Item } from '../values/attribute-value.ts';
import { itemSizeBytes } from '../values/size.ts';
import { itemFromJson } from '../values/stored-item.ts';
import { type ChangeRecord, type Image, keysOf } from './change-record.ts';
import { formatSequenceNumber } from './sequence-number.ts';

/** Where a change is: its stream, its shard, and its sequence there. */
export interface ChangePlace {
  readonly stream: StreamRecord;
  readonly streamArn: string;
  readonly region: string;
  readonly shard: number;
  readonly sequence: bigint;
}

/**
 * The JSON of one Record. Source: the type Record and its members in the API reference of DynamoDB Streams.
 * `eventSourceARN` is there for handlers of triggers, which get it beside the rest.
 */
export function describeChange(place: ChangePlace, record: ChangeRecord, eventSourceArn?: string): string {
  const { stream, streamArn, region, shard, sequence } = place;
  const { viewType } = stream;
  const oldImage = showsOld(viewType) ? record.oldImage : undefined;
  const newImage = showsNew(viewType) ? record.newImage : undefined;
  const keys = keysOfRecord(stream, record);
  const sizeBytes = itemSizeBytes(keys) + (oldImage?.sizeBytes ?? 0) + (newImage?.sizeBytes ?? 0);
  const number = formatSequenceNumber(shard, sequence);
  const dynamodb = [
    `"ApproximateCreationDateTime":${Math.floor(record.atMs / 1_000)}`,
    `"Keys":${JSON.stringify(keys)}`,
    ...imageMember('NewImage', newImage),
    ...imageMember('OldImage', oldImage),
    `"SequenceNumber":"${number}"`,
    `"SizeBytes":${sizeBytes}`,
    `"StreamViewType":"${viewType}"`,
  ];
  const members = [
    `"eventID":"${eventIdOf(streamArn, number)}"`,
    `"eventName":"${record.event}"`,
    '"eventVersion":"1.1"',
    '"eventSource":"aws:dynamodb"',
    `"awsRegion":${JSON.stringify(region)}`,
    `"dynamodb":{${dynamodb.join(',')}}`,
    ...(record.actor === undefined ? [] : [`"userIdentity":${eventSourceArn === undefined ? USER : EVENT_USER}`]),
    ...(eventSourceArn === undefined ? [] : [`"eventSourceARN":${JSON.stringify(eventSourceArn)}`]),
  ];
  return `{${members.join(',')}}`;
}

/** Time to Live. Source: "DynamoDB Streams and Time to Live" in the developer guide, whose filter for Lambda has small letters. */
const USER = '{"PrincipalId":"dynamodb.amazonaws.com","Type":"Service"}';
const EVENT_USER = '{"principalId":"dynamodb.amazonaws.com","type":"Service"}';

function imageMember(name: string, image: Image | undefined): string[] {
  return image === undefined ? [] : [`"${name}":${image.json}`];
}

/** The keys of the item that was changed. */
export function keysOfRecord(
  stream: Pick<StreamRecord, 'partitionKey' | 'sortKey'>,
  { keysJson, oldImage, newImage }: ChangeRecord,
): Item {
  if (keysJson !== undefined) return itemFromJson(keysJson);
  return keysOf(stream, itemFromJson((newImage ?? oldImage)?.json ?? '{}'));
}

function showsOld(viewType: StreamViewType): boolean {
  return viewType === 'OLD_IMAGE' || viewType === 'NEW_AND_OLD_IMAGES';
}

function showsNew(viewType: StreamViewType): boolean {
  return viewType === 'NEW_IMAGE' || viewType === 'NEW_AND_OLD_IMAGES';
}

/** 32 hexadecimal digits, the same whenever the record is read. */
function eventIdOf(streamArn: string, number: string): string {
  return createHash('md5').update(`${streamArn}|${number}`).digest('hex');
}
