/** Lets writers of one thread that read the same entry go one after the other, rather than fight in the database. */
import { isAway } from './errors.ts';

export interface KeyQueues {
  /**
   * Runs `use` when all that came before with any of the same `names` have ended. Rejects as they did if one of them
   * found that the store is away: who waited doesn't wait again to find out.
   */
  run<Result>(names: readonly string[], use: () => Promise<Result>): Promise<Result>;
}

/** What ended a turn, if it is something that ends those behind it too. */
type Outage = { readonly error: unknown } | undefined;

export function createKeyQueues(): KeyQueues {
  const lasts = new Map<string, Promise<Outage>>();
  return {
    async run(names, use) {
      const before: Promise<Outage>[] = [];
      const { promise, resolve } = Promise.withResolvers<Outage>();
      for (const name of names) {
        const last = lasts.get(name);
        if (last !== undefined && last !== promise) before.push(last);
        lasts.set(name, promise);
      }
      let outage: Outage;
      try {
        const [earlier] = before.length > 0 ? (await Promise.all(before)).filter((ended) => ended !== undefined) : [];
        if (earlier !== undefined) throw earlier.error;
        return await use();
      } catch (error) {
        if (isAway(error)) outage = { error };
        throw error;
      } finally {
        for (const name of names) if (lasts.get(name) === promise) lasts.delete(name);
        resolve(outage);
      }
    },
  };
}
