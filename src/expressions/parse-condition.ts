/**
 * Parses conditions: ConditionExpression, FilterExpression and, before its own rules, KeyConditionExpression.
 *
 * OR binds loosest, then AND, then NOT, then comparisons, BETWEEN, IN and functions. Parentheses may hold a condition
 * or an operand, and which it is shows only behind them; so the parse functions give a tree of either sort, and whoever
 * needs one sort asks for it (`asCondition`, `asOperand`).
 */
import type { Comparator, ConditionFunction, ConditionTemplate, OperandTemplate } from './ast.ts';
import { functionRule } from './functions.ts';
import { EXPRESSION_LIMITS } from './limits.ts';
import { EXPRESSION } from './messages.ts';
import { parsePath } from './parse-path.ts';
import type { TokenCursor } from './token-cursor.ts';
import {
  acceptKeyword,
  acceptSymbol,
  countOperator,
  currentToken,
  expectSymbol,
  isAtSymbol,
  noteFinding,
  parseParentheses,
  syntaxError,
  takeValuePlaceholder,
  wordAt,
} from './token-cursor.ts';

type Tree = ConditionTemplate | OperandTemplate;

const KEYWORDS: ReadonlySet<string> = new Set(['AND', 'OR', 'NOT', 'BETWEEN', 'IN']);
const COMPARATORS: ReadonlySet<string> = new Set(['=', '<>', '<', '<=', '>', '>=']);

/** Stands in for what can't stand where it does; the finding that was noted with it ends the parse. */
const MISPLACED: OperandTemplate = { kind: 'path', path: ['misplaced'] };

/** The condition that the whole text is. */
export function parseCondition(cursor: TokenCursor): ConditionTemplate {
  return asCondition(cursor, parseOr(cursor));
}

function parseOr(cursor: TokenCursor): Tree {
  const first = parseAnd(cursor);
  if (wordAt(cursor) !== 'OR') return first;
  const conditions = [asCondition(cursor, first)];
  while (acceptKeyword(cursor, 'OR')) {
    countOperator(cursor);
    conditions.push(asCondition(cursor, parseAnd(cursor)));
  }
  return { kind: 'or', conditions };
}

function parseAnd(cursor: TokenCursor): Tree {
  const first = parseNot(cursor);
  if (wordAt(cursor) !== 'AND') return first;
  const conditions = [asCondition(cursor, first)];
  while (acceptKeyword(cursor, 'AND')) {
    countOperator(cursor);
    conditions.push(asCondition(cursor, parseNot(cursor)));
  }
  return { kind: 'and', conditions };
}

function parseNot(cursor: TokenCursor): Tree {
  if (!acceptKeyword(cursor, 'NOT')) return parseComparison(cursor);
  countOperator(cursor);
  return { kind: 'not', condition: asCondition(cursor, parseNot(cursor)) };
}

function parseComparison(cursor: TokenCursor): Tree {
  const left = parsePrimary(cursor);
  // A condition in parentheses can't be compared; a bare function can't either, but has an error of its own.
  if (!isOperand(left) && left.kind !== 'call') return left;
  const token = currentToken(cursor);
  if (token.kind === 'symbol' && COMPARATORS.has(token.text)) {
    cursor.index++;
    countOperator(cursor);
    const operand = asOperand(cursor, left);
    return { kind: 'comparison', operator: token.text as Comparator, left: operand, right: parseOperand(cursor) };
  }
  if (acceptKeyword(cursor, 'BETWEEN')) return parseBetween(cursor, asOperand(cursor, left));
  if (acceptKeyword(cursor, 'IN')) return parseIn(cursor, asOperand(cursor, left));
  return left;
}

function parseBetween(cursor: TokenCursor, operand: OperandTemplate): ConditionTemplate {
  countOperator(cursor);
  const lower = parseOperand(cursor);
  if (!acceptKeyword(cursor, 'AND')) throw syntaxError(cursor);
  return { kind: 'between', operand, lower, upper: parseOperand(cursor) };
}

function parseIn(cursor: TokenCursor, operand: OperandTemplate): ConditionTemplate {
  countOperator(cursor);
  expectSymbol(cursor, '(');
  const candidates = parseOperandList(cursor);
  if (candidates.length > EXPRESSION_LIMITS.candidates) {
    noteFinding(cursor, 'operandCount', EXPRESSION.tooManyCandidates(candidates.length));
  }
  return { kind: 'in', operand, candidates };
}

/** The operands up to the closing parenthesis, which is taken; at least one. */
function parseOperandList(cursor: TokenCursor): readonly OperandTemplate[] {
  const operands = [parseOperand(cursor)];
  while (acceptSymbol(cursor, ',')) operands.push(parseOperand(cursor));
  expectSymbol(cursor, ')');
  return operands;
}

function parseOperand(cursor: TokenCursor): OperandTemplate {
  return asOperand(cursor, parsePrimary(cursor));
}

function parsePrimary(cursor: TokenCursor): Tree {
  if (isAtSymbol(cursor, '(')) return parseParentheses(cursor, parseOr);
  const token = currentToken(cursor);
  if (token.kind === 'valuePlaceholder') return takeValuePlaceholder(cursor);
  if (token.kind !== 'identifier') return parsePath(cursor);
  const next = currentToken(cursor, 1);
  if (KEYWORDS.has(token.text.toUpperCase())) throw syntaxError(cursor);
  return next.kind === 'symbol' && next.text === '(' ? parseCall(cursor) : parsePath(cursor);
}

function parseCall(cursor: TokenCursor): Tree {
  const name = currentToken(cursor).text;
  cursor.index += 2;
  countOperator(cursor);
  const operands = parseOperandList(cursor);
  const rule = functionRule(name);
  if (rule === undefined || rule.gives === 'value') {
    const text = rule === undefined ? EXPRESSION.unknownFunction(name) : EXPRESSION.notInCondition(name);
    noteFinding(cursor, 'function', text);
    // As a condition it can stand wherever the function could have.
    return { kind: 'call', name: 'attribute_exists', operands };
  }
  if (operands.length !== rule.operandCount) {
    noteFinding(cursor, 'operandCount', EXPRESSION.operandCount(name, operands.length));
  }
  if (rule.gives === 'number') return { kind: 'size', operand: operands[0] ?? MISPLACED };
  return { kind: 'call', name: name as ConditionFunction, operands };
}

function isOperand(tree: Tree): tree is OperandTemplate {
  return tree.kind === 'path' || tree.kind === 'pathTemplate' || tree.kind === 'placeholder' || tree.kind === 'size';
}

/**
 * `tree` as a condition. An operand alone is none: the error is at the token behind it, where a comparator is missing.
 */
function asCondition(cursor: TokenCursor, tree: Tree): ConditionTemplate {
  if (!isOperand(tree)) return tree;
  if (tree.kind !== 'size') throw syntaxError(cursor);
  noteFinding(cursor, 'function', EXPRESSION.notUsableHere('size'));
  return { kind: 'call', name: 'attribute_exists', operands: [tree] };
}

/** `tree` as an operand. Functions that are conditions may not be compared; other conditions are a syntax error. */
function asOperand(cursor: TokenCursor, tree: Tree): OperandTemplate {
  if (isOperand(tree)) return tree;
  if (tree.kind !== 'call') throw syntaxError(cursor);
  noteFinding(cursor, 'function', EXPRESSION.notUsableHere(tree.name));
  return MISPLACED;
}
