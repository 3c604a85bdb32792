/** Parses document paths: `a`, `#n.b[3]`. */
import type { PathElement, PathReference } from './ast.ts';
import { EXPRESSION_LIMITS } from './limits.ts';
import { EXPRESSION } from './messages.ts';
import { isReservedWord } from './reserved-words.ts';
import type { TokenCursor } from './token-cursor.ts';
import { acceptSymbol, currentToken, expectSymbol, noteFinding, syntaxError } from './token-cursor.ts';

/**
 * Parses one document path at the cursor. Literal names are checked against the reserved words, all of the path's
 * elements.
 */
export function parsePath(cursor: TokenCursor): PathReference {
  const elements: PathElement[] = [parseName(cursor)];
  let hasPlaceholder = isPlaceholder(elements[0]);
  for (;;) {
    if (acceptSymbol(cursor, '.')) {
      const name = parseName(cursor);
      hasPlaceholder ||= isPlaceholder(name);
      elements.push(name);
    } else if (acceptSymbol(cursor, '[')) {
      elements.push(parseIndex(cursor));
      expectSymbol(cursor, ']');
    } else {
      break;
    }
  }
  if (elements.length > EXPRESSION_LIMITS.pathElements) {
    noteFinding(cursor, 'path', EXPRESSION.pathTooDeep(elements.length));
  }
  Object.freeze(elements);
  return hasPlaceholder ? { kind: 'pathTemplate', elements } : { kind: 'path', path: elements };
}

function isPlaceholder(element: PathElement | undefined): boolean {
  return typeof element === 'string' && element.startsWith('#');
}

function parseName(cursor: TokenCursor): string {
  const token = currentToken(cursor);
  if (token.kind === 'namePlaceholder') cursor.names.add(token.text);
  else if (token.kind !== 'identifier') throw syntaxError(cursor);
  else if (isReservedWord(token.text)) noteFinding(cursor, 'reservedWord', EXPRESSION.reservedWord(token.text));
  cursor.index++;
  return token.text;
}

function parseIndex(cursor: TokenCursor): number {
  const token = currentToken(cursor);
  if (token.kind !== 'number') throw syntaxError(cursor);
  cursor.index++;
  const index = Number(token.text);
  if (index > EXPRESSION_LIMITS.listIndex) noteFinding(cursor, 'path', EXPRESSION.listIndexOutOfRange(token.text));
  return index;
}
