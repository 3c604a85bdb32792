/**
 * Where the servers of the end-to-end tests keep their data. The tests run once for each storage engine; the variable
 * STATOR_TEST_STORAGE says on which.
 */
import { after } from 'node:test';
import type { PartialOptions } from '../../src/index.ts';
import { openTestDatabase } from '../postgres.ts';
import { makeFolder } from './program.ts';

/** The engine of this run: `postgres`, or by default `sqlite`. */
export const TEST_STORAGE = 'STATOR_TEST_STORAGE';

/** Files of tests that don't run a second time, on PostgreSQL, each with its reason. All others do. */
export const RUN_ONCE_FILES: Readonly<Record<string, string>> = {
  'check-data-folder.test.ts': 'damages the pages of a data folder',
  'command-line.test.ts': 'is about words and folders; storage-option.test.ts has what --storage takes and refuses',
  'copy.test.ts': 'copies between both engines',
  'nodes.test.ts': 'has a PostgreSQL of its own',
  'rolling-restart.test.ts': 'has a PostgreSQL of its own',
  'storage-option.test.ts': 'has a PostgreSQL of its own',
  'store-outage.test.ts': 'has a PostgreSQL of its own',
};

const isOnPostgres = process.env[TEST_STORAGE] === 'postgres';

/** Options of single tests that run on SQLite only; on PostgreSQL they are skipped, with the reason. */
export const SQLITE_ONLY = {
  dataFolder: skipOnPostgres('a database can be shared, and is no folder'),
  temporaryFolder: skipOnPostgres('nothing is kept in a temporary folder'),
  writerThread: skipOnPostgres('every thread writes for itself'),
} as const;

function skipOnPostgres(reason: string): { readonly skip: string | false } {
  return { skip: isOnPostgres && reason };
}

/** What a server is told about where its data lies. */
export interface TestStore {
  /** For `startStator`. */
  readonly options: PartialOptions;
  /** The same for `stator start`. */
  readonly args: readonly string[];
  /** The folder that it lies in, on SQLite. */
  readonly dataDir?: string;
}

export interface RemovableStore extends TestStore {
  remove(): Promise<void>;
}

/** An empty store, whose data the next server on it finds again. It goes at the end of the test that called. */
export async function makeStore(): Promise<TestStore> {
  if (isOnPostgres) return await makePassingStore();
  const dataDir = makeFolder();
  return { options: { dataDir }, args: ['--data-dir', dataDir], dataDir };
}

/** An empty store for one server at a time, whose data may go with that. It goes at the end of the test that called. */
export async function makePassingStore(): Promise<TestStore> {
  const { remove, ...store } = await openPassingStore();
  after(remove);
  return store;
}

/** The same, but it goes when the caller says. */
export async function openPassingStore(): Promise<RemovableStore> {
  if (!isOnPostgres) return { options: { inMemory: true }, args: ['--in-memory'], remove: async () => undefined };
  const { url, drop } = await openTestDatabase();
  // Nobody balances load here, so nobody needs to hear of a server's end before it comes.
  return {
    options: { storage: url, drainSeconds: 0 },
    args: ['--storage', url, '--drain-seconds', '0'],
    remove: drop,
  };
}
