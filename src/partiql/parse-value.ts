/** Parses values: literals of every type that has one, and `?`. */
import { validationError } from '../foundation/errors.ts';
import { LIMITS } from '../foundation/limits.ts';
import { nestingError } from '../values/attribute-value.ts';
import type { ValueTemplate } from './ast.ts';
import { STATEMENT, SYNTAX } from './messages.ts';
import {
  acceptKeyword,
  acceptSymbol,
  expectSymbol,
  isAt,
  type TokenCursor,
  tokenAt,
  unexpectedTokenError,
} from './token-cursor.ts';

/** The value at the cursor, or undefined where none starts. `level` is how deep it stands in others. */
export function acceptValue(cursor: TokenCursor, level = 0): ValueTemplate | undefined {
  const token = tokenAt(cursor);
  if (token.kind === 'string') {
    cursor.index++;
    return { kind: 'constant', value: { S: token.text } };
  }
  if (token.kind === 'keyword') return acceptWord(cursor);
  if (token.kind === 'number' || isSignedNumber(cursor)) return parseNumber(cursor);
  if (level > LIMITS.nestingLevels) throw nestingError();
  if (acceptSymbol(cursor, '?')) return { kind: 'parameter', position: cursor.parameterCount++ };
  if (acceptSymbol(cursor, '[')) return { kind: 'list', elements: parseElements(cursor, ']', level) };
  if (acceptSymbol(cursor, '<<')) return { kind: 'set', elements: parseElements(cursor, '>>', level) };
  if (acceptSymbol(cursor, '{')) return { kind: 'tuple', members: parseMembers(cursor, level) };
  return undefined;
}

/** The value at the cursor; throws where none starts. */
export function parseValue(cursor: TokenCursor, level = 0): ValueTemplate {
  const value = acceptValue(cursor, level);
  if (value !== undefined) return value;
  throw unexpectedTokenError(cursor, isAt(cursor, 'keyword') ? SYNTAX.unexpectedKeyword : SYNTAX.unexpectedTerm);
}

function acceptWord(cursor: TokenCursor): ValueTemplate | undefined {
  if (acceptKeyword(cursor, 'TRUE')) return { kind: 'constant', value: { BOOL: true } };
  if (acceptKeyword(cursor, 'FALSE')) return { kind: 'constant', value: { BOOL: false } };
  if (acceptKeyword(cursor, 'NULL')) return { kind: 'constant', value: { NULL: true } };
  return undefined;
}

function isSignedNumber(cursor: TokenCursor): boolean {
  return (isAt(cursor, 'symbol', '-') || isAt(cursor, 'symbol', '+')) && isAt(cursor, 'number', undefined, 1);
}

function parseNumber(cursor: TokenCursor): ValueTemplate {
  const sign = isAt(cursor, 'number') ? '' : tokenAt(cursor).text;
  if (sign !== '') cursor.index++;
  const { text } = tokenAt(cursor);
  cursor.index++;
  return { kind: 'number', text: sign + text };
}

function parseElements(cursor: TokenCursor, end: ']' | '>>', level: number): readonly ValueTemplate[] {
  const elements: ValueTemplate[] = [];
  if (acceptSymbol(cursor, end)) return elements;
  do elements.push(parseValue(cursor, level + 1));
  while (acceptSymbol(cursor, ','));
  expectSymbol(cursor, end);
  return elements;
}

function parseMembers(cursor: TokenCursor, level: number): (readonly [string, ValueTemplate])[] {
  const members: (readonly [string, ValueTemplate])[] = [];
  const names = new Set<string>();
  if (acceptSymbol(cursor, '}')) return members;
  do {
    const name = tokenAt(cursor);
    if (name.kind !== 'string' && name.kind !== 'quotedIdentifier' && name.kind !== 'identifier') {
      throw unexpectedTokenError(cursor, SYNTAX.unexpectedTerm);
    }
    cursor.index++;
    if (names.has(name.text)) throw validationError(STATEMENT.attributeRepeated(name.text));
    names.add(name.text);
    expectSymbol(cursor, ':');
    members.push([name.text, parseValue(cursor, level + 1)]);
  } while (acceptSymbol(cursor, ','));
  expectSymbol(cursor, '}');
  return members;
}
