/** Document paths: what they find in an item, and what they write to it. */
import type { Draw } from './draw.ts';
import { validationError } from './errors.ts';
import { type Item, type Value, attributeOf } from './values.ts';

/** The name of an attribute at the top, then names and indexes below. */
export type Path = readonly [string, ...(string | number)[]];

const PATHS: readonly Path[] = [
  ['remark'],
  ['amt'],
  ['visits'],
  ['tags'],
  ['marks'],
  ['blobs'],
  ['name'],
  ['odd.é-name'],
  ['grade'],
  ['label'],
  ['code'],
  ['tier'],
  ['stage'],
  ['steps'],
  ['steps', 0],
  ['steps', 1],
  ['steps', 1, 'city'],
  ['steps', 7],
  ['steps', 9],
  ['info'],
  ['info', 'city'],
  ['info', 'total'],
  ['info', '__proto__'],
  ['info', 'stops'],
  ['info', 'stops', 0],
  ['info', 'stops', 'city'],
  ['__proto__'],
  ['__proto__', 'total'],
  ['__proto__', 'toString'],
];

const KEY_PATHS: readonly Path[] = [['pk'], ['sk']];

/** A path to anything, now and then to a key. */
export function drawPath(draw: Draw): Path {
  return draw.oneOf(draw.once(40) ? KEY_PATHS : PATHS);
}

/** The name of an attribute at the top of items. */
export function drawTopName(draw: Draw): string {
  const [name] = drawPath(draw);
  return name;
}

/** Paths none of which is another, lies above it, or needs a list where another needs a map. */
export function drawPathsApart(draw: Draw, count: number): Path[] {
  const paths: Path[] = [];
  for (let i = 0; i < count; i++) {
    const path = drawPath(draw);
    if (paths.every((other) => areApart(path, other))) paths.push(path);
  }
  return paths;
}

function areApart(left: Path, right: Path): boolean {
  const fork = left.findIndex((element, i) => element !== right[i]);
  if (fork === -1 || fork >= right.length) return false;
  return typeof left[fork] === typeof right[fork];
}

/** Whether expressions can have `name` as it is. */
export function isPlainName(name: string): boolean {
  return /^[a-z]+$/.test(name) && name !== 'name' && name !== 'total';
}

/** The value at `path`, undefined for none. */
export function valueAt(item: Item | undefined, path: Path): Value | undefined {
  let value: Value | undefined = item && { M: item };
  for (const element of path) value = value && childAt(value, element);
  return value;
}

function childAt(value: Value, element: string | number): Value | undefined {
  if (typeof element === 'number') return 'L' in value ? value.L[element] : undefined;
  return 'M' in value ? attributeOf(value.M, element) : undefined;
}

/** What `paths` name of `item`, nested as it is there; lists close up. */
export function projectItem(item: Item, paths: readonly Path[]): Item {
  const projected = projectValue({ M: item }, paths);
  return projected !== undefined && 'M' in projected ? projected.M : {};
}

function projectValue(value: Value, paths: readonly (readonly (string | number)[])[]): Value | undefined {
  if (paths.some((path) => path.length === 0)) return value;
  const parts = new Map<string | number, Value>();
  for (const element of new Set(paths.map(([first]) => first as string | number))) {
    const child = childAt(value, element);
    const below = paths.filter(([first]) => first === element).map(([, ...rest]) => rest);
    const part = child && projectValue(child, below);
    if (part !== undefined) parts.set(element, part);
  }
  if (parts.size === 0) return undefined;
  if ('M' in value) return { M: Object.fromEntries(parts) as Item };
  return { L: [...parts].toSorted(([a], [b]) => Number(a) - Number(b)).map(([, part]) => part) };
}

/** What is to stand at a path, undefined for nothing. */
export type Change = readonly [path: Path, value: Value | undefined];

/**
 * A copy of `item` with `changes`, whose paths are apart and count the elements of lists as they were before. Throws the
 * ValidationException for a path whose last step has no map or list to be taken in.
 */
export function changeItem(item: Item, changes: readonly Change[]): Item {
  const copy: Value = structuredClone({ M: item });
  const places = changes.map(([path, value]) => ({ ...placeAt(copy, path), value }));
  // What is behind the end of a list is appended in the order of its indexes.
  places.sort((a, b) => Number(a.element) - Number(b.element) || 0);
  const lists = new Set<(Value | undefined)[]>();
  for (const { container, element, value } of places) {
    if (Array.isArray(container)) {
      lists.add(container);
      const index = element as number;
      if (index < container.length) container[index] = value;
      else if (value !== undefined) container.push(value);
    } else if (value === undefined) {
      delete container[element];
    } else {
      Object.defineProperty(container, element, { value, configurable: true, enumerable: true, writable: true });
    }
  }
  for (const list of lists) list.splice(0, list.length, ...list.filter((element) => element !== undefined));
  return copy.M;
}

type Container = (Value | undefined)[] | Record<string, Value>;

function placeAt(root: Value, path: Path): { readonly container: Container; readonly element: string | number } {
  const element = path.at(-1) as string | number;
  let value: Value | undefined = root;
  for (const step of path.slice(0, -1)) value = value && childAt(value, step);
  if (typeof element === 'number' && value !== undefined && 'L' in value) {
    return { container: value.L as Value[], element };
  }
  if (typeof element === 'string' && value !== undefined && 'M' in value) return { container: value.M, element };
  throw validationError('The document path provided in the update expression is invalid for update');
}
