/**
 * Shard iterators: where a reader of a shard is, as a text that it brings back. Nothing is kept of them, so they
 * outlive the server that gave them out.
 *
 *     <stream ARN>|1|<base64 of the following>
 *
 *     offset 0   u8    format version, 1
 *            1   u8    0 for a position, 1 for the oldest record that there will be
 *            2   u64   when it was given out, in milliseconds since the epoch
 *           10   u40   the shard
 *           15   u64   the sequence behind which it reads
 *           23   u32   CRC-32 of the ARN and all bytes before
 *
 * Integers are big-endian. The checksum tells an iterator from what was cut off or put together by hand; it keeps
 * nobody from anything, for whoever may read a stream may read all of it.
 */
import { crc32 } from 'node:zlib';

const FORMAT_VERSION = 1;
const PAYLOAD_BYTES = 27;
const CHECKED_BYTES = 23;

/** The sequence behind which a reader goes on, or the oldest record that there is when it reads. */
export type ShardPosition = bigint | 'horizon';

export interface ShardIterator {
  readonly streamArn: string;
  readonly shard: number;
  readonly position: ShardPosition;
  readonly issuedAtMs: number;
}

/** An iterator as text, of 2,048 characters at most. */
export function encodeShardIterator({ streamArn, shard, position, issuedAtMs }: ShardIterator): string {
  const payload = Buffer.alloc(PAYLOAD_BYTES);
  payload[0] = FORMAT_VERSION;
  payload[1] = position === 'horizon' ? 1 : 0;
  payload.writeBigUInt64BE(BigInt(issuedAtMs), 2);
  payload.writeUIntBE(shard, 10, 5);
  payload.writeBigUInt64BE(position === 'horizon' ? 0n : position, 15);
  payload.writeUInt32BE(checksumOf(streamArn, payload), CHECKED_BYTES);
  return `${streamArn}|1|${payload.toString('base64')}`;
}

const ITERATOR = /^([^|]+)\|1\|([A-Za-z0-9+/]{36})$/;

/** What `text` says; undefined if it is not one of our iterators. */
export function decodeShardIterator(text: string): ShardIterator | undefined {
  const [, streamArn, encoded] = ITERATOR.exec(text) ?? [];
  if (streamArn === undefined || encoded === undefined) return undefined;
  const payload = Buffer.from(encoded, 'base64');
  if (payload[0] !== FORMAT_VERSION || payload.readUInt32BE(CHECKED_BYTES) !== checksumOf(streamArn, payload)) {
    return undefined;
  }
  return {
    streamArn,
    shard: payload.readUIntBE(10, 5),
    position: payload[1] === 1 ? 'horizon' : payload.readBigUInt64BE(15),
    issuedAtMs: Number(payload.readBigUInt64BE(2)),
  };
}

function checksumOf(streamArn: string, payload: Buffer): number {
  return crc32(payload.subarray(0, CHECKED_BYTES), crc32(streamArn));
}
