/** What document paths do to values, and how two of them lie to each other. */
import type { AttributeValue, Item } from '../values/attribute-value.ts';
import type { DocumentPath, PathElement } from './ast.ts';
import type { PathTree } from './path-tree.ts';
import { buildPathTree } from './path-tree.ts';

/** The value at `path`, or undefined where the item has none. */
export function valueAt(item: Item, path: DocumentPath): AttributeValue | undefined {
  let value = item[path[0] as string];
  for (let i = 1; i < path.length && value !== undefined; i++) value = childAt(value, path[i] as PathElement);
  return value;
}

/** The value one step below `value`: a map's attribute by name, a list's element by index. */
export function childAt(value: AttributeValue, element: PathElement): AttributeValue | undefined {
  if (typeof element === 'number') return 'L' in value ? value.L[element] : undefined;
  return 'M' in value ? value.M[element] : undefined;
}

/**
 * Whether one path is the other or lies above it (`overlap`), or they need a list and a map in the same place
 * (`conflict`), or neither.
 */
export function comparePaths(first: DocumentPath, second: DocumentPath): 'overlap' | 'conflict' | 'apart' {
  const length = Math.min(first.length, second.length);
  for (let i = 0; i < length; i++) {
    if (first[i] === second[i]) continue;
    return typeof first[i] === typeof second[i] ? 'apart' : 'conflict';
  }
  return 'overlap';
}

/** Whether the paths are the same. */
export function equalPaths(first: DocumentPath, second: DocumentPath): boolean {
  return first.length === second.length && first.every((element, i) => element === second[i]);
}

/** Whether every two of the paths are apart. */
export function arePathsApart(paths: readonly DocumentPath[]): boolean {
  const tree = buildPathTree(paths.map((path) => [path, true] as const));
  return countPathsApart(tree) === paths.length;
}

/** How many paths end below `node` if all that do are apart, fewer than there are if not. */
function countPathsApart(node: PathTree<true>): number {
  if (node.leaf) return 1;
  const elementTypes = new Set<string>();
  let count = 0;
  for (const [element, child] of node.children) {
    elementTypes.add(typeof element);
    count += countPathsApart(child);
  }
  return elementTypes.size > 1 ? 0 : count;
}
