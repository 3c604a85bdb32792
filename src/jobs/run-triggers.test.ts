import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import type { TriggersOptions } from './run-triggers.ts';
import { startTriggers } from './run-triggers.ts';
import { type TriggerRecord, encodeTrigger, triggerKey } from '../streams/consumers/trigger-record.ts';

const folder = mkdtempSync(join(tmpdir(), 'stator-functions-'));
after(() => rmSync(folder, { recursive: true }));

const URL_TRIGGER: TriggerRecord = {
  uuid: 'url',
  streamArn: 'arn:aws:dynamodb:us-east-1:000000000000:table/T/stream/L',
  target: { kind: 'http', url: 'http://localhost/' },
  functionArn: 'http://localhost/',
  enabled: true,
  batchSize: 10,
  batchingWindowMs: 0,
  startingPosition: 'TRIM_HORIZON',
  filters: [],
  parallelization: 1,
  maxRetries: -1,
  bisect: false,
  maxAgeMs: -1,
  reportsItemFailures: false,
  state: 'Enabled',
  stateReason: '',
  lastModifiedMs: 0,
  createdAtMs: 0,
};
const FILE_TRIGGER: TriggerRecord = {
  ...URL_TRIGGER,
  uuid: 'file',
  target: { kind: 'file', path: 'a.mjs' },
  functionArn: 'file:a.mjs',
};

/** Has a node look at both triggers `looks` times, after `before` of each; gives the jobs that it kept then. */
async function look(
  node: Pick<TriggersOptions, 'functions' | 'isAlone'>,
  looks: number,
  before: (look: number) => void = () => undefined,
): Promise<{ readonly kept: string[]; readonly left: string[] }> {
  const kept: string[] = [];
  const left: string[] = [];
  const done = Promise.withResolvers<void>();
  before(0);
  const triggers = startTriggers({
    ...node,
    engine: {
      get: async () => undefined,
      scan: async () =>
        [FILE_TRIGGER, URL_TRIGGER].map((trigger) => ({
          key: triggerKey(trigger.uuid).key,
          value: encodeTrigger(trigger),
        })),
      readLog: async () => [],
      logBounds: async () => [],
      waitForAppends: async () => undefined,
    },
    scheduler: {
      keepJobs(jobs) {
        kept.push(jobs.map(({ name }) => name).join(' '));
        before(kept.length);
        if (kept.length === looks) done.resolve();
      },
    },
    clock: { nowMs: () => 0 },
    timer: {
      elapsedMs: () => 0,
      sleep: async (_ms, signal) => {
        if (kept.length < looks) return;
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
      },
    },
    random: { bytes: (length) => new Uint8Array(length), uuid: () => 'id' },
    onError: (error) => assert.fail(String(error)),
    onFailedCall: assert.fail,
    onLeft: (uuid, reason) => void left.push(`${uuid}: ${reason}`),
  });
  await done.promise;
  await triggers.close();
  return { kept, left };
}

const BOTH = 'trigger/file trigger/url';

describe('a node among others', () => {
  test('without a folder of functions leaves triggers of files to them, and says so once', async () => {
    assert.deepEqual(await look({ functions: undefined, isAlone: false }, 2), {
      kept: ['trigger/url', 'trigger/url'],
      left: ['file: this server runs no functions from files'],
    });
  });

  test('runs triggers of the files that it has, for as long as it has them', async () => {
    const path = join(folder, 'a.mjs');
    const { kept, left } = await look({ functions: folder, isAlone: false }, 3, (number) => {
      if (number === 1) writeFileSync(path, '');
      else rmSync(path, { force: true });
    });
    assert.deepEqual(kept, ['trigger/url', BOTH, 'trigger/url']);
    assert.equal(left.length, 2);
    for (const text of left) assert.match(text, /^file: ENOENT/);
  });
});

test('a node that is alone runs all triggers, so that what it can not call is told of and given up', async () => {
  assert.deepEqual(await look({ functions: undefined, isAlone: true }, 1), { kept: [BOTH], left: [] });
});
