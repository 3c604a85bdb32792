/** What an operation may use: everything it needs comes from here, nothing from module state. */
import type { Clock } from '../foundation/clock.ts';
import type { Random } from '../foundation/random.ts';
import type { Catalog } from '../tables/catalog.ts';
import type { StorageEngine } from '../storage/engine.ts';

export interface OperationContext {
  readonly engine: StorageEngine;
  readonly catalog: Catalog;
  readonly clock: Clock;
  readonly random: Random;
  /** The region and account that stand in this server's ARNs. */
  readonly region: string;
  readonly accountId: string;
}
