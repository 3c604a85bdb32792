import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, mock, test } from 'node:test';
import { createStoreCheck } from './store-check.ts';

/** Pings that the test answers. */
function makeStore(): { readonly pings: PromiseWithResolvers<void>[]; readonly ping: () => Promise<void> } {
  const pings: PromiseWithResolvers<void>[] = [];
  const ping = (): Promise<void> => {
    const next = Promise.withResolvers<void>();
    pings.push(next);
    return next.promise;
  };
  return { pings, ping };
}

describe('a check of the store', () => {
  beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }));
  afterEach(() => mock.timers.reset());

  test('shares one ping, and its answer for a second', async () => {
    const { pings, ping } = makeStore();
    const check = createStoreCheck(ping);
    const asked = Array.from({ length: 100 }, check);
    assert.equal(pings.length, 1);
    pings[0]?.resolve();
    assert.deepEqual(new Set(await Promise.all(asked)), new Set([true]));
    mock.timers.tick(999);
    assert.equal(await check(), true);
    assert.equal(pings.length, 1);
    mock.timers.tick(1);
    const later = check();
    assert.equal(pings.length, 2);
    pings[1]?.reject(new Error('out of reach'));
    assert.equal(await later, false);
  });

  test('of one that is back says so a second later', async () => {
    const { pings, ping } = makeStore();
    const check = createStoreCheck(ping);
    const failed = check();
    pings[0]?.reject(new Error('out of reach'));
    assert.equal(await failed, false);
    assert.equal(await check(), false);
    mock.timers.tick(1_000);
    const later = check();
    pings[1]?.resolve();
    assert.equal(await later, true);
  });

  test('gives up waiting, and pings again only when the ping that is late has ended', async () => {
    const { pings, ping } = makeStore();
    const check = createStoreCheck(ping);
    const asked = check();
    mock.timers.tick(900);
    assert.equal(await asked, false);
    mock.timers.tick(60_000);
    assert.equal(await check(), false);
    assert.equal(pings.length, 1);
    pings[0]?.resolve();
    await pings[0]?.promise;
    assert.equal(await check(), false);
    mock.timers.tick(1_000);
    const later = check();
    assert.equal(pings.length, 2);
    pings[1]?.resolve();
    assert.equal(await later, true);
  });
});
