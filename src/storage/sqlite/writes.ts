/** Applies what procedures decided to the open transaction. */
import type Database from 'better-sqlite3';
import type { LogShard, Space, Write } from '../engine.ts';
import type { ResidentValues } from './resident-values.ts';

export interface Writes {
  /** Applies `writes` in order. They have passed `validateWrites`, so that a failure is the store's. */
  apply(writes: readonly Write[]): void;
  /**
   * Writes what was gathered apart (counters, the shards' last sequences); to be called once before the commit. Returns
   * the logs that were appended to since the last `flush` or `discard`.
   */
  flush(): ReadonlySet<number>;
  /** Forgets what was gathered, after a rollback. */
  discard(): void;
  /** Whether anything in a resident space changed since the last `flush` or `discard`. */
  changedResident(): boolean;
}

/** Prepares the statements of all writes on `db`. */
export function prepareWrites(db: Database.Database, resident: ResidentValues): Writes {
  const put = db.prepare<[Space, Uint8Array, Uint8Array]>(
    'INSERT INTO entry VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value',
  );
  const remove = db.prepare<[Space, Uint8Array]>('DELETE FROM entry WHERE space = ? AND key = ?');
  const counters = prepareCounters(db);
  const logs = prepareLogs(db);
  let changedResident = false;
  const follow = (space: Space, key: Uint8Array, value: Uint8Array | undefined) => {
    if (!resident.holds(space)) return;
    resident.set(space, key, value);
    changedResident = true;
  };
  const applyOne = (write: Write) => {
    switch (write.kind) {
      case 'put':
        put.run(write.space, write.key, write.value);
        return follow(write.space, write.key, write.value);
      case 'delete':
        remove.run(write.space, write.key);
        return follow(write.space, write.key, undefined);
      case 'increment':
        return counters.increment(write.counter, write.by);
      case 'append':
        return logs.append(write.log, write.shard, write.value);
      case 'trim':
        return logs.trim(write.log, write.shard, write.through);
      case 'drop':
        return logs.drop(write.log, write.shard);
    }
  };
  return {
    apply: (writes) => writes.forEach(applyOne),
    flush: () => {
      counters.flush();
      changedResident = false;
      return logs.flush();
    },
    discard: () => {
      counters.discard();
      logs.discard();
      changedResident = false;
    },
    changedResident: () => changedResident,
  };
}

/** Counters: one write for each, however often a batch moved it. */
function prepareCounters(db: Database.Database) {
  const add = db.prepare<[string, number]>(
    'INSERT INTO counter VALUES (?, ?) ON CONFLICT DO UPDATE SET value = value + excluded.value',
  );
  const gathered = new Map<string, number>();
  return {
    increment: (name: string, by: number) => void gathered.set(name, (gathered.get(name) ?? 0) + by),
    flush: () => {
      for (const [name, by] of gathered) if (by !== 0) add.run(name, by);
      gathered.clear();
    },
    discard: () => gathered.clear(),
  };
}

/** Logs: the last sequence of a shard is kept apart from its entries, which may be trimmed. */
function prepareLogs(db: Database.Database) {
  const insert = db.prepare<[number, number, bigint, Uint8Array]>('INSERT INTO log VALUES (?, ?, ?, ?)');
  const trim = db.prepare<[number, number, bigint]>('DELETE FROM log WHERE log = ? AND shard = ? AND sequence <= ?');
  const drop = db.prepare<[number, number]>('DELETE FROM log WHERE log = ? AND shard = ?');
  const dropShard = db.prepare<[number, number]>('DELETE FROM log_shard WHERE log = ? AND shard = ?');
  const select = db
    .prepare<[number, number], bigint>('SELECT last_sequence FROM log_shard WHERE log = ? AND shard = ?')
    .pluck()
    .safeIntegers(true);
  const save = db.prepare<[number, number, bigint]>(
    'INSERT INTO log_shard VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET last_sequence = excluded.last_sequence',
  );
  const moved = new Map<string, LogShard & { last: bigint }>();
  let appended = new Set<number>();
  const open = (log: number, shard: number) => {
    const name = `${log}/${shard}`;
    const known = moved.get(name);
    if (known !== undefined) return known;
    const opened = { log, shard, last: select.get(log, shard) ?? 0n };
    moved.set(name, opened);
    return opened;
  };
  return {
    append: (log: number, shard: number, value: Uint8Array) => {
      const position = open(log, shard);
      position.last += 1n;
      insert.run(log, shard, position.last, value);
      appended.add(log);
    },
    trim: (log: number, shard: number, through: bigint) => {
      const position = open(log, shard);
      if (through > position.last) position.last = through;
      trim.run(log, shard, through);
    },
    drop: (log: number, shard: number) => {
      moved.delete(`${log}/${shard}`);
      drop.run(log, shard);
      dropShard.run(log, shard);
    },
    flush: () => {
      for (const { log, shard, last } of moved.values()) save.run(log, shard, last);
      moved.clear();
      const flushed = appended;
      appended = new Set();
      return flushed;
    },
    discard: () => {
      moved.clear();
      appended.clear();
    },
  };
}
