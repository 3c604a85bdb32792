import { validationError } from '../foundation/errors.ts';
import { API_MESSAGES } from './messages.ts';

/** Throws for a ReturnValues that PutItem and DeleteItem don't know. */
export function validateReturnsOldOnly(returnValues: string | undefined): void {
  if (returnValues === undefined || returnValues === 'NONE' || returnValues === 'ALL_OLD') return;
  throw validationError(API_MESSAGES.returnsOldOnly);
}
