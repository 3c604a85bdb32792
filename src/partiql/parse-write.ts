/** Parses INSERT, UPDATE and DELETE. */
import type { UpdateActionTemplate } from '../expressions/ast.ts';
import type { ApiError } from '../foundation/errors.ts';
import type { DeleteStatement, InsertStatement, Returning, UpdateStatement } from './ast.ts';
import { SYNTAX } from './messages.ts';
import { parseWhere } from './parse-condition.ts';
import { parsePath, parseTarget } from './parse-path.ts';
import { parseAssignment } from './parse-assignment.ts';
import { parseValue } from './parse-value.ts';
import {
  acceptKeyword,
  acceptSymbol,
  countOperator,
  isAt,
  syntaxError,
  type TokenCursor,
  unexpectedTokenError,
} from './token-cursor.ts';

/** What follows the word INSERT. */
export function parseInsert(cursor: TokenCursor): InsertStatement {
  if (!acceptKeyword(cursor, 'INTO')) throw unexpectedTokenError(cursor, SYNTAX.unexpectedKeyword);
  const tableName = parseTarget(cursor);
  if (!acceptKeyword(cursor, 'VALUE')) throw noValueError(cursor);
  return { kind: 'insert', tableName, item: parseValue(cursor) };
}

/** A list of columns, as SQL has in the place of VALUE, parses; what is wrong then is what stands in or behind it. */
function noValueError(cursor: TokenCursor): ApiError {
  const isList = acceptSymbol(cursor, '(');
  while (isList && !isAt(cursor, 'keyword') && !isAt(cursor, 'end')) {
    cursor.index++;
    if (isAt(cursor, 'symbol', ')')) return syntaxError(SYNTAX.trailingToken);
  }
  return unexpectedTokenError(cursor, isAt(cursor, 'keyword') ? SYNTAX.unexpectedKeyword : SYNTAX.unexpectedTerm);
}

/** What follows the word UPDATE. */
export function parseUpdate(cursor: TokenCursor): UpdateStatement {
  const tableName = parseTarget(cursor);
  const actions = parseActions(cursor);
  const where = parseWhere(cursor);
  return { kind: 'update', tableName, actions, where, returning: parseReturning(cursor) };
}

function parseActions(cursor: TokenCursor): readonly UpdateActionTemplate[] {
  const actions: UpdateActionTemplate[] = [];
  for (;;) {
    if (acceptKeyword(cursor, 'SET')) {
      do actions.push(parseAssignment(cursor));
      while (acceptSymbol(cursor, ','));
    } else if (acceptKeyword(cursor, 'REMOVE')) {
      countOperator(cursor);
      actions.push({ kind: 'remove', path: { kind: 'path', path: parsePath(cursor, SYNTAX.identifierExpected) } });
    } else break;
  }
  if (actions.length === 0) throw unexpectedTokenError(cursor, SYNTAX.noManipulation);
  return actions;
}

/** What follows the word DELETE. */
export function parseDelete(cursor: TokenCursor): DeleteStatement {
  if (!acceptKeyword(cursor, 'FROM')) throw unexpectedTokenError(cursor, SYNTAX.fromAfterDelete);
  const tableName = parseTarget(cursor);
  const where = parseWhere(cursor);
  return { kind: 'delete', tableName, where, returning: parseReturning(cursor) };
}

function parseReturning(cursor: TokenCursor): Returning | undefined {
  if (!acceptKeyword(cursor, 'RETURNING')) return undefined;
  const isAll = acceptKeyword(cursor, 'ALL');
  if (!isAll && !acceptKeyword(cursor, 'MODIFIED')) throw unexpectedTokenError(cursor, SYNTAX.returningExpected);
  const isOld = acceptKeyword(cursor, 'OLD');
  if (!isOld && !acceptKeyword(cursor, 'NEW')) throw unexpectedTokenError(cursor, SYNTAX.returningExpected);
  if (!acceptSymbol(cursor, '*')) throw syntaxError(SYNTAX.returningColumns);
  return `${isAll ? 'ALL' : 'UPDATED'}_${isOld ? 'OLD' : 'NEW'}`;
}
