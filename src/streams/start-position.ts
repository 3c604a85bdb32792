/** Where an iterator starts, by the four types that there are. Source: GetShardIterator in the API reference. */
import { ApiError, validationError } from '../foundation/errors.ts';
import type { StorageEngine } from '../storage/engine.ts';
import { recordTimeMs } from './change-record.ts';
import { STREAM_MESSAGES } from './messages.ts';
import { trimmedError } from './read-records.ts';
import { parseSequenceNumber } from './sequence-number.ts';
import type { ShardPosition } from './shard-iterator.ts';

export type ShardIteratorType = 'TRIM_HORIZON' | 'LATEST' | 'AT_SEQUENCE_NUMBER' | 'AFTER_SEQUENCE_NUMBER';

/** A start as it is asked for. */
export interface StartRequest {
  readonly type: ShardIteratorType;
  readonly sequenceNumber: string | undefined;
}

/** Throws the ValidationException for a start with a sequence number too many or too few, or with what is none. */
export function validateStart({ type, sequenceNumber }: StartRequest): void {
  const needsNumber = type === 'AT_SEQUENCE_NUMBER' || type === 'AFTER_SEQUENCE_NUMBER';
  if (needsNumber && sequenceNumber === undefined) {
    throw validationError(STREAM_MESSAGES.sequenceNumberMissing(type));
  }
  if (!needsNumber && sequenceNumber !== undefined) {
    throw validationError(STREAM_MESSAGES.sequenceNumberUnexpected(type));
  }
  if (sequenceNumber !== undefined && parseSequenceNumber(sequenceNumber) === undefined) throw invalidNumberError();
}

/**
 * The position in a shard that a start asks for, which `validateStart` has let pass. LATEST is what was committed before the
 * call. ValidationException for a number that the shard never gave out, TrimmedDataAccessException for one of a record
 * that is gone or older than `oldestMs`.
 */
export async function findStart(
  engine: Pick<StorageEngine, 'readLog' | 'logBounds'>,
  { log, shard }: { readonly log: number; readonly shard: number },
  { type, sequenceNumber }: StartRequest,
  oldestMs: number,
): Promise<ShardPosition> {
  if (type === 'TRIM_HORIZON') return 'horizon';
  const [bounds] = await engine.logBounds([{ log, shard }]);
  const { after, last } = bounds ?? { after: 0n, last: 0n };
  if (type === 'LATEST') return last;
  const number = parseSequenceNumber(sequenceNumber ?? '');
  // The first number is known before there is a record of it: DescribeStream tells it.
  const isKnown =
    number?.shard === shard && number.sequence >= 1n && (number.sequence <= last || number.sequence === 1n);
  if (number === undefined || !isKnown) throw invalidNumberError();
  const { sequence } = number;
  if (sequence <= after) throw trimmedError();
  const [entry] = await engine.readLog(log, shard, sequence - 1n, 1);
  const isGone = entry !== undefined && (entry.sequence > sequence || recordTimeMs(entry.value) < oldestMs);
  if (isGone) throw trimmedError();
  return type === 'AT_SEQUENCE_NUMBER' ? sequence - 1n : sequence;
}

function invalidNumberError(): ApiError {
  return validationError(STREAM_MESSAGES.invalidSequenceNumber);
}
