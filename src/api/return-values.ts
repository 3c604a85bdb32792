import { validationError } from '../foundation/errors.ts';

/** Throws for a ReturnValues that PutItem and DeleteItem don't know. */
export function validateReturnsOldOnly(returnValues: string | undefined): void {
  if (returnValues === undefined || returnValues === 'NONE' || returnValues === 'ALL_OLD') return;
  throw validationError('ReturnValues can only be ALL_OLD or NONE');
}
