/**
 * What the database itself sees of the nodes: their sessions, and, noted by triggers that the test adds, who wrote the
 * jobs' leases and who deleted what. The sessions of each process of a node have a name of their own.
 */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import type { LeaseRecord } from '../../src/jobs/lease.ts';
import { SYSTEM_SPACE } from '../../src/tables/spaces.ts';
import { decodeVersionedJson } from '../../src/values/versioned-json.ts';
import { HANG_MS } from './cluster.ts';

const POLL_MS = 50;
const LEASE_FORMAT_VERSION = 1;

/** One write that was committed. */
export interface ObservedWrite {
  /** Rises with the order of writes to one entry. */
  readonly id: number;
  /** The name of the session that wrote. */
  readonly writer: string;
  readonly space: number;
  readonly key: Buffer;
  /** Null if the entry was deleted. */
  readonly value: Buffer | null;
}

/** A job's lease, and the session that wrote it. */
export interface ObservedLease extends LeaseRecord {
  readonly writer: string;
}

export interface Observer {
  /** The URL for a process whose sessions are to be called `name`. */
  urlFor(name: string): string;
  /** Begins to note writes: puts of leases and purge records, and all deletes. The store must have its tables. */
  observe(): Promise<void>;
  /** The writes since the last call, in order. */
  takeWrites(): Promise<ObservedWrite[]>;
  /** The last write of the lease of `job`; undefined if there was none since `observe`. */
  lastLease(job: string): Promise<ObservedLease | undefined>;
  /**
   * Resolves when nothing that was asked before is still being carried out, by the sessions that processes killed
   * meanwhile have left, or by others.
   */
  settled(killed: readonly string[]): Promise<void>;
}

/**
 * What a trigger adds is part of the transaction that it observes: what was undone leaves no trace. The engine keeps
 * the place of what must stay absent by an empty entry, made and deleted in one transaction; these are nobody's writes.
 */
const OBSERVATION = `
  CREATE TABLE observed_write (
    id BIGSERIAL PRIMARY KEY, writer TEXT NOT NULL DEFAULT current_setting('application_name'),
    space INT4 NOT NULL, key BYTEA NOT NULL, value BYTEA);
  CREATE FUNCTION observe_write() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF TG_OP = 'DELETE' THEN INSERT INTO observed_write (space, key) VALUES (OLD.space, OLD.key);
    ELSE INSERT INTO observed_write (space, key, value) VALUES (NEW.space, NEW.key, NEW.value);
    END IF;
    RETURN NULL;
  END $$;
  CREATE TRIGGER observe_put AFTER INSERT OR UPDATE ON stator_entry FOR EACH ROW
    WHEN (NEW.value <> '' AND NEW.space = ${SYSTEM_SPACE} AND substring(NEW.key FOR 6) IN ('lease/', 'purge/'))
    EXECUTE FUNCTION observe_write();
  CREATE TRIGGER observe_delete AFTER DELETE ON stator_entry FOR EACH ROW
    WHEN (OLD.value <> '') EXECUTE FUNCTION observe_write()`;

/** `url` is of the database, whose server may come and go between calls. */
export function createObserver(url: string): Observer {
  let seen = 0;

  async function withClient<T>(use: (client: Client) => Promise<T>): Promise<T> {
    const client = new Client({ connectionString: url });
    await client.connect();
    try {
      return await use(client);
    } finally {
      await client.end();
    }
  }

  const query = <Row extends object>(text: string, values: readonly unknown[]): Promise<Row[]> =>
    withClient(async (client) => (await client.query<Row>(text, [...values])).rows);

  return {
    urlFor(name) {
      const named = new URL(url);
      named.searchParams.set('application_name', name);
      return named.href;
    },
    observe: () => withClient(async (client) => void (await client.query(OBSERVATION))),
    takeWrites: () =>
      withClient(async (client) => {
        await client.query('BEGIN');
        // Waits for whoever has written and not committed: those ids would turn up later, below some already seen.
        await client.query('LOCK TABLE observed_write IN SHARE MODE');
        const { rows } = await client.query<Omit<ObservedWrite, 'id'> & { id: string }>(
          'SELECT id, writer, space, key, value FROM observed_write WHERE id > $1 ORDER BY id',
          [seen],
        );
        await client.query('COMMIT');
        const writes = rows.map((row) => ({ ...row, id: Number(row.id) }));
        seen = writes.at(-1)?.id ?? seen;
        return writes;
      }),
    async lastLease(job) {
      const [row] = await query<{ writer: string; value: Buffer }>(
        'SELECT writer, value FROM observed_write WHERE space = $1 AND key = $2 ORDER BY id DESC LIMIT 1',
        [SYSTEM_SPACE, Buffer.from(`lease/${job}`)],
      );
      return row && observedLease(row);
    },
    async settled(killed) {
      const [now] = await query<{ now: Date }>('SELECT clock_timestamp() AS now', []);
      await until(async () => {
        const sessions = await query(
          `SELECT 1 FROM pg_stat_activity WHERE backend_type = 'client backend' AND datname = current_database()
           AND (application_name = ANY ($1) OR xact_start < $2)`,
          [killed, now?.now],
        );
        return sessions.length === 0;
      }, 'what was asked is carried out');
    },
  };
}

/** What a write of a lease says. */
export function observedLease({ writer, value }: Pick<ObservedWrite, 'writer' | 'value'>): ObservedLease {
  assert(value !== null, 'a lease is never deleted');
  return { ...(decodeVersionedJson(LEASE_FORMAT_VERSION, value, 'lease') as LeaseRecord), writer };
}

/** Asks again and again and resolves with the first answer; rejects after as long as only what hangs takes. */
export async function until<T>(ask: () => Promise<T | undefined | false>, what: string): Promise<T> {
  const startedMs = performance.now();
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    assert(performance.now() - startedMs < HANG_MS, `${what}, in time`);
    await sleep(POLL_MS);
  }
}
