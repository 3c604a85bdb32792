/** Parses update expressions: the sections SET, REMOVE, ADD and DELETE, each at most once and in any order. */
import type { PathReference, UpdateActionTemplate, UpdateValueTemplate } from './ast.ts';
import { functionRule } from './functions.ts';
import { EXPRESSION } from './messages.ts';
import { parsePath } from './parse-path.ts';
import type { TokenCursor } from './token-cursor.ts';
import {
  acceptSymbol,
  countOperator,
  currentToken,
  expectSymbol,
  noteFinding,
  parseParentheses,
  syntaxError,
  takeValuePlaceholder,
  wordAt,
} from './token-cursor.ts';

const SECTION_PARSERS: ReadonlyMap<string, (cursor: TokenCursor) => UpdateActionTemplate> = new Map([
  ['SET', parseSet],
  ['REMOVE', (cursor: TokenCursor): UpdateActionTemplate => ({ kind: 'remove', path: parseTarget(cursor) })],
  ['ADD', (cursor: TokenCursor) => parsePathAndValue(cursor, 'add')],
  ['DELETE', (cursor: TokenCursor) => parsePathAndValue(cursor, 'delete')],
]);

/** The actions, in the order of the text. */
export function parseUpdate(cursor: TokenCursor): readonly UpdateActionTemplate[] {
  const actions: UpdateActionTemplate[] = [];
  const sections = new Set<string>();
  do {
    const section = wordAt(cursor) ?? '';
    const parseAction = SECTION_PARSERS.get(section);
    if (parseAction === undefined) throw syntaxError(cursor);
    cursor.index++;
    if (sections.has(section)) noteFinding(cursor, 'section', EXPRESSION.sectionTwice(section));
    sections.add(section);
    do actions.push(parseAction(cursor));
    while (acceptSymbol(cursor, ','));
  } while (currentToken(cursor).kind !== 'end');
  return actions;
}

/** The path that an action writes; a section's keyword can't be one. */
function parseTarget(cursor: TokenCursor): PathReference {
  if (SECTION_PARSERS.has(wordAt(cursor) ?? '')) throw syntaxError(cursor);
  return parsePath(cursor);
}

function parsePathAndValue(cursor: TokenCursor, kind: 'add' | 'delete'): UpdateActionTemplate {
  return { kind, path: parseTarget(cursor), value: takeValuePlaceholder(cursor) };
}

function parseSet(cursor: TokenCursor): UpdateActionTemplate {
  const path = parseTarget(cursor);
  expectSymbol(cursor, '=');
  return { kind: 'set', path, value: parseValue(cursor) };
}

/** An operand, or two with `+` or `-` between them; a third needs parentheses. */
function parseValue(cursor: TokenCursor): UpdateValueTemplate {
  const left = parseOperand(cursor);
  const operator = currentToken(cursor);
  if (operator.kind !== 'symbol' || (operator.text !== '+' && operator.text !== '-')) return left;
  cursor.index++;
  countOperator(cursor);
  return { kind: 'arithmetic', operator: operator.text, left, right: parseOperand(cursor) };
}

function parseOperand(cursor: TokenCursor): UpdateValueTemplate {
  const token = currentToken(cursor);
  if (token.kind === 'valuePlaceholder') return takeValuePlaceholder(cursor);
  if (token.kind === 'symbol' && token.text === '(') return parseParentheses(cursor, parseValue);
  const next = currentToken(cursor, 1);
  const isCall = token.kind === 'identifier' && next.kind === 'symbol' && next.text === '(';
  return isCall ? parseCall(cursor) : parseTarget(cursor);
}

function parseCall(cursor: TokenCursor): UpdateValueTemplate {
  const name = currentToken(cursor).text;
  cursor.index += 2;
  countOperator(cursor);
  const operands = [parseOperand(cursor)];
  while (acceptSymbol(cursor, ',')) operands.push(parseOperand(cursor));
  expectSymbol(cursor, ')');
  return callTree(cursor, name, operands);
}

/** The tree of a call whose text is right; what else is wrong with it is noted, and any tree will do. */
function callTree(cursor: TokenCursor, name: string, operands: readonly UpdateValueTemplate[]): UpdateValueTemplate {
  const [first, second] = operands as readonly [UpdateValueTemplate, UpdateValueTemplate | undefined];
  const rule = functionRule(name);
  if (rule?.gives !== 'value') {
    const text = rule === undefined ? EXPRESSION.unknownFunction(name) : EXPRESSION.notInUpdate(name);
    noteFinding(cursor, 'function', text);
    return first;
  }
  if (second === undefined || operands.length !== rule.operandCount) {
    noteFinding(cursor, 'operandCount', EXPRESSION.operandCount(name, operands.length));
    return first;
  }
  if (name === 'list_append') return { kind: 'listAppend', first, second };
  if (first.kind === 'path' || first.kind === 'pathTemplate')
    return { kind: 'ifNotExists', path: first, fallback: second };
  noteFinding(cursor, 'path', EXPRESSION.pathRequired(name));
  return first;
}
