/**
 * The entry to PartiQL: from the text of a statement to its tree. What needs a request's parameters is `bind.ts`'s, what
 * needs its table `plan-read.ts`'s and `plan-write.ts`'s.
 *
 * Applications send few texts, many times, so trees and errors are remembered.
 */
import { createTextCache } from '../expressions/parse-cache.ts';
import type { ParsedStatement, Statement } from './ast.ts';
import { foldConstants } from './value-template.ts';
import { SYNTAX } from './messages.ts';
import { parseExists, parseSelect } from './parse-select.ts';
import { parseDelete, parseInsert, parseUpdate } from './parse-write.ts';
import {
  acceptKeyword,
  acceptSymbol,
  isAt,
  openCursor,
  type TokenCursor,
  unexpectedTokenError,
} from './token-cursor.ts';

/** The tree of a text, which is shared between callers and must not change. Throws ValidationException. */
export const parseStatement: (text: string) => ParsedStatement = createTextCache((text) => {
  const cursor = openCursor(text);
  const statement = parseWhole(cursor);
  return foldConstants({ statement, values: cursor.values, parameterCount: cursor.parameterCount });
});

function parseWhole(cursor: TokenCursor): Statement {
  const statement = parseKind(cursor);
  acceptSymbol(cursor, ';');
  if (!isAt(cursor, 'end')) throw unexpectedTokenError(cursor, SYNTAX.trailingToken);
  return statement;
}

function parseKind(cursor: TokenCursor): Statement {
  if (acceptKeyword(cursor, 'SELECT')) return parseSelect(cursor);
  if (acceptKeyword(cursor, 'INSERT')) return parseInsert(cursor);
  if (acceptKeyword(cursor, 'UPDATE')) return parseUpdate(cursor);
  if (acceptKeyword(cursor, 'DELETE')) return parseDelete(cursor);
  if (acceptKeyword(cursor, 'EXISTS')) return parseExists(cursor);
  throw unexpectedTokenError(cursor, isAt(cursor, 'keyword') ? SYNTAX.unexpectedKeyword : SYNTAX.noManipulation);
}
