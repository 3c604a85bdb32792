/** Creates the tables, safely when several nodes start at once, and refuses those of newer programs. */
import { StorageOpenError, StorageUnavailableError } from '../engine.ts';
import { call } from './batch.ts';
import type { Connection, Connections } from './connections.ts';
import { requireVersion } from './entry-reads.ts';
import { allowRefusal, isCreatedMeanwhile, isUndefinedTable } from './errors.ts';
import { int4Array } from './parameters.ts';
import {
  createGate,
  FENCE_STRIPES,
  fillFence,
  findTables,
  FORMAT_VERSION,
  initializeFormat,
  layOutByRanges,
  raiseFormat,
  readFence,
  readFormat,
  SCHEMA,
} from './statements.ts';

/** `CREATE TABLE IF NOT EXISTS` fails if another node creates the same table; then it is there, or soon will be. */
const CREATION_ATTEMPTS = 20;

/**
 * Makes sure that the database has a store of this program's format; one of an older format has it from then on, and
 * older programs refuse to open it. Rejects with StorageOpenError if it can't.
 */
export async function createSchema(connections: Connections): Promise<void> {
  await requireFormat(connections, async (connection, found) => {
    const version = found ?? (await createTables(connection));
    if (version <= FORMAT_VERSION) await completeTables(connection);
    return version < FORMAT_VERSION ? await raise(connection) : version;
  });
}

/** Rejects with StorageOpenError unless the database has a store of a format that this program knows. */
export async function checkSchema(connections: Connections): Promise<void> {
  await requireFormat(connections, async (_connection, found) => {
    if (found === undefined) throw new StorageOpenError('the database holds no store');
    return found;
  });
}

/** `prepare` is told the store's format, or undefined if there is none, and resolves with the one it has from then on. */
async function requireFormat(
  connections: Connections,
  prepare: (connection: Connection, found: number | undefined) => Promise<number>,
): Promise<void> {
  try {
    await connections.hold(async (connection) => {
      const version = await prepare(connection, await findFormat(connection));
      if (version > FORMAT_VERSION) throw newerFormatError(version);
      const [[fence]] = await connection.run(call(readFence, connection.stripe));
      requireVersion(fence?.[0]);
    });
  } catch (error) {
    if (error instanceof StorageOpenError) throw error;
    const reason = error instanceof StorageUnavailableError ? error.message : `the database failed: ${String(error)}`;
    throw new StorageOpenError(reason, { cause: error });
  }
}

/** The format of the store in the database; undefined if there is none, or not all of it. */
async function findFormat(connection: Connection): Promise<number | undefined> {
  try {
    const [[format]] = await connection.run(call(readFormat));
    return format?.[0];
  } catch (error) {
    if (isUndefinedTable(error)) return undefined;
    throw error;
  }
}

/** The format once it is this program's, or what a newer one made of it meanwhile. */
async function raise(connection: Connection): Promise<number> {
  await connection.run(call(raiseFormat, String(FORMAT_VERSION)));
  return (await findFormat(connection)) ?? 0;
}

/**
 * Creates what the store of an older program may lack. Looks first, for a node that finds all of it needs no right to
 * create tables.
 */
async function completeTables(connection: Connection): Promise<void> {
  try {
    await connection.run(call(findTables));
  } catch (error) {
    if (!isUndefinedTable(error)) throw error;
    await create(() => connection.run(call(createGate)));
    await connection.run(call(findTables));
  }
}

async function createTables(connection: Connection): Promise<number> {
  await connection.run(call(layOutByRanges)).catch(allowRefusal);
  for (const statement of SCHEMA) await create(() => connection.run(call(statement)));
  const stripes = Array.from({ length: FENCE_STRIPES }, (_, stripe) => stripe);
  await create(() => connection.run(call(fillFence, int4Array(stripes))));
  await create(() => connection.run(call(initializeFormat, String(FORMAT_VERSION))));
  return (await findFormat(connection)) ?? 0;
}

async function create(run: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await run();
      return;
    } catch (error) {
      if (attempt === CREATION_ATTEMPTS || !isCreatedMeanwhile(error)) throw error;
    }
  }
}

function newerFormatError(version: number): StorageOpenError {
  return new StorageOpenError(
    `the database holds a store of format ${version}, and this program knows formats up to ${FORMAT_VERSION}: ` +
      'it was written by a newer version of StatorDB',
  );
}
