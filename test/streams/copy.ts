/** What a run that follows a stream is told, and how it ends. */
import assert from 'node:assert/strict';
import type { Follower } from './follower.ts';
import { readItems, type Sender } from './items.ts';

export interface StreamRunOptions {
  /** An empty folder for data and logs; the caller removes it. */
  readonly folder: string;
  readonly seed: number;
  /** How many writes of items there are. */
  readonly writes: number;
  /** How often a server is killed, evenly over the writes. */
  readonly kills: number;
  readonly report: (line: string) => void;
}

/** Rejects unless what was built from the stream alone is what the table holds. */
export async function assertCopy(follower: Follower, client: Sender, report: (line: string) => void): Promise<void> {
  const items = await readItems(client);
  assert.deepEqual(follower.copy, items, 'the copy is the table');
  const { records, shards, splits } = follower.counts();
  report(`${records} records in ${shards} shards, ${splits} splits: the copy has all ${items.size} items`);
}
