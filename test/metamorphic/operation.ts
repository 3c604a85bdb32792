import type { Database } from './database.ts';
import { type Answer, answerOf } from './errors.ts';
import type { Schema } from './schemas.ts';
import type { Item } from './values.ts';

/** One request. Everything about it is drawn already: it can be sent to several servers, again, and without others. */
export interface Operation {
  readonly name: string;
  readonly input: object;
  /**
   * Does in `database` what the request does and gives what has to be answered. `given` is what was answered, for what
   * is a server's own choice, such as the order of a Scan: where that is a possible choice, it is the answer's too.
   */
  run(database: Database, given: Answer): Answer;
}

/** A table for an operation, and what it is taken to be when the operation is drawn. */
export interface Target {
  /** As the request has it: a name or an ARN. */
  readonly table: string;
  readonly schema: Schema;
  /** The only items to touch; absent for any. */
  readonly keys?: readonly Item[];
}

/** The operation whose answer `run` gives, without members that are undefined; errors that it throws are answers too. */
export function operationOf(
  name: string,
  input: object,
  run: (database: Database, given: Answer) => object,
): Operation {
  return { name, input, run: (database, given) => answerOf(() => withoutUndefined(run(database, given))) };
}

/** `members` as they go over the wire. */
export function withoutUndefined(members: object): object {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}
