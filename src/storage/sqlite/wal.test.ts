import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import Database from 'better-sqlite3';
import { databaseFileOf } from './folder.ts';
import { createFormat } from './format.ts';
import { createWalKeeper } from './wal.ts';
import { openWriter } from './writer.ts';

/** The writer's connection and another, on a new store. */
function openPair(context: TestContext) {
  const path = mkdtempSync(join(tmpdir(), 'stator-wal-'));
  createFormat(databaseFileOf(path));
  const db = openWriter(databaseFileOf(path), false);
  const other = new Database(databaseFileOf(path));
  context.after(() => {
    other.close();
    db.close();
    rmSync(path, { recursive: true });
  });
  const insert = db.prepare('INSERT OR REPLACE INTO entry VALUES (1, randomblob(16), randomblob(3500))');
  const write = (entries: number) => {
    db.transaction(() => {
      for (let index = 0; index < entries; index += 1) insert.run();
    })();
  };
  const framesInLog = () => (db.pragma('wal_checkpoint(NOOP)') as [{ log: number }])[0].log;
  const copyAll = async () => void other.pragma('wal_checkpoint(PASSIVE)');
  return { db, other, write, framesInLog, copyAll };
}

test('a short WAL is left alone', (context) => {
  const { db, write } = openPair(context);
  const wal = createWalKeeper(
    db,
    () => assert.fail('nothing to copy yet'),
    () => undefined,
  );
  write(100);
  wal.advance();
  assert.ok(!wal.mustPause());
});

test('the bulk is copied beside the writer, the rest by it, and the WAL starts anew', async (context) => {
  const { db, write, framesInLog, copyAll } = openPair(context);
  const reader = new Database(db.name);
  context.after(() => void reader.close());
  let rounds = 0;
  const copyBeside = async () => {
    rounds += 1;
    // What the writer adds meanwhile isn't copied: much in the first round, little in the second.
    reader.exec('BEGIN');
    reader.prepare('SELECT count(*) FROM entry').get();
    write(rounds === 1 ? 600 : 20);
    await copyAll();
    reader.exec('COMMIT');
  };
  let resumed = 0;
  const done = Promise.withResolvers<void>();
  const wal = createWalKeeper(db, copyBeside, () => {
    resumed += 1;
    if (resumed === 2) done.resolve();
  });
  write(5000);
  wal.advance();
  await done.promise;
  assert.equal(rounds, 2);
  const before = framesInLog();
  write(1);
  assert.ok(framesInLog() < before);
  assert.ok(framesInLog() < 100);
});

test('the writer must pause while a copy is under way and the WAL is long', async (context) => {
  const { db, write, copyAll } = openPair(context);
  const copied = Promise.withResolvers<void>();
  const resumed = Promise.withResolvers<void>();
  const wal = createWalKeeper(db, () => copied.promise.then(copyAll), resumed.resolve);
  write(5000);
  wal.advance();
  assert.ok(!wal.mustPause());
  write(40_000);
  wal.advance();
  assert.ok(wal.mustPause());
  copied.resolve();
  await resumed.promise;
  assert.ok(!wal.mustPause());
});

test('a long read holds the WAL back without stopping the writer, and later tries wait for more to copy', async (context) => {
  const { db, other, write, copyAll } = openPair(context);
  other.exec('BEGIN');
  other.prepare('SELECT count(*) FROM entry').get();
  let tries = 0;
  let resumed = Promise.withResolvers<void>();
  const copier = new Database(db.name);
  const copyBeside = async () => {
    tries += 1;
    copier.pragma('wal_checkpoint(PASSIVE)');
  };
  const wal = createWalKeeper(db, copyBeside, () => resumed.resolve());
  write(5000);
  wal.advance();
  await resumed.promise;
  write(10);
  wal.advance();
  assert.equal(tries, 1);
  assert.ok(!wal.mustPause());
  other.exec('COMMIT');
  resumed = Promise.withResolvers<void>();
  write(2000);
  wal.advance();
  await resumed.promise;
  assert.equal(tries, 2);
  await copyAll();
  copier.close();
});
