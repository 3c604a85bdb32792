/** Pauses between tries, and the tries of what only reads. */
import { setTimeout as sleep } from 'node:timers/promises';
import { systemRandom } from '../../foundation/random.ts';
import { StorageUnavailableError } from '../engine.ts';
import { isConflict, isWorthAnotherRead } from './errors.ts';

/** Between two tries: at random up to this for the first, and twice as much for each further one. */
const BACKOFF_MS = 4;
const MAX_BACKOFF_MS = 200;

const MAX_READS = 4;
/** After so long a read that failed isn't tried again. */
const MAX_READS_MS = 2_500;

/** Resolves after a pause that suits the `count`th failure of something, from 1. */
export async function backOff(count: number): Promise<void> {
  const longestMs = Math.min(BACKOFF_MS * 2 ** (count - 1), MAX_BACKOFF_MS);
  await sleep((longestMs * (systemRandom.bytes(1)[0] ?? 0)) / 256);
}

/**
 * Runs `read`, and again where only the connection was bad (once) or other transactions were in its way (a few times),
 * as long as `mayRetry`. What is still in its way then is a StorageUnavailableError.
 */
export async function retryRead<Result>(
  read: () => Promise<Result>,
  mayRetry: () => boolean = () => true,
): Promise<Result> {
  const endMs = performance.now() + MAX_READS_MS;
  let hasLostConnection = false;
  for (let count = 1; ; count += 1) {
    try {
      return await read();
    } catch (error) {
      if (isConflict(error)) {
        const isLast = count === MAX_READS || performance.now() > endMs || !mayRetry();
        if (isLast) throw new StorageUnavailableError('the database is too busy', { cause: error });
        await backOff(count);
      } else {
        if (hasLostConnection || !isWorthAnotherRead(error) || !mayRetry()) throw error;
        hasLostConnection = true;
      }
    }
  }
}
