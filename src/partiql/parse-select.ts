/** Parses SELECT and EXISTS(SELECT). */
import type { DocumentPath } from '../expressions/ast.ts';
import { validationError } from '../foundation/errors.ts';
import type { ExistsStatement, OrderKey, SelectStatement } from './ast.ts';
import { STATEMENT, SYNTAX } from './messages.ts';
import { parseWhere } from './parse-condition.ts';
import { parsePath, parseSource } from './parse-path.ts';
import {
  acceptKeyword,
  acceptSymbol,
  expectKeyword,
  expectSymbol,
  isAt,
  syntaxError,
  type TokenCursor,
  tokenAt,
  unexpectedTokenError,
} from './token-cursor.ts';

/** What follows the word SELECT. */
export function parseSelect(cursor: TokenCursor): SelectStatement {
  for (const word of ['DISTINCT', 'ALL', 'VALUE']) {
    if (isAt(cursor, 'keyword', word)) throw validationError(STATEMENT.unsupportedClause(`SELECT ${word}`));
  }
  const paths = parseSelectList(cursor);
  if (!acceptKeyword(cursor, 'FROM')) throw unexpectedTokenError(cursor, SYNTAX.fromExpected);
  const { tableName, indexName } = parseSource(cursor);
  rejectAlias(cursor);
  const where = parseWhere(cursor);
  const orderBy = parseOrderBy(cursor);
  for (const clause of ['LIMIT', 'GROUP', 'HAVING', 'OFFSET', 'UNION', 'RETURNING']) {
    if (isAt(cursor, 'keyword', clause)) throw validationError(STATEMENT.unsupportedClause(clause));
  }
  return { kind: 'select', tableName, indexName, paths, where, orderBy };
}

function parseSelectList(cursor: TokenCursor): readonly DocumentPath[] | undefined {
  if (acceptSymbol(cursor, '*')) {
    if (isAt(cursor, 'symbol', ',')) throw syntaxError(SYNTAX.starNotAlone);
    return undefined;
  }
  const paths: DocumentPath[] = [];
  do {
    if (isAt(cursor, 'symbol', '*')) throw syntaxError(SYNTAX.starNotAlone);
    if (isAt(cursor, 'symbol', '(', 1)) throw validationError(STATEMENT.unsupportedFunction(tokenAt(cursor).text));
    paths.push(parsePath(cursor, isAt(cursor, 'keyword') ? SYNTAX.unexpectedKeyword : SYNTAX.unexpectedTerm));
    rejectAlias(cursor);
  } while (acceptSymbol(cursor, ','));
  if (countNested(paths) > MAX_NESTED_PATHS) throw validationError(STATEMENT.tooManyNestedPaths);
  return paths;
}

/** How many of a list's paths may lead into what another one takes whole: each is a copy in the answer. */
const MAX_NESTED_PATHS = 4;

function countNested(paths: readonly DocumentPath[]): number {
  const names = new Set(paths.map((path) => JSON.stringify(path)));
  const isNested = (path: DocumentPath) =>
    path.some((_element, i) => i > 0 && names.has(JSON.stringify(path.slice(0, i))));
  return [...names].filter((name) => isNested(JSON.parse(name) as DocumentPath)).length;
}

function rejectAlias(cursor: TokenCursor): void {
  const isAlias = isAt(cursor, 'keyword', 'AS') || isAt(cursor, 'identifier') || isAt(cursor, 'quotedIdentifier');
  if (isAlias) throw validationError(STATEMENT.aliasUnsupported);
}

function parseOrderBy(cursor: TokenCursor): readonly OrderKey[] {
  if (!acceptKeyword(cursor, 'ORDER')) return [];
  expectKeyword(cursor, 'BY');
  const keys: OrderKey[] = [];
  do keys.push(parseOrderKey(cursor));
  while (acceptSymbol(cursor, ','));
  return keys;
}

function parseOrderKey(cursor: TokenCursor): OrderKey {
  const path = parsePath(cursor, isAt(cursor, 'keyword') ? SYNTAX.unexpectedKeyword : SYNTAX.unexpectedTerm);
  const name = path.join('.');
  if (path.length > 1) throw validationError(STATEMENT.orderNotKey(name));
  if (acceptKeyword(cursor, 'DESC')) return { name, descending: true };
  acceptKeyword(cursor, 'ASC');
  return { name, descending: false };
}

/** What follows the word EXISTS. */
export function parseExists(cursor: TokenCursor): ExistsStatement {
  expectSymbol(cursor, '(');
  expectKeyword(cursor, 'SELECT');
  const select = parseSelect(cursor);
  expectSymbol(cursor, ')');
  return { kind: 'exists', select };
}
