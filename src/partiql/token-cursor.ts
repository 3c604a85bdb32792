/** What the parsers share: a place among the tokens of one statement, its errors, and what was met so far. */
import { EXPRESSION_LIMITS } from '../expressions/limits.ts';
import type { ValuePlaceholder } from '../expressions/ast.ts';
import { EXPRESSION } from '../expressions/messages.ts';
import { type ApiError, validationError } from '../foundation/errors.ts';
import type { ValueTemplate } from './ast.ts';
import { type Token, type TokenKind, tokenize } from './lexer.ts';
import { SYNTAX, notWellFormedText } from './messages.ts';

export interface TokenCursor {
  readonly tokens: readonly Token[];
  /** The index of the current token; never past the last, which is of kind `end`. */
  index: number;
  operatorCount: number;
  /** How many parentheses and function calls are open here. */
  depth: number;
  /** The values met. */
  readonly values: ValueTemplate[];
  /** How many `?` were met. */
  parameterCount: number;
}

/** A place at the start of `text`. */
export function openCursor(text: string): TokenCursor {
  return { tokens: tokenize(text), index: 0, operatorCount: 0, depth: 0, values: [], parameterCount: 0 };
}

/** The error that the statement is not well formed, with one of the texts of `SYNTAX`. */
export function syntaxError(detail: string): ApiError {
  return validationError(notWellFormedText(detail));
}

/** The token at `offset` behind the current one, or the last. */
export function tokenAt(cursor: TokenCursor, offset = 0): Token {
  return cursor.tokens[Math.min(cursor.index + offset, cursor.tokens.length - 1)] as Token;
}

/** Whether the token at `offset` is of this kind and, where given, this text. */
export function isAt(cursor: TokenCursor, kind: TokenKind, text?: string, offset = 0): boolean {
  const token = tokenAt(cursor, offset);
  return token.kind === kind && (text === undefined || token.text === text);
}

/** Takes the keyword, given in capitals, if it is the current token, and says whether it was. */
export function acceptKeyword(cursor: TokenCursor, keyword: string): boolean {
  if (!isAt(cursor, 'keyword', keyword)) return false;
  cursor.index++;
  return true;
}

/** Takes the symbol if it is the current token, and says whether it was. */
export function acceptSymbol(cursor: TokenCursor, symbol: string): boolean {
  if (!isAt(cursor, 'symbol', symbol)) return false;
  cursor.index++;
  return true;
}

/** Takes the symbol or throws. */
export function expectSymbol(cursor: TokenCursor, symbol: string): void {
  if (!acceptSymbol(cursor, symbol)) throw unexpectedTokenError(cursor, SYNTAX.expected(symbol));
}

/** Takes the keyword or throws. */
export function expectKeyword(cursor: TokenCursor, keyword: string): void {
  if (!acceptKeyword(cursor, keyword)) throw unexpectedTokenError(cursor, SYNTAX.expected(keyword));
}

/** Takes the current token if it names an attribute, a table or an index. */
export function acceptIdentifier(cursor: TokenCursor): string | undefined {
  const token = tokenAt(cursor);
  if (token.kind !== 'identifier' && token.kind !== 'quotedIdentifier') return undefined;
  cursor.index++;
  return token.text;
}

/** The error that the current token can't stand where it does; `detail` is what is said of a token that is one. */
export function unexpectedTokenError(cursor: TokenCursor, detail: string): ApiError {
  const token = tokenAt(cursor);
  if (token.kind === 'unterminatedString') return syntaxError(SYNTAX.unterminatedString);
  if (token.kind === 'unterminatedIdentifier') return syntaxError(SYNTAX.unterminatedIdentifier);
  if (token.kind === 'unknown') return syntaxError(SYNTAX.unknownCharacter(token.text));
  return syntaxError(detail);
}

/**
 * Counts one operator or function. The limit is that of expressions; it also bounds how deep trees nest, and so the
 * recursion of all that walk them.
 */
export function countOperator(cursor: TokenCursor): void {
  cursor.operatorCount++;
  if (cursor.operatorCount > EXPRESSION_LIMITS.operators) {
    throw validationError(EXPRESSION.tooManyOperators(cursor.operatorCount));
  }
}

/** Parses what stands one level deeper, which the limit on operators bounds too. */
export function parseDeeper<Tree>(cursor: TokenCursor, parse: (cursor: TokenCursor) => Tree): Tree {
  cursor.depth++;
  if (cursor.depth > EXPRESSION_LIMITS.operators) throw validationError(EXPRESSION.tooManyOperators(cursor.depth));
  const tree = parse(cursor);
  cursor.depth--;
  return tree;
}

/** The placeholder that stands for `value` in conditions and updates. */
export function placeValue(cursor: TokenCursor, value: ValueTemplate): ValuePlaceholder {
  return { kind: 'placeholder', name: `:${cursor.values.push(value) - 1}` };
}
