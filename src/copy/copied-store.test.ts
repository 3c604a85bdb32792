/** Stores for tests of copies, which can be written to at will; it holds no tests itself. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { procedures as productProcedures } from '../procedures.ts';
import { writeAll } from '../storage/conformance-procedures.ts';
import type { ProcedureModule, StorageEngine, Write } from '../storage/engine.ts';
import { openSqliteEngine, type SqliteAttachment } from '../storage/sqlite/engine.ts';
import { openSqliteStorage } from '../storage/sqlite/storage.ts';
import { RESIDENT_SPACES } from '../tables/spaces.ts';

export const procedures: ProcedureModule['procedures'] = [...productProcedures, writeAll];

/** A handle on a new store in a folder of its own, both gone when the test ends. */
export async function openEmpty(t: TestContext): Promise<StorageEngine> {
  const path = mkdtempSync(join(tmpdir(), 'stator-copy-'));
  const proceduresUrl = new URL(import.meta.url);
  const storage = await openSqliteStorage({ path, durable: false, proceduresUrl, residentSpaces: RESIDENT_SPACES });
  const engine = openSqliteEngine(storage.attach().attachment as SqliteAttachment);
  t.after(async () => {
    await engine.close();
    await storage.close();
    rmSync(path, { recursive: true });
  });
  return engine;
}

/** Writes `writes` in one transaction. */
export async function write(engine: StorageEngine, writes: readonly Write[]): Promise<void> {
  await engine.transact(writeAll, writes);
}
