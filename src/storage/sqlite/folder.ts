/**
 * A data folder: the files in it, and the lock that gives it to one storage at a time.
 *
 * The lock is SQLite's own exclusive lock on a file of its own: the kernel releases it when the process ends, however
 * it ends, and SQLite keeps two connections of one process apart as well.
 */
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import Database from 'better-sqlite3';
import { StorageOpenError } from '../engine.ts';

/** The file that holds everything, in the data folder `path`. SQLite keeps its `-wal` and `-shm` files beside it. */
export function databaseFileOf(path: string): string {
  return join(path, 'stator.db');
}

/** The data is for the user alone who runs the program. SQLite gives `-wal` and `-shm` the database's mode. */
const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;

/**
 * Creates the data folder, for its owner alone, if it isn't there; one that is there keeps its mode. Throws
 * StorageOpenError if it can't be created, is a file, or can't be written.
 */
export function createFolder(path: string): void {
  try {
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === false) {
      throw new StorageOpenError(`data folder ${path} is a file, not a folder`);
    }
    makeFolders(resolve(path));
    accessSync(path, constants.W_OK);
  } catch (error) {
    throw asOpenError(path, error);
  }
}

/** Level by level, because a recursive mkdir never ends where a folder takes no children, such as below /proc. */
function makeFolders(path: string): void {
  if (existsSync(path)) return;
  makeFolders(dirname(path));
  try {
    mkdirSync(path, { mode: FOLDER_MODE });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

/** Creates `file`, empty and for its owner alone, if it isn't there. */
export function createFile(file: string): void {
  try {
    // A file that is there is not even opened: closing it would release the locks that this process has on it.
    closeSync(openSync(file, 'wx', FILE_MODE));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

export interface FolderLock {
  release(): void;
}

/** Takes the data folder for this storage. Throws StorageOpenError if another process or another storage has it. */
export function lockFolder(path: string): FolderLock {
  const pidFile = join(path, 'stator.pid');
  const lockFile = join(path, 'stator.lock');
  let lock: Database.Database | undefined;
  try {
    createFile(lockFile);
    lock = new Database(lockFile, { timeout: 0 });
    lock.pragma('journal_mode = MEMORY');
    lock.exec('BEGIN EXCLUSIVE');
    writeFileSync(pidFile, `${process.pid}\n`, { mode: FILE_MODE });
  } catch (error) {
    lock?.close();
    if (isBusy(error)) throw new StorageOpenError(`data folder ${path} is in use by ${describeOwner(pidFile)}`);
    throw asOpenError(path, error);
  }
  const held = lock;
  return { release: () => void held.close() };
}

/** `error` as the one line that the person who started the program can act on. */
export function asOpenError(path: string, error: unknown): StorageOpenError {
  if (error instanceof StorageOpenError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  const line = reason.replaceAll(/\s+/g, ' ');
  return new StorageOpenError(`data folder ${path} can't be opened: ${line}`, { cause: error });
}

/** Makes the names of the folder's new files, and the folder's own, survive a power cut. */
export function syncFolder(path: string): void {
  // Windows can't open a folder, and needs no such call.
  if (process.platform === 'win32') return;
  const folder = resolve(path);
  for (const each of [folder, dirname(folder)]) {
    const descriptor = openSync(each, 'r');
    fsyncSync(descriptor);
    closeSync(descriptor);
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY');
}

function describeOwner(pidFile: string): string {
  try {
    const pid = readFileSync(pidFile, 'utf8').trim();
    return pid === String(process.pid) ? `this process (pid ${pid})` : `another process (pid ${pid})`;
  } catch {
    // The owner has the lock but has not written its pid yet.
    return 'another process';
  }
}
