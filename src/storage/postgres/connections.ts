/**
 * The connections of one handle: a pool of `pg`, and how statements run on them.
 *
 * Nothing waits without end: connecting, waiting for a connection, a statement and a wait for a lock are each bounded,
 * and a connection that did not answer in time is destroyed. One that fails is replaced when it is next needed.
 */
import { type ClientBase, Pool, type PoolClient } from 'pg';
import { systemRandom } from '../../foundation/random.ts';
import { StorageOpenError } from '../engine.ts';
import { type Call, call, createBatch, type Results } from './batch.ts';
import { allowRefusal, asConnectError, asStatementError, ConnectionLostError } from './errors.ts';
import type { Parameter } from './parameters.ts';
import { retryRead } from './retries.ts';
import { FENCE_STRIPES, rollback, SESSION, type Statement } from './statements.ts';

/** For connecting, and for waiting until a connection is free. */
const CONNECT_TIMEOUT_MS = 4_000;

/** For the answer to a batch: longer than the server allows a statement, whose own report says more. */
const ANSWER_TIMEOUT_MS = 7_000;
const PATIENT_ANSWER_TIMEOUT_MS = 62_000;

const IDLE_TIMEOUT_MS = 60_000;
const KEEP_ALIVE_DELAY_MS = 10_000;

/** The parameter of the URL that says how many connections each handle may have. */
const POOL_SIZE = 'pool_size';
const DEFAULT_POOL_SIZE = 10;
const MAX_POOL_SIZE = 1_000;

/** One connection, held by one caller at a time. */
export interface Connection {
  /** The row of the fence that this connection's writes hold. */
  readonly stripe: string;
  /** Runs `calls` in one round trip; the first that fails keeps the later ones from running. */
  run<const Calls extends readonly Call[]>(...calls: Calls): Promise<Results<Calls>>;
}

export interface Connections {
  /** Runs one statement by itself, as `read` does. */
  run<Row extends readonly unknown[]>(statement: Statement<Row>, ...parameters: readonly Parameter[]): Promise<Row[]>;
  /** As `hold`, for what may be done again, as reads: see `retryRead`. */
  read<Result>(use: (connection: Connection) => Promise<Result>, mayRetry?: () => boolean): Promise<Result>;
  /** Runs `use` with a connection. It ends the transactions that it begins, unless it throws. */
  hold<Result>(use: (connection: Connection) => Promise<Result>): Promise<Result>;
  /** Resolves when all that are held were given back and all are closed. */
  close(): Promise<void>;
}

export interface ConnectionsOptions {
  /** The most connections; by default as many as the URL says. */
  readonly poolSize?: number;
  /** Whether statements may take a minute, as creating tables does in some engines. */
  readonly isPatient?: boolean;
}

/** Throws StorageOpenError if `url` is not one that can be connected to. Connects when there is something to run. */
export function openConnections(url: string, options: ConnectionsOptions = {}): Connections {
  const { connectionString, ...given } = parseUrl(url);
  const pool = createPool(connectionString, { ...given, ...options });
  const connections = new WeakMap<ClientBase, Connection>();
  // Each handle begins elsewhere, so that the connections of all handles spread over the stripes.
  let lastStripe = systemRandom.bytes(1)[0] ?? 0;
  // Failures reach whoever uses the connection; what fails while it is idle leaves the pool by itself.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => {
    client.on('error', () => undefined);
    lastStripe += 1;
    connections.set(client, createConnection(client, String(lastStripe % FENCE_STRIPES)));
  });
  const hold = async <Result>(use: (connection: Connection) => Promise<Result>): Promise<Result> => {
    const client = await connect(pool);
    const connection = connections.get(client) as Connection;
    try {
      const result = await use(connection);
      client.release();
      return result;
    } catch (error) {
      client.release(!(await isUsable(client, connection, error)));
      throw error;
    }
  };
  const read: Connections['read'] = (use, mayRetry) => retryRead(() => hold(use), mayRetry);
  return {
    run: async (statement, ...parameters) => {
      const [rows] = await read((connection) => connection.run(call(statement, ...parameters)));
      return rows;
    },
    read,
    hold,
    close: () => pool.end(),
  };
}

function createPool(connectionString: string, { poolSize, isPatient = false }: ConnectionsOptions): Pool {
  return new Pool({
    connectionString,
    max: poolSize,
    application_name: 'statordb',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    idleTimeoutMillis: IDLE_TIMEOUT_MS,
    query_timeout: isPatient ? PATIENT_ANSWER_TIMEOUT_MS : ANSWER_TIMEOUT_MS,
    // A silent database never ends its side of a connection, which would keep the thread from ending.
    allowExitOnIdle: true,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_DELAY_MS,
    onConnect: (client) => prepareSession(client, isPatient ? SESSION.patience : []),
  });
}

async function prepareSession(client: ClientBase, patience: readonly string[]): Promise<void> {
  for (const setting of [...SESSION.limits, ...patience, ...SESSION.formats]) await client.query(setting);
  for (const hint of SESSION.hints) await client.query(hint).catch(allowRefusal);
}

async function connect(pool: Pool): Promise<PoolClient> {
  try {
    return await pool.connect();
  } catch (error) {
    throw asConnectError(error);
  }
}

function createConnection(client: ClientBase, stripe: string): Connection {
  return {
    stripe,
    run: <const Calls extends readonly Call[]>(...calls: Calls) =>
      new Promise<Results<Calls>>((resolve, reject) => {
        const batch = createBatch(calls, (error, results) => {
          if (error === undefined) resolve(results as Results<Calls>);
          else reject(asStatementError(error));
        });
        client.query(batch);
      }),
  };
}

/** Whether a connection can go on after `error`; ends the transaction that it may be in. */
async function isUsable(client: ClientBase, connection: Connection, error: unknown): Promise<boolean> {
  if (error instanceof ConnectionLostError) return false;
  try {
    await connection.run(call(rollback));
    return client.getTransactionStatus() === 'I';
  } catch {
    return false;
  }
}

/** Errors say nothing of the URL, for it may hold a password. */
function parseUrl(text: string): { readonly connectionString: string; readonly poolSize: number } {
  if (!URL.canParse(text)) throw new StorageOpenError('the URL of the database is not a valid one');
  const url = new URL(text);
  const given = url.searchParams.get(POOL_SIZE);
  url.searchParams.delete(POOL_SIZE);
  const poolSize = given === null ? DEFAULT_POOL_SIZE : Number(given);
  if (!Number.isInteger(poolSize) || poolSize < 1 || poolSize > MAX_POOL_SIZE) {
    throw new StorageOpenError(`${POOL_SIZE} in the URL of the database is a number from 1 to ${MAX_POOL_SIZE}`);
  }
  return { connectionString: url.href, poolSize };
}
