import { validationError } from '../foundation/errors.ts';
import { API_MESSAGES } from './messages.ts';

/**
 * Throws for parameters of the API's first version, which expressions replaced and which are not there yet; ignoring
 * one would answer another question than was asked.
 */
export function rejectLegacyParameters(input: object, names: readonly string[]): void {
  for (const name of names) {
    const value = (input as { readonly [name: string]: unknown })[name];
    if (value === undefined || value === null) continue;
    throw validationError(API_MESSAGES.legacyParameter(name));
  }
}
