/** What a SELECT list takes of an item. */
import type { DocumentPath, PathElement, Projection } from '../expressions/ast.ts';
import { childAt } from '../expressions/document-path.ts';
import { type PathTree, buildPathTree } from '../expressions/path-tree.ts';
import { type AttributeValue, type Item, emptyItem } from '../values/attribute-value.ts';

/** The attributes at the top of an item that the list needs; undefined for `*`. */
export function neededAttributes(paths: readonly DocumentPath[] | undefined): Projection | undefined {
  if (paths === undefined) return undefined;
  const names = new Set(paths.map(([name]) => name as string));
  return { kind: 'projection', paths: [...names].map((name) => [name]) };
}

/** What a path of the list gives: a column of the answer. */
interface Column {
  readonly name: string;
  /** Of the path in the list, the last one where it stands there more than once. */
  readonly position: number;
}

/** The lists in use as trees: a page of items is projected with one. */
const TREES = new WeakMap<readonly DocumentPath[], PathTree<Column>>();

/**
 * What the list takes of `item`: each value at the top, called as its path ends, from the last name on; `a.b[0]` is
 * `b[0]`. Of several values of one name the last in the list counts. What the item lacks is left out. Source: tried on
 * the service, https://github.com/floci-io/floci/pull/3798.
 *
 * It takes no more steps than the item has values, however long the list is, nor than the list has paths.
 */
export function projectSelect(paths: readonly DocumentPath[], item: Item): Item {
  const taken: Taken[] = [];
  takeColumns(treeOf(paths), { M: item }, taken);
  taken.sort(([left], [right]) => left.position - right.position);
  const projected = emptyItem();
  for (const [{ name }, value] of taken) projected[name] = value;
  return projected;
}

function treeOf(paths: readonly DocumentPath[]): PathTree<Column> {
  let tree = TREES.get(paths);
  if (tree === undefined) {
    tree = buildPathTree(paths.map((path, position) => [path, { name: columnName(path), position }] as const));
    TREES.set(paths, tree);
  }
  return tree;
}

type Taken = readonly [column: Column, value: AttributeValue];

function takeColumns({ leaf, children }: PathTree<Column>, value: AttributeValue, taken: Taken[]): void {
  if (leaf !== undefined) taken.push([leaf, value]);
  if (children.size === 0) return;
  for (const element of sharedElements(children, value)) {
    const child = children.get(element);
    const part = child && childAt(value, element);
    if (part !== undefined) takeColumns(child as PathTree<Column>, part, taken);
  }
}

/** All elements that lie both in `children` and in `value`, and maybe others: those of the smaller one. */
function sharedElements(children: PathTree<Column>['children'], value: AttributeValue): Iterable<PathElement> {
  if ('L' in value) return value.L.length < children.size ? value.L.keys() : children.keys();
  if (!('M' in value)) return [];
  const names = Object.keys(value.M);
  return names.length < children.size ? names : children.keys();
}

function columnName(path: DocumentPath): string {
  const last = path.findLastIndex((element) => typeof element === 'string');
  const [name, ...indexes] = path.slice(last);
  return `${name}${indexes.map((index) => `[${index}]`).join('')}`;
}
