import { resolve } from 'node:path';
import { type CopiedStore, type CopyOptions, copyBetween } from './copy/copy-between.ts';
import { CopyError } from './copy/copy-error.ts';
import { type StorageLocation, describeLocation, openSource, openTarget } from './open-storage.ts';
import { StartError } from './options.ts';

/**
 * Does what `stator copy` does: see `copyBetween`. No server may run on either store. Rejects with StartError for what
 * the caller can mend: a store that is in use or can't be opened, a target that is not empty, a source that changed.
 */
export async function copyStore(
  from: StorageLocation,
  to: StorageLocation,
  options: CopyOptions,
): Promise<CopiedStore> {
  if (isSame(from, to)) throw new StartError('from and to are the same store');
  const source = await openSource(from);
  try {
    const target = await openTarget(to);
    try {
      return await copyBetween(
        { name: describeLocation(from), engine: source.engine },
        { name: describeLocation(to), engine: target.engine },
        options,
      );
    } finally {
      await target.close();
    }
  } catch (error) {
    throw describeFailure(error);
  } finally {
    await source.close();
  }
}

function isSame(from: StorageLocation, to: StorageLocation): boolean {
  if (from.kind === 'sqlite' && to.kind === 'sqlite') return resolve(from.path) === resolve(to.path);
  return from.kind === 'postgres' && to.kind === 'postgres' && from.url === to.url;
}

/** What a store throws that fails in the middle, by name, for an error may have come from another thread. */
const STORE_FAILURES = ['StorageClosedError', 'StorageUnavailableError', 'StorageConflictError', 'SqliteError'];

function describeFailure(error: unknown): unknown {
  if (error instanceof CopyError) return new StartError(error.message, { cause: error });
  if (!(error instanceof Error) || !STORE_FAILURES.includes(error.name)) return error;
  return new StartError(`the copy stopped, and --resume goes on with it: ${error.message}`, { cause: error });
}
