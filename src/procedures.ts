/** All procedures, for the thread or process that runs them: a storage engine imports this module by its URL. */
import { writeItems } from './items/write-items.ts';
import { forgetPurge, purgeEntries } from './jobs/purge-spaces.ts';
import type { ProcedureModule } from './storage/engine.ts';
import { createTable } from './tables/create-table.ts';
import { deleteTable } from './tables/delete-table.ts';

export const procedures: ProcedureModule['procedures'] = [
  createTable,
  deleteTable,
  forgetPurge,
  purgeEntries,
  writeItems,
];
