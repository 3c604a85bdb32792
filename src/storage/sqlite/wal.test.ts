import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import Database from 'better-sqlite3';
import { databaseFileOf } from './folder.ts';
import { createFormat } from './format.ts';
import { type WalState, copyWalBeside, createWalKeeper } from './wal.ts';
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
  const copy = other.prepare<[], WalState>('PRAGMA wal_checkpoint(PASSIVE)');
  const copyAll = async () => copyWalBeside(copy, () => undefined);
  return { db, other, write, framesInLog, copy, copyAll };
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

test('the bulk is copied and synced beside the writer, the rest by it, and the WAL starts anew', async (context) => {
  const { db, write, framesInLog, copy } = openPair(context);
  let syncs = 0;
  // What the writer adds during a sync: much during the first, little during the second.
  const sync = () => {
    syncs += 1;
    write(syncs === 1 ? 600 : 5);
  };
  const copied = Promise.withResolvers<void>();
  const wal = createWalKeeper(db, async () => copyWalBeside(copy, sync), copied.resolve);
  write(5000);
  wal.advance();
  await copied.promise;
  assert.equal(syncs, 2);
  const before = framesInLog();
  write(1);
  assert.ok(framesInLog() < before);
  assert.ok(framesInLog() < 100);
});

test('the writer leaves a WAL alone of which much is not copied', async (context) => {
  const { db, write, framesInLog } = openPair(context);
  const copied = Promise.withResolvers<void>();
  const wal = createWalKeeper(db, async () => false, copied.resolve);
  write(5000);
  wal.advance();
  await copied.promise;
  const before = framesInLog();
  write(1);
  assert.ok(framesInLog() > before);
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
  const { db, other, write } = openPair(context);
  other.exec('BEGIN');
  other.prepare('SELECT count(*) FROM entry').get();
  let tries = 0;
  let resumed = Promise.withResolvers<void>();
  const copier = new Database(db.name);
  const copy = copier.prepare<[], WalState>('PRAGMA wal_checkpoint(PASSIVE)');
  const copyBeside = async () => {
    tries += 1;
    return copyWalBeside(copy, () => undefined);
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
  copier.close();
});
