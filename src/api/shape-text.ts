/** How DynamoDB's error texts print a value: the way Java does. */
import { formatLong } from '../foundation/long.ts';
import { isJsonObject } from './shape-attribute-value.ts';
import { findShape } from './shape-model.ts';

/**
 * The longest text of one value. Longer ones end in an ellipsis, so that a request of 16 MB can't draw an answer of a
 * multiple of it.
 */
const MAX_VALUE_TEXT_LENGTH = 100_000;

const PACKAGE = 'com.amazonaws.dynamodb.v20120810.';

/** `value`, which is of the shape called `shapeName`, as `Value '...' at` prints it between the quotes. */
export function formatValue(shapeName: string, value: unknown): string {
  const text = print(shapeName, value);
  return text.length <= MAX_VALUE_TEXT_LENGTH ? text : `${text.slice(0, MAX_VALUE_TEXT_LENGTH)}...`;
}

/** `name` as paths and structures print it: the first letter in lower case. */
export function formatMemberName(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}

function print(shapeName: string, value: unknown): string {
  // An attribute value is opaque to the service's own printer, which shows its class and an arbitrary hash.
  if (shapeName === 'AttributeValue') return `${PACKAGE}AttributeValue@${hashText(JSON.stringify(value))}`;
  const shape = findShape(shapeName);
  if (shape.type === 'list' && Array.isArray(value)) {
    return `[${value.map((element) => print(shape.member, element)).join(', ')}]`;
  }
  if (shape.type === 'long' && typeof value === 'number') return formatLong(value);
  if (!isJsonObject(value)) return String(value);
  if (shape.type === 'map') {
    const entries = Object.keys(value).map((key) => `${key}=${print(shape.value, value[key])}`);
    return `{${entries.join(', ')}}`;
  }
  if (shape.type !== 'structure') return String(value);
  const members = Object.entries(shape.members).map(([name, member]) => {
    return `${formatMemberName(name)}=${value[name] === undefined ? 'null' : print(member, value[name])}`;
  });
  return `${shapeName}(${members.join(', ')})`;
}

/** The hash of Java's `String.hashCode`, in hexadecimal. */
function hashText(text: string): string {
  let hash = 0;
  for (let index = 0; index < text.length; index++) hash = (Math.imul(hash, 31) + text.charCodeAt(index)) | 0;
  return (hash >>> 0).toString(16);
}
