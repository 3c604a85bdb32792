/** Parses what follows SET: a path, `=` and the value it gets. */
import type {
  DocumentPath,
  PathOperand,
  UpdateActionTemplate,
  UpdateValueTemplate,
  ValuePlaceholder,
} from '../expressions/ast.ts';
import { equalPaths } from '../expressions/document-path.ts';
import { validationError } from '../foundation/errors.ts';
import { STATEMENT, SYNTAX } from './messages.ts';
import { type Call, parseCall } from './parse-call.ts';
import { parsePath } from './parse-path.ts';
import { acceptValue } from './parse-value.ts';
import {
  acceptSymbol,
  countOperator,
  expectSymbol,
  isAt,
  parseDeeper,
  placeValue,
  syntaxError,
  type TokenCursor,
  tokenAt,
} from './token-cursor.ts';

/** The functions of assignments and how many arguments they take. */
const ASSIGNMENT_FUNCTIONS = { list_append: 2, set_add: 2, set_delete: 2 } as const;

/** What an assignment may be: a value to set, or a change of the set that is there. */
type Assigned = UpdateValueTemplate | SetCall;

interface SetCall {
  readonly kind: 'setCall';
  readonly call: Call<'set_add' | 'set_delete', UpdateValueTemplate>;
}

/** One assignment, as the action that does it. */
export function parseAssignment(cursor: TokenCursor): UpdateActionTemplate {
  countOperator(cursor);
  const path: PathOperand = { kind: 'path', path: parsePath(cursor, SYNTAX.assignmentExpected) };
  expectSymbol(cursor, '=');
  const assigned = parseSum(cursor);
  if (assigned.kind !== 'setCall') return { kind: 'set', path, value: assigned };
  const { name, operands } = assigned.call;
  if (!isPath(operands[0], path.path)) throw validationError(STATEMENT.setElsewhere(name));
  const kind = name === 'set_add' ? 'add' : 'delete';
  return { kind, path, value: asPlaceholder(name, operands[1]) };
}

function isPath(value: UpdateValueTemplate | undefined, path: DocumentPath): boolean {
  return value?.kind === 'path' && equalPaths(value.path, path);
}

function asPlaceholder(name: string, value: UpdateValueTemplate | undefined): ValuePlaceholder {
  if (value?.kind !== 'placeholder') throw validationError(STATEMENT.setExpected(name));
  return value;
}

function parseSum(cursor: TokenCursor): Assigned {
  let left = parseTerm(cursor);
  for (;;) {
    const { kind, text } = tokenAt(cursor);
    if (kind !== 'symbol' || (text !== '+' && text !== '-')) break;
    cursor.index++;
    countOperator(cursor);
    left = { kind: 'arithmetic', operator: text, left: asValue(left), right: asValue(parseTerm(cursor)) };
  }
  if (isAt(cursor, 'symbol', '*') || isAt(cursor, 'symbol', '/') || isAt(cursor, 'symbol', '%')) {
    throw validationError(STATEMENT.unsupportedOperator(tokenAt(cursor).text));
  }
  return left;
}

function parseTerm(cursor: TokenCursor): Assigned {
  if (acceptSymbol(cursor, '(')) {
    const inner = parseDeeper(cursor, parseSum);
    expectSymbol(cursor, ')');
    return inner;
  }
  if (isAt(cursor, 'symbol', '(', 1) && (isAt(cursor, 'identifier') || isAt(cursor, 'keyword'))) {
    return parseFunction(cursor);
  }
  const value = acceptValue(cursor);
  if (value !== undefined) return placeValue(cursor, value);
  if (isAt(cursor, 'keyword')) throw syntaxError(SYNTAX.unexpectedKeyword);
  return { kind: 'path', path: parsePath(cursor, SYNTAX.unexpectedTerm) };
}

function parseFunction(cursor: TokenCursor): Assigned {
  countOperator(cursor);
  const { name, operands } = parseCall(cursor, (inner) => asValue(parseSum(inner)), ASSIGNMENT_FUNCTIONS);
  if (name !== 'list_append') return { kind: 'setCall', call: { name, operands } };
  const [first, second] = operands as readonly [UpdateValueTemplate, UpdateValueTemplate];
  return { kind: 'listAppend', first, second };
}

function asValue(assigned: Assigned): UpdateValueTemplate {
  if (assigned.kind === 'setCall') throw validationError(STATEMENT.setActionNested(assigned.call.name));
  return assigned;
}
