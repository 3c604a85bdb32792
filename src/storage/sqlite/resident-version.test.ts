import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { MessageChannel } from 'node:worker_threads';
import { procedures, writeAll } from '../conformance-procedures.ts';
import { ResidentVersionError } from '../engine.ts';
import { openSqliteEngine } from './engine.ts';
import { databaseFileOf } from './folder.ts';
import { createFormat } from './format.ts';
import { allocateResidentVersions, openResidentVersions } from './resident-version.ts';
import { createWriter, openWriter } from './writer.ts';

const SPACE = 9;
const KEY = new Uint8Array([1]);
const calls = [
  { id: 1, procedure: writeAll.name, input: [{ kind: 'put', space: SPACE, key: KEY, value: new Uint8Array([2]) }] },
];

/** A writer and a handle in this one thread, so that a test can stop a commit half-way. */
function openBoth(context: TestContext) {
  const path = mkdtempSync(join(tmpdir(), 'stator-resident-'));
  const databaseFile = databaseFileOf(path);
  createFormat(databaseFile);
  const db = openWriter(databaseFile, false);
  const residentVersions = allocateResidentVersions();
  const versions = openResidentVersions(residentVersions);
  const { port1, port2 } = new MessageChannel();
  const engine = openSqliteEngine({ kind: 'sqlite', databaseFile, port: port2, residentVersions });
  context.after(async () => {
    await engine.close();
    port1.close();
    db.close();
    rmSync(path, { recursive: true });
  });
  return { db, versions, engine };
}

test('a change is announced before its commit and published after', (context) => {
  const { db, versions, engine } = openBoth(context);
  const steps: unknown[] = [];
  const watched = {
    ...versions,
    announce: (version: number) => void steps.push(['announce', version, db.inTransaction]),
    publish: (version: number) => void steps.push(['publish', version, db.inTransaction]),
  };
  const writer = createWriter(db, { procedures }, [SPACE], watched);
  const version = engine.residentVersion();
  steps.length = 0;
  writer.runBatch(calls);
  assert.deepEqual(steps, [
    ['announce', version + 1, true],
    ['publish', version + 1, false],
  ]);
});

test('while a change is announced, a read is judged by the version in its own snapshot', async (context) => {
  const { db, versions, engine } = openBoth(context);
  let during: Promise<unknown> = Promise.resolve();
  const expected = versions.published();
  const watched = {
    ...versions,
    announce: (version: number) => {
      versions.announce(version);
      if (version !== expected) during = engine.get(SPACE, KEY, expected);
    },
    publish: () => undefined,
  };
  createWriter(db, { procedures }, [SPACE], watched).runBatch(calls);
  assert.equal(await during, undefined);
  // Committed, though not published: the old version no longer holds.
  assert.equal(engine.residentVersion(), expected);
  await assert.rejects(engine.get(SPACE, KEY, expected), ResidentVersionError);
  // Who tries again must not meet the same version.
  assert.equal(engine.residentVersion(), expected + 1);
  assert.deepEqual([...((await engine.get(SPACE, KEY, expected + 1)) ?? [])], [2]);
  assert.deepEqual([...((await engine.get(SPACE, KEY)) ?? [])], [2]);
});

test('a change announced in the middle of a read rejects it', async (context) => {
  const { db, versions, engine } = openBoth(context);
  const writer = createWriter(db, { procedures }, [SPACE], versions);
  writer.runBatch(calls);
  const until = () => {
    writer.runBatch(calls);
    return true;
  };
  const scan = engine.scan(SPACE, {}, { limit: 1, until }, engine.residentVersion());
  await assert.rejects(scan, ResidentVersionError);
});

test('a change announced in the middle of a read and then given up leaves the read as it is', async (context) => {
  const { db, versions, engine } = openBoth(context);
  createWriter(db, { procedures }, [SPACE], versions).runBatch(calls);
  const expected = engine.residentVersion();
  const until = () => {
    versions.announce(expected + 1);
    return true;
  };
  const entries = await engine.scan(SPACE, {}, { limit: 1, until }, expected);
  assert.equal(entries.length, 1);
  versions.announce(expected);
  assert.equal(engine.residentVersion(), expected);
});
