/** The size of values and items, as limits and capacity count it. Source: "Item sizes and formats" in the developer guide. */
import type { AttributeValue, Item } from './attribute-value.ts';
import { unreachable } from '../foundation/assert.ts';

/** What a list or a map costs besides its contents. */
const COLLECTION_OVERHEAD_BYTES = 3;
/** What each element of a list or a map costs besides itself. */
const ELEMENT_OVERHEAD_BYTES = 1;

/** The sum over an item's attributes of the bytes of the name in UTF-8 and of the value. */
export function itemSizeBytes(item: Item): number {
  let size = 0;
  for (const name in item) size += utf8SizeBytes(name) + attributeValueSizeBytes(item[name] as AttributeValue);
  return size;
}

/** The size of one canonical value, in bytes. */
export function attributeValueSizeBytes(value: AttributeValue): number {
  if ('S' in value) return utf8SizeBytes(value.S);
  if ('N' in value) return numberSizeBytes(value.N);
  if ('B' in value) return Buffer.byteLength(value.B, 'base64');
  if ('BOOL' in value || 'NULL' in value) return 1;
  if ('SS' in value) return value.SS.reduce((size, member) => size + utf8SizeBytes(member), 0);
  if ('NS' in value) return value.NS.reduce((size, member) => size + numberSizeBytes(member), 0);
  if ('BS' in value) return value.BS.reduce((size, member) => size + Buffer.byteLength(member, 'base64'), 0);
  if ('L' in value) return COLLECTION_OVERHEAD_BYTES + elementsSizeBytes(value.L);
  if ('M' in value) {
    const elements = Object.keys(value.M).length;
    return COLLECTION_OVERHEAD_BYTES + elements * ELEMENT_OVERHEAD_BYTES + itemSizeBytes(value.M);
  }
  return unreachable(value);
}

/**
 * The size of the list that `lists` make when joined, in bytes. Counting ends with the list that takes it above
 * `limitBytes`: the answer is then above the limit, but less than the whole.
 */
export function joinedListsSizeBytes(lists: readonly (readonly AttributeValue[])[], limitBytes: number): number {
  let size = COLLECTION_OVERHEAD_BYTES;
  for (const elements of lists) {
    size += elementsSizeBytes(elements);
    if (size > limitBytes) break;
  }
  return size;
}

function elementsSizeBytes(elements: readonly AttributeValue[]): number {
  return elements.reduce((size, element) => size + ELEMENT_OVERHEAD_BYTES + attributeValueSizeBytes(element), 0);
}

/** Up to here, looking at every character is faster than the call out of JavaScript that `Buffer.byteLength` is. */
const SHORT_TEXT_LENGTH = 24;

function utf8SizeBytes(text: string): number {
  if (text.length > SHORT_TEXT_LENGTH) return Buffer.byteLength(text);
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) > 0x7f) return Buffer.byteLength(text);
  }
  return text.length;
}

/** One byte, and one for each two digits before and after the point (zeros trimmed), and one for a minus sign. */
function numberSizeBytes(canonical: string): number {
  const negative = canonical.startsWith('-') ? 1 : 0;
  const point = canonical.indexOf('.');
  const end = point === -1 ? canonical.length : point;
  let integerDigits = canonical[negative] === '0' ? 0 : end - negative;
  let fractionDigits = 0;
  if (point === -1) {
    while (integerDigits > 0 && canonical[negative + integerDigits - 1] === '0') integerDigits--;
  } else {
    let first = point + 1;
    while (integerDigits === 0 && canonical[first] === '0') first++;
    fractionDigits = canonical.length - first;
  }
  return 1 + Math.ceil(integerDigits / 2) + Math.ceil(fractionDigits / 2) + negative;
}
