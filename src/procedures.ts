/** All procedures, for the thread or process that runs them: a storage engine imports this module by its URL. */
import { beginCopy, copyBatch, forgetCopy } from './copy/copy-procedures.ts';
import { writeItems } from './items/write-items.ts';
import { transactItems } from './items/transact-items.ts';
import { advanceTable, backfillIndex } from './jobs/advance-tables.ts';
import { enterExpiries } from './jobs/enter-expiries.ts';
import { expireItems, startExpiry } from './jobs/expire-items.ts';
import { releaseLease, renewLease, takeLease } from './jobs/lease.ts';
import { forgetNodes, putNode, removeNode } from './jobs/node-record.ts';
import { forgetPurge, purgeEntries } from './jobs/purge-spaces.ts';
import { purgeTokens } from './jobs/purge-tokens.ts';
import { saveReaderInJob } from './jobs/save-reader.ts';
import { splitPartition } from './jobs/split-partitions.ts';
import { dropShard, forgetReader, forgetStreams, trimShard } from './jobs/trim-logs.ts';
import { forgetProgress, noteProgress } from './jobs/run-triggers-progress.ts';
import type { ProcedureModule } from './storage/engine.ts';
import { createTrigger, deleteTrigger, updateTrigger } from './streams/consumers/change-triggers.ts';
import { registerReader, removeReader } from './streams/readers.ts';
import { adoptStream } from './tables/adopt-streams.ts';
import { changeTags } from './tables/change-tags.ts';
import { createTable } from './tables/create-table.ts';
import { deleteTable } from './tables/delete-table.ts';
import { updateTable } from './tables/update-table.ts';
import { updateTimeToLive } from './tables/update-time-to-live.ts';

export const procedures: ProcedureModule['procedures'] = [
  adoptStream,
  advanceTable,
  backfillIndex,
  beginCopy,
  changeTags,
  copyBatch,
  createTable,
  createTrigger,
  deleteTable,
  deleteTrigger,
  dropShard,
  enterExpiries,
  expireItems,
  forgetCopy,
  forgetNodes,
  forgetProgress,
  forgetPurge,
  forgetReader,
  forgetStreams,
  noteProgress,
  purgeEntries,
  purgeTokens,
  putNode,
  registerReader,
  releaseLease,
  removeNode,
  removeReader,
  renewLease,
  saveReaderInJob,
  splitPartition,
  startExpiry,
  takeLease,
  transactItems,
  trimShard,
  updateTable,
  updateTimeToLive,
  updateTrigger,
  writeItems,
];
