/**
 * States what must be true here unless the program itself is wrong.
 *
 * A failed assertion is a fault of ours: it becomes InternalServerError at the edge and is
 * logged with its cause. Never use it on anything a caller controls.
 */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new AssertionError(message);
}

/** Proves to the compiler that a `switch` is exhaustive. */
export function unreachable(value: never): never {
  throw new AssertionError(`unreachable: ${JSON.stringify(value)}`);
}

class AssertionError extends Error {
  override readonly name = 'AssertionError';
}
