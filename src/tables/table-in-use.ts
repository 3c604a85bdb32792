/**
 * What UpdateTable can't do now because of what goes on with the table or an index. Each kind of change excludes some
 * others, which the texts name. Source: public records of what the service answered to each pair.
 */
import { ApiError } from '../foundation/errors.ts';
import type { IndexDefinition, TableDefinition } from './table.ts';
import type { IndexUpdate, TableUpdate } from './update-request.ts';
import { LIMIT_MESSAGES } from './update-messages.ts';
import { IN_USE_MESSAGES } from './in-use-messages.ts';

function inUseError(message: string): ApiError {
  return new ApiError({ name: 'ResourceInUseException', message });
}

/** Throws ResourceInUseException if `table` can't take `update` now. */
export function requireIdle(table: TableDefinition, update: TableUpdate): void {
  const { name, transition } = table;
  if (transition?.status === 'CREATING') throw inUseError(IN_USE_MESSAGES.beingCreated(name));
  if (transition?.status === 'DELETING') throw inUseError(IN_USE_MESSAGES.beingDeleted(name));
  if (transition === undefined) return;
  // Protection from deletion changes at any time.
  if (update.deletionProtection !== undefined) return;
  if (update.billingMode !== undefined || update.provisionedThroughput !== undefined) requireSteadyThroughput(table);
  if (update.stream !== undefined) requireSteadyStream(table);
  if (update.tableClass !== undefined && transition.updates === 'tableClass') {
    const { name: tableClass = 'STANDARD' } = table.tableClass ?? {};
    throw inUseError(IN_USE_MESSAGES.tableClassDuringTableClass(name, tableClass));
  }
  if (update.onDemandThroughput !== undefined) requireSteadyOnDemand(table);
}

/** Throws LimitExceededException or ResourceInUseException if indexes of `table` can't be updated so now. */
export function requireIdleIndexes(table: TableDefinition, updates: readonly IndexUpdate[]): void {
  for (const update of updates) {
    const index = table.indexes.find(({ name }) => name === update.name);
    if (index !== undefined) requireIdleIndex(table, index, update.kind);
  }
  const moves = updates.filter(({ kind }) => kind !== 'update');
  if (moves.length === 0) return;
  const others = table.indexes.filter(({ name, transition }) => isMoving(transition) && name !== moves[0]?.name);
  if (moves.length + others.length > 1) {
    throw new ApiError({ name: 'LimitExceededException', message: LIMIT_MESSAGES.oneIndexAtATime });
  }
  switch (table.transition?.updates) {
    case 'billing':
    case 'throughput':
      throw inUseError(IN_USE_MESSAGES.indexDuringThroughput(table.name));
    case 'stream':
      throw inUseError(IN_USE_MESSAGES.indexDuringStream);
    case 'tableClass':
      throw inUseError(IN_USE_MESSAGES.indexDuringTableClass);
  }
}

function isMoving(transition: IndexDefinition['transition']): boolean {
  return transition !== undefined && transition.status !== 'UPDATING';
}

function requireIdleIndex(table: TableDefinition, index: IndexDefinition, kind: IndexUpdate['kind']): void {
  const { transition, build } = index;
  switch (transition?.status) {
    case 'CREATING':
      if (build?.isBackfilling !== false) return;
      if (kind === 'update') throw inUseError(IN_USE_MESSAGES.indexUpdateDuringAllocation(table.name, index.name));
      if (kind === 'delete') throw inUseError(IN_USE_MESSAGES.indexDeletionDuringAllocation(table.name, index.name));
      return;
    case 'UPDATING':
      if (kind !== 'create') throw inUseError(IN_USE_MESSAGES.indexDuring('updated', table.name, index.name));
      return;
    case 'DELETING':
      if (kind !== 'create') throw inUseError(IN_USE_MESSAGES.indexDuring('deleted', table.name, index.name));
  }
}

function requireSteadyThroughput(table: TableDefinition): void {
  const { name, transition } = table;
  switch (transition?.updates) {
    case 'billing':
    case 'throughput':
      throw inUseError(IN_USE_MESSAGES.throughputDuringThroughput(name));
    case 'stream':
      throw inUseError(IN_USE_MESSAGES.throughputDuringStream(name, ...describeStreamChange(table)));
    case 'index':
      throw inUseError(
        IN_USE_MESSAGES.throughputDuringIndex(name, ...describeIndexChange(table, ['created', 'deleted'])),
      );
  }
}

function requireSteadyStream(table: TableDefinition): void {
  const { name, transition } = table;
  switch (transition?.updates) {
    case 'billing':
    case 'throughput':
      throw inUseError(IN_USE_MESSAGES.streamDuringThroughput(name));
    case 'stream':
      throw inUseError(IN_USE_MESSAGES.streamDuringStream(name, ...describeStreamChange(table)));
    case 'index':
      throw inUseError(IN_USE_MESSAGES.streamDuringIndex(name, ...describeIndexChange(table, ['created', 'deleted'])));
  }
}

function requireSteadyOnDemand(table: TableDefinition): void {
  const { transition } = table;
  if (transition?.updates === 'billing') throw inUseError(IN_USE_MESSAGES.onDemandDuringBilling);
  if (transition?.updates !== 'index') return;
  throw inUseError(IN_USE_MESSAGES.onDemandDuringIndex(...describeIndexChange(table, ['creation', 'deletion'])));
}

function describeStreamChange({ stream }: TableDefinition): [label: string, operation: string] {
  return [stream?.label ?? '', stream?.viewType === undefined ? 'DISABLE' : 'ENABLE'];
}

/** What happens to the one index that is created or deleted, and its name. */
function describeIndexChange(
  { indexes }: TableDefinition,
  [creation, deletion]: readonly [string, string],
): [work: string, name: string] {
  const moving = indexes.find(({ transition }) => isMoving(transition));
  return [moving?.transition?.status === 'DELETING' ? deletion : creation, moving?.name ?? ''];
}
