/** Where StatorDB keeps its data in a measurement. */
import { mkdtempSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { startPostgres } from '../test/postgres.ts';
import type { Database } from './cost.ts';

export const STORAGE_NAMES = ['sqlite', 'postgres'] as const;
export type StorageName = (typeof STORAGE_NAMES)[number];

export interface Stores {
  /** Makes an empty store and resolves with the arguments of `stator start` that say where it is. */
  make(): Promise<readonly string[]>;
  /** Resolves with the URL of an empty database beside the stores; undefined where they are folders. */
  readonly createDatabase: (() => Promise<string>) | undefined;
  /** The server of the databases; undefined where stores are folders. */
  readonly database: Database | undefined;
  /** Ends what was started for the stores. */
  close(): Promise<void>;
}

/** On a disk, unlike the folder for temporary files, which may lie in memory. */
const OPEN_FOLDER = '/var/tmp';

/**
 * Stores in folders below `folder`, or in databases of a PostgreSQL that is started for them with its data in `cache`,
 * as it comes: what is committed is synced.
 */
export async function openStores(name: StorageName, folder: string, cache: string): Promise<Stores> {
  if (name === 'sqlite') {
    return {
      make: async () => ['--data-dir', mkdtempSync(join(folder, 'stator-'))],
      createDatabase: undefined,
      database: undefined,
      close: async () => {},
    };
  }
  const postgres = await startPostgres({ durable: true, folder: canAllReach(cache) ? cache : OPEN_FOLDER });
  const { url, pid } = postgres;
  if (pid === undefined) throw new Error('a database that runs has no process');
  return {
    make: async () => ['--storage', await postgres.createDatabase()],
    createDatabase: () => postgres.createDatabase(),
    database: { url, pid },
    close: () => postgres.remove(),
  };
}

/** Whether users other than this one can look below `path`: PostgreSQL runs as one of them where this is root. */
function canAllReach(path: string): boolean {
  if (process.getuid?.() !== 0) return true;
  const parent = dirname(path);
  return (statSync(path).mode & 0o001) !== 0 && (parent === path || canAllReach(parent));
}
