import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { PassThrough } from 'node:stream';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { ApiError } from '../foundation/errors.ts';
import { createBodyReceiver, parseJsonObject } from './request-body.ts';

function isRefused(body: string | Uint8Array): boolean {
  try {
    parseJsonObject(Buffer.from(body));
    return false;
  } catch (error) {
    assert.ok(error instanceof ApiError);
    assert.deepEqual(error.fault, { name: 'SerializationException' });
    return true;
  }
}

const nestObjects = (levels: number): string => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;
const nestArrays = (levels: number): string => `{"a":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`;

test('any JSON object is parsed as it is, however long', () => {
  const padding = fc.nat({ max: 3_000 }).map((length) => ' '.repeat(length));
  fc.assert(
    fc.property(
      fc.dictionary(fc.string({ maxLength: 8 }), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 5 }),
      padding,
      (value, spaces) => {
        const text = JSON.stringify(value) + spaces;
        assert.deepEqual(parseJsonObject(Buffer.from(text)), JSON.parse(text));
      },
    ),
    { numRuns: 200 },
  );
});

test('any bytes are an object or a serialization error', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      isRefused(bytes);
    }),
    { numRuns: 300 },
  );
});

test('a thousand levels are the limit, whatever they are made of', () => {
  for (const nest of [nestObjects, nestArrays]) {
    assert.equal(isRefused(nest(1_000)), false);
    assert.equal(isRefused(nest(1_001)), true);
    // Brackets in strings are no levels; a quote behind a backslash ends none.
    assert.equal(isRefused(`{"b":"\\\\\\"${'['.repeat(2_000)}","c":${nest(999)}}`), false);
    assert.equal(isRefused(`{"b":"${']'.repeat(2_000)}\\\\","c":${nest(1_000)}}`), true);
  }
  assert.equal(isRefused(`{"a":[${Array.from({ length: 5_000 }, () => '[]').join(',')}]}`), false);
});

test('two million arrays and objects are the limit', () => {
  const listOf = (count: number): string => `{"a":[${'{},'.repeat(count - 2)}0],"b":"${'[{'.repeat(10)}"}`;
  assert.equal(isRefused(listOf(2_000_000)), false);
  assert.equal(isRefused(listOf(2_000_001)), true);
});

test('two hundred thousand members of one object are the limit', () => {
  const objectOf = (count: number): string => `{${Array.from({ length: count }, (_, i) => `"a:${i}":1`).join(',')}}`;
  assert.equal(isRefused(objectOf(200_000)), false);
  assert.equal(isRefused(objectOf(200_001)), true);
  assert.equal(isRefused(`{"a":${objectOf(150_000)},"b":[${objectOf(150_000)}]}`), false);
});

test('brackets and colons that are out of place are a serialization error, however many', () => {
  for (const text of [']', '}', ':', ']:', '}{', '{:']) {
    assert.equal(isRefused(`${text.repeat(3_000)}{}`), true);
    assert.equal(isRefused(`{}${text.repeat(3_000)}`), true);
  }
});

test('a member named __proto__ is an ordinary one', () => {
  const value = parseJsonObject(Buffer.from('{"__proto__":{"polluted":true}}'));
  assert.deepEqual(Object.keys(value), ['__proto__']);
  assert.equal(Reflect.get({}, 'polluted'), undefined);
});

test('halves of surrogate pairs become the replacement character, in names too, whole pairs stay', () => {
  const text = String.raw`{"a\ud800":["\uDC00x",{"__proto__":"\udbff"}],"b":"\ud83d\ude00","c":"\\ud800","d":[1,null,true]}`;
  const value = parseJsonObject(Buffer.from(text));
  const expected = String.raw`{"a\ufffd":["\ufffdx",{"__proto__":"\ufffd"}],"b":"\ud83d\ude00","c":"\\ud800","d":[1,null,true]}`;
  assert.equal(JSON.stringify(value), JSON.stringify(JSON.parse(expected)));
});

test('whatever strings come escaped, they are well-formed', () => {
  const escape = (text: string): string =>
    text.replaceAll(/[^]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.nat({ max: 0xffff }), (text, unit) => {
      const given = text + String.fromCharCode(unit);
      const value = parseJsonObject(Buffer.from(`{"${escape(given)}":"${escape(given)}"}`));
      assert.deepEqual(Object.entries(value), [[given.toWellFormed(), given.toWellFormed()]]);
    }),
    { numRuns: 200 },
  );
});

describe('bodies on their way in', () => {
  /** What came of a body, whose pieces are written by hand. */
  function receive(receiver: ReturnType<typeof createBodyReceiver>): {
    readonly stream: PassThrough;
    readonly outcomes: string[];
  } {
    const stream = new PassThrough();
    const outcomes: string[] = [];
    const request = Object.assign(stream, { complete: false }) as unknown as IncomingMessage;
    receiver(
      request,
      (body) => outcomes.push(body.toString()),
      (fault) => outcomes.push(fault.name),
    );
    return { stream, outcomes };
  }
  const write = (stream: PassThrough, text: string): Promise<void> =>
    new Promise((resolve) => stream.write(text, () => setImmediate(resolve)));
  const end = (stream: PassThrough): Promise<void> => new Promise((resolve) => stream.end(() => setImmediate(resolve)));

  test('are given room together, and refused beyond it', async () => {
    const receiver = createBodyReceiver(10_000);
    const first = receive(receiver);
    await write(first.stream, 'a'.repeat(6_000));
    const second = receive(receiver);
    await write(second.stream, 'b'.repeat(6_000));
    assert.deepEqual(second.outcomes, ['ServiceUnavailable']);
    await end(first.stream);
    assert.deepEqual(first.outcomes, ['a'.repeat(6_000)]);
  });

  test('give their room back when they have ended, were refused, or their senders went away', async () => {
    const receiver = createBodyReceiver(10_000);
    for (let round = 0; round < 3; round++) {
      const whole = receive(receiver);
      await write(whole.stream, 'a'.repeat(5_000));
      await write(whole.stream, 'a'.repeat(4_000));
      const refused = receive(receiver);
      await write(refused.stream, 'b'.repeat(5_000));
      await end(whole.stream);
      const broken = receive(receiver);
      await write(broken.stream, 'c'.repeat(9_000));
      broken.stream.destroy();
      await new Promise(setImmediate);
      assert.deepEqual(
        [whole.outcomes, refused.outcomes, broken.outcomes],
        [['a'.repeat(9_000)], ['ServiceUnavailable'], []],
      );
    }
  });

  test('take room for every piece, however small', async () => {
    const { stream, outcomes } = receive(createBodyReceiver(10_000));
    for (let piece = 0; piece < 100; piece++) await write(stream, 'a');
    assert.deepEqual(outcomes, ['ServiceUnavailable']);
  });
});
