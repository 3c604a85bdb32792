/** Servers that are killed while clients write. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Writers } from './writers.ts';

const PAUSE_MS = 1;

/** Whether a request had no answer, so that nobody knows what became of it. */
export function isCut(error: unknown): boolean {
  const { $metadata } = error as { $metadata?: { httpStatusCode?: number } };
  return $metadata !== undefined && $metadata.httpStatusCode === undefined;
}

export interface KillOptions {
  /** How often, evenly over the writes. */
  readonly kills: number;
  readonly writes: number;
  readonly writers: Writers;
  readonly isWriting: () => boolean;
  /** Resolves when what was killed serves again. */
  readonly kill: () => Promise<void>;
}

/** Kills whenever the next part of the writes is done; resolves with how often, once that was all or nobody writes. */
export async function killNowAndThen({ kills, writes, writers, isWriting, kill }: KillOptions): Promise<number> {
  let killed = 0;
  while (killed < kills && isWriting()) {
    if (writers.sent() >= (writes * (killed + 1)) / (kills + 1)) {
      await kill();
      killed++;
    } else await sleep(PAUSE_MS);
  }
  return killed;
}
