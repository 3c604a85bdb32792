/** The copy can't begin or go on, for a reason the person who asked for it can mend: one line of text. */
export class CopyError extends Error {
  override readonly name = 'CopyError';
}
