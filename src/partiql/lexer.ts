/** Cuts the text of a statement into tokens. */
import { isKeyword } from './keywords.ts';

export type TokenKind =
  | 'identifier'
  | 'keyword'
  | 'quotedIdentifier'
  | 'string'
  | 'number'
  | 'symbol'
  | 'unterminatedString'
  | 'unterminatedIdentifier'
  | 'unknown'
  | 'end';

export interface Token {
  readonly kind: TokenKind;
  /** Keywords in capitals; strings and quoted identifiers without their quotes; all else as written. */
  readonly text: string;
}

/** The groups stand in the order of `GROUP_KINDS`; white space and comments are in none of them. */
const TOKEN =
  /\s+|--[^\n]*|\/\*[^]*?\*\/|([A-Za-z_$][A-Za-z0-9_$]*)|"((?:[^"]|"")*)"|'((?:[^']|'')*)'|([0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?|\.[0-9]+(?:[eE][+-]?[0-9]+)?)|(<<|>>|<>|<=|>=|!=|\|\||[()[\]{},.:;?=<>+\-*/%@~])|(')|(")|([^])/gu;
const GROUP_KINDS: readonly TokenKind[] = [
  'identifier',
  'quotedIdentifier',
  'string',
  'number',
  'symbol',
  'unterminatedString',
  'unterminatedIdentifier',
  'unknown',
];

/** The tokens of `text`, closed by one of kind `end`. Never fails: what is no token is one of an odd kind. */
export function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = [];
  for (const match of text.matchAll(TOKEN)) {
    const group = GROUP_KINDS.findIndex((_, i) => match[i + 1] !== undefined);
    const kind = GROUP_KINDS[group];
    if (kind !== undefined) tokens.push(makeToken(kind, match[group + 1] as string));
  }
  tokens.push({ kind: 'end', text: '' });
  return tokens;
}

function makeToken(kind: TokenKind, text: string): Token {
  if (kind === 'string') return { kind, text: text.replaceAll("''", "'").toWellFormed() };
  if (kind === 'quotedIdentifier') return { kind, text: text.replaceAll('""', '"').toWellFormed() };
  if (kind === 'symbol' && text === '!=') return { kind, text: '<>' };
  if (kind !== 'identifier') return { kind, text };
  const word = text.toUpperCase();
  return isKeyword(word) ? { kind: 'keyword', text: word } : { kind, text };
}
