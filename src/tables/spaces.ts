/**
 * Which spaces of the store hold what, and how tables get theirs.
 *
 *     1        table definitions, by name (see `catalog.ts`)
 *     2        what the program keeps about itself, see below
 *     3..15    reserved
 *     16..     tables and indexes, one space each, never given twice; logs of changes have their numbers from there too
 *
 * The keys of space 2, as text:
 *
 *     next-space       the next free space (here)
 *     purge/<id>       the spaces of a deleted table or index, until they are empty (`purge-record.ts`)
 *     life-cycle/...   a table that is created, updated or deleted now, or an index of it (`life-cycle.ts`)
 *     stream/...       a stream of a table, as long as something of it can be read (`change-log.ts`)
 *     shard/...        a shard of a log of changes, the same
 *     reader/...       how far a reader has come with a log, which keeps what it still needs (`streams/readers.ts`)
 *     tags/<id>        the tags of a table (`tags.ts`)
 *     lease/<job>      which node runs a background job (`jobs/lease.ts`)
 *     token/...       a request that was carried out, by its ClientRequestToken (`items/request-tokens.ts`)
 *     token-expiry/... the same by the time when it is forgotten
 *     trigger/<uuid>   a function that is run on the changes of a stream (`streams/consumers/trigger-record.ts`)
 *     trigger-of/<hash of a stream and a function> the UUID of the trigger that they have
 *     trigger-position/<uuid>/<shard> how far the deliveries of a trigger have come (`streams/consumers/trigger-progress.ts`)
 *     trigger-status/<uuid> how the last one ended
 *     node/<id>        a node that shares the store; not in an embedded one (`jobs/node-record.ts`)
 */
import { assert } from '../foundation/assert.ts';
import type { EntryKey, Space } from '../storage/engine.ts';

/** The resident space of table definitions. */
export const CATALOG_SPACE: Space = 1;

/** The space of what the program keeps about itself. */
export const SYSTEM_SPACE: Space = 2;

/**
 * The spaces that an engine is opened with as resident. Each change in one of them has every thread load its tables
 * anew, so that only what rarely changes may lie there.
 */
export const RESIDENT_SPACES: readonly Space[] = [CATALOG_SPACE];

const FIRST_TABLE_SPACE: Space = 16;

/** Where the next free space is noted; a procedure that takes spaces reads and writes it. */
export const NEXT_SPACE_KEY: EntryKey = { space: SYSTEM_SPACE, key: new TextEncoder().encode('next-space') };

const FORMAT_VERSION = 1;
const LAST_SPACE: Space = 2 ** 31 - 1;

/** The next free space, from the value of `NEXT_SPACE_KEY`: the format version, then the number as a big-endian u32. */
export function decodeNextSpace(bytes: Uint8Array | undefined): Space {
  if (bytes === undefined) return FIRST_TABLE_SPACE;
  assert(bytes[0] === FORMAT_VERSION, `next space of unknown format version ${String(bytes[0])}`);
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(1);
}

/** See `decodeNextSpace`. */
export function encodeNextSpace(next: Space): Uint8Array {
  assert(next <= LAST_SPACE, 'spaces are used up');
  const bytes = new Uint8Array(5);
  bytes[0] = FORMAT_VERSION;
  new DataView(bytes.buffer).setUint32(1, next);
  return bytes;
}
