/** Updates drawn by chance, each as text for a server and as what it means. */
import type { Draw } from './draw.ts';
import { validationError } from './errors.ts';
import { addNumbers } from './numbers.ts';
import { type Change, type Path, changeItem, drawPath, drawPathsApart, valueAt } from './paths.ts';
import type { Placeholders } from './placeholders.ts';
import { drawKeyValue, drawPadding, drawTyped, drawValue, indexKeyAttributes } from './random-values.ts';
import type { Schema } from './schemas.ts';
import { type Item, type Value, canonicalValue, membersOf, setOf, typeOf } from './values.ts';

/** What an update means. */
export interface UpdateMeaning {
  /** Whether it is AttributeUpdates, which have texts of their own for some errors. */
  readonly legacy?: true;
  /** What it writes, in the order of the text. */
  readonly paths: readonly Path[];
  /** Whether it can only take away. */
  readonly onlyRemoves: boolean;
  /** The item after it. Throws the ValidationException where it does not fit the item. */
  apply(item: Item): Item;
}

export interface Update extends UpdateMeaning {
  readonly text: string;
}

/** One action, whose `change` gives what is to stand at its path, undefined for nothing. */
interface Action {
  readonly section: 'SET' | 'REMOVE' | 'ADD' | 'DELETE';
  readonly text: string;
  readonly path: Path;
  change(item: Item): Value | undefined;
}

/** An update of one to five paths of an item of a table like `schema`. */
export function drawUpdate(draw: Draw, placeholders: Placeholders, schema: Schema): Update {
  const paths = drawPathsApart(draw, 1 + draw.below(5));
  const drawn = paths.map((path) => drawAction(draw, placeholders, path));
  if (draw.once(8)) drawn.push(drawPaddingAction(draw, placeholders, schema));
  for (const key of indexKeyAttributes(schema)) {
    if (!draw.once(4) || paths.some(([name]) => name === key.name)) continue;
    const value = drawKeyValue(draw, schema, key);
    drawn.push(draw.once(3) ? removeAction(placeholders, [key.name]) : setAction(placeholders, [key.name], value));
  }
  const actions = [...Map.groupBy(drawn, ({ section }) => section)];
  const inOrder = actions.flatMap(([, each]) => each);
  return {
    text: actions.map(([section, each]) => `${section} ${each.map(({ text }) => text).join(', ')}`).join(' '),
    paths: inOrder.map(({ path }) => path),
    onlyRemoves: inOrder.every(({ section }) => section === 'REMOVE' || section === 'DELETE'),
    apply: (item) =>
      changeItem(
        item,
        inOrder.map(({ path, change }): Change => [path, change(item)]),
      ),
  };
}

function drawAction(draw: Draw, placeholders: Placeholders, path: Path): Action {
  const drawIt = draw.oneOf([drawSet, drawSet, drawSet, drawRemove, drawAdd, drawAdd, drawDelete]);
  return drawIt(draw, placeholders, path);
}

function drawPaddingAction(draw: Draw, placeholders: Placeholders, schema: Schema): Action {
  const path: Path = ['padding'];
  if (draw.once(3)) return removeAction(placeholders, path);
  return setAction(placeholders, path, drawPadding(draw, schema));
}

function drawRemove(_draw: Draw, placeholders: Placeholders, path: Path): Action {
  return removeAction(placeholders, path);
}

function removeAction(placeholders: Placeholders, path: Path): Action {
  return { section: 'REMOVE', text: placeholders.path(path), path, change: () => undefined };
}

function setAction(placeholders: Placeholders, path: Path, value: Value): Action {
  const canonical = canonicalValue(value);
  const text = `${placeholders.path(path)} = ${placeholders.value(value)}`;
  return { section: 'SET', text, path, change: () => canonical };
}

function drawSet(draw: Draw, placeholders: Placeholders, path: Path): Action {
  const target = placeholders.path(path);
  const term = draw.oneOf([drawValueTerm, drawTerm, drawArithmetic, drawArithmetic, drawListAppend])(
    draw,
    placeholders,
    path,
  );
  return { section: 'SET', text: `${target} = ${term.text}`, path, change: (item) => term.compute(item) };
}

/** What SET computes. */
interface Term {
  readonly text: string;
  compute(item: Item): Value;
}

function drawValueTerm(draw: Draw, placeholders: Placeholders): Term {
  const value = drawValue(draw);
  return { text: placeholders.value(value), compute: () => canonicalValue(value) };
}

function drawPathTerm(draw: Draw, placeholders: Placeholders, path: Path): Term {
  const source = draw.once(2) ? path : drawPath(draw);
  return {
    text: placeholders.path(source),
    compute(item) {
      const value = valueAt(item, source);
      if (value !== undefined) return value;
      throw validationError('The provided expression refers to an attribute that does not exist in the item');
    },
  };
}

/** A path, or the path with something in its place where there is nothing. */
function drawTerm(draw: Draw, placeholders: Placeholders, path: Path, fallback: Value = drawValue(draw)): Term {
  if (draw.once(4)) return drawPathTerm(draw, placeholders, path);
  const source = draw.once(4) ? drawPath(draw) : path;
  const text = `if_not_exists(${placeholders.path(source)}, ${placeholders.value(fallback)})`;
  return { text, compute: (item) => valueAt(item, source) ?? canonicalValue(fallback) };
}

function misfit(): Error {
  return validationError('An operand in the update expression has an incorrect data type');
}

function drawArithmetic(draw: Draw, placeholders: Placeholders, path: Path): Term {
  const left = drawTerm(draw, placeholders, path, drawTyped(draw, 'N'));
  const by = drawValue(draw, 'N') as { readonly N: string };
  const operator = draw.oneOf(['+', '-'] as const);
  return {
    text: `${left.text} ${operator} ${placeholders.value(by)}`,
    compute(item) {
      const value = left.compute(item);
      if (!('N' in value)) throw misfit();
      return { N: addNumbers(value.N, by.N, operator === '+' ? 1 : -1) };
    },
  };
}

function drawListAppend(draw: Draw, placeholders: Placeholders, path: Path): Term {
  const list = drawTerm(draw, placeholders, path, draw.once(3) ? drawTyped(draw, 'L') : { L: [] });
  const more = drawValue(draw, 'L');
  const added: Term = { text: placeholders.value(more), compute: () => canonicalValue(more) };
  const [first, second] = draw.once(2) ? [list, added] : [added, list];
  return {
    text: `list_append(${first.text}, ${second.text})`,
    compute(item) {
      const [head, tail] = [first.compute(item), second.compute(item)];
      if (!('L' in head && 'L' in tail)) throw misfit();
      return { L: [...head.L, ...tail.L] };
    },
  };
}

function drawAdd(draw: Draw, placeholders: Placeholders, path: Path): Action {
  const value = drawValue(draw, draw.oneOf(['N', 'N', 'SS', 'NS', 'BS'] as const));
  const added = canonicalValue(value);
  return {
    section: 'ADD',
    text: `${placeholders.path(path)} ${placeholders.value(value)}`,
    path,
    change(item) {
      const current = valueAt(item, path);
      if (current === undefined) return added;
      if (typeOf(current) !== typeOf(added)) throw misfit();
      if ('N' in current && 'N' in added) return { N: addNumbers(current.N, added.N, 1) };
      return setOf(added, [...new Set([...(membersOf(current) ?? []), ...(membersOf(added) ?? [])])]);
    },
  };
}

function drawDelete(draw: Draw, placeholders: Placeholders, path: Path): Action {
  const value = drawValue(draw, draw.oneOf(['SS', 'NS', 'BS'] as const));
  const removed = canonicalValue(value);
  return {
    section: 'DELETE',
    text: `${placeholders.path(path)} ${placeholders.value(value)}`,
    path,
    change(item) {
      const current = valueAt(item, path);
      if (current === undefined) return undefined;
      if (typeOf(current) !== typeOf(removed)) throw misfit();
      const rest = (membersOf(current) ?? []).filter((member) => !membersOf(removed)?.includes(member));
      return rest.length === 0 ? undefined : setOf(removed, rest);
    },
  };
}
