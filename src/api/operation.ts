/**
 * The contract of an operation: what each file under `api/<service>/` exports, named as the API names it.
 *
 * By the time `run` is called the server has authenticated the caller and checked the body against the operation's
 * shape (types, required members, lengths, patterns, ranges, enums). What is left to `run` is what reads like the
 * API reference: validate the combination of parameters, run, answer.
 */
import type { Answer } from './answer.ts';
import type { OperationContext } from './operation-context.ts';

/** What an operation may know of the one request that it answers. */
export interface Call {
  /** As in the answer's `x-amzn-RequestId`: names the request in logs and records. */
  readonly requestId: string;
  /** The request's Host header: where the caller thinks that this server is. */
  readonly host: string | undefined;
  /** Who sent it: verified where the server has credentials, as claimed where it accepts any. */
  readonly caller: { readonly accessKeyId: string };
}

export interface Operation<Input = never> {
  /** As in `X-Amz-Target` after the dot, and the file's name. */
  readonly name: string;
  /**
   * Answers `input`, an object of the operation's input shape, or throws an ApiError. `context` is the same for all
   * requests, `call` is this one's. The server always passes it, so an operation that needs it declares it as
   * `call: Call`; one that doesn't leaves it out, and can then be run without, as unit tests do.
   */
  run(context: OperationContext, input: Input, call?: Call): Promise<Answer>;
}
