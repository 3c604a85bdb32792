import type { Clock } from '../foundation/clock.ts';
import type { StorageEngine } from '../storage/engine.ts';
import type { Catalog } from '../tables/catalog.ts';

/** What reading and writing items takes. */
export interface DataContext {
  readonly engine: StorageEngine;
  readonly catalog: Catalog;
  readonly clock: Clock;
  /** What an item collection may hold at most; absent: what DynamoDB lets it, which is too much for a test. */
  readonly collectionLimitBytes?: number | undefined;
}
