/**
 * Parses WHERE clauses into the conditions of `expressions/`.
 *
 * OR binds loosest, then AND, then NOT, then comparisons, BETWEEN, IN and IS. As in `expressions/parse-condition.ts`,
 * parentheses may hold a condition or an operand, so the functions give a tree of either sort.
 */
import type { Comparator, ConditionTemplate, OperandTemplate } from '../expressions/ast.ts';
import { EXPRESSION_LIMITS } from '../expressions/limits.ts';
import { EXPRESSION } from '../expressions/messages.ts';
import { validationError } from '../foundation/errors.ts';
import type { AttributeType } from '../values/attribute-value.ts';
import { STATEMENT, SYNTAX } from './messages.ts';
import { parseCall } from './parse-call.ts';
import { parsePath } from './parse-path.ts';
import { acceptValue } from './parse-value.ts';
import {
  acceptKeyword,
  acceptSymbol,
  countOperator,
  expectKeyword,
  expectSymbol,
  isAt,
  parseDeeper,
  placeValue,
  syntaxError,
  type TokenCursor,
  tokenAt,
  unexpectedTokenError,
} from './token-cursor.ts';

type Tree = ConditionTemplate | OperandTemplate;

/** The condition behind WHERE, or undefined where there is no such clause. */
export function parseWhere(cursor: TokenCursor): ConditionTemplate | undefined {
  return acceptKeyword(cursor, 'WHERE') ? asCondition(parseOr(cursor)) : undefined;
}

function parseOr(cursor: TokenCursor): Tree {
  const first = parseAnd(cursor);
  if (!isAt(cursor, 'keyword', 'OR')) return first;
  const conditions = [asCondition(first)];
  while (acceptKeyword(cursor, 'OR')) {
    countOperator(cursor);
    conditions.push(asCondition(parseAnd(cursor)));
  }
  return { kind: 'or', conditions };
}

function parseAnd(cursor: TokenCursor): Tree {
  const first = parseNot(cursor);
  if (!isAt(cursor, 'keyword', 'AND')) return first;
  const conditions = [asCondition(first)];
  while (acceptKeyword(cursor, 'AND')) {
    countOperator(cursor);
    conditions.push(asCondition(parseNot(cursor)));
  }
  return { kind: 'and', conditions };
}

function parseNot(cursor: TokenCursor): Tree {
  if (!acceptKeyword(cursor, 'NOT')) return parseComparison(cursor);
  countOperator(cursor);
  return negate(asCondition(parseNot(cursor)));
}

function negate(condition: ConditionTemplate): ConditionTemplate {
  return { kind: 'not', condition };
}

const COMPARATORS: ReadonlySet<string> = new Set(['=', '<>', '<', '<=', '>', '>=']);

function parseComparison(cursor: TokenCursor): Tree {
  const left = parsePrimary(cursor);
  const token = tokenAt(cursor);
  if (token.kind === 'symbol') {
    if (COMPARATORS.has(token.text)) return parseComparator(cursor, left);
    if (isArithmetic(token.text)) throw validationError(STATEMENT.unsupportedOperator(token.text));
    return left;
  }
  if (token.kind !== 'keyword') return left;
  const isNegated = token.text === 'NOT';
  const operator = isNegated ? tokenAt(cursor, 1) : token;
  if (operator.kind !== 'keyword') return left;
  const parse = KEYWORD_OPERATORS.get(operator.text);
  if (parse === undefined || (isNegated && operator.text === 'IS')) return left;
  cursor.index += isNegated ? 2 : 1;
  countOperator(cursor);
  const condition = parse(cursor, asOperand(left));
  return isNegated ? negate(condition) : condition;
}

function isArithmetic(symbol: string): boolean {
  return ['+', '-', '*', '/', '%', '||'].includes(symbol);
}

type ParseOperator = (cursor: TokenCursor, operand: OperandTemplate) => ConditionTemplate;

const KEYWORD_OPERATORS: ReadonlyMap<string, ParseOperator> = new Map([
  ['BETWEEN', parseBetween],
  ['IN', parseIn],
  ['IS', parseIs],
  [
    'LIKE',
    () => {
      throw validationError(STATEMENT.unsupportedOperator('LIKE'));
    },
  ],
]);

function parseComparator(cursor: TokenCursor, left: Tree): ConditionTemplate {
  const operator = tokenAt(cursor).text as Comparator;
  cursor.index++;
  countOperator(cursor);
  const operand = asOperand(left);
  if (acceptKeyword(cursor, 'MISSING')) {
    if (operator !== '=' && operator !== '<>') throw validationError(STATEMENT.missingNotEqual);
    return missing(operand, operator === '<>');
  }
  return { kind: 'comparison', operator, left: operand, right: parseOperand(cursor) };
}

/** Whether the attribute is missing or, negated, is there. */
function missing(operand: OperandTemplate, isNegated: boolean): ConditionTemplate {
  return { kind: 'call', name: isNegated ? 'attribute_exists' : 'attribute_not_exists', operands: [operand] };
}

function parseBetween(cursor: TokenCursor, operand: OperandTemplate): ConditionTemplate {
  const lower = parseOperand(cursor);
  expectKeyword(cursor, 'AND');
  return { kind: 'between', operand, lower, upper: parseOperand(cursor) };
}

function parseIn(cursor: TokenCursor, operand: OperandTemplate): ConditionTemplate {
  const end = acceptSymbol(cursor, '[') ? ']' : acceptSymbol(cursor, '(') ? ')' : undefined;
  if (end === undefined) throw unexpectedTokenError(cursor, SYNTAX.expected('['));
  const candidates = [parseOperand(cursor)];
  while (acceptSymbol(cursor, ',')) candidates.push(parseOperand(cursor));
  expectSymbol(cursor, end);
  if (candidates.length > EXPRESSION_LIMITS.candidates) {
    throw validationError(EXPRESSION.tooManyCandidates(candidates.length));
  }
  return { kind: 'in', operand, candidates };
}

/** The types that IS may name, as attribute_type does. */
const TYPE_NAMES: ReadonlyMap<string, readonly AttributeType[]> = new Map<string, readonly AttributeType[]>([
  ['NULL', ['NULL']],
  ['BOOL', ['BOOL']],
  ['BOOLEAN', ['BOOL']],
  ['STRING', ['S']],
  ['DECIMAL', ['N']],
  ['NUMERIC', ['N']],
  ['LIST', ['L']],
  ['STRUCT', ['M']],
  ['TUPLE', ['M']],
  ['BAG', ['SS', 'NS', 'BS']],
]);

function parseIs(cursor: TokenCursor, operand: OperandTemplate): ConditionTemplate {
  const isNegated = acceptKeyword(cursor, 'NOT');
  if (acceptKeyword(cursor, 'MISSING')) return missing(operand, isNegated);
  const { kind, text } = tokenAt(cursor);
  if (kind !== 'keyword') throw unexpectedTokenError(cursor, SYNTAX.typeExpected);
  const types = TYPE_NAMES.get(text);
  if (types === undefined) throw validationError(STATEMENT.unsupportedType(text));
  cursor.index++;
  const tests = types.map((type) => isOfType(cursor, operand, type));
  const condition = tests.length === 1 ? (tests[0] as ConditionTemplate) : { kind: 'or' as const, conditions: tests };
  return isNegated ? negate(condition) : condition;
}

function isOfType(cursor: TokenCursor, operand: OperandTemplate, type: AttributeType): ConditionTemplate {
  const name = placeValue(cursor, { kind: 'constant', value: { S: type } });
  return { kind: 'call', name: 'attribute_type', operands: [operand, name] };
}

function parseOperand(cursor: TokenCursor): OperandTemplate {
  const operand = asOperand(parsePrimary(cursor));
  const token = tokenAt(cursor);
  if (token.kind === 'symbol' && isArithmetic(token.text)) {
    throw validationError(STATEMENT.unsupportedOperator(token.text));
  }
  return operand;
}

function parsePrimary(cursor: TokenCursor): Tree {
  if (acceptSymbol(cursor, '(')) return parseGroup(cursor);
  if (isAt(cursor, 'symbol', '(', 1) && (isAt(cursor, 'identifier') || isAt(cursor, 'keyword'))) {
    return parseFunction(cursor);
  }
  const value = acceptValue(cursor);
  if (value !== undefined) return placeValue(cursor, value);
  const noName = isAt(cursor, 'keyword') ? SYNTAX.unexpectedKeyword : SYNTAX.unexpectedTerm;
  return { kind: 'path', path: parsePath(cursor, noName) };
}

function parseGroup(cursor: TokenCursor): Tree {
  if (isAt(cursor, 'symbol', ')')) throw syntaxError(SYNTAX.emptyGroup);
  const tree = parseDeeper(cursor, parseOr);
  expectSymbol(cursor, ')');
  return tree;
}

function parseFunction(cursor: TokenCursor): Tree {
  countOperator(cursor);
  const { name, operands } = parseCall(cursor, parseOperand, CONDITION_FUNCTIONS);
  if (name === 'size') return { kind: 'size', operand: operands[0] as OperandTemplate };
  return { kind: 'call', name, operands };
}

/** The functions of conditions and how many arguments they take. */
const CONDITION_FUNCTIONS = { attribute_type: 2, begins_with: 2, contains: 2, size: 1 } as const;

function isOperand(tree: Tree): tree is OperandTemplate {
  return tree.kind === 'path' || tree.kind === 'pathTemplate' || tree.kind === 'placeholder' || tree.kind === 'size';
}

function asCondition(tree: Tree): ConditionTemplate {
  if (isOperand(tree)) throw syntaxError(SYNTAX.conditionExpected);
  return tree;
}

function asOperand(tree: Tree): OperandTemplate {
  if (!isOperand(tree)) throw syntaxError(SYNTAX.operandExpected);
  return tree;
}
