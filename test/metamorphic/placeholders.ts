/** The names and values that a request's expressions stand in for. */
import type { Draw } from './draw.ts';
import { type Path, isPlainName } from './paths.ts';
import type { Value } from './values.ts';

export interface Placeholders {
  /** The text of `path` in an expression. */
  path(path: Path): string;
  /** The text of `value` in an expression. */
  value(value: Value): string;
  /** That there is something, or nothing, at the path with this text. */
  exists(path: string): string;
  missing(path: string): string;
  /** The members of the request for what has been named so far; they must not be there when they are empty. */
  members(): object;
}

export function createPlaceholders(draw: Draw): Placeholders {
  const names = new Map<string, string>();
  const values: Record<string, Value> = {};
  function nameText(name: string): string {
    if (isPlainName(name) && !draw.once(4)) return name;
    const placeholder = names.get(name) ?? `#n${names.size}`;
    names.set(name, placeholder);
    return placeholder;
  }
  return {
    path: ([name, ...rest]) =>
      rest.reduce<string>(
        (text, element) => text + (typeof element === 'number' ? `[${element}]` : `.${nameText(element)}`),
        nameText(name),
      ),
    value(value) {
      const placeholder = `:v${Object.keys(values).length}`;
      values[placeholder] = value;
      return placeholder;
    },
    exists: (path) => `attribute_exists(${path})`,
    missing: (path) => `attribute_not_exists(${path})`,
    members: () => ({
      ...(names.size > 0 && {
        ExpressionAttributeNames: Object.fromEntries([...names].map(([name, placeholder]) => [placeholder, name])),
      }),
      ...(Object.keys(values).length > 0 && { ExpressionAttributeValues: { ...values } }),
    }),
  };
}
