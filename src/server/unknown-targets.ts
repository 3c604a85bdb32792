/** Tells the log of operations that are asked for and not there, so that people see why a tool fails. */
import type { Logger } from '../foundation/logging.ts';

/** Whatever strangers send, the log gets no more lines than this. */
const MAX_TARGETS = 64;

/** What could be an operation of this API, in this version or in another. */
const PLAUSIBLE = /^DynamoDB(Streams)?_\d{8}\.[A-Z][A-Za-z]{1,63}$/;

/** Logs a warning for each target that could be an operation, the first time; of at most MAX_TARGETS in all. */
export function createUnknownTargetLog(logger: Logger): (target: string) => void {
  const seen = new Set<string>();
  return (target) => {
    if (seen.size >= MAX_TARGETS || seen.has(target) || !PLAUSIBLE.test(target)) return;
    seen.add(target);
    logger.warn({ target }, 'an operation was asked for that this server does not have');
  };
}
