/**
 * The tags of a table: one record for each table that ever had some, in the system space, by the table's id.
 *
 * They lie beside the definition and not in it: nothing that reads or writes items asks for them, and a change of the
 * catalog has every thread load its tables anew. The record goes with what the table held (`jobs/purge-spaces.ts`);
 * from the moment when the table is gone from the catalog nobody finds it.
 */
import type { EntryKey } from '../storage/engine.ts';
import { decodeVersionedJson, encodeVersionedJson } from '../values/versioned-json.ts';
import { SYSTEM_SPACE } from './spaces.ts';

export interface Tag {
  readonly key: string;
  /** May be empty. */
  readonly value: string;
}

const PREFIX = 'tags/';
const FORMAT_VERSION = 1;

/** Where the tags of the table with this id lie. */
export function tagsKey(tableId: string): EntryKey {
  return { space: SYSTEM_SPACE, key: new TextEncoder().encode(PREFIX + tableId) };
}

/** The tags in the value of `tagsKey`, in the order in which their keys were first given. */
export function decodeTags(bytes: Uint8Array | undefined): readonly Tag[] {
  if (bytes === undefined) return [];
  return (decodeVersionedJson(FORMAT_VERSION, bytes, 'tags') as TagsRecord).tags;
}

/** See `decodeTags`. */
export function encodeTags(tags: readonly Tag[]): Uint8Array {
  const record: TagsRecord = { tags };
  return encodeVersionedJson(FORMAT_VERSION, record);
}

interface TagsRecord {
  readonly tags: readonly Tag[];
}
