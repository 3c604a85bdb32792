import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';

const MODULE = JSON.stringify(new URL('logging.ts', import.meta.url).href);

/** Runs `program` in a process of its own and gives back the objects it logged. */
function runProgram(program: string): Record<string, unknown>[] {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
  assert.equal(stdout, '');
  return stderr
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

test('lines are JSON on standard error, with the bindings, from the level on', () => {
  const lines = runProgram(`
    const { createLogger } = await import(${MODULE});
    const logger = createLogger('info', { thread: 3 });
    logger.debug('unseen');
    logger.info({ port: 8000 }, 'listening');
    logger.error({ err: new Error('outer', { cause: new Error('inner') }) }, 'failed');
    process.exit(0);
  `);
  assert.deepEqual(
    lines.map(({ level, thread, msg }) => ({ level, thread, msg })),
    [
      { level: 'info', thread: 3, msg: 'listening' },
      { level: 'error', thread: 3, msg: 'failed' },
    ],
  );
  assert.equal(lines[0]?.['port'], 8000);
  assert.match(String(lines[0]?.['time']), /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  assert.match(JSON.stringify(lines[1]?.['err']), /outer.*inner/);
});

test('a worker thread logs too, and nothing is lost at its end', () => {
  const worker = `
    import(${MODULE}).then(({ createLogger }) => {
      const logger = createLogger('warn', { thread: 'worker' });
      for (let i = 0; i < 100; i++) logger.warn({ i }, 'line');
      process.exit(0);
    });
  `;
  const lines = runProgram(`
    import { Worker } from 'node:worker_threads';
    import { once } from 'node:events';
    await once(new Worker(${JSON.stringify(worker)}, { eval: true }), 'exit');
  `);
  assert.deepEqual(
    lines.map((line) => line['i']),
    Array.from({ length: 100 }, (_, i) => i),
  );
});
