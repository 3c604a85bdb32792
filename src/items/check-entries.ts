/** How the checks of a store go through what may be damaged anywhere. */
import type { Entry, Space, StorageEngine } from '../storage/engine.ts';
import { compareBytes, keyAfter } from '../values/key-encoding.ts';

/** Is called with one line for each problem. */
export type Report = (problem: string) => void;

const CHUNK_ENTRIES = 1_000;

/** The entries of `space` in order, up to the first that the store fails to give. */
export async function* entriesOf(engine: StorageEngine, space: Space, report: Report): AsyncIterable<Entry> {
  let from: Uint8Array | undefined;
  for (;;) {
    let entries: readonly Entry[] = [];
    await reportFailure("can't be read to the end", report, async () => {
      entries = await engine.scan(space, { from }, { limit: CHUNK_ENTRIES });
    });
    yield* entries;
    const last = entries.at(-1);
    if (last === undefined) return;
    if (from !== undefined && compareBytes(last.key, from) < 0) {
      report('entries are out of order');
      return;
    }
    from = keyAfter(last.key);
  }
}

/** Runs `check`; what it throws, as reading damaged bytes does, becomes a problem that starts with `what`. */
export async function reportFailure(what: string, report: Report, check: () => Promise<void> | void): Promise<void> {
  try {
    await check();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    report(`${what}: ${reason.replaceAll(/\s+/g, ' ')}`);
  }
}
