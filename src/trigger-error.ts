/** The server refused what it was asked for, or could not be asked; the message is the server's. */
export class TriggerError extends Error {
  override readonly name = 'TriggerError';
  /** The error's name in the API, such as ResourceConflictException; undefined if no server answered. */
  readonly code: string | undefined;

  constructor(message: string, code?: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
