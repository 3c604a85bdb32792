/**
 * Keeps the write-ahead log short, from the writer's side.
 *
 * SQLite starts the WAL anew only when a write finds all of it copied into the database, which under steady load
 * never happens by itself: the writer is always a few frames ahead of the checkpoint. So the checkpoint thread copies
 * and syncs the bulk beside the writer, and again what came meanwhile, and the writer does so with the small rest
 * between two batches. The next batch then starts at the front of the file.
 */
import Database from 'better-sqlite3';
import { setDurability } from './durability.ts';

/** Frames (pages of 4 KiB) in the WAL at which copying begins. */
const START_FRAMES = 512;
/** The most that the writer copies by itself: what it can do in a few milliseconds. */
const FINISH_FRAMES = 256;
/** What the checkpoint thread leaves for the writer to sync. */
const LITTLE_FRAMES = 64;
const MAX_TRIES = 8;
/** After a try that a long read held up, the next one waits for so many more frames. */
const RETRY_FRAMES = 512;
/** The writer lets the checkpoint thread catch up before it writes past this: 128 MiB. */
const PAUSE_FRAMES = 32_768;

/** What the WAL holds, and how much of it is copied into the database. */
export interface WalState {
  readonly log: number;
  readonly checkpointed: number;
}

export interface WalKeeper {
  /** To be called between batches: looks at the WAL and does or asks for what is due. */
  advance(): void;
  /** Whether the writer must wait for the checkpoint thread before its next batch. */
  mustPause(): boolean;
}

/**
 * The checkpoint thread's connection. A checkpoint syncs the WAL before it copies and the database after, so that the
 * WAL may be written anew.
 */
export function openCheckpointing(databaseFile: string, durable: boolean): Database.Database {
  const db = new Database(databaseFile, { fileMustExist: true });
  setDurability(db, durable);
  return db;
}

/**
 * Copies what readers allow; undefined if the store failed at it (a full disk, say). It keeps its WAL, and all that was
 * committed, for the next try; it's the writes which report such a disk to their callers.
 */
export function copyWal(checkpoint: Database.Statement<[], WalState>): WalState | undefined {
  try {
    return checkpoint.get();
  } catch (error) {
    if (!(error instanceof Database.SqliteError)) throw error;
    return undefined;
  }
}

/**
 * Copies beside the writer, with a `sync` of the database after each copy, until what is neither copied nor synced is
 * little; false if it can't get there for a reader or a failure.
 *
 * SQLite itself syncs the database only with a copy that reaches the end of the WAL, which hardly any does beside the
 * writer. Without a sync here the writer's own copy, of a few frames, would wait for the medium to take all of these.
 */
export function copyWalBeside(checkpoint: Database.Statement<[], WalState>, sync: () => void): boolean {
  let copied = 0;
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const state = copyWal(checkpoint);
    if (state === undefined) return false;
    const hasStartedAnew = state.checkpointed < copied;
    const unsynced = state.checkpointed - (hasStartedAnew ? 0 : copied);
    const held = state.log - state.checkpointed;
    if (unsynced + held <= LITTLE_FRAMES) return true;
    if (unsynced === 0) return false;
    sync();
    copied = state.checkpointed;
  }
  return false;
}

/**
 * Watches the WAL of `db`, the writer's connection. `copyBeside` has the checkpoint thread run `copyWalBeside`;
 * `resume` is called when it has.
 */
export function createWalKeeper(
  db: Database.Database,
  copyBeside: () => Promise<boolean>,
  resume: () => void,
): WalKeeper {
  const look = db.prepare<[], WalState>('PRAGMA wal_checkpoint(NOOP)');
  const copy = db.prepare<[], WalState>('PRAGMA wal_checkpoint(PASSIVE)');
  let state: WalState = { log: 0, checkpointed: 0 };
  let nextTryFrames = START_FRAMES;
  let isCopying = false;

  const refresh = () => {
    const last = state;
    state = look.get() ?? state;
    if (state.log < last.log) nextTryFrames = START_FRAMES;
  };
  const finishCopy = (isLittleLeft: boolean) => {
    isCopying = false;
    refresh();
    nextTryFrames = state.log + RETRY_FRAMES;
    if (isLittleLeft && state.log - state.checkpointed <= FINISH_FRAMES) copyWal(copy);
    resume();
  };
  const advance = () => {
    refresh();
    if (isCopying || state.log < nextTryFrames || state.log === state.checkpointed) return;
    isCopying = true;
    void copyBeside().then(finishCopy);
  };
  return { advance, mustPause: () => isCopying && state.log >= PAUSE_FRAMES };
}
