/**
 * Cuts the text of an expression into tokens; the whole language, whatever the kind of expression, has one set of them.
 */

export type TokenKind = 'identifier' | 'namePlaceholder' | 'valuePlaceholder' | 'number' | 'symbol' | 'unknown' | 'end';

export interface Token {
  readonly kind: TokenKind;
  /** The token as written. */
  readonly text: string;
  /** Where it starts and ends in the expression, in UTF-16 units, end exclusive. */
  readonly start: number;
  readonly end: number;
}

/** The groups stand in the order of `GROUP_KINDS`; what is in none of them is one unknown character. */
const TOKEN =
  /([A-Za-z][A-Za-z0-9_]*)|(#[A-Za-z0-9_]+)|(:[A-Za-z0-9_]+)|([0-9]+)|(<>|<=|>=|[()[\],.=<>+-])|[^ \t\r\n]/gu;
const GROUP_KINDS: readonly TokenKind[] = ['identifier', 'namePlaceholder', 'valuePlaceholder', 'number', 'symbol'];

/**
 * The tokens of `text`, white space left out, closed by one of kind `end`. Never fails: odd characters are unknown
 * tokens.
 */
export function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = [];
  for (const match of text.matchAll(TOKEN)) {
    const group = GROUP_KINDS.findIndex((_, i) => match[i + 1] !== undefined);
    const kind = GROUP_KINDS[group] ?? 'unknown';
    tokens.push({ kind, text: match[0], start: match.index, end: match.index + match[0].length });
  }
  tokens.push({ kind: 'end', text: '<EOF>', start: text.length, end: text.length });
  return tokens;
}
