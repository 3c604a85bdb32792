/** ExclusiveStartKey of Query and Scan: what is wrong with its values, whatever table it is for. */
import { ApiError, validationError } from '../foundation/errors.ts';
import { READ_MESSAGES } from '../items/messages.ts';
import { type Item, parseItem } from '../values/attribute-value.ts';

/** The starting key as a request has it, canonical; throws the ValidationException for values that are none. */
export function readStartKey(raw: Readonly<Record<string, unknown>> | undefined): Item | undefined {
  if (raw === undefined) return undefined;
  try {
    return parseItem(raw);
  } catch (error) {
    if (error instanceof ApiError) throw validationError(READ_MESSAGES.startKeyValue(error.message));
    throw error;
  }
}
