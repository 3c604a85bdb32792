/** The procedures with which the conformance suite drives an engine. */
import type { Decision, EntryKey, Procedure, Space, Write } from './engine.ts';

/** The space that an engine under test is opened with as resident. */
export const RESIDENT_SPACE: Space = 2_000_000_000;

/** Writes what it is told and answers with nothing. */
export const writeAll: Procedure<readonly Write[], null> = {
  name: 'writeAll',
  reads: () => [],
  decide: (writes) => ({ writes, output: null }),
};

/** Answers with the values of keys as a transaction sees them. */
export const readAll: Procedure<readonly EntryKey[], readonly (Uint8Array | undefined)[]> = {
  name: 'readAll',
  reads: (keys) => keys,
  decide: (_keys, values) => ({ writes: [], output: values }),
};

/** Adds to the numbers under `keys` (decimal text; absent is 0) and answers with their new values. */
export const addToAll: Procedure<
  { readonly keys: readonly EntryKey[]; readonly by: readonly number[] },
  readonly number[]
> = {
  name: 'addToAll',
  reads: ({ keys }) => keys,
  decide: ({ keys, by }, values): Decision<readonly number[]> => {
    const sums = keys.map((_key, index) => decodeNumber(values[index]) + (by[index] ?? 0));
    const writes = keys.map(({ space, key }, index): Write => ({
      kind: 'put',
      space,
      key,
      value: encodeNumber(sums[index] ?? 0),
    }));
    return { writes, output: sums };
  },
};

/** Decides on writes, if told to, and throws in the named function. */
export const fail: Procedure<{ readonly where: 'reads' | 'decide' }, null> = {
  name: 'fail',
  reads: ({ where }) => {
    if (where === 'reads') throw new TestFault('thrown by reads');
    return [];
  },
  decide: () => {
    throw new TestFault('thrown by decide');
  },
};

/** Answers with a number for the identity of the byte array that it was given: the same for the same array. */
export const identify: Procedure<EntryKey, number | undefined> = {
  name: 'identify',
  reads: (key) => [key],
  decide: (_key, [value]) => ({ writes: [], output: value === undefined ? undefined : identityOf(value) }),
};

export const procedures: readonly Procedure<never, unknown>[] = [writeAll, readAll, addToAll, fail, identify];

/** What `fail` throws. */
class TestFault extends Error {
  override readonly name = 'TestFault';
}

const identities = new WeakMap<Uint8Array, number>();
let lastIdentity = 0;

function identityOf(value: Uint8Array): number {
  const known = identities.get(value);
  if (known !== undefined) return known;
  lastIdentity += 1;
  identities.set(value, lastIdentity);
  return lastIdentity;
}

/** A number as `addToAll` keeps it. */
export function encodeNumber(number: number): Uint8Array {
  return new TextEncoder().encode(String(number));
}

/** The number in a value of `addToAll`'s; 0 for an absent one. */
export function decodeNumber(value: Uint8Array | undefined): number {
  return value === undefined ? 0 : Number(new TextDecoder().decode(value));
}
