/**
 * The procedure of write transactions: the writes, and the token of the request that asked for them, in one atomic
 * step. A request that was carried out before is recognised by its token and answered without being run.
 */
import type { Procedure } from '../storage/engine.ts';
import { type RequestToken, readToken, rememberToken, tokenKey } from './request-tokens.ts';
import { type WriteItemsInput, type WriteItemsOutput, haveChanged, writeItems } from './write-items.ts';

export interface TransactItemsInput {
  readonly writes: WriteItemsInput;
  readonly token?: RequestToken | undefined;
}

export type TransactItemsOutput = WriteItemsOutput | TokenAnswer;

/** What the token alone says of a request. */
export type TokenAnswer =
  /** It was carried out before; the sizes are those of `TokenRecord`. */
  | { readonly kind: 'replayed'; readonly chargedSizesBytes: readonly number[] }
  /** Another request came with this token. */
  | { readonly kind: 'mismatch' };

export const transactItems: Procedure<TransactItemsInput, TransactItemsOutput> = {
  name: 'transactItems',

  reads({ writes, token }) {
    const keys = writeItems.reads(writes);
    return token === undefined ? keys : [...keys, tokenKey(token)];
  },

  decide({ writes: input, token }, values) {
    if (token === undefined) return writeItems.decide(input, values);
    const stored = values.at(-1);
    const answer = answerToken(token, stored, input.nowMs);
    if (answer !== undefined) {
      // A table that is gone has the same answer whether the caller's thread knows that yet or not.
      return { writes: [], output: haveChanged(input.tables, values) ? { kind: 'stale' } : answer };
    }
    const { writes, output } = writeItems.decide(input, values);
    if (output.kind !== 'done') return { writes, output };
    const sizes = output.results.map(({ chargedSizeBytes }) => chargedSizeBytes);
    return { writes: [...writes, ...rememberToken(token, sizes, stored, input.nowMs)], output };
  },
};

/** The answer to a request with `token`, whose record's bytes are `stored`; undefined if it is new and to be run. */
export function answerToken(
  token: RequestToken,
  stored: Uint8Array | undefined,
  nowMs: number,
): TokenAnswer | undefined {
  const record = readToken(stored, nowMs);
  if (record === undefined) return undefined;
  if (record.requestHash !== token.requestHash) return { kind: 'mismatch' };
  return { kind: 'replayed', chargedSizesBytes: record.chargedSizesBytes };
}
