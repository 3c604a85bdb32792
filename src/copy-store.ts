import { resolve } from 'node:path';
import { type CopiedStore, type CopyEnd, type CopyOptions, copyBetween } from './copy/copy-between.ts';
import { CopyError } from './copy/copy-error.ts';
import { systemTimer } from './foundation/clock.ts';
import { findLiveNodes } from './jobs/live-nodes.ts';
import { type OpenStore, type StorageLocation, describeLocation, openSource, openTarget } from './open-storage.ts';
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
      return await copyBetween(endOf(from, source), endOf(to, target), options);
    } finally {
      await target.close();
    }
  } catch (error) {
    throw describeFailure(error);
  } finally {
    await source.close();
  }
}

function endOf(location: StorageLocation, { engine }: OpenStore): CopyEnd {
  const name = describeLocation(location);
  return {
    name,
    engine,
    async requireUnused() {
      // A folder is locked.
      if (location.kind === 'sqlite') return;
      const addresses = (await findLiveNodes(engine, systemTimer)).map(({ address }) => address);
      if (addresses.length > 0)
        throw new CopyError(`${name} is in use by ${addresses.join(', ')}: stop its nodes first`);
    },
  };
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
