/** Parses document paths and the names of tables. */
import type { DocumentPath, PathElement } from '../expressions/ast.ts';
import { EXPRESSION_LIMITS } from '../expressions/limits.ts';
import { EXPRESSION } from '../expressions/messages.ts';
import { validationError } from '../foundation/errors.ts';
import { STATEMENT, SYNTAX } from './messages.ts';
import {
  acceptIdentifier,
  acceptSymbol,
  expectSymbol,
  syntaxError,
  type TokenCursor,
  tokenAt,
  unexpectedTokenError,
} from './token-cursor.ts';

const DIGITS = /^[0-9]+$/;

/** `a.b[0]."c d"`; `noName` is the error where no name is. */
export function parsePath(cursor: TokenCursor, noName: string): DocumentPath {
  const name = acceptIdentifier(cursor);
  if (name === undefined) throw unexpectedTokenError(cursor, noName);
  const elements: PathElement[] = [name];
  for (;;) {
    if (acceptSymbol(cursor, '.')) elements.push(parseDotComponent(cursor));
    else if (acceptSymbol(cursor, '[')) elements.push(parseBracketComponent(cursor));
    else break;
  }
  if (elements.length > EXPRESSION_LIMITS.pathElements) {
    throw validationError(EXPRESSION.pathTooDeep(elements.length));
  }
  return elements;
}

function parseDotComponent(cursor: TokenCursor): string {
  const name = acceptIdentifier(cursor);
  if (name === undefined) throw unexpectedTokenError(cursor, SYNTAX.invalidDotComponent);
  return name;
}

function parseBracketComponent(cursor: TokenCursor): PathElement {
  const token = tokenAt(cursor);
  const isIndex = token.kind === 'number' && DIGITS.test(token.text);
  if (!isIndex && token.kind !== 'string') throw unexpectedTokenError(cursor, SYNTAX.pathComponent(token.text));
  cursor.index++;
  expectSymbol(cursor, ']');
  if (token.kind === 'string') return token.text;
  const index = Number(token.text);
  if (index > EXPRESSION_LIMITS.listIndex) throw validationError(EXPRESSION.listIndexOutOfRange(token.text));
  return index;
}

/** `table` or `"table"."index"`. */
export function parseSource(cursor: TokenCursor): { readonly tableName: string; readonly indexName?: string } {
  const tableName = acceptIdentifier(cursor);
  if (tableName === undefined) throw unexpectedTokenError(cursor, SYNTAX.unexpectedTerm);
  if (!acceptSymbol(cursor, '.')) return { tableName };
  const indexName = acceptIdentifier(cursor);
  if (indexName === undefined) throw unexpectedTokenError(cursor, SYNTAX.invalidDotComponent);
  if (acceptSymbol(cursor, '.')) throw syntaxError(SYNTAX.pathComponent(tokenAt(cursor).text));
  return { tableName, indexName };
}

/** The table that a statement writes to. */
export function parseTarget(cursor: TokenCursor): string {
  const tableName = acceptIdentifier(cursor);
  if (tableName === undefined) throw unexpectedTokenError(cursor, SYNTAX.identifierExpected);
  if (acceptSymbol(cursor, '.')) throw validationError(STATEMENT.writeOnIndex);
  return tableName;
}
