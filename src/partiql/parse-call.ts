/** Parses calls of functions, whose names have no case. */
import { validationError } from '../foundation/errors.ts';
import { STATEMENT } from './messages.ts';
import { acceptSymbol, expectSymbol, isAt, parseDeeper, type TokenCursor, tokenAt } from './token-cursor.ts';

export interface Call<Name, Operand> {
  readonly name: Name;
  readonly operands: readonly Operand[];
}

/**
 * The call at the cursor, which stands on the function's name. `argumentCounts` are the functions that may stand here;
 * throws the ValidationException for any other, and for a wrong number of arguments.
 */
export function parseCall<Operand, Counts extends Readonly<Record<string, number>>>(
  cursor: TokenCursor,
  parseOperand: (cursor: TokenCursor) => Operand,
  argumentCounts: Counts,
): Call<keyof Counts & string, Operand> {
  const name = tokenAt(cursor).text.toLowerCase();
  if (!Object.hasOwn(argumentCounts, name)) throw validationError(STATEMENT.unsupportedFunction(name));
  cursor.index += 2;
  const operands = parseDeeper(cursor, () => parseOperands(cursor, parseOperand));
  if (operands.length !== argumentCounts[name]) throw validationError(STATEMENT.argumentCount(name, operands.length));
  return { name, operands };
}

function parseOperands<Operand>(cursor: TokenCursor, parseOperand: (cursor: TokenCursor) => Operand): Operand[] {
  const operands: Operand[] = [];
  if (!isAt(cursor, 'symbol', ')')) {
    do operands.push(parseOperand(cursor));
    while (acceptSymbol(cursor, ','));
  }
  expectSymbol(cursor, ')');
  return operands;
}
