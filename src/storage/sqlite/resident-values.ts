/** The values of resident spaces, in the writer's memory, so that procedures can keep what they decoded by identity. */
import type Database from 'better-sqlite3';
import type { Space } from '../engine.ts';

export interface ResidentValues {
  /** Whether `space` is resident, and so all its values are here. */
  holds(space: Space): boolean;
  /** The same array for the same key until it changes. */
  get(space: Space, key: Uint8Array): Uint8Array | undefined;
  /** Follows a write; `undefined` deletes. */
  set(space: Space, key: Uint8Array, value: Uint8Array | undefined): void;
  /** Reads everything anew from the database. */
  load(): void;
}

/** Loads the values of `spaces` from `db`. */
export function loadResidentValues(db: Database.Database, spaces: readonly Space[]): ResidentValues {
  const select = db.prepare<[Space], { key: Uint8Array; value: Uint8Array }>(
    'SELECT key, value FROM entry WHERE space = ?',
  );
  const values = new Map<Space, Map<string, Uint8Array>>();
  const load = () => {
    for (const space of spaces) {
      const entries = select.all(space).map(({ key, value }) => [textOf(key), value] as const);
      values.set(space, new Map(entries));
    }
  };
  load();
  return {
    holds: (space) => values.has(space),
    get: (space, key) => values.get(space)?.get(textOf(key)),
    set: (space, key, value) => {
      // A copy, for the procedure may have made the value as a view on something larger.
      if (value !== undefined) values.get(space)?.set(textOf(key), new Uint8Array(value));
      else values.get(space)?.delete(textOf(key));
    },
    load,
  };
}

/** The bytes of `key` as a string of as many characters, to be found in a Map. */
function textOf(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1');
}
