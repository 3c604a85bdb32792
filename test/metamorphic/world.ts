import type { Database } from './database.ts';
import type { Server } from './servers.ts';

/** Servers and the model of what they hold, which is the same between steps. */
export interface World {
  readonly servers: readonly Server[];
  database: Database;
}
