/**
 * The entry to PartiQL: from the text of a statement to its tree. What needs a request's parameters is `bind.ts`'s, what
 * needs its table `plan-read.ts`'s and `plan-write.ts`'s.
 *
 * Applications send few texts, many times, so trees and errors are remembered.
 */
import { ApiError, validationError } from '../foundation/errors.ts';
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

/** How many texts are remembered, and how many characters they have together; the oldest go first. */
const MAX_TEXTS = 1_000;
const MAX_TOTAL_LENGTH = 400_000;

type Outcome = { readonly parsed: ParsedStatement } | { readonly errorText: string };

const outcomes = new Map<string, Outcome>();
let totalLength = 0;

/** The tree of `text`, which is shared between callers and must not change. Throws ValidationException. */
export function parseStatement(text: string): ParsedStatement {
  let outcome = outcomes.get(text);
  if (outcome === undefined) {
    outcome = parseOutcome(text);
    outcomes.set(text, outcome);
    totalLength += text.length;
    for (const oldest of outcomes.keys()) {
      if (outcomes.size <= MAX_TEXTS && totalLength <= MAX_TOTAL_LENGTH) break;
      outcomes.delete(oldest);
      totalLength -= oldest.length;
    }
  }
  if ('errorText' in outcome) throw validationError(outcome.errorText);
  return outcome.parsed;
}

function parseOutcome(text: string): Outcome {
  try {
    const cursor = openCursor(text);
    const statement = parseWhole(cursor);
    return { parsed: foldConstants({ statement, values: cursor.values, parameterCount: cursor.parameterCount }) };
  } catch (error) {
    if (error instanceof ApiError) return { errorText: error.message };
    throw error;
  }
}

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
