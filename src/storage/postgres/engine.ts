/** A handle on the store in PostgreSQL, for any thread. */
import type { StorageEngine } from '../engine.ts';
import type { PostgresAttachment } from './storage.ts';

/** Opens a handle from what `Storage.attach` gave. */
export function openPostgresEngine(attachment: PostgresAttachment): StorageEngine {
  throw new Error(`not built yet: ${attachment.url}`);
}
