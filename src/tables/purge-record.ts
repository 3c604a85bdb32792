/**
 * What remains of a deleted table or index until its entries are gone: one record for each, in the system space.
 */
import type { Entry, EntryKey, Space, StorageEngine } from '../storage/engine.ts';
import { prefixEnd } from '../values/key-encoding.ts';
import { decodeVersionedJson, encodeVersionedJson } from '../values/versioned-json.ts';
import { SYSTEM_SPACE } from './spaces.ts';
import { spacesOf, type TableDefinition } from './table.ts';

/** Spaces of which a table needs none any more. Nothing writes to them but the purge. */
export interface PurgeRecord {
  /** The `id` of the table that is deleted; of what is deleted of one, that and something after it. */
  readonly tableId: string;
  readonly spaces: readonly Space[];
}

const PREFIX = 'purge/';
const FORMAT_VERSION = 1;

/** Where the record of the deleted table with this id lies. */
export function purgeRecordKey(tableId: string): EntryKey {
  return { space: SYSTEM_SPACE, key: new TextEncoder().encode(PREFIX + tableId) };
}

/** The record that `table` leaves when it is deleted. */
export function purgeRecordOf(table: TableDefinition): PurgeRecord {
  return { tableId: table.id, spaces: spacesOf(table) };
}

/** A record as bytes. */
export function encodePurgeRecord(record: PurgeRecord): Uint8Array {
  return encodeVersionedJson(FORMAT_VERSION, record);
}

/** Up to `limit` records, in no particular order but always the same. */
export async function listPurgeRecords(engine: Pick<StorageEngine, 'scan'>, limit: number): Promise<PurgeRecord[]> {
  const from = new TextEncoder().encode(PREFIX);
  const entries = await engine.scan(SYSTEM_SPACE, { from, before: prefixEnd(from) }, { limit });
  return entries.map(decodePurgeRecord);
}

function decodePurgeRecord({ value }: Entry): PurgeRecord {
  return decodeVersionedJson(FORMAT_VERSION, value, 'purge record') as PurgeRecord;
}
