/**
 * The values of resident spaces that this handle has read, each with the resident version that it was last known to be
 * of. As long as that is the version in force a write needn't read them again.
 */
import type { EntryKey, ResidentVersion, Space } from '../engine.ts';
import type { StoredEntry } from './entry-reads.ts';

export interface ResidentValues {
  /** Whether `space` is resident. */
  holds(space: Space): boolean;
  /** What is kept under `name`, a key's, if it is of `version`. */
  find(name: string, version: ResidentVersion): KnownValue | undefined;
  /** Keeps what was read of `version` under `name`; returns the array that was handed out before if nothing changed. */
  keep(name: string, version: ResidentVersion, entry: StoredEntry | undefined): KnownValue;
}

/** A value of a resident space, or that there is none. */
export interface KnownValue {
  readonly residentVersion: ResidentVersion;
  readonly value: Uint8Array | undefined;
  /** The entry's own version, as `StoredEntry.version`. */
  readonly version: string | undefined;
}

/** The most values kept; beyond it the table starts anew. */
const MAX_VALUES = 10_000;

export function createResidentValues(spaces: readonly Space[]): ResidentValues {
  const resident = new Set(spaces);
  const known = new Map<string, KnownValue>();
  return {
    holds: (space) => resident.has(space),
    find(name, version) {
      const value = known.get(name);
      return value?.residentVersion === version ? value : undefined;
    },
    keep(name, residentVersion, entry) {
      const before = known.get(name);
      const isSame = entry !== undefined && before?.version === entry.version;
      // A copy, for what was read may be a part of something larger.
      const value = isSame ? before.value : entry && new Uint8Array(entry.value);
      const now = { residentVersion, value, version: entry?.version };
      if (before === undefined && known.size >= MAX_VALUES) known.clear();
      known.set(name, now);
      return now;
    },
  };
}

/** The name of a key in tables of this thread. */
export function nameOf({ space, key }: EntryKey): string {
  return `${space}:${Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1')}`;
}
