/**
 * Sequence numbers and shard ids as the API shows them.
 *
 * A number is the shard's followed by the sequence within it, of a fixed width: 21 digits and more, rising along every
 * lineage, for children have higher numbers than their parents.
 */
const SEQUENCE_DIGITS = 20;

/** Such as `700000000000000000042`. */
export function formatSequenceNumber(shard: number, sequence: bigint): string {
  return `${shard}${String(sequence).padStart(SEQUENCE_DIGITS, '0')}`;
}

export interface SequenceNumber {
  readonly shard: number;
  readonly sequence: bigint;
}

/** What `text` says; undefined if it is not one of our numbers. */
export function parseSequenceNumber(text: string): SequenceNumber | undefined {
  if (!/^[1-9]\d{20,39}$/.test(text)) return undefined;
  const shard = Number(text.slice(0, -SEQUENCE_DIGITS));
  if (!Number.isSafeInteger(shard)) return undefined;
  return { shard, sequence: BigInt(text.slice(-SEQUENCE_DIGITS)) };
}

/** Such as `shardId-00000001795392000123-0000002a`: when the shard was opened, and its number. */
export function formatShardId({ shard, openedAtMs }: { readonly shard: number; readonly openedAtMs: number }): string {
  return `shardId-${String(openedAtMs).padStart(20, '0')}-${shard.toString(16).padStart(8, '0')}`;
}

export interface ShardId {
  readonly shard: number;
  readonly openedAtMs: number;
}

/** What `text` says; undefined if it is not one of our ids. */
export function parseShardId(text: string): ShardId | undefined {
  const [, openedAtMs, shard] = /^shardId-(\d{20})-([0-9a-f]{8})$/.exec(text) ?? [];
  if (openedAtMs === undefined || shard === undefined) return undefined;
  return { shard: Number.parseInt(shard, 16), openedAtMs: Number(openedAtMs) };
}
