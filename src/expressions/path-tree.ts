/**
 * Document paths that share their beginnings, as a tree: how projections and updates walk an item once for all paths.
 */
import type { DocumentPath, PathElement } from './ast.ts';

/** What is below one place in an item; a place that a path ends at has a leaf. */
export interface PathTree<Leaf> {
  leaf?: Leaf;
  readonly children: Map<PathElement, PathTree<Leaf>>;
}

/** The tree of `entries`. A later entry of the same path takes the place of an earlier one. */
export function buildPathTree<Leaf>(entries: Iterable<readonly [DocumentPath, Leaf]>): PathTree<Leaf> {
  const root: PathTree<Leaf> = { children: new Map() };
  for (const [path, leaf] of entries) {
    let node = root;
    for (const element of path) {
      let child = node.children.get(element);
      if (child === undefined) {
        child = { children: new Map() };
        node.children.set(element, child);
      }
      node = child;
    }
    node.leaf = leaf;
  }
  return root;
}

/** The children of a place in a list, by ascending index. A name among them, which fits no list, may stand anywhere. */
export function childrenByIndex<Leaf>(node: PathTree<Leaf>): readonly (readonly [PathElement, PathTree<Leaf>])[] {
  return [...node.children].toSorted(([left], [right]) => Number(left) - Number(right));
}
