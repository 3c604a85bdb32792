import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import Database from 'better-sqlite3';
import { addToAll, decodeNumber, encodeNumber, writeAll } from '../conformance-procedures.ts';
import { type Storage, StorageClosedError, type StorageEngine, StorageOpenError, type Write } from '../engine.ts';
import { openSqliteEngine, type SqliteAttachment } from './engine.ts';
import { openSqliteReadOnly } from './inspect.ts';
import { openSqliteStorage } from './storage.ts';
import { endThread } from './storage-procedures.ts';

const folders: string[] = [];
after(async () => {
  for (const folder of folders) await rm(folder, { recursive: true });
});

async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'stator-sqlite-'));
  folders.push(folder);
  return folder;
}

function open(path: string, durable = false): Promise<Storage> {
  const proceduresUrl = new URL('./storage-procedures.ts', import.meta.url);
  return openSqliteStorage({ path, durable, proceduresUrl, residentSpaces: [9] });
}

function attach(storage: Storage): StorageEngine {
  return openSqliteEngine(storage.attach().attachment as SqliteAttachment);
}

async function withStorage(
  path: string,
  use: (engine: StorageEngine, storage: Storage) => Promise<void>,
): Promise<void> {
  const storage = await open(path);
  const engine = attach(storage);
  try {
    await use(engine, storage);
  } finally {
    await engine.close();
    await storage.close();
  }
}

/** Asserts that opening `path` is refused with one line that matches `line`. */
async function assertRefused(path: string, line: RegExp): Promise<void> {
  await assert.rejects(open(path), (error) => {
    assert.ok(error instanceof StorageOpenError, String(error));
    assert.match(error.message, line);
    assert.ok(!error.message.includes('\n'));
    return true;
  });
}

function put(key: number, value: Uint8Array): Write {
  return { kind: 'put', space: 1, key: encodeNumber(key), value };
}

test('a folder is created with its parents, and left without a WAL', async () => {
  const path = join(await makeFolder(), 'a', 'b');
  await withStorage(path, async (engine) => {
    await engine.transact(writeAll, [put(1, encodeNumber(1))]);
    assert.ok(statSync(join(path, 'stator.db-wal')).size > 0);
  });
  assert.deepEqual(readdirSync(path).toSorted(), ['stator.db', 'stator.lock', 'stator.pid']);
});

test('what is created is for its owner alone; folders that were there keep their mode', async (context) => {
  if (process.platform === 'win32') return context.skip('no modes there');
  const before = process.umask(0);
  try {
    const parent = await makeFolder();
    const modeOf = (...names: string[]) => statSync(join(parent, ...names)).mode & 0o777;
    chmodSync(parent, 0o755);
    const given = join(parent, 'given');
    mkdirSync(given, 0o750);
    for (const path of [given, join(parent, 'made', 'inner')]) {
      await withStorage(path, async (engine) => {
        await engine.transact(writeAll, [put(1, encodeNumber(1))]);
        const files = readdirSync(path).toSorted();
        assert.deepEqual(files, ['stator.db', 'stator.db-shm', 'stator.db-wal', 'stator.lock', 'stator.pid']);
        for (const file of files) assert.equal(statSync(join(path, file)).mode & 0o777, 0o600, file);
      });
    }
    assert.deepEqual([modeOf('.'), modeOf('given')], [0o755, 0o750]);
    assert.deepEqual([modeOf('made'), modeOf('made', 'inner')], [0o700, 0o700]);
  } finally {
    process.umask(before);
  }
});

test('a folder in use by another storage of this process is refused, and free again after close', async () => {
  const path = await makeFolder();
  await withStorage(path, async (engine) => {
    await assertRefused(path, new RegExp(`^data folder ${path} is in use by this process \\(pid ${process.pid}\\)$`));
    await engine.transact(writeAll, [put(1, encodeNumber(1))]);
  });
  await withStorage(path, async (engine) => {
    assert.equal(decodeNumber(await engine.get(1, encodeNumber(1))), 1);
  });
});

test('two storages of one process do not disturb each other', async () => {
  const [left, right] = [await makeFolder(), await makeFolder()];
  await withStorage(left, (inLeft) =>
    withStorage(right, async (inRight) => {
      await inLeft.transact(writeAll, [put(1, encodeNumber(1))]);
      assert.equal(await inRight.get(1, encodeNumber(1)), undefined);
    }),
  );
});

test('a path that is a file, or is under one, is refused', async () => {
  const file = join(await makeFolder(), 'file');
  writeFileSync(file, 'text');
  await assertRefused(file, /is a file, not a folder$/);
  await assertRefused(join(file, 'under'), /can't be opened: /);
});

test('a path whose parent takes no folders is refused', { skip: process.platform !== 'linux' }, async () => {
  await assertRefused('/proc/stator/data', /^data folder \/proc\/stator\/data can't be opened: /);
});

test('a store that is damaged where its catalog lies is refused in one line', async () => {
  const path = await makeFolder();
  await withStorage(path, async (engine) => {
    for (let i = 0; i < 200; i++) await engine.transact(writeAll, [put(i, new Uint8Array(400).fill(i))]);
  });
  const file = join(path, 'stator.db');
  const content = await readFile(file);
  // All pages but the first, which holds the schema.
  writeFileSync(file, content.fill(0xa5, 8_192));
  await assertRefused(path, /^data folder .* can't be opened: database disk image is malformed$/);
});

test('a data file of something else is refused and left as it is', async () => {
  const path = await makeFolder();
  const file = join(path, 'stator.db');
  writeFileSync(file, 'not a database, though long enough to be taken for one'.repeat(100));
  const content = await readFile(file);
  await assertRefused(path, /stator\.db is not a StatorDB data file$/);
  assert.deepEqual(await readFile(file), content);
  assert.throws(() => openSqliteReadOnly(path), StorageOpenError);

  const other = await makeFolder();
  new Database(join(other, 'stator.db')).exec('CREATE TABLE other (name TEXT)').close();
  await assertRefused(other, /stator\.db is not a StatorDB data file$/);
});

test('a newer format is refused, for writing and for reading', async () => {
  const path = await makeFolder();
  await (await open(path)).close();
  const db = new Database(join(path, 'stator.db'));
  const format = Number(db.pragma('user_version', { simple: true }));
  db.pragma(`user_version = ${format + 1}`);
  db.close();
  const line = new RegExp(
    `has format ${format + 1}, written by a newer StatorDB; this one reads up to format ${format}$`,
  );
  await assertRefused(path, line);
  assert.throws(() => openSqliteReadOnly(path), line);
});

test('a store of format 1 is read as it is, and has format 3 once it is opened for writing', async () => {
  const path = await makeFolder();
  await (await open(path)).close();
  const pragma = (text: string): unknown => {
    const db = new Database(join(path, 'stator.db'));
    const result = db.pragma(text, { simple: true });
    db.close();
    return result;
  };
  pragma('user_version = 1');
  openSqliteReadOnly(path).close();
  assert.equal(pragma('user_version'), 1);
  await (await open(path)).close();
  assert.equal(pragma('user_version'), 3);
});

test('a folder whose opening failed is not left locked', async () => {
  const path = await makeFolder();
  const proceduresUrl = new URL('./no-such-module.ts', import.meta.url);
  await assert.rejects(
    openSqliteStorage({ path, durable: false, proceduresUrl, residentSpaces: [] }),
    /no-such-module/,
  );
  await (await open(path)).close();
});

test('handles work from other threads', async () => {
  const code = `
    const { parentPort, workerData } = require('node:worker_threads');
    (async () => {
      const { openSqliteEngine } = await import(workerData.engineUrl);
      const engine = openSqliteEngine(workerData.attachment);
      const output = await engine.transact({ name: 'addToAll' }, workerData.input);
      const value = await engine.get(1, workerData.input.keys[0].key);
      await engine.close();
      parentPort.postMessage({ output, value });
    })();`;
  await withStorage(await makeFolder(), async (engine, storage) => {
    const input = { keys: [{ space: 1, key: encodeNumber(7) }], by: [5] };
    await engine.transact(addToAll, input);
    const { attachment, transfer } = storage.attach();
    const workerData = { attachment, input, engineUrl: new URL('./engine.ts', import.meta.url).href };
    const worker = new Worker(code, { eval: true, workerData, transferList: [...transfer] });
    const [{ output, value }] = await once(worker, 'message');
    assert.deepEqual(output, [10]);
    assert.equal(decodeNumber(value), 10);
    assert.equal(decodeNumber(await engine.get(1, encodeNumber(7))), 10);
  });
});

test('when the writer thread ends, calls reject, reads go on, and what was acknowledged is kept', async () => {
  const path = await makeFolder();
  await withStorage(path, async (engine, storage) => {
    await engine.transact(writeAll, [put(1, encodeNumber(1))]);
    const calls = [engine.transact(writeAll, [put(2, encodeNumber(2))]), engine.transact(endThread, null)];
    for (const call of calls) await assert.rejects(call, StorageClosedError);
    assert.match((await storage.failed).message, /the writer thread ended with code 1/);
    await assert.rejects(engine.transact(writeAll, [put(3, encodeNumber(3))]), StorageClosedError);
    assert.equal(decodeNumber(await engine.get(1, encodeNumber(1))), 1);
    const late = attach(storage);
    await assert.rejects(late.transact(writeAll, [put(4, encodeNumber(4))]), StorageClosedError);
    await late.close();
  });
  await withStorage(path, async (engine) => {
    const entries = await engine.scan(1, {}, { limit: 9 });
    assert.deepEqual(
      entries.map(({ value }) => decodeNumber(value)),
      [1],
    );
  });
});

test('calls of a handle that outlives its storage reject', async () => {
  const storage = await open(await makeFolder());
  const engine = attach(storage);
  await storage.close();
  await assert.rejects(engine.transact(writeAll, [put(1, encodeNumber(1))]), StorageClosedError);
  await engine.close();
});

test('a write that the store fails at rejects, leaves nothing, and the store goes on', async () => {
  const path = await makeFolder();
  await withStorage(path, async (engine) => {
    await engine.transact(writeAll, [{ kind: 'put', space: 9, key: encodeNumber(1), value: encodeNumber(1) }]);
    const version = engine.residentVersion();
    const blocker = new Database(join(path, 'stator.db'));
    blocker.exec(
      `CREATE TRIGGER full BEFORE INSERT ON entry WHEN NEW.key = x'ff' BEGIN SELECT RAISE(FAIL, 'the disk is full'); END`,
    );
    const failing: Write = { kind: 'put', space: 1, key: new Uint8Array([255]), value: encodeNumber(0) };
    const resident: Write = { kind: 'put', space: 9, key: encodeNumber(1), value: encodeNumber(2) };
    const count: Write = { kind: 'increment', counter: 'c', by: 1 };
    const append: Write = { kind: 'append', log: 1, shard: 1, value: encodeNumber(1) };
    await assert.rejects(engine.transact(writeAll, [resident, count, append, failing]), /the disk is full/);
    assert.deepEqual(await engine.counters(['c']), [0]);
    assert.deepEqual(await engine.readLog(1, 1, 0n, 9), []);
    assert.equal(decodeNumber(await engine.get(9, encodeNumber(1), version)), 1);
    // The writer's copy of the resident value went back as well.
    const keys = [{ space: 9, key: encodeNumber(1) }];
    assert.deepEqual(await engine.transact(addToAll, { keys, by: [10] }), [11]);
    await engine.transact(writeAll, [count, append]);
    assert.deepEqual(await engine.counters(['c']), [1]);
    assert.equal((await engine.readLog(1, 1, 0n, 9)).length, 1);
    blocker.close();
  });
});

test('the WAL stays bounded under writes that never pause', async () => {
  const path = await makeFolder();
  await withStorage(path, async (engine) => {
    const value = new Uint8Array(4000);
    let written = 0;
    let largestWalBytes = 0;
    const write = async () => {
      while (written < 60_000) {
        written += 10;
        await engine.transact(
          writeAll,
          Array.from({ length: 10 }, (_, index) => put((written + index) % 1000, value)),
        );
        largestWalBytes = Math.max(largestWalBytes, statSync(join(path, 'stator.db-wal')).size);
      }
    };
    await Promise.all(Array.from({ length: 8 }, write));
    // Without restarts it would hold all 60,000 entries: over 240 MB.
    assert.ok(largestWalBytes < 150_000_000, `${largestWalBytes}`);
  });
});

interface Writing {
  readonly acknowledged: number[];
  /** Kills the process and waits for its end. */
  kill(): Promise<void>;
}

/** Starts a process that writes to `path`, and waits until it has written `count` entries. */
async function startWriting(path: string, count: number): Promise<Writing> {
  const file = fileURLToPath(new URL('./storage-process.ts', import.meta.url));
  const child = spawn(process.execPath, [file, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exit = once(child, 'exit');
  const acknowledged: number[] = [];
  const lines = createInterface({ input: child.stdout });
  await new Promise<void>((resolve, reject) => {
    lines.on('line', (line) => {
      if (line !== 'open') acknowledged.push(Number(line));
      if (acknowledged.length >= count) resolve();
    });
    lines.on('close', () => reject(new Error('the process ended too early')));
  });
  const ended = once(lines, 'close');
  const kill = async () => {
    child.kill('SIGKILL');
    await Promise.all([exit, ended]);
  };
  return { acknowledged, kill };
}

/** Asserts that each acknowledged number is there, and that everything a transaction wrote stands together. */
async function assertWhole(engine: StorageEngine, acknowledged: readonly number[]): Promise<void> {
  const first = await engine.scan(1, {}, { limit: 1_000_000 });
  const second = await engine.scan(2, {}, { limit: 1_000_000 });
  const log = await engine.readLog(1, 0, 0n, 1_000_000);
  const numbers = first.map(({ key }) => decodeNumber(key));
  const kept = new Set(numbers);
  assert.deepEqual(
    acknowledged.filter((number) => !kept.has(number)),
    [],
  );
  assert.deepEqual(
    second.map(({ value }) => decodeNumber(value)),
    numbers,
  );
  assert.deepEqual(new Set(log.map(({ value }) => decodeNumber(value))), new Set(numbers));
  assert.deepEqual(await engine.counters(['numbers']), [numbers.length]);
}

test('another process is kept out, and a killed one leaves its lock and all that it acknowledged', async () => {
  const path = await makeFolder();
  for (let round = 1; round <= 3; round += 1) {
    const { acknowledged, kill } = await startWriting(path, 100 * round);
    await assertRefused(path, /is in use by another process \(pid \d+\)$/);
    await kill();
    await withStorage(path, async (engine) => assertWhole(engine, acknowledged));
    await rm(path, { recursive: true });
  }
  await (await open(path)).close();
});

test('a folder is read beside a writing process, and after it was killed, without a change', async () => {
  const path = await makeFolder();
  const { acknowledged, kill } = await startWriting(path, 200);
  const seen = [...acknowledged];
  const beside = openSqliteReadOnly(path);
  await assertWhole(beside.engine, seen);
  assert.deepEqual((await beside.engine.contents()).spaces, [1, 2]);
  assert.deepEqual(beside.integrityProblems(), []);
  await kill();
  // Still the same snapshot, whatever was written meanwhile.
  const [count = 0] = await beside.engine.counters(['numbers']);
  assert.equal((await beside.engine.scan(2, {}, { limit: 1_000_000 })).length, count);
  beside.close();
  await assert.rejects(beside.engine.get(1, encodeNumber(0)), StorageClosedError);

  const files = ['stator.db', 'stator.db-wal'].map((name) => join(path, name));
  const contents = await Promise.all(files.map((file) => readFile(file)));
  const dead = openSqliteReadOnly(path);
  await assertWhole(dead.engine, acknowledged);
  assert.deepEqual(dead.integrityProblems(), []);
  await assert.rejects(dead.engine.transact(writeAll, [put(1, encodeNumber(1))]), /reading only/);
  await assert.rejects(dead.engine.get(1, encodeNumber(0), dead.engine.residentVersion() + 1), /resident/);
  dead.close();
  assert.deepEqual(await Promise.all(files.map((file) => readFile(file))), contents);
  await withStorage(path, async (engine) => assertWhole(engine, acknowledged));
});

test('reading a folder that holds no store is refused and creates nothing', async () => {
  const path = await makeFolder();
  assert.throws(() => openSqliteReadOnly(path), StorageOpenError);
  assert.throws(() => openSqliteReadOnly(join(path, 'none')), StorageOpenError);
  assert.deepEqual(readdirSync(path), []);
  assert.ok(!existsSync(join(path, 'none')));
});

test('a damaged database file is reported by integrityProblems', async () => {
  const path = await makeFolder();
  await withStorage(path, async (engine) => {
    await engine.transact(
      writeAll,
      Array.from({ length: 500 }, (_, index) => put(index, new Uint8Array(500))),
    );
  });
  const db = new Database(join(path, 'stator.db'));
  db.unsafeMode(true);
  db.pragma('writable_schema = ON');
  db.exec(
    `UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE name = 'log') WHERE name = 'counter'`,
  );
  db.close();
  const storage = openSqliteReadOnly(path);
  assert.notDeepEqual(storage.integrityProblems(), []);
  storage.close();
});
