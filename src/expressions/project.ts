/** Takes from an item what a projection names. */
import type { AttributeValue, Item } from '../values/attribute-value.ts';
import { emptyItem } from '../values/attribute-value.ts';
import type { Projection } from './ast.ts';
import { childAt } from './document-path.ts';
import type { PathTree } from './path-tree.ts';
import { buildPathTree, childrenByIndex } from './path-tree.ts';

/** The trees of projections in use: a page of items is projected with one. */
const TREES = new WeakMap<Projection, PathTree<true>>();

/**
 * What `projection` names of `item`, nested as it is there: maps hold only the attributes named, lists only the
 * elements named, moved together in their order. What the item lacks is left out. Values are shared with `item`, not
 * copied.
 */
export function projectItem(projection: Projection, item: Item): Item {
  const projected = emptyItem();
  const { children } = treeOf(projection);
  const attributeNames = Object.keys(item);
  // AttributesToGet may have any number of names, and a page any number of items.
  const names = attributeNames.length < children.size ? attributeNames : (children.keys() as Iterable<string>);
  for (const name of names) {
    const value = item[name];
    const node = children.get(name);
    const part = value === undefined || node === undefined ? undefined : projectValue(node, value);
    if (part !== undefined) projected[name] = part;
  }
  return projected;
}

/** The names of the attributes at the top of an item that `projection` names, each once. */
export function projectedAttributeNames(projection: Projection): readonly string[] {
  return [...treeOf(projection).children.keys()] as string[];
}

function treeOf(projection: Projection): PathTree<true> {
  let tree = TREES.get(projection);
  if (tree === undefined) {
    tree = buildPathTree(projection.paths.map((path) => [path, true] as const));
    TREES.set(projection, tree);
  }
  return tree;
}

function projectValue(node: PathTree<true>, value: AttributeValue): AttributeValue | undefined {
  if (node.leaf) return value;
  if ('L' in value) return projectList(node, value);
  if (!('M' in value)) return undefined;
  const attributes = emptyItem();
  let isEmpty = true;
  for (const [name, child] of node.children) {
    const part = childAt(value, name);
    const projected = part === undefined ? undefined : projectValue(child, part);
    if (projected === undefined) continue;
    attributes[name] = projected;
    isEmpty = false;
  }
  return isEmpty ? undefined : { M: attributes };
}

function projectList(node: PathTree<true>, list: AttributeValue): AttributeValue | undefined {
  const elements: AttributeValue[] = [];
  for (const [index, child] of childrenByIndex(node)) {
    const element = childAt(list, index);
    const projected = element === undefined ? undefined : projectValue(child, element);
    if (projected !== undefined) elements.push(projected);
  }
  return elements.length === 0 ? undefined : { L: elements };
}
