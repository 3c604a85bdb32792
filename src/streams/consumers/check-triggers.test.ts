import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Entry, EntryKey, StorageEngine } from '../../storage/engine.ts';
import { checkTriggers } from './check-triggers.ts';
import { type TriggerRecord, encodeTrigger, encodeTriggerPair, triggerKey, triggerPairKey } from './trigger-record.ts';

const TRIGGER: TriggerRecord = {
  uuid: '00000000-0000-4000-8000-000000000001',
  streamArn: 'arn:aws:dynamodb:us-east-1:000000000000:table/t/stream/2026-01-01T00:00:00.000',
  target: { kind: 'http', url: 'https://example.com/' },
  functionArn: 'https://example.com/',
  enabled: true,
  batchSize: 100,
  batchingWindowMs: 0,
  startingPosition: 'LATEST',
  filters: [],
  parallelization: 1,
  maxRetries: -1,
  bisect: false,
  maxAgeMs: -1,
  reportsItemFailures: false,
  state: 'Enabled',
  stateReason: 'User action',
  lastModifiedMs: 0,
  createdAtMs: 0,
};
const OTHER: TriggerRecord = { ...TRIGGER, uuid: '00000000-0000-4000-8000-000000000002', functionArn: 'file:a.mjs' };

function storeOf(entries: readonly Entry[]): Pick<StorageEngine, 'get' | 'scan'> {
  const sorted = entries.toSorted((one, other) => Buffer.compare(one.key, other.key));
  return {
    get: async (_space, key) => sorted.find((entry) => Buffer.compare(entry.key, key) === 0)?.value,
    scan: async (_space, { from, before }) =>
      sorted.filter(
        ({ key }) =>
          (from === undefined || Buffer.compare(key, from) >= 0) &&
          (before === undefined || Buffer.compare(key, before) < 0),
      ),
  };
}

const entry = ({ key }: EntryKey, value: Uint8Array): Entry => ({ key, value });
const record = (trigger: TriggerRecord): Entry => entry(triggerKey(trigger.uuid), encodeTrigger(trigger));
const pair = (trigger: TriggerRecord, uuid = trigger.uuid): Entry =>
  entry(triggerPairKey(trigger), encodeTriggerPair(uuid));

async function check(...entries: readonly Entry[]): Promise<string[]> {
  const problems: string[] = [];
  await checkTriggers(storeOf(entries), (problem) => problems.push(problem));
  return problems.map((problem) => problem.replaceAll(/[0-9a-f]{64}/g, 'HASH'));
}

test('sound triggers are no problem', async () => {
  assert.deepEqual(await check(), []);
  assert.deepEqual(await check(record(TRIGGER), pair(TRIGGER), record(OTHER), pair(OTHER)), []);
});

test('each problem is told in a line', async () => {
  const at = `system entry "trigger/${TRIGGER.uuid}"`;
  const notTheOne = `${at} is a trigger that is not the one of its stream and function`;
  assert.deepEqual(await check(record(TRIGGER)), [notTheOne]);
  assert.deepEqual(await check(pair(TRIGGER)), ['system entry "trigger-of/HASH" names a trigger that there is not']);
  assert.deepEqual(await check(record(TRIGGER), pair(TRIGGER, OTHER.uuid), record(OTHER), pair(OTHER)), [
    notTheOne,
    'system entry "trigger-of/HASH" names a trigger of another stream or function',
  ]);
  assert.deepEqual(await check(entry(triggerKey(TRIGGER.uuid), encodeTrigger(OTHER)), pair(OTHER), record(OTHER)), [
    `${at} is a trigger of another UUID`,
  ]);
  assert.deepEqual(await check(entry(triggerKey(TRIGGER.uuid), Uint8Array.of(9))), [
    `${at} can't be read: trigger of unknown format version 9`,
  ]);
});
