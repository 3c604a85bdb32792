/** AttributesToGet: which whole attributes a read returns. */
import { validationError } from '../../foundation/errors.ts';
import { parseAttributeName } from '../../values/attribute-value.ts';
import type { Projection } from '../ast.ts';
import { LEGACY } from './messages.ts';

/** The projection on attributes at the top of an item; throws the ValidationException for one that is named twice. */
export function readAttributesToGet(rawNames: readonly string[]): Projection {
  const names = new Set<string>();
  for (const name of rawNames.map(parseAttributeName)) {
    if (names.has(name)) throw validationError(LEGACY.nameTwice(name));
    names.add(name);
  }
  return { kind: 'projection', paths: [...names].map((name) => [name]) };
}
