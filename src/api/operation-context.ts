/** What an operation may use: everything it needs comes from here, nothing from module state. */
import type { Random } from '../foundation/random.ts';
import type { DataContext } from '../items/data-context.ts';

export interface OperationContext extends DataContext {
  readonly random: Random;
  /** The region and account that stand in this server's ARNs. */
  readonly region: string;
  readonly accountId: string;
  /** Where functions are that triggers run; each absent where the server was not told. */
  readonly functions?: {
    /** The URL of a server that speaks Lambda's Invoke API. */
    readonly endpoint?: string | undefined;
    /** The absolute path of the folder whose files may be run. */
    readonly folder?: string | undefined;
  };
  /** How long a table is CREATING, UPDATING or DELETING, and how much longer an index is CREATING. */
  readonly tableDelayMs: number;
  readonly indexBuildDelayMs: number;
}
