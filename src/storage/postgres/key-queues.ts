/** Lets writers of one thread that read the same entry go one after the other, rather than fight in the database. */

export interface KeyQueues {
  /** Runs `use` when all that came before with any of the same `names` have ended. */
  run<Result>(names: readonly string[], use: () => Promise<Result>): Promise<Result>;
}

export function createKeyQueues(): KeyQueues {
  const lasts = new Map<string, Promise<void>>();
  return {
    async run(names, use) {
      const before: Promise<void>[] = [];
      const { promise, resolve } = Promise.withResolvers<void>();
      for (const name of names) {
        const last = lasts.get(name);
        if (last !== undefined && last !== promise) before.push(last);
        lasts.set(name, promise);
      }
      if (before.length > 0) await Promise.all(before);
      try {
        return await use();
      } finally {
        for (const name of names) if (lasts.get(name) === promise) lasts.delete(name);
        resolve();
      }
    },
  };
}
