import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { Client } from 'pg';
import { startPostgres } from '../test/postgres.ts';
import type { PostgresServer } from '../test/postgres.ts';
import { measureCost, readCpuUs } from './cost.ts';

const skip = existsSync(`/proc/self/task/${process.pid}/children`) ? false : 'the system does not tell of children';

/** A program for `node -e` that keeps a processor busy for 100 ms of its time. */
const BUSY = 'while (process.cpuUsage().user < 100_000);';

test('the time of a process is that of its threads and its children, ended or not', { skip }, async (t) => {
  const started = readCpuUs(process.pid) ?? 0;
  spawnSync(process.execPath, ['-e', BUSY]);
  const ended = readCpuUs(process.pid) ?? 0;
  assert(ended - started >= 90_000, `${ended - started} µs`);

  const child = spawn(process.execPath, ['-e', `${BUSY} console.log(); setInterval(() => {}, 1000)`]);
  t.after(() => child.kill());
  await once(child.stdout, 'data');
  const running = readCpuUs(process.pid) ?? 0;
  assert(running - ended >= 90_000, `${running - ended} µs`);
});

test('where the system does not tell, the time is undefined', () => {
  assert.equal(readCpuUs(2 ** 30), undefined);
});

let postgres: PostgresServer;
before(async () => {
  postgres = await startPostgres();
});
after(() => postgres.remove());

test('costs are those of one request, and of the database those of all its processes', { skip }, async () => {
  const { url, pid } = postgres;
  assert(pid !== undefined);
  const client = new Client({ connectionString: url });
  await client.connect();
  const load = async (): Promise<{ readonly requests: number }> => {
    await client.query('CREATE TABLE numbers AS SELECT n FROM generate_series(1, 300000) AS t (n)');
    return { requests: 10 };
  };
  const { requests, cost } = await measureCost(process.pid, { url, pid }, load).finally(() => client.end());
  assert.equal(requests, 10);
  // Some 20 ms; and every row is in the log with its 4 bytes and a header.
  assert((cost.databaseCpuUs ?? 0) >= 1000, `${cost.databaseCpuUs} µs`);
  assert((cost.walBytes ?? 0) > (300_000 * 4) / 10, `${cost.walBytes} bytes`);
  assert(cost.serverCpuUs !== undefined);
});

test('without a database there are no costs of one', async () => {
  const { cost } = await measureCost(process.pid, undefined, async () => ({ requests: 1 }));
  assert.equal(cost.databaseCpuUs, undefined);
  assert.equal(cost.walBytes, undefined);
});
