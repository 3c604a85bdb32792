/** Answers, and the errors among them, as they come over the wire. */

/** An answer without what differs from server to server. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** Thrown in the model where a request has to fail. */
class ModelError extends Error {
  readonly body: Fault;

  constructor(type: string, message: string, members: object = {}) {
    super(message);
    this.body = { __type: type, message, ...members };
  }
}

/** The body of an error. */
export interface Fault {
  readonly __type: string;
  readonly message?: string;
  readonly [member: string]: unknown;
}

/** The value of `run`, or what the caller is told of the error that it throws. */
export function attempt<Value>(run: () => Value): { readonly value: Value } | { readonly fault: Fault } {
  try {
    return { value: run() };
  } catch (error) {
    if (error instanceof ModelError) return { fault: error.body };
    throw error;
  }
}

/** What `run` returns, or the error that it throws, as an answer. */
export function answerOf(run: () => object): Answer {
  try {
    return { status: 200, body: run() };
  } catch (error) {
    if (error instanceof ModelError) return { status: 400, body: JSON.parse(JSON.stringify(error.body)) as unknown };
    throw error;
  }
}

export function validationError(message: string): Error {
  return new ModelError('com.amazon.coral.validate#ValidationException', message);
}

/** One for a parameter that is no good, in the words that most of them share. */
export function invalidParameter(message: string): Error {
  return validationError(`One or more parameter values were invalid: ${message}`);
}

export function modelledError(name: string, message: string, members?: object): Error {
  return new ModelError(`com.amazonaws.dynamodb.v20120810#${name}`, message, members);
}

/** One whose text is in `Message`. */
export function transactionCanceled(reasons: readonly { readonly Code: string }[]): Error {
  const codes = reasons.map(({ Code }) => Code).join(', ');
  return modelledError('TransactionCanceledException', '', {
    message: undefined,
    Message: `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`,
    CancellationReasons: reasons,
  });
}

export function tableNotFound(): Error {
  return modelledError('ResourceNotFoundException', 'Requested resource not found');
}
