/** Nodes over one database: who is in the list of `stator nodes`, and on whom the background jobs run. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import packageFile from '../../package.json' with { type: 'json' };
import type { LiveNode } from '../../src/jobs/live-nodes.ts';
import { openTestDatabase } from '../postgres.ts';
import { type Program, runProgram, startProgram } from './program.ts';

const JOBS = [
  'advance-tables',
  'expire-items',
  'forget-nodes',
  'forget-triggers',
  'maintain-store',
  'purge-spaces',
  'purge-tokens',
  'split-partitions',
  'trim-logs',
];

let database: Awaited<ReturnType<typeof openTestDatabase>>;
before(async () => {
  database = await openTestDatabase();
});
after(() => database.drop());

interface Node {
  readonly endpoint: string;
  readonly program: Program;
}

async function startNode(): Promise<Node> {
  const args = ['--storage', database.url, '--port', '0', '--threads', '2', '--drain-seconds', '0'];
  const program = startProgram(['start', ...args]);
  return { endpoint: await program.ready(), program };
}

async function listNodes(): Promise<LiveNode[]> {
  const { code, stdout, stderr } = await runProgram(['nodes', '--json'], { env: { STATOR_STORAGE: database.url } });
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as LiveNode[];
}

/** The jobs that run on each node that is listed, by its address. */
async function listJobs(): Promise<Map<string, readonly string[]>> {
  return new Map((await listNodes()).map(({ address, jobs }) => [address, jobs]));
}

/** Asks until all jobs run somewhere, and `condition` holds. */
async function untilJobs(condition: (jobs: ReadonlyMap<string, readonly string[]>) => boolean): Promise<void> {
  for (;;) {
    const jobs = await listJobs();
    if ([...jobs.values()].flat().length === JOBS.length && condition(jobs)) return;
  }
}

async function assertRefused(args: readonly string[], line: RegExp): Promise<void> {
  const { code, stdout, stderr } = await runProgram(['nodes', ...args]);
  assert.match(stderr, /^stator: [^\n]+\n$/);
  assert.match(stderr, line);
  assert.deepEqual({ code, stdout }, { code: 1, stdout: '' });
}

test('what has no nodes is refused in one line, and not changed', async () => {
  await assertRefused([], /--storage URL/);
  await assertRefused(['--storage', './stator-data'], /must be a URL like postgres:/);
  await assertRefused(['--storage', 'postgres://127.0.0.1:1/none'], /can't be reached/);
  for (let i = 0; i < 2; i++) await assertRefused(['--storage', database.url], /holds no store/);
});

test('nodes are listed while they live, and jobs move with them', async (t) => {
  const [first, second] = [await startNode(), await startNode()];

  await t.test('with what they are and do', async () => {
    await untilJobs((jobs) => jobs.size === 2);
    const nodes = await listNodes();
    assert.deepEqual(
      nodes.map(({ address, version, threads }) => ({ address, version, threads })),
      [first.endpoint, second.endpoint]
        .toSorted()
        .map((address) => ({ address, version: packageFile.version, threads: 2 })),
    );
    assert.deepEqual(nodes.flatMap(({ jobs }) => jobs).toSorted(), JOBS);
    assert.ok(nodes.every(({ uptimeMs }) => uptimeMs > 0));
  });

  await t.test('in a table', async () => {
    const { code, stdout } = await runProgram(['nodes', '--storage', database.url]);
    const [head, ...rows] = stdout.trimEnd().split('\n');
    assert.match(head ?? '', /^NODE +ADDRESS +VERSION +UPTIME +REQUESTS\/S +JOBS$/);
    assert.equal(rows.length, 2);
    for (const row of rows) assert.match(row, /^[0-9a-f-]{36} +http:\S+ +\d+\.\d+\.\d+\S* +\d+[smhd]( \d+s)? +\d+ +\S/);
    assert.equal(code, 0);
  });

  await t.test('with their load', async () => {
    const credentials = { accessKeyId: 'any', secretAccessKey: 'any' };
    const client = new DynamoDBClient({ endpoint: second.endpoint, region: 'us-east-1', credentials });
    let isSeen = false;
    const loading = (async () => {
      while (!isSeen) await client.send(new ListTablesCommand({}));
    })();
    while (!isSeen) {
      const nodes = await listNodes();
      isSeen = nodes.some(({ address, requestsPerSecond }) => address === second.endpoint && requestsPerSecond > 0);
    }
    await loading;
    client.destroy();
  });

  await t.test('not when they were killed', async () => {
    first.program.signal('SIGKILL');
    await first.program.ended;
    assert.deepEqual([...(await listJobs()).keys()], [second.endpoint]);
    await untilJobs((jobs) => jobs.size === 1);
  });

  const third = await startNode();
  await t.test('not while they stand still, and afterwards without their jobs', async () => {
    second.program.signal('SIGSTOP');
    assert.deepEqual([...(await listJobs()).keys()], [third.endpoint]);
    await untilJobs((jobs) => jobs.size === 1);
    second.program.signal('SIGCONT');
    await untilJobs((jobs) => jobs.size === 2 && jobs.get(second.endpoint)?.length === 0);
  });

  await t.test('not once they have ended in good order', async () => {
    third.program.signal('SIGTERM');
    assert.equal(await third.program.ended, 0, third.program.stderr());
    assert.deepEqual([...(await listJobs()).keys()], [second.endpoint]);
    await untilJobs((jobs) => jobs.size === 1);
    second.program.signal('SIGTERM');
    assert.equal(await second.program.ended, 0, second.program.stderr());
    assert.deepEqual(await listNodes(), []);
  });
});
