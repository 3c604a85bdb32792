/** Removes the tokens of requests whose time is over, a few hundred at a time. */
import type { Clock } from '../foundation/clock.ts';
import { type ExpiredToken, expiredTokenKey, forgetToken, listExpiredTokens } from '../items/request-tokens.ts';
import type { Job } from './job.ts';
import { fenced } from './lease.ts';

/** What one step removes at most, two entries each: it holds the writer for one or two milliseconds. */
const STEP_TOKENS = 200;

const INTERVAL_MS = 5_000;

/** Forgets expired tokens. */
export const purgeTokens = fenced<readonly ExpiredToken[], null>({
  name: 'purgeTokens',
  reads: (tokens) => tokens.map(expiredTokenKey),
  decide: (tokens, values) => ({ writes: tokens.flatMap((token, i) => forgetToken(token, values[i])), output: null }),
});

export function createPurgeTokensJob(clock: Clock): Job {
  return {
    name: 'purge-tokens',
    intervalMs: INTERVAL_MS,
    async run(store) {
      const tokens = await listExpiredTokens(store, clock.nowMs(), STEP_TOKENS);
      if (tokens.length > 0) await store.transact(purgeTokens, tokens);
      return tokens.length === STEP_TOKENS ? 'more' : 'done';
    },
  };
}
