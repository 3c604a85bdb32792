import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import type { Timer } from '../../foundation/clock.ts';
import { createFileTarget } from './file-target.ts';
import type { FunctionTarget } from './invocation.ts';

const root = mkdtempSync(join(tmpdir(), 'stator-functions-'));
const folder = join(root, 'functions');
mkdirSync(folder);
const targets: FunctionTarget[] = [];
after(async () => {
  await Promise.all(targets.map((target) => target.close()));
  rmSync(root, { recursive: true });
});

const NEVER = new AbortController().signal;

function open(path: string, code: string, timeoutMs = 20_000): FunctionTarget {
  writeFileSync(join(folder, path), code);
  return openAt(path, timeoutMs);
}

function openAt(path: string, timeoutMs = 20_000): FunctionTarget {
  const target = createFileTarget({ folder, path, functionArn: `file:${path}`, timeoutMs });
  targets.push(target);
  return target;
}

async function payloadOf(target: FunctionTarget, event: unknown = { a: 1 }): Promise<unknown> {
  const answer = await target.invoke(JSON.stringify(event), NEVER);
  assert.equal(answer.kind, 'returned', JSON.stringify(answer));
  return answer.kind === 'returned' ? answer.payload : undefined;
}

async function reasonOf(target: FunctionTarget): Promise<string> {
  const answer = await target.invoke('{}', NEVER);
  assert.notEqual(answer.kind, 'returned');
  return `${answer.kind}: ${answer.kind === 'returned' ? '' : answer.reason}`;
}

describe('a handler', () => {
  test('may be of an ES module, and answer by a promise', async () => {
    assert.equal(await payloadOf(open('a.mjs', 'export const handler = async ({ a }) => ({ b: a });')), '{"b":1}');
  });

  test('may be of a CommonJS module, and answer by its callback', async () => {
    const code = 'exports.handler = (event, context, callback) => setTimeout(callback, 1, null, event.a);';
    assert.equal(await payloadOf(open('b.cjs', code)), '1');
  });

  test('may answer by its context, and with nothing', async () => {
    assert.equal(
      await payloadOf(open('c.mjs', 'export function handler(e, context) { context.succeed("x"); }')),
      '"x"',
    );
    assert.equal(await payloadOf(open('d.mjs', 'export function handler() {}')), '');
  });

  test('keeps what it has in memory from call to call', async () => {
    const target = open('e.mjs', 'let n = 0; export const handler = async () => ++n;');
    assert.deepEqual([await payloadOf(target), await payloadOf(target)], ['1', '2']);
  });

  test('starts anew when its file has changed', async () => {
    const target = open('f.mjs', 'export const handler = async () => "old";');
    assert.equal(await payloadOf(target), '"old"');
    writeFileSync(join(folder, 'f.mjs'), 'export const handler = async () => "new";');
    utimesSync(join(folder, 'f.mjs'), 1_000, 1_000);
    assert.equal(await payloadOf(target), '"new"');
  });

  test('is loaded anew once a module that it imports is mended', async () => {
    writeFileSync(join(folder, 'part.mjs'), 'export const answer = (;');
    const target = open('whole.mjs', `export { answer as handler } from './part.mjs';`);
    assert.match(await reasonOf(target), /^failed: .*SyntaxError/);
    writeFileSync(join(folder, 'part.mjs'), 'export const answer = () => 1;');
    assert.equal(await payloadOf(target), '1');
  });

  test('may send messages of its own', async () => {
    const code = `import { parentPort } from 'node:worker_threads';
      export const handler = () => { parentPort.postMessage(null); parentPort.postMessage({ kind: 'returned' }); return 1; };`;
    assert.equal(await payloadOf(open('chatty.mjs', code)), '1');
  });

  test('is ended when it was not called for half a minute', async () => {
    const naps: { readonly ms: number; readonly wake: () => void }[] = [];
    const timer: Timer = {
      elapsedMs: () => 0,
      sleep: (ms) => new Promise((wake) => void naps.push({ ms, wake })),
    };
    const path = 'counting.mjs';
    writeFileSync(join(folder, path), 'let n = 0; export const handler = async () => ++n;');
    const target = createFileTarget({ folder, path, functionArn: '', timer });
    targets.push(target);
    assert.deepEqual([await payloadOf(target), await payloadOf(target)], ['1', '2']);
    assert.deepEqual(
      naps.map(({ ms }) => ms),
      [30_000, 30_000],
    );
    // The first has been interrupted by a call.
    naps[0]?.wake();
    assert.equal(await payloadOf(target), '3');
    naps[2]?.wake();
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(await payloadOf(target), '1');
  });

  test('runs as often at once as it is called', async () => {
    const code = `import { threadId } from 'node:worker_threads';
      export const handler = async () => { await new Promise((r) => setTimeout(r, 50)); return threadId; };`;
    const target = open('g.mjs', code);
    const [first, second] = await Promise.all([payloadOf(target), payloadOf(target)]);
    assert.notEqual(first, second);
  });
});

describe('a function fails', () => {
  test('that throws', async () => {
    const reason = await reasonOf(open('h.mjs', 'export const handler = async () => { throw new RangeError("no"); };'));
    assert.match(reason, /^failed: \{"errorType":"RangeError","errorMessage":"no","trace":\["RangeError: no"/);
  });

  test('that ends its thread, and is there again', async () => {
    const target = open('i.mjs', 'export const handler = async ({ a }) => (a ? "fine" : process.exit(3));');
    assert.equal(await reasonOf(target), 'failed: the function ended its thread with exit code 3');
    assert.equal(await payloadOf(target), '"fine"');
  });

  test('that throws outside of its call', async () => {
    const code = 'export const handler = () => new Promise(() => setTimeout(() => { throw new Error("late"); }, 1));';
    assert.match(await reasonOf(open('j.mjs', code)), /^failed: Error: late/);
  });

  test('that takes too long, though it never rests', async () => {
    const target = open('k.mjs', 'export const handler = async () => { for (;;); };', 200);
    assert.equal(await reasonOf(target), 'failed: Task timed out after 0.2 seconds');
  });

  test('that rests in a system call, and nothing waits for its thread', async () => {
    const code = `import { execSync } from 'node:child_process';
      export const handler = () => execSync('sleep 5');`;
    const target = open('stuck.mjs', code, 500);
    assert.equal(await reasonOf(target), 'failed: Task timed out after 0.5 seconds');
    const slept: number[] = [];
    const timer: Timer = { elapsedMs: () => 0, sleep: async (ms) => void slept.push(ms) };
    const other = createFileTarget({ folder, path: 'stuck.mjs', functionArn: '', timeoutMs: 500, timer });
    assert.equal(await reasonOf(other), 'failed: Task timed out after 0.5 seconds');
    await other.close();
    assert.deepEqual(slept, [1_000]);
  });

  test('that answers more than 6 MB', async () => {
    const code = `export const handler = ({ a }) => 'x'.repeat(6 * 1_048_576 - 2 + (a ? 0 : 1));`;
    const target = open('long.mjs', code);
    assert.match(await reasonOf(target), /^failed: .*the answer is longer than 6291456 bytes/);
    assert.equal(String(await payloadOf(target)).length, 6_291_456);
  });

  test('that has no handler, or does not parse', async () => {
    assert.match(await reasonOf(open('l.mjs', 'export const other = 1;')), /exports no function called handler/);
    assert.match(await reasonOf(open('m.mjs', 'export const handler = (;')), /^failed: .*SyntaxError/);
  });
});

describe('a function can not be run', () => {
  test('whose file is not there', async () => {
    assert.match(await reasonOf(openAt('none.mjs')), /^unreachable: ENOENT/);
  });

  test('whose file is outside of the folder, also by a link', async () => {
    writeFileSync(join(root, 'outside.mjs'), 'export const handler = async () => 1;');
    symlinkSync(join(root, 'outside.mjs'), join(folder, 'link.mjs'));
    for (const path of ['../outside.mjs', 'link.mjs']) {
      assert.match(await reasonOf(openAt(path)), /^unreachable: .* is not in the folder of functions$/);
    }
  });

  test('where there is no folder', async () => {
    const target = createFileTarget({ folder: undefined, path: 'a.mjs', functionArn: '' });
    assert.match(await reasonOf(target), /^unreachable: this server runs no functions from files$/);
  });
});
