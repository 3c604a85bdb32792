/**
 * Applies a bound update to an item.
 *
 * First every action computes what it writes, from the item as it was; then all of it is written in one walk over the
 * paths. The item itself is never changed: maps and lists on the way to a change are copied, all else is shared with
 * the result.
 *
 * An item may be written to every part of a result, and appended to itself, hundreds of times. So that no request takes
 * work beyond what a legal item can hold, what the actions write is counted as it is computed, and the first byte too
 * many ends the update.
 */
import { unreachable } from '../foundation/assert.ts';
import { validationError } from '../foundation/errors.ts';
import { LIMITS } from '../foundation/limits.ts';
import type { AttributeValue, Item } from '../values/attribute-value.ts';
import { emptyItem } from '../values/attribute-value.ts';
import { addNumbers, subtractNumbers } from '../values/number.ts';
import { includesMember } from '../values/remembered.ts';
import { attributeValueSizeBytes, joinedListsSizeBytes } from '../values/size.ts';
import type { DocumentPath, Projection, Update, UpdateAction, UpdateValue } from './ast.ts';
import { childAt, valueAt } from './document-path.ts';
import { UPDATE } from './messages.ts';
import type { PathTree } from './path-tree.ts';
import { buildPathTree, childrenByIndex } from './path-tree.ts';

/** An item after an update. */
export interface UpdatedItem {
  readonly item: Item;
  /**
   * The paths that the update wrote: what ReturnValues UPDATED_OLD shows of the old item and UPDATED_NEW of the new
   * one, by `projectItem`.
   */
  readonly touched: Projection;
}

/** What one action leaves at its path. */
type Effect = { readonly kind: 'write'; readonly value: AttributeValue } | { readonly kind: 'remove' };

const REMOVE: Effect = { kind: 'remove' };

/**
 * The item that `update` makes of `item`, which is the item as it was, or just its key attributes where there was none.
 * Throws ValidationException where the update does not fit the item, and where what it writes is by itself larger
 * than an item may be. The size and nesting of the whole result are the caller's to check.
 */
export function applyUpdate(update: Update, item: Item): UpdatedItem {
  const effects: [DocumentPath, Effect][] = [];
  const touched: DocumentPath[] = [];
  // No two paths overlap, so all that is written stands side by side in the result.
  let remainingBytes: number = LIMITS.itemSizeBytes;
  const mismatchText = update.form === 'legacy' ? UPDATE.typeMismatch : UPDATE.operandType;
  for (const action of update.actions) {
    const { path } = action.path;
    const effect = computeEffect(action, item, remainingBytes, mismatchText);
    if (effect.kind === 'write') {
      remainingBytes -= attributeValueSizeBytes(effect.value);
      if (remainingBytes < 0) throw validationError(UPDATE.tooLarge);
    }
    effects.push([path, effect]);
    touched.push(path);
  }
  return { item: writeAttributes(item, buildPathTree(effects)), touched: { kind: 'projection', paths: touched } };
}

/** The names of the attributes at the top of an item that `update` writes to or into, each once. */
export function touchedAttributeNames(update: Update): readonly string[] {
  return [...new Set(update.actions.map((action) => action.path.path[0] as string))];
}

/** What `action` does; throws rather than to do the work for a value that would be larger than `remainingBytes`. */
function computeEffect(action: UpdateAction, item: Item, remainingBytes: number, mismatchText: string): Effect {
  const { path } = action.path;
  switch (action.kind) {
    case 'set':
      return { kind: 'write', value: computeValue(action.value, item, remainingBytes) };
    case 'remove':
      return REMOVE;
    case 'add': {
      const added = action.value.value;
      // A union is at least as large as what is added.
      if (!('N' in added) && attributeValueSizeBytes(added) > remainingBytes) throw validationError(UPDATE.tooLarge);
      const current = valueAt(item, path);
      return { kind: 'write', value: current === undefined ? added : addValues(current, added, mismatchText) };
    }
    case 'delete': {
      const current = valueAt(item, path);
      const rest = current === undefined ? undefined : subtractSets(current, action.value.value, mismatchText);
      return rest === undefined ? REMOVE : { kind: 'write', value: rest };
    }
    default:
      return unreachable(action);
  }
}

function computeValue(value: UpdateValue, item: Item, remainingBytes: number): AttributeValue {
  switch (value.kind) {
    case 'value':
      return value.value;
    case 'path': {
      const found = valueAt(item, value.path);
      if (found === undefined) throw validationError(UPDATE.attributeMissing);
      return found;
    }
    case 'arithmetic': {
      const left = computeValue(value.left, item, remainingBytes);
      const right = computeValue(value.right, item, remainingBytes);
      if (!('N' in left && 'N' in right)) throw validationError(UPDATE.operandType);
      return { N: value.operator === '+' ? addNumbers(left.N, right.N) : subtractNumbers(left.N, right.N) };
    }
    case 'ifNotExists':
      return valueAt(item, value.path.path) ?? computeValue(value.fallback, item, remainingBytes);
    case 'listAppend':
      return joinLists([...listOperands(value, item, remainingBytes)], remainingBytes);
    default:
      return unreachable(value);
  }
}

/**
 * What list_append joins, in order. Calls inside each other, which may be hundreds deep, are joined all at once: each
 * one's own list would be copied again by every call around it.
 */
function* listOperands(value: UpdateValue, item: Item, remainingBytes: number): Iterable<AttributeValue> {
  if (value.kind === 'listAppend') {
    yield* listOperands(value.first, item, remainingBytes);
    yield* listOperands(value.second, item, remainingBytes);
  } else if (value.kind === 'ifNotExists' && valueAt(item, value.path.path) === undefined) {
    yield* listOperands(value.fallback, item, remainingBytes);
  } else {
    yield computeValue(value, item, remainingBytes);
  }
}

function joinLists(values: readonly AttributeValue[], remainingBytes: number): AttributeValue {
  const lists = values.map((value) => {
    if (!('L' in value)) throw validationError(UPDATE.operandType);
    return value.L;
  });
  if (joinedListsSizeBytes(lists, remainingBytes) > remainingBytes) throw validationError(UPDATE.tooLarge);
  return { L: lists.flat() };
}

/**
 * What ADD makes of a value that is there: the sum of two numbers, the union of two sets of one type, or of two lists,
 * which only AttributeUpdates adds, the longer one.
 */
function addValues(current: AttributeValue, added: AttributeValue, mismatchText: string): AttributeValue {
  if ('N' in current && 'N' in added) return { N: addNumbers(current.N, added.N) };
  if ('SS' in current && 'SS' in added) return { SS: uniteSets(current.SS, added.SS) };
  if ('NS' in current && 'NS' in added) return { NS: uniteSets(current.NS, added.NS) };
  if ('BS' in current && 'BS' in added) return { BS: uniteSets(current.BS, added.BS) };
  if ('L' in current && 'L' in added) return { L: [...current.L, ...added.L] };
  throw validationError(mismatchText);
}

function uniteSets(current: readonly string[], added: readonly string[]): readonly string[] {
  return [...new Set([...current, ...added])];
}

/** What DELETE leaves of a set, undefined where nothing is left. */
function subtractSets(
  current: AttributeValue,
  removed: AttributeValue,
  mismatchText: string,
): AttributeValue | undefined {
  if ('SS' in current && 'SS' in removed) {
    const members = withoutMembers(current.SS, removed.SS);
    return members && { SS: members };
  }
  if ('NS' in current && 'NS' in removed) {
    const members = withoutMembers(current.NS, removed.NS);
    return members && { NS: members };
  }
  if ('BS' in current && 'BS' in removed) {
    const members = withoutMembers(current.BS, removed.BS);
    return members && { BS: members };
  }
  throw validationError(mismatchText);
}

function withoutMembers(current: readonly string[], removed: readonly string[]): readonly string[] | undefined {
  const rest = current.filter((member) => !includesMember(removed, member));
  return rest.length === 0 ? undefined : rest;
}

/** A copy of the attributes with the effects below `node` written. */
function writeAttributes(attributes: Item, node: PathTree<Effect>): Item {
  const copy = emptyItem();
  // Several times faster than Object.assign where neither side has a prototype.
  for (const name of Object.keys(attributes)) copy[name] = attributes[name] as AttributeValue;
  for (const [name, child] of node.children) {
    if (typeof name === 'number') throw validationError(UPDATE.invalidPath);
    const value = writeValue(attributes[name], child);
    if (value === undefined) delete copy[name];
    else copy[name] = value;
  }
  return copy;
}

/** The value that stands at a place afterwards, undefined for none. Only what a path ends at may be missing before. */
function writeValue(value: AttributeValue | undefined, node: PathTree<Effect>): AttributeValue | undefined {
  if (node.leaf !== undefined) return node.leaf.kind === 'write' ? node.leaf.value : undefined;
  if (value !== undefined && 'M' in value) return { M: writeAttributes(value.M, node) };
  if (value !== undefined && 'L' in value) return { L: writeElements(value, value.L, node) };
  throw validationError(UPDATE.invalidPath);
}

/**
 * A copy of the elements with the effects below `node` written. All indexes are those of the list before: what is
 * written past its end is appended by ascending index, what is removed there is ignored.
 */
function writeElements(
  list: AttributeValue,
  elements: readonly AttributeValue[],
  node: PathTree<Effect>,
): readonly AttributeValue[] {
  const copy: (AttributeValue | undefined)[] = [...elements];
  for (const [index, child] of childrenByIndex(node)) {
    if (typeof index !== 'number') throw validationError(UPDATE.invalidPath);
    const value = writeValue(childAt(list, index), child);
    if (index < elements.length) copy[index] = value;
    else if (value !== undefined) copy.push(value);
  }
  return copy.filter((element) => element !== undefined);
}
