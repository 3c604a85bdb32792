/** What a SELECT list takes of an item. */
import type { DocumentPath, Projection } from '../expressions/ast.ts';
import { valueAt } from '../expressions/document-path.ts';
import { type Item, emptyItem } from '../values/attribute-value.ts';

/** The attributes at the top of an item that the list needs; undefined for `*`. */
export function neededAttributes(paths: readonly DocumentPath[] | undefined): Projection | undefined {
  if (paths === undefined) return undefined;
  const names = new Set(paths.map(([name]) => name as string));
  return { kind: 'projection', paths: [...names].map((name) => [name]) };
}

/**
 * What the list takes of `item`: each value at the top, called as its path ends, from the last name on; `a.b[0]` is
 * `b[0]`. What the item lacks is left out. Source: tried on the service,
 * https://github.com/floci-io/floci/pull/3798.
 */
export function projectSelect(paths: readonly DocumentPath[], item: Item): Item {
  const projected = emptyItem();
  for (const path of paths) {
    const value = valueAt(item, path);
    if (value !== undefined) projected[columnName(path)] = value;
  }
  return projected;
}

function columnName(path: DocumentPath): string {
  const last = path.findLastIndex((element) => typeof element === 'string');
  const [name, ...indexes] = path.slice(last);
  return `${name}${indexes.map((index) => `[${index}]`).join('')}`;
}
