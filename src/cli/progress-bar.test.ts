import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createProgressBar, formatBytes } from './progress-bar.ts';

/** A bar on a stream that keeps what is written, and a clock that stands still until told. */
function createTestBar(stream: { isTTY?: boolean; columns?: number } = {}) {
  const written: string[] = [];
  const clock = { ms: 5_000 };
  const write = (text: string) => void written.push(text);
  const bar = createProgressBar({ ...stream, write }, () => clock.ms);
  const show = (ms: number, entries: number, stage = 'copying') => {
    clock.ms += ms;
    bar.show({ stage, entries, bytes: entries * 1_000, expectedEntries: 1_000 });
  };
  return { written, show, end: bar.end };
}

test('in a log there is a line for the first of a stage, each tenth and each half minute', () => {
  const { written, show, end } = createTestBar();
  show(0, 0);
  show(1_000, 99);
  show(1_000, 205);
  show(1_000, 299);
  show(1_000, 300);
  show(29_999, 301);
  show(1, 302);
  show(1, 303);
  show(1_000, 1_000);
  show(1_000, 0, 'verifying');
  end();
  assert.deepEqual(written, [
    'copying 0%, 0 entries, 0 bytes\n',
    'copying 20%, 205 entries, 205.0 kB, 102.5 kB/s, 8 s left\n',
    'copying 30%, 300 entries, 300.0 kB, 75.0 kB/s, 10 s left\n',
    'copying 30%, 302 entries, 302.0 kB, 8.9 kB/s, 1 min 19 s left\n',
    'copying 100%, 1,000 entries, 1.0 MB, 28.6 kB/s, 0 s left\n',
    'verifying 0%, 0 entries, 0 bytes\n',
  ]);
});

test('what was there when a stage was first shown counts for no rate', () => {
  const { written, show } = createTestBar();
  show(0, 500);
  show(1_000, 600);
  assert.equal(written.at(-1), 'copying 60%, 600 entries, 600.0 kB, 100.0 kB/s, 4 s left\n');
});

test('on a terminal a bar is drawn over and over in the line, ten times a second', () => {
  const { written, show, end } = createTestBar({ isTTY: true, columns: 100 });
  show(0, 0);
  show(99, 100);
  show(1, 500);
  show(1_000, 0, 'verifying');
  end();
  const [none, half, line] = ['░'.repeat(40), '█'.repeat(20) + '░'.repeat(20), '\r\u001B[K'];
  assert.deepEqual(written, [
    `${line}${none} copying 0%, 0 entries, 0 bytes`,
    `${line}${half} copying 50%, 500 entries, 500.0 kB, 5.0 MB/s, 1 s left`,
    '\n',
    `${line}${none} verifying 0%, 0 entries, 0 bytes`,
    '\n',
  ]);
});

test('the line never wraps', () => {
  for (const columns of [20, 40, 60, 80]) {
    const { written, show } = createTestBar({ isTTY: true, columns });
    show(0, 0);
    show(1_000, 777);
    for (const text of written) assert.ok(text.slice('\r\u001B[K'.length).length < columns, text);
  }
});

test('more entries than expected, or none, are all of them', () => {
  const { written, show } = createTestBar();
  show(0, 1_500);
  assert.deepEqual(written, ['copying 100%, 1,500 entries, 1.5 MB\n']);
});

test('bytes are told in units of a thousand', () => {
  const texts = [0, 999, 1_000, 123_456, 5_000_000_000, 7e15].map(formatBytes);
  assert.deepEqual(texts, ['0 bytes', '999 bytes', '1.0 kB', '123.5 kB', '5.0 GB', '7000.0 TB']);
});
