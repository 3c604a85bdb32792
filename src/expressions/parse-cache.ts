/** Remembers what the texts of expressions and statements parse to: applications send few texts, many times. */
import { ApiError, validationError } from '../foundation/errors.ts';
import type { ExpressionName } from './ast.ts';
import { EXPRESSION_LIMITS } from './limits.ts';
import { EXPRESSION } from './messages.ts';
import type { ParsedExpression, TokenCursor } from './token-cursor.ts';
import { expressionError, parseWhole } from './token-cursor.ts';

/** How many texts a cache holds, and how many characters they have together; the oldest go first. */
const MAX_TEXTS = 1_000;
const MAX_TOTAL_LENGTH = 200_000;

type Outcome<Tree> = { readonly tree: Tree } | { readonly errorText: string };

/**
 * A function that parses the texts of the parameter `name` with `parse`, from memory where it can, errors included. The
 * trees it gives are shared between callers, who must not change them. Throws ValidationException.
 */
export function createCachedParser<Tree>(
  name: ExpressionName,
  parse: (cursor: TokenCursor) => Tree,
): (text: string) => ParsedExpression<Tree> {
  const parseCached = createTextCache((text) => parseWhole(name, text, parse));
  return (text) => {
    validateSize(name, text);
    return parseCached(text);
  };
}

/** `parse` from memory where it can: what it gave for a text, or the text of the ValidationException that it threw. */
export function createTextCache<Tree>(parse: (text: string) => Tree): (text: string) => Tree {
  const outcomes = new Map<string, Outcome<Tree>>();
  let totalLength = 0;
  return function parseCached(text) {
    let outcome = outcomes.get(text);
    if (outcome === undefined) {
      outcome = parseOutcome(text, parse);
      outcomes.set(text, outcome);
      totalLength += text.length;
      for (const oldest of outcomes.keys()) {
        if (outcomes.size <= MAX_TEXTS && totalLength <= MAX_TOTAL_LENGTH) break;
        outcomes.delete(oldest);
        totalLength -= oldest.length;
      }
    }
    if ('errorText' in outcome) throw validationError(outcome.errorText);
    return outcome.tree;
  };
}

function parseOutcome<Tree>(text: string, parse: (text: string) => Tree): Outcome<Tree> {
  try {
    return { tree: parse(text) };
  } catch (error) {
    if (error instanceof ApiError) return { errorText: error.message };
    throw error;
  }
}

function validateSize(name: ExpressionName, text: string): void {
  // A UTF-16 unit has at most 3 bytes in UTF-8.
  if (text.length * 3 <= EXPRESSION_LIMITS.textSizeBytes) return;
  const sizeBytes = Buffer.byteLength(text);
  if (sizeBytes <= EXPRESSION_LIMITS.textSizeBytes) return;
  const errorText = name === 'FilterExpression' ? EXPRESSION.tooLargeWithSize(sizeBytes) : EXPRESSION.tooLarge;
  throw expressionError(name, errorText);
}
