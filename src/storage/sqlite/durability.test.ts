import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { databaseFileOf } from './folder.ts';
import { createFormat } from './format.ts';
import { openCheckpointing } from './wal.ts';
import { openWriter } from './writer.ts';

/** SQLite's own numbers for `synchronous`. */
const OFF = 0;
const FULL = 2;

// What a killed process leaves is all there without any sync as well: only a power cut would tell the difference. So
// the settings themselves are looked at, on the connections that the threads work with.
for (const [name, open] of [
  ['writer', openWriter],
  ['checkpoint thread', openCheckpointing],
] as const) {
  test(`the ${name} syncs to the medium if the store is durable, and not otherwise`, (context) => {
    const path = mkdtempSync(join(tmpdir(), 'stator-durability-'));
    context.after(() => rmSync(path, { recursive: true }));
    const databaseFile = databaseFileOf(path);
    createFormat(databaseFile);
    for (const durable of [true, false]) {
      const db = open(databaseFile, durable);
      const settings = ['journal_mode', 'synchronous', 'fullfsync'].map((pragma) =>
        db.pragma(pragma, { simple: true }),
      );
      db.close();
      assert.deepEqual(settings, durable ? ['wal', FULL, 1] : ['wal', OFF, 0]);
    }
  });
}
