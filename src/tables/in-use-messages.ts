/**
 * The texts of what is refused while a table or index is created, updated or deleted, worded as DynamoDB words them
 * unless said otherwise.
 */

const IN_USE = 'Attempt to change a resource which is still in use: ';

/** ResourceInUseExceptions. */
export const IN_USE_MESSAGES = {
  beingCreated: (table: string) => `${IN_USE}Table is being created: ${table}`,
  beingDeleted: (table: string) => `${IN_USE}Table is being deleted: ${table}`,
  beingUpdated: (table: string) => `${IN_USE}Table: ${table} is in the process of being updated.`,
  deletionDuringIndexes: `${IN_USE}Cannot delete table while indexes are being created, updated, or deleted.`,
  deletionDuringStream: `${IN_USE}Cannot delete table while stream is being enabled/disabled.`,

  throughputDuringThroughput: (table: string) => `${IN_USE}Table IOPS are currently being updated. Table: ${table}`,
  throughputDuringStream: (table: string, stream: string, operation: string) =>
    `${IN_USE}Can't change table IOPS when stream status is being updated. ` +
    `Table: ${table} Stream: ${stream} Operation: ${operation}`,
  throughputDuringIndex: (table: string, work: string, index: string) =>
    `${IN_USE}Can't change table IOPS when an index is being ${work}. Table: ${table} Indexes: [${index}]`,
  streamDuringThroughput: (table: string) =>
    `${IN_USE}Can't enable or disable stream while table IOPS are being updated. Table: ${table}`,
  streamDuringStream: (table: string, stream: string, operation: string) =>
    `${IN_USE}A stream status change is currently in progress. ` +
    `Table: ${table} Stream: ${stream} Operation: ${operation}`,
  streamDuringIndex: (table: string, work: string, index: string) =>
    `${IN_USE}Can't change stream status when an index is being ${work}. Table: ${table} Indexes: [${index}]`,
  streamDuringTableClass: (table: string, tableClass: string) =>
    `${IN_USE}Can't change stream status when ${classUpdate(table, tableClass)}`,
  /** After those of the others, as this pair isn't on record. */
  throughputDuringTableClass: (table: string, tableClass: string) =>
    `${IN_USE}Can't change table IOPS when ${classUpdate(table, tableClass)}`,
  /** After those of the others. */
  tableClassDuringThroughput: (table: string) =>
    `${IN_USE}Can't update table class while table IOPS are being updated. Table: ${table}`,
  /** On record up to the table's name. */
  tableClassDuringStream: (table: string, stream: string, operation: string) =>
    `${IN_USE}Can't update table class when stream status is being updated. ` +
    `Table: ${table} Stream: ${stream} Operation: ${operation}`,
  /** After those of the others. */
  tableClassDuringIndex: (table: string, work: string, index: string) =>
    `${IN_USE}Can't update table class when an index is being ${work}. Table: ${table} Indexes: [${index}]`,
  tableClassDuringTableClass: (table: string, tableClass: string) =>
    `${IN_USE}Can't update table class when ${classUpdate(table, tableClass)}`,
  onDemandDuringBilling: `${IN_USE}OnDemandThroughput cannot be updated while BillingMode update is in progress`,
  /** On record up to the `i` of `in`. */
  onDemandDuringStream: `${IN_USE}OnDemandThroughput cannot be updated while stream status update is in progress`,
  onDemandDuringTableClass: (tableClass: string) =>
    `${IN_USE}OnDemandThroughput cannot be updated while TableClass update is in progress. ` +
    `TableClassUpdateInProgress: ${tableClass}`,
  onDemandDuringIndex: (work: string, index: string) =>
    `${IN_USE}OnDemandThroughput cannot be updated while index ${work} is in progress for indexes: [${index}]`,
  indexDuringThroughput: (table: string) =>
    `${IN_USE}Can't create or delete indexes while table IOPS are being updated. Table: ${table}`,
  indexDuringStream: `${IN_USE}Can't create or delete an index when stream status is being updated.`,
  indexDuringTableClass: `${IN_USE}Can't create or delete an index when a table class update is in progress.`,

  indexUpdateDuringAllocation: (table: string, index: string) =>
    `${IN_USE}Index is being created but is not backfilling yet.  Table: ${table} Index: ${index}`,
  indexDeletionDuringAllocation: (table: string, index: string) =>
    `${IN_USE}Index creation is in resource allocation phase. Retry deletion during backfilling phase or when the ` +
    `index is active. Table: ${table} Index: ${index}`,
  indexDuring: (work: 'updated' | 'deleted', table: string, index: string) =>
    `${IN_USE}Index is being ${work}.  Table: ${table} Index: ${index}`,
} as const;

function classUpdate(table: string, tableClass: string): string {
  return `a table class update is in progress. Table: ${table} TableClassUpdateInProgress: ${tableClass}`;
}
