/** What the command takes, and the one line with which it refuses. */
import Database from 'better-sqlite3';
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import packageFile from '../../package.json' with { type: 'json' };
import { findFreePort } from '../server-process.ts';
import { makeFolder, type Program, type ProgramOptions, runProgram, startProgram } from './program.ts';

/** Asserts that the program ends with 1 and one line, before it has said anything else. */
async function assertRefused(args: readonly string[], line: RegExp, options: ProgramOptions = {}): Promise<void> {
  const { code, stdout, stderr } = await runProgram(args, { cwd: makeFolder(), ...options });
  assert.match(stderr, /^stator: [^\n]+\n$/);
  assert.match(stderr.slice('stator: '.length, -1), line);
  assert.equal(stdout, '');
  assert.equal(code, 1);
}

/** Runs `use` on a server that is ready, and ends it. */
async function withServer(
  args: readonly string[],
  options: ProgramOptions,
  use: (endpoint: string, program: Program) => Promise<void>,
): Promise<void> {
  const program = startProgram(['start', ...args], options);
  try {
    await use(await program.ready(), program);
  } finally {
    program.signal('SIGTERM');
    assert.equal(await program.ended, 0);
  }
}

/** What the server says of itself, in the line that it logs when it has started. */
async function readStarted(program: Program): Promise<Record<string, unknown>> {
  await program.logged(/"msg":"started".*\n/);
  const line = program
    .stderr()
    .split('\n')
    .find((text) => text.includes('"msg":"started"'));
  return JSON.parse(line ?? '') as Record<string, unknown>;
}

async function createTable(endpoint: string, accessKeyId: string): Promise<string | undefined> {
  const credentials = { accessKeyId, secretAccessKey: 'secret' };
  const client = new DynamoDBClient({ endpoint, region: 'eu-north-9', credentials, maxAttempts: 1 });
  const { TableDescription } = await client.send(
    new CreateTableCommand({
      TableName: 'Things',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
    }),
  );
  client.destroy();
  return TableDescription?.TableArn;
}

function writeCredentials(folder: string): string {
  const file = join(folder, 'keys.json');
  writeFileSync(file, JSON.stringify({ credentials: [{ accessKeyId: 'known', secretAccessKey: 'secret' }] }));
  return file;
}

/** Each option with a value that is not its default, and one that would be refused. */
function optionTable(folder: string, port: number): Record<string, { readonly good: string; readonly bad: string }> {
  return {
    port: { good: String(port), bad: 'eighty' },
    host: { good: '127.0.0.2', bad: '' },
    'data-dir': { good: join(folder, 'data'), bad: writeCredentials(folder) },
    region: { good: 'eu-north-9', bad: 'Nowhere!' },
    'account-id': { good: '123456789012', bad: '12' },
    threads: { good: '2', bad: '0' },
    credentials: { good: writeCredentials(folder), bad: join(folder, 'missing.json') },
    'log-level': { good: 'debug', bad: 'loud' },
  };
}

function variableOf(flag: string): string {
  return `STATOR_${flag.replaceAll('-', '_').toUpperCase()}`;
}

/** Asserts that the server runs with every good value of the table. */
async function assertTaken(endpoint: string, program: Program, folder: string, port: number): Promise<void> {
  assert.equal(endpoint, `http://127.0.0.2:${port}`);
  const started = await readStarted(program);
  assert.equal(started['threads'], 2);
  assert.equal(started['dataDir'], join(folder, 'data'));
  assert.equal(started['version'], packageFile.version);
  assert.equal(started['endpoint'], endpoint);
  assert.equal(await createTable(endpoint, 'known'), 'arn:aws:dynamodb:eu-north-9:123456789012:table/Things');
  await assert.rejects(createTable(endpoint, 'unknown'), { name: 'UnrecognizedClientException' });
  assert.ok(existsSync(join(folder, 'data', 'stator.db')));
}

describe('options', () => {
  // Other addresses of the loopback network are there without being set up on Linux alone.
  const skip = process.platform !== 'linux';

  test('are taken as flags', { skip }, async () => {
    const folder = makeFolder();
    const port = await findFreePort();
    const args = Object.entries(optionTable(folder, port)).flatMap(([flag, { good }]) => [`--${flag}`, good]);
    await withServer(args, {}, (endpoint, program) => assertTaken(endpoint, program, folder, port));
  });

  test('are taken from variables, of which empty ones count as none', { skip }, async () => {
    const folder = makeFolder();
    const port = await findFreePort();
    const variables = Object.entries(optionTable(folder, port)).map(([flag, { good }]) => [variableOf(flag), good]);
    const env = { ...Object.fromEntries(variables), STATOR_IN_MEMORY: '', STATOR_ALLOW_ANONYMOUS: '' };
    await withServer([], { env }, (endpoint, program) => assertTaken(endpoint, program, folder, port));
  });

  test('are taken from flags where both are given', { skip }, async () => {
    const folder = makeFolder();
    const port = await findFreePort();
    const table = Object.entries(optionTable(folder, port));
    const env = Object.fromEntries(table.map(([flag, { bad }]) => [variableOf(flag), bad]));
    const args = table.map(([flag, { good }]) => `--${flag}=${good}`);
    await withServer(args, { env }, (endpoint, program) => assertTaken(endpoint, program, folder, port));
  });

  test('default to a folder where the program runs, in which the data is found again', async () => {
    const cwd = makeFolder();
    for (const expected of [/^arn:aws:dynamodb:us-east-1:000000000000:table\/Things$/, /already exists/]) {
      await withServer(['--port', '0'], { cwd }, async (endpoint) => {
        assert.match(String(await createTable(endpoint, 'any').catch((error: Error) => error.message)), expected);
      });
      assert.deepEqual(readdirSync(cwd), ['stator-data']);
    }
  });

  test('that are in memory leave nothing, as flag and as variable', async () => {
    const TMPDIR = makeFolder();
    const cwd = makeFolder();
    for (const [args, value] of [
      [['--in-memory'], 'false'],
      [[], 'true'],
      [[], '1'],
    ] as const) {
      const env = { TMPDIR, STATOR_IN_MEMORY: value };
      await withServer(['--port', '0', ...args], { cwd, env }, async (_, program) => {
        assert.equal((await readStarted(program))['inMemory'], true);
        assert.equal(readdirSync(TMPDIR).length, 1);
      });
      assert.deepEqual([...readdirSync(cwd), ...readdirSync(TMPDIR)], []);
    }
  });

  test('that are switched on by a variable can be switched off by a flag', async () => {
    const cwd = makeFolder();
    const env = { STATOR_IN_MEMORY: 'true' };
    await withServer(['--port', '0', '--no-in-memory'], { cwd, env }, async () => {
      assert.deepEqual(readdirSync(cwd), ['stator-data']);
    });
  });
});

describe('what is said on standard output', () => {
  test('where it listens, and nothing else', async () => {
    const program = startProgram(['start', '--in-memory', '--port', '0', '--log-level', 'trace']);
    const endpoint = await program.ready();
    program.signal('SIGTERM');
    assert.equal(await program.ended, 0);
    assert.equal(
      program.stdout(),
      `StatorDB ${packageFile.version} listens on ${endpoint}\n` +
        `Try: aws dynamodb list-tables --endpoint-url ${endpoint}\n`,
    );
  });

  for (const args of [['--help'], ['-h']]) {
    test(`the commands, for ${args.join(' ')}`, async () => {
      const { code, stdout, stderr } = await runProgram(args);
      assert.match(stdout, /^Usage: stator <command>[^]*stator start[^]*stator check/);
      assert.deepEqual([code, stderr], [0, '']);
    });
  }

  for (const args of [['--version'], ['-v']]) {
    test(`the version, for ${args.join(' ')}`, async () => {
      assert.deepEqual(await runProgram(args), { code: 0, stdout: `${packageFile.version}\n`, stderr: '' });
    });
  }

  test('every option, for start --help, and nothing is started', async () => {
    const cwd = makeFolder();
    for (const args of [
      ['start', '--help'],
      ['start', '--port', '0', '-h'],
    ]) {
      const { code, stdout, stderr } = await runProgram(args, { cwd });
      for (const flag of [...Object.keys(optionTable(cwd, 0)), 'in-memory', 'allow-anonymous']) {
        assert.match(stdout, new RegExp(`^  --${flag}( [A-Z]+)? +\\S`, 'm'));
      }
      assert.match(stdout, /STATOR_PORT/);
      assert.deepEqual([code, stderr], [0, '']);
      assert.equal(existsSync(join(cwd, 'stator-data')), false);
    }
  });

  test('every option, for check --help', async () => {
    const { code, stdout, stderr } = await runProgram(['check', '--help']);
    assert.match(stdout, /^Usage: stator check[^]*--data-dir FOLDER/);
    assert.deepEqual([code, stderr], [0, '']);
  });
});

describe('a command line that makes no sense is refused', { concurrency: 2 }, () => {
  const start = ['start', '--in-memory', '--port', '0'];
  const cases: readonly (readonly [args: readonly string[], line: RegExp, env?: NodeJS.ProcessEnv])[] = [
    [[], /^no command; stator --help lists them$/],
    [['serve'], /^unknown command; stator --help lists them$/],
    [['--serve'], /^unknown command/],
    [['start', '--prot', '1'], /^Unknown option '--prot'; --help lists the options$/],
    [['start', '-p', '1'], /^Unknown option '-p'; --help/],
    [['start', '8000'], /^Unexpected argument '8000'/],
    [['check', 'folder'], /^Unexpected argument 'folder'/],
    [['check', '--port', '1'], /^Unknown option '--port'/],
    [['start', '--port'], /^Option '--port <value>' argument missing; --help/],
    [['start', '--port', '--in-memory'], /^Option '--port' argument is ambiguous; --help/],
    [['start', '--in-memory=yes'], /^Option '--in-memory' does not take an argument/],
    [['start', '--port', 'eighty'], /^--port must be a whole number, not eighty$/],
    [['start', '--port='], /^--port must be a whole number, not $/],
    [['start', '--port', '80.5'], /^--port must be a whole number, not 80\.5$/],
    [['start', '--port=-1'], /^--port must be a whole number, not -1$/],
    [['start', '--port', '65536'], /^port must be 0 to 65535, not 65536$/],
    [['start', '--port', '99999999999999999999'], /^--port must be a whole number/],
    [['start', '--threads', '0'], /^threads must be 1 to 256, not 0$/],
    [['start', '--threads', '257'], /^threads must be 1 to 256, not 257$/],
    [['start', '--threads', 'two'], /^--threads must be a whole number, not two$/],
    [['start', '--region', 'a b'], /^region must be a name like us-east-1, not a b$/],
    [['start', '--region', 'a\nb'], /^region must be a name like us-east-1, not a b$/],
    [['start', '--account-id', '12'], /^account-id must be 12 digits, not 12$/],
    [['start', '--log-level', 'loud'], /^log-level must be one of silent, fatal, .*trace, not loud$/],
    [['start', '--host='], /^host must not be empty$/],
    [['start', '--data-dir='], /^data-dir must not be empty$/],
    [[...start, '--data-dir', 'data'], /^in-memory and data-dir exclude each other$/],
    [start, /^in-memory and data-dir exclude each other$/, { STATOR_DATA_DIR: 'data' }],
    [['start'], /^STATOR_PORT must be a whole number, not eighty$/, { STATOR_PORT: 'eighty' }],
    [['start'], /^STATOR_IN_MEMORY must be true or false, not yes$/, { STATOR_IN_MEMORY: 'yes' }],
    [['start'], /^threads must be 1 to 256, not 300$/, { STATOR_THREADS: '300' }],
    [[...start, '--host', '0.0.0.0'], /^without credentials anyone who can reach 0\.0\.0\.0 .*--allow-anonymous/],
    [[...start, '--host', '::'], /^without credentials anyone who can reach ::/],
    [[...start, '--host', '192.0.2.1', '--allow-anonymous'], /^host 192\.0\.2\.1 is not an address of this machine$/],
    [[...start, '--host', 'no.invalid', '--allow-anonymous'], /^host no\.invalid is not an address of this machine$/],
    [[...start, '--host', '192.0.2.1', '--allow-anonymous', '--threads', '2'], /^host 192\.0\.2\.1 is not an address/],
    [start, /^no temporary folder can be made in .*nowhere: /, { TMPDIR: join(import.meta.dirname, 'nowhere') }],
  ];
  for (const [args, line, env] of cases) {
    const variables = Object.entries(env ?? {}).map(([name, value]) => `${name}=${value} `);
    const name = JSON.stringify(`${variables.join('')}stator ${args.join(' ')}`);
    test(name, () => assertRefused(args, line, env && { env }));
  }
});

describe('listening on more than loopback', () => {
  test('is accepted when it is meant', async () => {
    await withServer(['--in-memory', '--port', '0', '--host', '0.0.0.0', '--allow-anonymous'], {}, async (endpoint) => {
      assert.match(endpoint, /^http:\/\/0\.0\.0\.0:\d+$/);
      assert.equal((await fetch(endpoint.replace('0.0.0.0', '127.0.0.1'))).status, 200);
    });
  });

  test('is accepted with credentials', async () => {
    const args = ['--in-memory', '--port', '0', '--host', '0.0.0.0', '--credentials', writeCredentials(makeFolder())];
    await withServer(args, {}, async (endpoint) => {
      assert.equal((await fetch(endpoint.replace('0.0.0.0', '127.0.0.1'))).status, 200);
    });
  });
});

describe('a port that is taken is refused', () => {
  test('by another program, and nothing is left started', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const folder = join(makeFolder(), 'data');
    for (const threads of ['1', '2']) {
      const args = ['start', '--data-dir', folder, '--port', String(port), '--threads', threads];
      await assertRefused(args, new RegExp(`^port ${port} on 127\\.0\\.0\\.1 is in use by another process$`));
    }
    other.close();
    await withServer(['--data-dir', folder, '--port', '0'], {}, async (endpoint) => {
      assert.equal((await fetch(endpoint)).status, 200);
    });
  });

  for (const [threads, others] of [
    ['2', '2'],
    ['2', '1'],
    ['1', '2'],
  ] as const) {
    test(`by a server with ${threads} threads, for one with ${others}`, async () => {
      await withServer(['--in-memory', '--port', '0', '--threads', threads], {}, async (endpoint) => {
        const { port } = new URL(endpoint);
        const args = ['start', '--in-memory', '--port', port, '--threads', others];
        await assertRefused(args, new RegExp(`^port ${port} on 127\\.0\\.0\\.1 is in use by another process$`));
      });
    });
  }
});

describe('a data folder is refused', () => {
  const start = (folder: string): string[] => ['start', '--port', '0', '--data-dir', folder];

  test('that another process uses, by its pid', async () => {
    const folder = makeFolder();
    await withServer(['--port', '0', '--data-dir', folder], {}, async (_, { pid }) => {
      const line = new RegExp(`^data folder ${folder} is in use by another process \\(pid ${pid}\\)$`);
      await assertRefused(start(folder), line);
    });
  });

  test('that is a file, or lies below one', async () => {
    const file = join(makeFolder(), 'file');
    writeFileSync(file, '');
    await assertRefused(start(file), /^data folder .*file is a file, not a folder$/);
    await assertRefused(start(join(file, 'data')), /^data folder .*file\/data can't be opened: ENOTDIR/);
    await assertRefused(['check', '--data-dir', file], /^data folder .*file can't be opened: /);
  });

  test('that can not be made or written', { skip: process.platform === 'win32' }, async () => {
    const folder = makeFolder();
    chmodSync(folder, 0o555);
    // Rights don't hold back root.
    const isRoot = process.getuid?.() === 0;
    if (isRoot) chownSync(folder, 65_534, 65_534);
    const options = { cwd: folder, ...(isRoot && { uid: 65_534 }) };
    await assertRefused(start(folder), /^data folder .* can't be opened: EACCES/, options);
    await assertRefused(start(join(folder, 'data')), /^data folder .*data can't be opened: EACCES/, options);
  });

  test('that a newer program wrote, or another one', async () => {
    const folder = makeFolder();
    await withServer(['--port', '0', '--data-dir', folder], {}, async () => undefined);
    const db = new Database(join(folder, 'stator.db'));
    db.pragma('user_version = 99');
    const newer = /^data folder .* has format 99, written by a newer StatorDB; this one reads up to format \d+$/;
    await assertRefused(start(folder), newer);
    await assertRefused(['check', '--data-dir', folder], newer);
    db.pragma('application_id = 7');
    db.close();
    await assertRefused(start(folder), /^data folder .* can't be opened: stator\.db is not a StatorDB data file$/);
  });

  test('that is not there, by check', async () => {
    const folder = makeFolder();
    await assertRefused(['check', '--data-dir', join(folder, 'none')], /^data folder .*none can't be opened: /);
    assert.deepEqual(readdirSync(folder), []);
  });
});

describe('a credentials file is refused', () => {
  const cases: readonly (readonly [text: string, line: RegExp])[] = [
    ['{"credentials": [{"secretAccessKey": "hush', /is not valid JSON$/],
    ['[]', /needs a member "credentials"/],
    ['{"credentials": []}', /holds no access keys$/],
    ['{"credentials": [{"accessKeyId": "A"}]}', /credentials\[0\]\.secretAccessKey must be a non-empty string$/],
  ];
  for (const [text, line] of cases) {
    test(text, async () => {
      const folder = makeFolder();
      const file = join(folder, 'keys.json');
      writeFileSync(file, text);
      await assertRefused(['start', '--port', '0', '--credentials', file], line, { cwd: folder });
      assert.deepEqual(readdirSync(folder), ['keys.json']);
    });
  }

  test('that is not there, or is a folder', async () => {
    const folder = makeFolder();
    mkdirSync(join(folder, 'keys'));
    await assertRefused(
      ['start', '--credentials', join(folder, 'none')],
      /^credentials file .*none can't be read: ENOENT/,
    );
    await assertRefused(['start', '--credentials', join(folder, 'keys')], /^credentials file .*keys is not a file/);
  });
});
