/** Parses projection expressions: document paths with commas between them. */
import type { PathReference } from './ast.ts';
import { parsePath } from './parse-path.ts';
import type { TokenCursor } from './token-cursor.ts';
import { acceptSymbol } from './token-cursor.ts';

/** The paths, in order. */
export function parseProjection(cursor: TokenCursor): readonly PathReference[] {
  const paths = [parsePath(cursor)];
  while (acceptSymbol(cursor, ',')) paths.push(parsePath(cursor));
  return paths;
}
