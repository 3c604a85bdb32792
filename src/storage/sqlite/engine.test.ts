import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testStorageConformance } from '../conformance.ts';
import { RESIDENT_SPACE } from '../conformance-procedures.ts';
import type { Storage } from '../engine.ts';
import { openSqliteEngine, type SqliteAttachment } from './engine.ts';
import { openSqliteStorage } from './storage.ts';

for (const durable of [true, false]) {
  testStorageConformance(durable ? 'SQLite' : 'SQLite without syncs', async () => {
    const path = await mkdtemp(join(tmpdir(), 'stator-conformance-'));
    const proceduresUrl = new URL('../conformance-procedures.ts', import.meta.url);
    const open = () => openSqliteStorage({ path, durable, proceduresUrl, residentSpaces: [RESIDENT_SPACE] });
    let storage: Storage = await open();
    return {
      engine: async () => openSqliteEngine(storage.attach().attachment as SqliteAttachment),
      reopen: async () => {
        await storage.close();
        storage = await open();
      },
      close: async () => {
        await storage.close();
        await rm(path, { recursive: true });
      },
    };
  });
}
