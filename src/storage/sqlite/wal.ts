/**
 * Keeps the write-ahead log short, from the writer's side.
 *
 * SQLite starts the WAL anew only when a write finds all of it copied into the database, which under steady load
 * never happens by itself: the writer is always a few frames ahead of the checkpoint. So the checkpoint thread copies
 * the bulk beside the writer, once more for what came meanwhile if that is much, and the writer copies the small rest
 * between two batches. The next batch then starts at the front of the file.
 */
import Database from 'better-sqlite3';
import { setDurability } from './durability.ts';

/** Frames (pages of 4 KiB) in the WAL at which copying begins. */
const START_FRAMES = 4096;
/** The most that the writer copies by itself: what it can do in a few milliseconds. */
const FINISH_FRAMES = 256;
/** After a try that a long read held up, the next one waits for so many more frames. */
const RETRY_FRAMES = 1024;
/** The writer lets the checkpoint thread catch up before it writes past this: 128 MiB. */
const PAUSE_FRAMES = 32_768;

/** What the WAL holds, and how much of it is copied into the database. */
interface WalState {
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
 * Copies what readers allow. A store that fails at it (a full disk, say) keeps its WAL, and all that was committed,
 * for the next try; it's the writes which report such a disk to their callers.
 */
export function copyWal(checkpoint: Database.Statement<[], unknown>): void {
  try {
    checkpoint.get();
  } catch (error) {
    if (!(error instanceof Database.SqliteError)) throw error;
  }
}

/**
 * Watches the WAL of `db`, the writer's connection. `copyBeside` has the checkpoint thread copy what it can;
 * `resume` is called when it has.
 */
export function createWalKeeper(db: Database.Database, copyBeside: () => Promise<void>, resume: () => void): WalKeeper {
  const look = db.prepare<[], WalState>('PRAGMA wal_checkpoint(NOOP)');
  const copy = db.prepare<[]>('PRAGMA wal_checkpoint(PASSIVE)');
  let state: WalState = { log: 0, checkpointed: 0 };
  let nextTryFrames = START_FRAMES;
  let isCopying = false;

  /** Looks again; returns whether anything was copied, or the WAL started anew, since the last look. */
  const refresh = (): boolean => {
    const last = state;
    state = look.get() ?? state;
    if (state.log >= last.log) return state.checkpointed > last.checkpointed;
    nextTryFrames = START_FRAMES;
    return true;
  };
  const takeStep = () => {
    const behind = state.log - state.checkpointed;
    if (isCopying || state.log < nextTryFrames || behind === 0) return;
    if (behind <= FINISH_FRAMES) {
      nextTryFrames = state.log + RETRY_FRAMES;
      copyWal(copy);
    } else {
      isCopying = true;
      void copyBeside().then(finishRound);
    }
  };
  const finishRound = () => {
    isCopying = false;
    const hasProgressed = refresh();
    if (!hasProgressed) nextTryFrames = state.log + RETRY_FRAMES;
    takeStep();
    resume();
  };
  const advance = () => {
    refresh();
    takeStep();
  };
  return { advance, mustPause: () => isCopying && state.log >= PAUSE_FRAMES };
}
