/** What UpdateTable changes of a table's own billing and throughput, and of its indexes' with it. */
import { validationError } from '../foundation/errors.ts';
import { TABLE_MESSAGES } from './messages.ts';
import { beginUpdate, type TableDefinition } from './table.ts';
import type { TableUpdate } from './update-request.ts';
import { changeBilling, changeOnDemandThroughput, changeThroughput, changeWarmThroughput } from './throughput.ts';
import { UPDATE_TABLE_MESSAGES } from './update-messages.ts';

export interface CapacityChange {
  readonly update: TableUpdate;
  readonly nowMs: number;
  /** How long the table is UPDATING. */
  readonly delayMs: number;
}

/** `table` with the billing mode and throughput that `change` asks for; throws the error of what can't be. */
export function changeCapacity(table: TableDefinition, { update, nowMs, delayMs }: CapacityChange): TableDefinition {
  const { provisionedThroughput, onDemandThroughput, warmThroughput } = update;
  let changed = update.billingMode === undefined ? table : changeBillingMode(table, update, nowMs);
  if (provisionedThroughput !== undefined) {
    if (changed.billingMode === 'PAY_PER_REQUEST') throw validationError(TABLE_MESSAGES.throughputWithPayPerRequest);
    changed = changeThroughput(changed, provisionedThroughput, nowMs, undefined);
  }
  if (changed !== table) {
    const change = changed.billingMode === table.billingMode ? 'throughput' : 'billing';
    changed = beginUpdate(changed, change, nowMs + delayMs);
  } else if (update.billingMode !== undefined) {
    changed = answerUpdating(changed, nowMs);
  }
  if (onDemandThroughput !== undefined) {
    changed = changeOnDemandThroughput(changed, onDemandThroughput, changed.billingMode, undefined);
  }
  if (warmThroughput === undefined) return changed;
  return changeWarmThroughput(changed, warmThroughput, undefined, nowMs + delayMs);
}

/**
 * `table` as the answer shows it that was asked to be as it is: UPDATING, though DescribeTable says ACTIVE right after.
 * Source: public records of what the service answered.
 */
export function answerUpdating(table: TableDefinition, nowMs: number): TableDefinition {
  return table.transition === undefined ? { ...table, transition: { status: 'UPDATING', untilMs: nowMs } } : table;
}

/** Where the mode becomes PROVISIONED, the throughput of the table and of each index is still to come. */
function changeBillingMode(table: TableDefinition, update: TableUpdate, nowMs: number): TableDefinition {
  const { billingMode = table.billingMode, indexUpdates = [] } = update;
  if (billingMode === table.billingMode) return table;
  if (billingMode === 'PROVISIONED') {
    const updated = new Set(indexUpdates.flatMap((one) => (hasThroughput(one) ? [one.name] : [])));
    const left = table.indexes.find(({ name, kind }) => kind === 'global' && !updated.has(name));
    if (left !== undefined) throw validationError(UPDATE_TABLE_MESSAGES.indexThroughputMissing(left.name));
  }
  const since =
    table.lastPayPerRequestAtMs ?? (table.billingMode === 'PAY_PER_REQUEST' ? table.createdAtMs : undefined);
  const lastPayPerRequestAtMs = billingMode === 'PAY_PER_REQUEST' ? nowMs : since;
  return {
    ...changeBilling(table),
    billingMode,
    ...(lastPayPerRequestAtMs !== undefined && { lastPayPerRequestAtMs }),
    indexes: table.indexes.map((index) => (index.kind === 'local' ? index : changeBilling(index))),
  };
}

function hasThroughput(update: NonNullable<TableUpdate['indexUpdates']>[number]): boolean {
  return update.kind === 'update' && update.provisionedThroughput !== undefined;
}
