/** What an operation may use: everything it needs comes from here, nothing from module state. */
import type { Random } from '../foundation/random.ts';
import type { DataContext } from '../items/data-context.ts';

export interface OperationContext extends DataContext {
  readonly random: Random;
  /** The region and account that stand in this server's ARNs. */
  readonly region: string;
  readonly accountId: string;
  /** How long a table is CREATING, UPDATING or DELETING, and how much longer an index is CREATING. */
  readonly tableDelayMs: number;
  readonly indexBuildDelayMs: number;
}
