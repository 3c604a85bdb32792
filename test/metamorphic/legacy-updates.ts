/** AttributeUpdates drawn by chance, as a member of a request and as what it means. */
import type { Draw } from './draw.ts';
import { validationError } from './errors.ts';
import { addNumbers } from './numbers.ts';
import { type Change, changeItem, drawTopName } from './paths.ts';
import { drawKeyValue, drawValue, indexKeyAttributes } from './random-values.ts';
import type { Schema } from './schemas.ts';
import type { UpdateMeaning } from './updates.ts';
import { type Value, attributeOf, canonicalValue, membersOf, setOf, typeOf } from './values.ts';

export interface LegacyUpdate extends UpdateMeaning {
  readonly members: object;
}

/** What is done to one attribute; `change` gives what it then is, undefined for nothing. */
interface Action {
  readonly raw: object;
  readonly onlyRemoves: boolean;
  change(current: Value | undefined): Value | undefined;
}

/** Updates of one to three attributes of an item of a table like `schema`, and of index keys. */
export function drawLegacyUpdate(draw: Draw, schema: Schema): LegacyUpdate {
  const actions = new Map<string, Action>();
  for (let i = draw.below(3); i >= 0; i--) actions.set(drawTopName(draw), drawAction(draw));
  for (const key of indexKeyAttributes(schema)) {
    if (draw.once(4)) actions.set(key.name, putAction(draw, drawKeyValue(draw, schema, key)));
  }
  return {
    members: { AttributeUpdates: Object.fromEntries([...actions].map(([name, { raw }]) => [name, raw])) },
    legacy: true,
    paths: [...actions.keys()].map((name) => [name] as const),
    onlyRemoves: [...actions.values()].every(({ onlyRemoves }) => onlyRemoves),
    apply: (item) =>
      changeItem(
        item,
        [...actions].map(([name, { change }]): Change => [[name], change(attributeOf(item, name))]),
      ),
  };
}

function drawAction(draw: Draw): Action {
  return draw.oneOf([
    () => putAction(draw, drawValue(draw)),
    () => removeAction(),
    () => deleteAction(drawValue(draw, draw.oneOf(['SS', 'NS', 'BS'] as const))),
    () => addAction(drawValue(draw, draw.oneOf(['N', 'N', 'SS', 'NS', 'BS', 'L'] as const))),
  ])();
}

/** PUT, which is also what is done where no action is named. */
function putAction(draw: Draw, value: Value): Action {
  const raw = { Value: value, ...(draw.once(2) && { Action: 'PUT' }) };
  return { raw, onlyRemoves: false, change: () => canonicalValue(value) };
}

function removeAction(): Action {
  return { raw: { Action: 'DELETE' }, onlyRemoves: true, change: () => undefined };
}

function deleteAction(value: Value): Action {
  const removed = canonicalValue(value);
  return {
    raw: { Action: 'DELETE', Value: value },
    onlyRemoves: true,
    change(current) {
      if (current === undefined) return undefined;
      if (typeOf(current) !== typeOf(removed)) throw mismatch();
      const rest = (membersOf(current) ?? []).filter((member) => !membersOf(removed)?.includes(member));
      return rest.length === 0 ? undefined : setOf(removed, rest);
    },
  };
}

function addAction(value: Value): Action {
  const added = canonicalValue(value);
  return {
    raw: { Action: 'ADD', Value: value },
    onlyRemoves: false,
    change(current) {
      if (current === undefined) return added;
      if (typeOf(current) !== typeOf(added)) throw mismatch();
      if ('N' in current && 'N' in added) return { N: addNumbers(current.N, added.N, 1) };
      if ('L' in current && 'L' in added) return { L: [...current.L, ...added.L] };
      return setOf(added, [...new Set([...(membersOf(current) ?? []), ...(membersOf(added) ?? [])])]);
    },
  };
}

function mismatch(): Error {
  return validationError('Type mismatch for attribute to update');
}
