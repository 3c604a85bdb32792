/** AttributeUpdates: what an UpdateItem does to whole attributes. */
import { unreachable } from '../../foundation/assert.ts';
import { validationError } from '../../foundation/errors.ts';
import { LIMITS } from '../../foundation/limits.ts';
import type { AttributeType } from '../../values/attribute-value.ts';
import { attributeTypeOf, parseAttributeName, parseAttributeValue } from '../../values/attribute-value.ts';
import { attributeValueSizeBytes } from '../../values/size.ts';
import type { PathOperand, Update, UpdateAction } from '../ast.ts';
import { UPDATE } from '../messages.ts';
import { LEGACY } from './messages.ts';
import type { ByName, RawAttributeUpdate } from './parameters.ts';

const SETS: ReadonlySet<AttributeType> = new Set(['SS', 'NS', 'BS']);
/** That lists are among them is in no reference, but true: https://github.com/architect/dynalite/issues/57. */
const ADDABLE: ReadonlySet<AttributeType> = new Set(['N', 'SS', 'NS', 'BS', 'L']);

/**
 * The update, undefined where nothing is to be done to any attribute; throws ValidationException, also for names and
 * values that take more together than an item can. What is written of them could not be stored, and no item has all
 * that is taken away; but to find that out item by item would hold up the writer for seconds.
 */
export function readAttributeUpdates(updates: ByName<RawAttributeUpdate>): Update | undefined {
  const actions = new Map<string, UpdateAction>();
  let remainingBytes: number = LIMITS.itemSizeBytes;
  for (const [rawName, raw] of Object.entries(updates)) {
    if (rawName === '') throw validationError(LEGACY.emptyName);
    const name = parseAttributeName(rawName);
    const action = readAction({ kind: 'path', path: [name] }, raw);
    remainingBytes -= sizeBytes(name, action);
    if (remainingBytes < 0) throw validationError(UPDATE.tooLarge);
    actions.set(name, action);
  }
  return actions.size === 0 ? undefined : { kind: 'update', form: 'legacy', actions: [...actions.values()] };
}

function sizeBytes(name: string, action: UpdateAction): number {
  const value = 'value' in action && action.value.kind === 'value' ? attributeValueSizeBytes(action.value.value) : 0;
  return Buffer.byteLength(name) + value;
}

function readAction(path: PathOperand, { Action = 'PUT', Value }: RawAttributeUpdate): UpdateAction {
  if (Value === undefined) {
    if (Action !== 'DELETE') throw validationError(LEGACY.updateWithoutValue);
    return { kind: 'remove', path };
  }
  const value = parseAttributeValue(Value);
  const type = attributeTypeOf(value);
  switch (Action) {
    case 'PUT':
      return { kind: 'set', path, value: { kind: 'value', value } };
    case 'DELETE':
      if (!SETS.has(type)) throw validationError(LEGACY.deleteType(type));
      return { kind: 'delete', path, value: { kind: 'value', value } };
    case 'ADD':
      if (!ADDABLE.has(type)) throw validationError(LEGACY.addType(type));
      return { kind: 'add', path, value: { kind: 'value', value } };
    default:
      return unreachable(Action);
  }
}
