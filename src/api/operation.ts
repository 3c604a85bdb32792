/**
 * The contract of an operation: what each file under `api/<service>/` exports, named as the API names it.
 *
 * By the time `run` is called the server has authenticated the caller and checked the body against the operation's
 * shape (types, required members, lengths, patterns, ranges, enums). What is left to `run` is what reads like the
 * API reference: validate the combination of parameters, run, answer.
 */
import type { Answer } from './answer.ts';
import type { OperationContext } from './operation-context.ts';

export interface Operation<Input = never> {
  /** As in `X-Amz-Target` after the dot, and the file's name. */
  readonly name: string;
  /** Answers `input`, an object of the operation's input shape, or throws an ApiError. */
  run(context: OperationContext, input: Input): Promise<Answer>;
}
