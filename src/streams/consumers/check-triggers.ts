/** Verifies that triggers can be read, and that each is the one of its stream and function, which `createTrigger` keeps. */
import type { Entry, EntryKey, StorageEngine } from '../../storage/engine.ts';
import { compareBytes } from '../../values/key-encoding.ts';
import {
  decodeTrigger,
  decodeTriggerPair,
  scanTriggerEntries,
  scanTriggerPairs,
  triggerKey,
  triggerPairKey,
} from './trigger-record.ts';

type ReadableStore = Pick<StorageEngine, 'get' | 'scan'>;

/** Calls `report` with one line for each problem. `engine` must show one snapshot throughout. */
export async function checkTriggers(engine: ReadableStore, report: (problem: string) => void): Promise<void> {
  for await (const entry of scanTriggerEntries(engine))
    await checkEntry(entry, report, () => checkTrigger(engine, entry));
  for await (const entry of scanTriggerPairs(engine)) await checkEntry(entry, report, () => checkPair(engine, entry));
}

async function checkEntry(
  { key }: Entry,
  report: (problem: string) => void,
  check: () => Promise<string | undefined>,
): Promise<void> {
  const what = `system entry ${JSON.stringify(new TextDecoder().decode(key))}`;
  try {
    const problem = await check();
    if (problem !== undefined) report(`${what} ${problem}`);
  } catch (error) {
    report(`${what} can't be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function checkTrigger(engine: ReadableStore, { key, value }: Entry): Promise<string | undefined> {
  const trigger = decodeTrigger(value);
  if (!isAt(key, triggerKey(trigger.uuid))) return 'is a trigger of another UUID';
  const { space, key: pairKey } = triggerPairKey(trigger);
  const pair = await engine.get(space, pairKey);
  if (pair === undefined || decodeTriggerPair(pair) !== trigger.uuid) {
    return 'is a trigger that is not the one of its stream and function';
  }
  return undefined;
}

async function checkPair(engine: ReadableStore, { key, value }: Entry): Promise<string | undefined> {
  const { space, key: uuidKey } = triggerKey(decodeTriggerPair(value));
  const bytes = await engine.get(space, uuidKey);
  if (bytes === undefined) return 'names a trigger that there is not';
  return isAt(key, triggerPairKey(decodeTrigger(bytes))) ? undefined : 'names a trigger of another stream or function';
}

function isAt(key: Uint8Array, expected: EntryKey): boolean {
  return compareBytes(key, expected.key) === 0;
}
