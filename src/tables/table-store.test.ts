/** A store for tests of tables and their jobs, and a procedure that fills it; it holds no tests itself. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { procedures as programProcedures } from '../procedures.ts';
import type { Procedure, ProcedureModule, StorageEngine } from '../storage/engine.ts';
import { openSqliteEngine, type SqliteAttachment } from '../storage/sqlite/engine.ts';
import { openSqliteStorage } from '../storage/sqlite/storage.ts';
import { catalogKey, decodeTable, encodeTable } from './catalog.ts';
import type { TableDraft } from './create-table.ts';
import type { DeleteTableInput } from './delete-table.ts';
import { RESIDENT_SPACES } from './spaces.ts';
import { itemCountCounter, sizeBytesCounter, type TableDefinition } from './table.ts';

interface FillInput {
  readonly table: TableDefinition;
  /** Keys are numbered from here. */
  readonly from: number;
  readonly count: number;
  readonly valueSizeBytes: number;
}

/** Puts entries into every space of a table, as writes of items do: 'stale' if the table is no longer there. */
export const fillTable: Procedure<FillInput, 'done' | 'stale'> = {
  name: 'fillTable',
  reads: ({ table }) => [catalogKey(table.name)],
  decide({ table, from, count, valueSizeBytes }, [bytes]) {
    if (bytes === undefined || decodeTable(bytes).id !== table.id) return { writes: [], output: 'stale' };
    const value = new Uint8Array(valueSizeBytes);
    const spaces = [table.space, ...table.indexes.map((index) => index.space)];
    const writes = spaces.flatMap((space) => [
      ...Array.from({ length: count }, (_, i) => ({ kind: 'put', space, key: numberedKey(from + i), value }) as const),
      { kind: 'increment', counter: itemCountCounter(space), by: count } as const,
      { kind: 'increment', counter: sizeBytesCounter(space), by: count * valueSizeBytes } as const,
    ]);
    return { writes, output: 'done' };
  },
};

/** Puts a definition as another program may have left it. */
export const putDefinition: Procedure<TableDefinition, null> = {
  name: 'putDefinition',
  reads: () => [],
  decide: (table) => ({
    writes: [{ kind: 'put', ...catalogKey(table.name), value: encodeTable(table) }],
    output: null,
  }),
};

export const procedures: ProcedureModule['procedures'] = [...programProcedures, fillTable, putDefinition];

function numberedKey(number: number): Uint8Array {
  return new TextEncoder().encode(String(number).padStart(8, '0'));
}

/** A handle on a new store in a folder of its own, both gone when the test ends. */
export async function openTestEngine(t: TestContext): Promise<StorageEngine> {
  const folder = await mkdtemp(join(tmpdir(), 'stator-tables-'));
  const storage = await openSqliteStorage({
    path: folder,
    durable: false,
    proceduresUrl: new URL(import.meta.url),
    residentSpaces: RESIDENT_SPACES,
  });
  const engine = openSqliteEngine(storage.attach().attachment as SqliteAttachment);
  t.after(async () => {
    await engine.close();
    await storage.close();
    await rm(folder, { recursive: true });
  });
  return engine;
}

/** A table with a partition key `pk`, and whatever else is asked for. */
export function draftOf(name: string, more: Partial<TableDraft> = {}): TableDraft {
  return {
    name,
    id: `id-of-${name}`,
    createdAtMs: 1_700_000_000_123,
    partitionKey: { name: 'pk', type: 'S' },
    billingMode: 'PAY_PER_REQUEST',
    indexes: [],
    ...more,
  };
}

/** The deletion, at once, of the table called `name`. */
export function deletionOf(name: string): DeleteTableInput {
  return { name, nowMs: 1_700_000_000_456, delayMs: 0 };
}

/** The entries that `space` holds. */
export async function countEntries(engine: StorageEngine, space: number): Promise<number> {
  return (await engine.scan(space, {}, { limit: 1_000_000 })).length;
}
