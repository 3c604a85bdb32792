import { setTimeout as sleep } from 'node:timers/promises';

const PAUSE_MS = 20;

/** Resolves once `condition` holds, which it asks again and again; a test that it never does ends by its own limit. */
export async function waitUntil(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(PAUSE_MS);
}
