/**
 * Every statement that the engine ever sends, and what its rows hold.
 *
 * They keep to what PostgreSQL, YugabyteDB and CockroachDB share, and `statements.test.ts` holds them to it: none
 * changes one table twice, none needs a function, sequence, advisory lock or extension. All but those of `SESSION` are
 * prepared once for each connection, by name.
 */

/** Turns one column, as PostgreSQL writes it as text, into a value. */
type Decoder<Value> = (text: string | null) => Value;

/** One statement; `Row` is what each row of its result is decoded to. */
export interface Statement<Row extends readonly unknown[] = readonly unknown[]> {
  readonly name: string;
  readonly text: string;
  readonly columns: { readonly [Index in keyof Row]: Decoder<Row[Index]> };
}

/** The columns' types, as a decoder finds them. */
const bytes: Decoder<Uint8Array> = (text) => Buffer.from((text as string).slice(2), 'hex');
const optionalBytes: Decoder<Uint8Array | undefined> = (text) => (text === null ? undefined : bytes(text));
const string: Decoder<string> = (text) => text as string;
const optionalString: Decoder<string | undefined> = (text) => text ?? undefined;
const number: Decoder<number> = Number;
const integer: Decoder<bigint> = (text) => BigInt(text as string);
const optionalInteger: Decoder<bigint | undefined> = (text) => (text === null ? undefined : BigInt(text));

const all: Statement[] = [];

function define<Row extends readonly unknown[]>(
  name: string,
  text: string,
  ...columns: Statement<Row>['columns'] & readonly unknown[]
): Statement<Row> {
  const statement: Statement<Row> = { name: `stator_${name}`, text: text.replaceAll(/\s+/g, ' ').trim(), columns };
  all.push(statement as unknown as Statement);
  return statement;
}

/** All statements that are prepared by name. */
export const STATEMENTS: readonly Statement[] = all;

/** How many rows the fence has: the writers of so many connections mark different ones as in use. */
export const FENCE_STRIPES = 64;

/**
 * The format of the store. A program refuses a store with a newer one. Formats 2 and 3 have the tables of 1, one of
 * which came late (`createGate`); in their entries are definitions that an older program would not honour.
 */
export const FORMAT_VERSION = 3;

/**
 * What each new connection is told. The limits bound what a statement, a wait for a lock and a paused program can hold
 * up. The formats are those that are decoded here, whatever the database or its user was set to. The hints have
 * PostgreSQL plan a prepared statement once, and keep it to the indexes, for the tables may still be small then; an
 * engine that doesn't know them may refuse them. Creating tables takes some engines long, and is told `patience` too.
 */
export const SESSION = {
  limits: ['SET statement_timeout = 5000', 'SET lock_timeout = 2000', 'SET idle_in_transaction_session_timeout = 2000'],
  patience: ['SET statement_timeout = 60000'],
  formats: ['SET bytea_output = hex'],
  hints: [
    'SET enable_seqscan = off',
    'SET enable_hashjoin = off',
    'SET enable_mergejoin = off',
    'SET plan_cache_mode = force_generic_plan',
  ],
} as const;

/**
 * Has YugabyteDB lay out new tables by ranges of their keys; by default it takes the hash of the first column, and so
 * would put all entries of a space on one machine. Engines that have no other layout than ranges refuse it.
 */
export const layOutByRanges = define('lay_out_by_ranges', 'SET yb_use_hash_splitting_by_default = off');

/** The one table that stores of format 1 may lack: it came later. */
export const createGate = define(
  'create_gate',
  'CREATE TABLE IF NOT EXISTS stator_gate (id BYTEA PRIMARY KEY, until INT8 NOT NULL)',
);

/** Creates what is missing, in this order, where there is no store yet. */
export const SCHEMA: readonly Statement[] = [
  define('create_format', 'CREATE TABLE IF NOT EXISTS stator_format (id INT4 PRIMARY KEY, version INT4 NOT NULL)'),
  define(
    'create_entry',
    `CREATE TABLE IF NOT EXISTS stator_entry (
       space INT4 NOT NULL, key BYTEA NOT NULL, value BYTEA NOT NULL, version INT8 NOT NULL,
       PRIMARY KEY (space, key))`,
  ),
  define('create_fence', 'CREATE TABLE IF NOT EXISTS stator_fence (stripe INT4 PRIMARY KEY, version INT8 NOT NULL)'),
  createGate,
  define('create_counter', 'CREATE TABLE IF NOT EXISTS stator_counter (name TEXT PRIMARY KEY, value INT8 NOT NULL)'),
  define(
    'create_counter_delta',
    `CREATE TABLE IF NOT EXISTS stator_counter_delta (
       name TEXT NOT NULL, id BYTEA NOT NULL, step INT8 NOT NULL,
       PRIMARY KEY (name, id))`,
  ),
  define(
    'create_log',
    `CREATE TABLE IF NOT EXISTS stator_log (
       log INT8 NOT NULL, shard INT8 NOT NULL, sequence INT8 NOT NULL, value BYTEA NOT NULL,
       PRIMARY KEY (log, shard, sequence))`,
  ),
  define(
    'create_log_shard',
    `CREATE TABLE IF NOT EXISTS stator_log_shard (
       log INT8 NOT NULL, shard INT8 NOT NULL, last_sequence INT8 NOT NULL,
       PRIMARY KEY (log, shard))`,
  ),
  define(
    'create_outbox',
    `CREATE TABLE IF NOT EXISTS stator_outbox (
       log INT8 NOT NULL, shard INT8 NOT NULL, position INT8 NOT NULL, id BYTEA NOT NULL, ordinal INT8 NOT NULL,
       value BYTEA NOT NULL,
       PRIMARY KEY (log, shard, position, id, ordinal))`,
  ),
];

/** Fails if one of the tables is missing. */
export const findTables = define(
  'find_tables',
  `SELECT (SELECT 1 FROM stator_format LIMIT 1), (SELECT 1 FROM stator_entry LIMIT 1),
     (SELECT 1 FROM stator_fence LIMIT 1), (SELECT 1 FROM stator_gate LIMIT 1), (SELECT 1 FROM stator_counter LIMIT 1),
     (SELECT 1 FROM stator_counter_delta LIMIT 1), (SELECT 1 FROM stator_log LIMIT 1),
     (SELECT 1 FROM stator_log_shard LIMIT 1), (SELECT 1 FROM stator_outbox LIMIT 1)`,
);

/** Fills the fence: the stripes. */
export const fillFence = define(
  'fill_fence',
  `INSERT INTO stator_fence (stripe, version)
   SELECT stripe, 1 FROM unnest($1::int4[]) AS s (stripe) ON CONFLICT (stripe) DO NOTHING`,
);

/** Says that the store has format `$1`, unless it has said so before: comes last, for then everything is there. */
export const initializeFormat = define(
  'initialize_format',
  'INSERT INTO stator_format (id, version) VALUES (1, $1::int4) ON CONFLICT (id) DO NOTHING',
);

/** Says that a store of an older format has `$1` from now on. Several nodes may say so, and formats never go back. */
export const raiseFormat = define(
  'raise_format',
  'UPDATE stator_format SET version = $1::int4 WHERE id = 1 AND version < $1::int4',
);

export const readFormat = define<readonly [version: number]>(
  'read_format',
  'SELECT version FROM stator_format WHERE id = 1',
  number,
);

/** Takes a lock that keeps nobody waiting, as only a database that takes writes does. */
export const lockFormat = define('lock_format', 'SELECT 1 FROM stator_format WHERE id = 1 FOR SHARE');

/**
 * For a transaction whose next statement is one that waits for all who hold the fence: those behind it, who wait for it
 * in turn, are let go after a while. Everything after it has the time of a session's `limits` again.
 */
export const limitWait = define('limit_wait', 'SET LOCAL statement_timeout = 400');
export const unlimitWait = define('unlimit_wait', 'SET LOCAL statement_timeout = 5000');

export const begin = define('begin', 'BEGIN ISOLATION LEVEL READ COMMITTED');
export const beginSnapshot = define('begin_snapshot', 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
export const commit = define('commit', 'COMMIT');
export const rollback = define('rollback', 'ROLLBACK');

/** Stripe; all stripes hold the resident version. */
export const readFence = define<readonly [version: number]>(
  'read_fence',
  'SELECT version FROM stator_fence WHERE stripe = $1',
  number,
);

/** What a read of entries gives: the resident version beside each value and its version, all of one snapshot. */
export type EntryRow = readonly [
  residentVersion: number,
  position: number,
  value: Uint8Array | undefined,
  version: string | undefined,
];

/** Space, key, stripe: one row, whether there is an entry or not. */
export const readEntry = define<EntryRow>(
  'read_entry',
  `SELECT f.version, 1, e.value, e.version FROM stator_fence AS f
   LEFT JOIN stator_entry AS e ON e.space = $1 AND e.key = $2 WHERE f.stripe = $3`,
  number,
  number,
  optionalBytes,
  optionalString,
);

/** Spaces, keys, stripe: one row for each key, with its position from 1, in any order. */
export const readEntries = define<EntryRow>(
  'read_entries',
  `SELECT (SELECT version FROM stator_fence WHERE stripe = $3), k.n, e.value, e.version
   FROM unnest($1::int4[], $2::bytea[]) WITH ORDINALITY AS k (space, key, n)
   LEFT JOIN stator_entry AS e ON e.space = k.space AND e.key = k.key`,
  number,
  number,
  optionalBytes,
  optionalString,
);

/** Spaces, keys (in their order, for locks are taken in it): as `readEntries`, for entries that are there, and locks them. */
export const lockEntries = define<readonly [position: number, value: Uint8Array, version: string]>(
  'lock_entries',
  `SELECT k.n, e.value, e.version
   FROM unnest($1::int4[], $2::bytea[]) WITH ORDINALITY AS k (space, key, n)
   JOIN stator_entry AS e ON e.space = k.space AND e.key = k.key
   ORDER BY k.n FOR UPDATE OF e`,
  number,
  bytes,
  string,
);

/** The database's time in microseconds. */
const NOW = '(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000)::int8';

/** Nobody who changes a resident space keeps writers out. */
const GATE_IS_OPEN = `NOT EXISTS (SELECT 1 FROM stator_gate WHERE until > ${NOW})`;

/** For so long the gate stays closed if whoever closed it doesn't come back; more than a wait for a lock may take. */
const GATE_MICROSECONDS = 2_500_000;

/**
 * An id that no other transaction has: keeps new writers from locking the fence, so that those who hold it run out. To
 * be committed before `lockWholeFence`, which may starve otherwise: who locks a row for sharing doesn't queue behind one
 * that waits for all of it. A row if it is done, none while somebody else keeps the gate closed.
 */
export const closeGate = define<readonly [one: number]>(
  'close_gate',
  `INSERT INTO stator_gate (id, until) SELECT $1::bytea, ${NOW} + ${GATE_MICROSECONDS} WHERE ${GATE_IS_OPEN}
   RETURNING 1`,
  number,
);

/** Its id. */
export const openGate = define('open_gate', 'DELETE FROM stator_gate WHERE id = $1');

/** The gates that nobody came back to open, for long enough that nobody will. */
export const dropStaleGates = define('drop_stale_gates', `DELETE FROM stator_gate WHERE until < ${NOW} - 60000000`);

/** Stripe: as `readFence`, and keeps resident spaces from changing until the transaction's end. None with a closed gate. */
export const lockFence = define<readonly [version: number]>(
  'lock_fence',
  `SELECT version FROM stator_fence WHERE stripe = $1 AND ${GATE_IS_OPEN} FOR SHARE`,
  number,
);

/** As `lockFence`, for who is going to change a resident space: waits for all who hold a stripe. */
export const lockWholeFence = define<readonly [version: number]>(
  'lock_whole_fence',
  'SELECT version FROM stator_fence ORDER BY stripe FOR UPDATE',
  number,
);

/** A row of a scan. */
export type ScanRow = readonly [residentVersion: number, key: Uint8Array, value: Uint8Array];

function defineScan(name: string, bound: string, order: 'ASC' | 'DESC', limit: string): Statement<ScanRow> {
  return define<ScanRow>(
    name,
    `SELECT (SELECT version FROM stator_fence WHERE stripe = $1), key, value FROM stator_entry
     WHERE space = $2 AND key >= $3${bound} ORDER BY space ${order}, key ${order} LIMIT ${limit}::int8`,
    number,
    bytes,
    bytes,
  );
}

/** Stripe, space, first key, the key before which to end (of the bounded ones only), the most entries. */
export const scans = {
  open: { forward: defineScan('scan', '', 'ASC', '$4'), reverse: defineScan('scan_reverse', '', 'DESC', '$4') },
  bounded: {
    forward: defineScan('scan_bounded', ' AND key < $4', 'ASC', '$5'),
    reverse: defineScan('scan_bounded_reverse', ' AND key < $4', 'DESC', '$5'),
  },
} as const;

/**
 * The version of an entry that is written: above `past`, the highest one that the transaction has read, and otherwise the
 * time in units of a nanosecond or so. Its low digits are chance, so that an entry that was deleted and is there again
 * doesn't have a version that it had before. What is appended to logs gets a position of the same kind, so that
 * entries which follow from each other keep their order whatever the clocks say.
 */
function nextVersion(past: string): string {
  return `GREATEST(${FIRST_VERSION}, ${past}::int8 + 1)`;
}

/** The version of an entry of which nothing was read. */
const FIRST_VERSION = '(EXTRACT(EPOCH FROM clock_timestamp()) * 1024000000)::int8 + (random() * 1023)::int8';

/** `1` if `condition` holds, or the failure `CHECK_FAILED`, which undoes the transaction. */
function check(condition: string): string {
  return `SELECT ${checked(condition)}`;
}

function checked(condition: string): string {
  return `1 / CASE WHEN ${condition} THEN 1 ELSE 0 END`;
}

/** Spaces, keys (in their order), versions, their count: locks the entries; fails unless all have these versions. */
export const checkEntries = define(
  'check_entries',
  `WITH held AS (
     SELECT k.n FROM unnest($1::int4[], $2::bytea[], $3::int8[]) WITH ORDINALITY AS k (space, key, version, n)
     JOIN stator_entry AS e ON e.space = k.space AND e.key = k.key AND e.version = k.version
     ORDER BY k.n FOR UPDATE OF e)
   ${check('(SELECT count(*) FROM held) = $4::int8')}`,
);

/** Stripe, resident version: keeps resident spaces from changing; fails with another version, or with a closed gate. */
export const checkFence = define(
  'check_fence',
  `WITH held AS (SELECT 1 FROM stator_fence WHERE stripe = $1 AND version = $2 AND ${GATE_IS_OPEN} FOR SHARE)
   ${check('(SELECT count(*) FROM held) = 1')}`,
);

/**
 * Resident version, never null, with which the planner would leave the locks out: waits for whoever holds a stripe;
 * fails unless the version is this one.
 */
export const closeFence = define(
  'close_fence',
  `WITH held AS (SELECT version FROM stator_fence ORDER BY stripe FOR UPDATE)
   ${check('NOT EXISTS (SELECT 1 FROM held WHERE version <> $1::int8)')}`,
);

/**
 * To be sent after `closeFence` or `lockWholeFence`, which take the locks in order. The version is the transaction's
 * time in microseconds: a database that lost its last commits, or was restored, doesn't come by one a second time.
 * Fails if stripes are missing.
 */
export const moveFence = define<readonly [version: number]>(
  'move_fence',
  `WITH moved AS (
     UPDATE stator_fence
     SET version = GREATEST(version + 1, (EXTRACT(EPOCH FROM transaction_timestamp()) * 1000000)::int8)
     RETURNING version)
   SELECT max(version), ${checked(`(SELECT count(*) FROM moved) = ${FENCE_STRIPES}`)} FROM moved`,
  number,
);

const insertEntries = `INSERT INTO stator_entry (space, key, value, version)
  SELECT w.space, w.key, w.value, ${nextVersion('$4')}
  FROM unnest($1::int4[], $2::bytea[], $3::bytea[]) AS w (space, key, value)`;

/** Spaces, keys, values, highest version read. Fails on a key that is there. */
export const createEntries = define('create_entries', insertEntries);

/** Spaces, keys, values, highest version read. */
export const putEntries = define(
  'put_entries',
  `${insertEntries} ON CONFLICT (space, key) DO UPDATE SET value = excluded.value, version = excluded.version`,
);

/** Spaces, keys; of those that were not read, another transaction may create one meanwhile, which then stays. */
export const deleteEntries = define(
  'delete_entries',
  `DELETE FROM stator_entry AS e USING unnest($1::int4[], $2::bytea[]) AS k (space, key)
   WHERE e.space = k.space AND e.key = k.key`,
);

/** Names, an id that no other transaction has, steps. */
export const increment = define(
  'increment',
  `INSERT INTO stator_counter_delta (name, id, step)
   SELECT c.name, $2, c.step FROM unnest($1::text[], $3::int8[]) AS c (name, step)`,
);

/** Logs, shards, values, an id that no other transaction has, highest version read. */
export const append = define(
  'append',
  `INSERT INTO stator_outbox (log, shard, position, id, ordinal, value)
   SELECT a.log, a.shard, t.position, $4, a.n, a.value
   FROM (SELECT ${nextVersion('$5')}) AS t (position)
   CROSS JOIN unnest($1::int8[], $2::int8[], $3::bytea[]) WITH ORDINALITY AS a (log, shard, value, n)`,
);

/**
 * The writes of many items, in one statement: of each, one entry that was read is replaced, created or deleted if it
 * has not changed since, and only then its counters move and its logs grow. A row for each that is done, with its
 * position from 1. None is done if the resident version has changed, nor one whose entry somebody else holds; only a
 * new entry that another transaction is creating is waited for.
 *
 * Their parameters, of which each has those it needs, in this order: stripe, resident version; spaces, keys, the
 * entries' versions, values; an id that no other transaction has; positions of items, names, steps; positions of items,
 * logs, shards, values.
 */
export interface ItemWrites {
  readonly plain: Statement<readonly [position: number]>;
  readonly counting: Statement<readonly [position: number]>;
  readonly appending: Statement<readonly [position: number]>;
  readonly countingAndAppending: Statement<readonly [position: number]>;
}

/** `parts` are CTEs, the last of which has the positions and versions of the items that are done. */
function defineItemWrites(name: string, parts: Readonly<Record<string, string>>, parameters: number): ItemWrites {
  const ctes = {
    held: `SELECT 1 FROM stator_fence WHERE stripe = $1 AND version = $2 AND ${GATE_IS_OPEN} FOR SHARE`,
    ...parts,
  };
  const id = `$${parameters + 1}`;
  const counted = `INSERT INTO stator_counter_delta (name, id, step)
    SELECT s.name, ${id}, sum(s.step) FROM changed
    JOIN unnest($${parameters + 2}::int8[], $${parameters + 3}::text[], $${parameters + 4}::int8[])
      AS s (item, name, step) ON s.item = changed.n
    GROUP BY s.name`;
  const appended = (first: number) => `INSERT INTO stator_outbox (log, shard, position, id, ordinal, value)
    SELECT a.log, a.shard, changed.version, ${id}, a.n, a.value FROM changed
    JOIN unnest($${first}::int8[], $${first + 1}::int8[], $${first + 2}::int8[], $${first + 3}::bytea[])
      WITH ORDINALITY AS a (item, log, shard, value, n) ON a.item = changed.n`;
  const defineWith = (suffix: string, more: Readonly<Record<string, string>>) => {
    const named = Object.entries({ ...ctes, ...more }).map(([cte, text]) => `${cte} AS (${text})`);
    return define<readonly [position: number]>(
      `${name}${suffix}`,
      `WITH ${named.join(', ')} SELECT n FROM changed`,
      number,
    );
  };
  return {
    plain: defineWith('', {}),
    counting: defineWith('_counting', { counted }),
    appending: defineWith('_appending', { appended: appended(parameters + 2) }),
    countingAndAppending: defineWith('_both', { counted, appended: appended(parameters + 5) }),
  };
}

/** The items whose entries are as they were read, and held by nobody else. */
function freeItems(columns: string, arrays: string): string {
  return `SELECT k.n, k.space, k.key, ${columns}
    FROM unnest($3::int4[], $4::bytea[], ${arrays}) WITH ORDINALITY AS k (space, key, ${columns.replaceAll('k.', '')}, n)
    JOIN stator_entry AS e ON e.space = k.space AND e.key = k.key AND e.version = k.version
    WHERE EXISTS (SELECT 1 FROM held) ORDER BY k.n FOR UPDATE OF e SKIP LOCKED`;
}

export const replaceItems = defineItemWrites(
  'replace_items',
  {
    free: freeItems('k.version, k.value', '$5::int8[], $6::bytea[]'),
    changed: `UPDATE stator_entry AS e SET value = f.value, version = ${nextVersion('f.version')} FROM free AS f
      WHERE e.space = f.space AND e.key = f.key RETURNING f.n, e.version`,
  },
  6,
);

/**
 * Their position in a log is taken after the insertion, and not their version: the insertion may have waited for a
 * deletion of the entry, whose position was taken meanwhile.
 */
export const createItems = defineItemWrites(
  'create_items',
  {
    input: `SELECT k.n, k.space, k.key, k.value
      FROM unnest($3::int4[], $4::bytea[], $5::bytea[]) WITH ORDINALITY AS k (space, key, value, n)
      WHERE EXISTS (SELECT 1 FROM held)`,
    created: `INSERT INTO stator_entry (space, key, value, version)
      SELECT space, key, value, ${FIRST_VERSION} FROM input
      ON CONFLICT (space, key) DO NOTHING RETURNING space, key, ${FIRST_VERSION} AS position`,
    changed: `SELECT i.n, c.position AS version FROM created AS c JOIN input AS i ON i.space = c.space AND i.key = c.key`,
  },
  5,
);

export const deleteItems = defineItemWrites(
  'delete_items',
  {
    free: freeItems('k.version', '$5::int8[]'),
    changed: `DELETE FROM stator_entry AS e USING free AS f WHERE e.space = f.space AND e.key = f.key
      RETURNING f.n, ${nextVersion('f.version')} AS version`,
  },
  5,
);

/** Names: the counters that ever moved. */
export const readCounters = define<readonly [name: string, value: number]>(
  'read_counters',
  `SELECT n.name, COALESCE((SELECT value FROM stator_counter WHERE name = n.name), 0)
     + COALESCE((SELECT sum(step) FROM stator_counter_delta WHERE name = n.name), 0)
   FROM unnest($1::text[]) AS n (name)`,
  string,
  number,
);

/** What was counted down to nothing needs no row, as the counters of deleted tables. */
export const dropZeroCounters = define('drop_zero_counters', 'DELETE FROM stator_counter WHERE value = 0');

/** How many steps at most: adds them to their counters. One row with how many there were. */
export const foldCounters = define<readonly [folded: number]>(
  'fold_counters',
  `WITH chosen AS (SELECT name, id FROM stator_counter_delta ORDER BY name, id LIMIT $1::int8 FOR UPDATE),
   folded AS (
     DELETE FROM stator_counter_delta AS d USING chosen WHERE d.name = chosen.name AND d.id = chosen.id
     RETURNING d.name, d.step),
   added AS (
     INSERT INTO stator_counter AS c (name, value) SELECT name, sum(step) FROM folded GROUP BY name ORDER BY name
     ON CONFLICT (name) DO UPDATE SET value = c.value + excluded.value)
   SELECT count(*) FROM folded`,
  number,
);

/** Log, shard, sequence, the most entries. */
export const readLog = define<readonly [sequence: bigint, value: Uint8Array]>(
  'read_log',
  `SELECT sequence, value FROM stator_log
   WHERE log = $1 AND shard = $2 AND sequence > $3 ORDER BY sequence LIMIT $4::int8`,
  integer,
  bytes,
);

/** Log, shard: a row if something waits for its sequence. */
export const findUnsequenced = define<readonly [one: number]>(
  'find_unsequenced',
  'SELECT 1 FROM stator_outbox WHERE log = $1 AND shard = $2 LIMIT 1',
  number,
);

/** Log, shard: makes sure that the shard has a row. */
export const createShard = define(
  'create_shard',
  `INSERT INTO stator_log_shard (log, shard, last_sequence) VALUES ($1, $2, 0) ON CONFLICT (log, shard) DO NOTHING`,
);

/** Log, shard: waits for others that give sequences in it. */
export const lockShard = define<readonly [lastSequence: bigint]>(
  'lock_shard',
  'SELECT last_sequence FROM stator_log_shard WHERE log = $1 AND shard = $2 FOR UPDATE',
  integer,
);

/**
 * Log, shard, how many at most: gives the next sequences to what was appended and is committed. One row with how many.
 * To be sent after `lockShard`: a snapshot that is older than the lock has entries that others have moved already.
 */
export const sequenceShard = define<readonly [moved: number, through: bigint | undefined]>(
  'sequence_shard',
  `WITH chosen AS (
     SELECT position FROM stator_outbox WHERE log = $1 AND shard = $2
     ORDER BY position, id, ordinal LIMIT $3::int8),
   taken AS (
     DELETE FROM stator_outbox
     WHERE log = $1 AND shard = $2 AND position <= (SELECT position FROM chosen ORDER BY position DESC LIMIT 1)
     RETURNING position, id, ordinal, value),
   logged AS (
     INSERT INTO stator_log (log, shard, sequence, value)
     SELECT $1, $2, s.last_sequence + row_number() OVER (ORDER BY t.position, t.id, t.ordinal), t.value
     FROM taken AS t CROSS JOIN stator_log_shard AS s WHERE s.log = $1 AND s.shard = $2),
   advanced AS (
     UPDATE stator_log_shard SET last_sequence = last_sequence + (SELECT count(*) FROM taken)
     WHERE log = $1 AND shard = $2)
   SELECT count(*), (SELECT position FROM chosen ORDER BY position DESC LIMIT 1) FROM taken`,
  number,
  optionalInteger,
);

/** Logs, shards: the numbers, from 1, of those in which something has no sequence yet, and the last such position. */
export const findUnsequencedShards = define<readonly [shard: number, newest: bigint]>(
  'find_unsequenced_shards',
  `SELECT u.n, u.newest FROM (
     SELECT p.n, (
       SELECT o.position FROM stator_outbox AS o WHERE o.log = p.log AND o.shard = p.shard
       ORDER BY o.position DESC, o.id DESC, o.ordinal DESC LIMIT 1) AS newest
     FROM unnest($1::int8[], $2::int8[]) WITH ORDINALITY AS p (log, shard, n)) AS u
   WHERE u.newest IS NOT NULL`,
  number,
  integer,
);

/** Logs, shards: of each, in order, the first sequence that is still there, and the last one that was given. */
export const readLogBounds = define<readonly [first: bigint | undefined, last: bigint | undefined]>(
  'read_log_bounds',
  `SELECT
     (SELECT l.sequence FROM stator_log AS l WHERE l.log = p.log AND l.shard = p.shard ORDER BY l.sequence LIMIT 1),
     (SELECT s.last_sequence FROM stator_log_shard AS s WHERE s.log = p.log AND s.shard = p.shard)
   FROM unnest($1::int8[], $2::int8[]) WITH ORDINALITY AS p (log, shard, n) ORDER BY p.n`,
  optionalInteger,
  optionalInteger,
);

/** Numbers of positions, and their logs, shards, sequences: the numbers of those with an entry behind them. */
export const findAppended = define<readonly [position: number]>(
  'find_appended',
  `SELECT p.n FROM unnest($1::int8[], $2::int8[], $3::int8[], $4::int8[]) AS p (n, log, shard, after)
   WHERE EXISTS (SELECT 1 FROM stator_outbox AS o WHERE o.log = p.log AND o.shard = p.shard)
     OR EXISTS (SELECT 1 FROM stator_log_shard AS s
       WHERE s.log = p.log AND s.shard = p.shard AND s.last_sequence > p.after)`,
  number,
);

/** Log, shard, sequence: no sequence up to it is given any more. */
export const passSequence = define(
  'pass_sequence',
  `INSERT INTO stator_log_shard AS s (log, shard, last_sequence) VALUES ($1, $2, $3)
   ON CONFLICT (log, shard) DO UPDATE SET last_sequence = GREATEST(s.last_sequence, excluded.last_sequence)`,
);

/** Log, shard, sequence: removes the entries up to it. */
export const trimShard = define(
  'trim_shard',
  'DELETE FROM stator_log WHERE log = $1 AND shard = $2 AND sequence <= $3',
);

/** Log, shard: each removes a part of it, all of it together. */
export const DROP_SHARD: readonly Statement[] = [
  define('drop_log', 'DELETE FROM stator_log WHERE log = $1 AND shard = $2'),
  define('drop_outbox', 'DELETE FROM stator_outbox WHERE log = $1 AND shard = $2'),
  define('drop_log_shard', 'DELETE FROM stator_log_shard WHERE log = $1 AND shard = $2'),
];

/** Space: the first one after it that holds an entry. */
export const nextSpace = define<readonly [space: number]>(
  'next_space',
  'SELECT space FROM stator_entry WHERE space > $1 ORDER BY space, key LIMIT 1',
  number,
);

/** All counters, without the steps that are still to be folded into them. */
export const listCounters = define<readonly [name: string, value: number]>(
  'list_counters',
  'SELECT name, value FROM stator_counter',
  string,
  number,
);

/** The sums of the steps that are still to be folded. */
export const listCounterSteps = define<readonly [name: string, steps: number]>(
  'list_counter_steps',
  'SELECT name, sum(step) FROM stator_counter_delta GROUP BY name',
  string,
  number,
);

/** The shards in which anything got a sequence. */
export const listShards = define<readonly [log: number, shard: number]>(
  'list_shards',
  'SELECT log, shard FROM stator_log_shard',
  number,
  number,
);

/** Log, shard: the first one after it in which something waits for its sequence. */
export const nextUnsequencedShard = define<readonly [log: number, shard: number]>(
  'next_unsequenced_shard',
  `SELECT log, shard FROM stator_outbox WHERE log > $1 OR (log = $1 AND shard > $2)
   ORDER BY log, shard, position, id, ordinal LIMIT 1`,
  number,
  number,
);
