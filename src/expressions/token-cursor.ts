/** What the parsers share: a place among the tokens of one expression, its errors, and what they have seen so far. */
import { validationError } from '../foundation/errors.ts';
import type { ApiError } from '../foundation/errors.ts';
import { EXPRESSION_LIMITS } from './limits.ts';
import type { ExpressionName } from './ast.ts';
import type { Token } from './lexer.ts';
import { tokenize } from './lexer.ts';
import { EXPRESSION, invalidExpressionText } from './messages.ts';

/**
 * Errors in an expression that parses. A whole expression is parsed before any is reported, and then the first one of
 * the kind that comes first here.
 */
const FINDING_ORDER = ['parentheses', 'section', 'function', 'operandCount', 'path', 'reservedWord'] as const;
export type FindingKind = (typeof FINDING_ORDER)[number];

export interface TokenCursor {
  readonly name: ExpressionName;
  readonly text: string;
  readonly tokens: readonly Token[];
  /** The index of the current token; never past the last, which is of kind `end`. */
  index: number;
  operatorCount: number;
  /** How many parentheses are open, and the tokens of the pair that was closed last. */
  parenthesesDepth: number;
  lastOpen: number;
  lastClose: number;
  readonly findings: Map<FindingKind, string>;
  /** The `#` and `:` placeholders met. */
  readonly names: Set<string>;
  readonly values: Set<string>;
}

/** An expression's tree and the placeholders in it. */
export interface ParsedExpression<Tree> {
  readonly tree: Tree;
  readonly names: ReadonlySet<string>;
  readonly values: ReadonlySet<string>;
}

/** Parses the whole of `text` with `parse`; throws the ValidationException for the first error by DynamoDB's order. */
export function parseWhole<Tree>(
  name: ExpressionName,
  text: string,
  parse: (cursor: TokenCursor) => Tree,
): ParsedExpression<Tree> {
  const cursor: TokenCursor = {
    name,
    text,
    tokens: tokenize(text),
    index: 0,
    operatorCount: 0,
    parenthesesDepth: 0,
    lastOpen: -1,
    lastClose: -1,
    findings: new Map(),
    names: new Set(),
    values: new Set(),
  };
  if (currentToken(cursor).kind === 'end') throw expressionError(cursor.name, EXPRESSION.empty);
  const tree = parse(cursor);
  if (currentToken(cursor).kind !== 'end') throw syntaxError(cursor);
  for (const kind of FINDING_ORDER) {
    const finding = cursor.findings.get(kind);
    if (finding !== undefined) throw expressionError(name, finding);
  }
  return { tree, names: cursor.names, values: cursor.values };
}

/** The error `text` of the expression `name`. */
export function expressionError(name: ExpressionName, text: string): ApiError {
  return validationError(invalidExpressionText(name, text));
}

/** The token at `offset` from the current one; beyond either end of the text, the one at that end. */
export function currentToken(cursor: TokenCursor, offset = 0): Token {
  const index = Math.min(Math.max(cursor.index + offset, 0), cursor.tokens.length - 1);
  return cursor.tokens[index] as Token;
}

/** The error that the current token can't stand where it does; `near` shows its neighbours as written. */
export function syntaxError(cursor: TokenCursor): ApiError {
  const token = currentToken(cursor);
  const near = cursor.text.slice(currentToken(cursor, -1).start, currentToken(cursor, 1).end);
  return expressionError(cursor.name, EXPRESSION.syntax(token.text, near));
}

/** Whether the current token is the symbol `text`. */
export function isAtSymbol(cursor: TokenCursor, text: string): boolean {
  const token = currentToken(cursor);
  return token.kind === 'symbol' && token.text === text;
}

/** Takes the symbol `text` if it is the current token, and says whether it was. */
export function acceptSymbol(cursor: TokenCursor, text: string): boolean {
  if (!isAtSymbol(cursor, text)) return false;
  cursor.index++;
  return true;
}

/** Takes the symbol `text` or throws the syntax error. */
export function expectSymbol(cursor: TokenCursor, text: string): void {
  if (!acceptSymbol(cursor, text)) throw syntaxError(cursor);
}

/**
 * The current token as a keyword, in capitals; undefined where it is no word. Which words are keywords is the parser's
 * business.
 */
export function wordAt(cursor: TokenCursor): string | undefined {
  const token = currentToken(cursor);
  return token.kind === 'identifier' ? token.text.toUpperCase() : undefined;
}

/** Takes the keyword if it is the current token in any case, and says whether it was. */
export function acceptKeyword(cursor: TokenCursor, keyword: string): boolean {
  if (wordAt(cursor) !== keyword) return false;
  cursor.index++;
  return true;
}

/** Keeps an error for the end of the parse, unless one of its kind was met before. */
export function noteFinding(cursor: TokenCursor, kind: FindingKind, text: string): void {
  if (!cursor.findings.has(kind)) cursor.findings.set(kind, text);
}

/**
 * Counts one operator or function; the limit on them also bounds how deep trees nest, and so the parsers' recursion.
 */
export function countOperator(cursor: TokenCursor): void {
  cursor.operatorCount++;
  if (cursor.operatorCount > EXPRESSION_LIMITS.operators) {
    throw expressionError(cursor.name, EXPRESSION.tooManyOperators(cursor.operatorCount));
  }
}

/** Parses what stands between the parenthesis at the cursor and the one that closes it. */
export function parseParentheses<Tree>(cursor: TokenCursor, parseInner: (cursor: TokenCursor) => Tree): Tree {
  const open = cursor.index++;
  // Each pair that is not redundant needs an operator of its own, so more of them can't be right.
  if (++cursor.parenthesesDepth > EXPRESSION_LIMITS.operators + 1) {
    throw expressionError(cursor.name, EXPRESSION.redundantParentheses);
  }
  const inner = parseInner(cursor);
  const close = cursor.index;
  expectSymbol(cursor, ')');
  cursor.parenthesesDepth--;
  if (cursor.lastOpen === open + 1 && cursor.lastClose === close - 1) {
    noteFinding(cursor, 'parentheses', EXPRESSION.redundantParentheses);
  }
  cursor.lastOpen = open;
  cursor.lastClose = close;
  return inner;
}

/** Takes a `:` placeholder or throws the syntax error. */
export function takeValuePlaceholder(cursor: TokenCursor): { readonly kind: 'placeholder'; readonly name: string } {
  const token = currentToken(cursor);
  if (token.kind !== 'valuePlaceholder') throw syntaxError(cursor);
  cursor.index++;
  cursor.values.add(token.text);
  return { kind: 'placeholder', name: token.text };
}
