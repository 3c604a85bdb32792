/** The table of the bare loop over `pg`: keys, values and index like those that StatorDB's own table has. */
import { Client } from 'pg';
import { encodeBaseKey } from '../src/values/key-encoding.ts';
import { ITEM_SIZE_BYTES, makeKey } from './workloads.ts';
import type { StatementName } from './workloads.ts';

/** The select takes a key, the upsert a key and a value. */
export const STATEMENTS: Record<StatementName, string> = {
  select: 'SELECT value FROM bare_entry WHERE space = 1 AND key = $1',
  upsert:
    'INSERT INTO bare_entry (space, key, value, version) VALUES (1, $1, $2, 1) ' +
    'ON CONFLICT (space, key) DO UPDATE SET value = excluded.value',
};

// As src/storage/postgres has it.
const CREATE_TABLE = `CREATE TABLE bare_entry (
  space INT4 NOT NULL, key BYTEA NOT NULL, value BYTEA NOT NULL, version INT8 NOT NULL,
  PRIMARY KEY (space, key))`;
const FILL_TABLE = 'INSERT INTO bare_entry SELECT 1, key, $2, 1 FROM unnest($1::bytea[]) AS filled (key)';
const READ_SERVER = `SELECT current_setting('server_version') AS version, (
  SELECT count(*)::int4 FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
  ) AS connections`;
const READ_WAL_BYTES = "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::float8 AS bytes";
const ROWS_PER_STATEMENT = 1000;

/** A PostgreSQL server. */
export interface PgServer {
  readonly version: string;
  /** How many clients have now, the one that asks left out. */
  readonly connections: number;
}

/** Creates the table in the empty database at `url` and puts `rows` rows into it. */
export async function createPgTable(url: string, rows: number): Promise<void> {
  await withClient(url, async (client) => {
    await client.query(CREATE_TABLE);
    for (let first = 0; first < rows; first += ROWS_PER_STATEMENT) {
      const length = Math.min(ROWS_PER_STATEMENT, rows - first);
      const keys = Array.from({ length }, (_, index) => encodeRowKey(first + index));
      await client.query(FILL_TABLE, [keys, makeRowValue()]);
    }
  });
}

/** The server that has the database at `url`. */
export async function readPgServer(url: string): Promise<PgServer> {
  const { rows } = await withClient(url, (client) => client.query<PgServer>(READ_SERVER));
  return rows[0] as PgServer;
}

/** How many bytes the server that has the database at `url` has ever written to its log. */
export async function readWalBytes(url: string): Promise<number> {
  const { rows } = await withClient(url, (client) => client.query<{ bytes: number }>(READ_WAL_BYTES));
  return (rows[0] as { bytes: number }).bytes;
}

/** The key of the row number `index`: that of the item with this number. */
export function encodeRowKey(index: number): Buffer {
  const { pk, sk } = makeKey(index);
  return Buffer.from(encodeBaseKey(pk, sk));
}

/** A value as long as an item. */
export function makeRowValue(): Buffer {
  return Buffer.alloc(ITEM_SIZE_BYTES, 'abcdefghij');
}

async function withClient<Result>(url: string, use: (client: Client) => Promise<Result>): Promise<Result> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}
