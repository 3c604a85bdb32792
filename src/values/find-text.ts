/** Looks for a text in another in time linear in both, whatever they are. */

/**
 * Up to here, in characters of the one times those of the other, the engine's own search is used. It is the fastest on
 * ordinary text, but on chosen text it can take time in proportion to the product.
 */
const NATIVE_SEARCH_PRODUCT = 2 ** 19;

/** Whether `part` stands somewhere in `text`. */
export function includesText(text: string, part: string): boolean {
  if (part.length > text.length) return false;
  if (part.length * text.length <= NATIVE_SEARCH_PRODUCT) return text.includes(part);
  return includesByPrefixes(unitsOf(text), unitsOf(part));
}

/** The search of Knuth, Morris and Pratt ("Fast Pattern Matching in Strings", 1977): it never goes back in `text`. */
function includesByPrefixes(text: Uint16Array, part: Uint16Array): boolean {
  const prefixes = prefixLengths(part);
  const last = part.length - 1;
  let matched = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text[i];
    while (matched > 0 && part[matched] !== unit) matched = prefixes[matched - 1] as number;
    if (part[matched] !== unit) continue;
    if (matched === last) return true;
    matched++;
  }
  return false;
}

/** For each end in `part`, the length of its longest proper prefix that also ends there. */
function prefixLengths(part: Uint16Array): Int32Array {
  const lengths = new Int32Array(part.length);
  let matched = 0;
  for (let i = 1; i < part.length; i++) {
    while (matched > 0 && part[matched] !== part[i]) matched = lengths[matched - 1] as number;
    if (part[matched] === part[i]) matched++;
    lengths[i] = matched;
  }
  return lengths;
}

/** The UTF-16 units of a text, which read several times faster than its characters do. */
function unitsOf(text: string): Uint16Array {
  const units = new Uint16Array(text.length);
  Buffer.from(units.buffer).write(text, 'utf16le');
  return units;
}
