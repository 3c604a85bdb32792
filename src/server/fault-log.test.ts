import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { afterEach, beforeEach, describe, mock, test } from 'node:test';
import pino from 'pino';
import { createFaultLog, type FaultLog } from './fault-log.ts';

class StoreGone extends Error {
  override readonly name = 'StoreGone';
}

class Conflict extends Error {
  override readonly name = 'Conflict';
}

const BEGUN = 'requests are refused for a fault below the operations';
const ENDED = 'no more requests are refused for this fault';

function makeLog(): { readonly log: FaultLog; lines(): Record<string, unknown>[] } {
  let text = '';
  const logger = pino(
    { level: 'warn' },
    new Writable({ write: (chunk, _encoding, done) => ((text += String(chunk)), done()) }),
  );
  const lines = (): Record<string, unknown>[] =>
    text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  return { log: createFaultLog(logger), lines };
}

describe('the log of faults', () => {
  beforeEach(() => mock.timers.enable({ apis: ['setInterval'] }));
  afterEach(() => mock.timers.reset());

  test('has one line for the first of many, and one with their number when they have ended', () => {
    const { log, lines } = makeLog();
    for (let second = 0; second < 60; second++) {
      for (let i = 0; i < 100; i++) log.note(new StoreGone('no answer'), { requestId: `${second}-${i}` });
      mock.timers.tick(1_000);
    }
    assert.equal(lines().length, 1);
    assert.partialDeepStrictEqual(lines()[0], { fault: 'StoreGone', requestId: '0-0', msg: BEGUN });
    assert.match(JSON.stringify(lines()[0]?.['err']), /no answer/);
    mock.timers.tick(20_000);
    assert.equal(lines().length, 2);
    assert.partialDeepStrictEqual(lines()[1], { fault: 'StoreGone', requests: 6_000, msg: ENDED });
    mock.timers.tick(60_000);
    assert.equal(lines().length, 2);
  });

  test('keeps faults of different names apart', () => {
    const { log, lines } = makeLog();
    for (const error of [new StoreGone(), new Conflict(), new StoreGone(), 'thrown text']) log.note(error, {});
    mock.timers.tick(20_000);
    assert.deepEqual(
      lines().map(({ fault, msg, requests }) => [fault, msg, requests]),
      [
        ['StoreGone', BEGUN, undefined],
        ['Conflict', BEGUN, undefined],
        ['unknown', BEGUN, undefined],
        ['StoreGone', ENDED, 2],
        ['Conflict', ENDED, 1],
        ['unknown', ENDED, 1],
      ],
    );
  });

  test('begins anew after an end, and tells the number at its own end', () => {
    const { log, lines } = makeLog();
    log.note(new StoreGone(), {});
    mock.timers.tick(20_000);
    log.note(new StoreGone(), {});
    log.note(new StoreGone(), {});
    log.close();
    log.close();
    assert.deepEqual(
      lines().map(({ msg, requests }) => [msg, requests]),
      [
        [BEGUN, undefined],
        [ENDED, 1],
        [BEGUN, undefined],
        [ENDED, 2],
      ],
    );
  });
});
