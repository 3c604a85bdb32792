/** The folders of in-memory servers: removed when the server closes, when the process exits, or by a later server. */
import { lstatSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from './foundation/clock.ts';
import { isStorageInUse } from './open-storage.ts';
import { StartError } from './options.ts';

export interface TemporaryFolder {
  readonly path: string;
  remove(): void;
}

const PREFIX = 'stator-in-memory-';

/** A younger folder without an owner may be one that somebody is about to take. */
const LEFTOVER_AGE_MS = 60_000;

const present = new Set<string>();

/** Makes an empty folder, and removes those of processes that were killed. Throws StartError if it can't be made. */
export function makeTemporaryFolder(): TemporaryFolder {
  removeLeftovers();
  const path = makeFolder();
  if (present.size === 0) process.on('exit', removePresent);
  present.add(path);
  return {
    path,
    remove: () => {
      removeFolder(path);
      present.delete(path);
      if (present.size === 0) process.off('exit', removePresent);
    },
  };
}

function makeFolder(): string {
  try {
    return mkdtempSync(join(tmpdir(), PREFIX));
  } catch (error) {
    throw new StartError(`no temporary folder can be made in ${tmpdir()}: ${(error as Error).message}`);
  }
}

function removePresent(): void {
  for (const path of present) removeFolder(path);
}

function removeFolder(path: string): void {
  rmSync(path, { recursive: true, force: true });
}

function removeLeftovers(): void {
  for (const name of listFolder(tmpdir())) {
    const path = join(tmpdir(), name);
    try {
      if (name.startsWith(PREFIX) && isLeftover(path)) removeFolder(path);
    } catch {
      // Another server that starts now removes it as well.
    }
  }
}

function listFolder(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    // Making a folder in it will fail as well, and say why.
    return [];
  }
}

/** Anybody may write to the folder of temporary files, so what isn't ours alone is not touched, lest it be a trap. */
function isLeftover(path: string): boolean {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined || !found.isDirectory()) return false;
  if (process.getuid !== undefined && (found.uid !== process.getuid() || (found.mode & 0o077) !== 0)) return false;
  return systemClock.nowMs() - found.mtimeMs > LEFTOVER_AGE_MS && !isStorageInUse(path);
}
