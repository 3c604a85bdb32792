/**
 * What UpdateTable can't do now because of what goes on with the table or an index. Each kind of change excludes some
 * others, which the texts name. Source: public records of what the service answered to each pair.
 */
import { ApiError } from '../foundation/errors.ts';
import type { IndexDefinition, TableChange, TableDefinition } from './table.ts';
import type { IndexUpdate, TableUpdate } from './update-request.ts';
import { LIMIT_MESSAGES } from './update-messages.ts';
import { IN_USE_MESSAGES } from './in-use-messages.ts';

function inUseError(message: string): ApiError {
  return new ApiError({ name: 'ResourceInUseException', message });
}

/**
 * Throws ResourceInUseException if `table`, or an index that `update` names, can't take it now. What is let through
 * beside a change that is under way begins no other change of the table: so none is overwritten.
 */
export function requireIdle(table: TableDefinition, update: TableUpdate): void {
  const { name, transition } = table;
  if (transition?.status === 'CREATING') throw inUseError(IN_USE_MESSAGES.beingCreated(name));
  if (transition?.status === 'DELETING') throw inUseError(IN_USE_MESSAGES.beingDeleted(name));
  for (const { name: indexName, kind } of update.indexUpdates ?? []) {
    const index = table.indexes.find((one) => one.name === indexName);
    if (index !== undefined) requireIdleIndex(table, index, kind);
  }
  if (movesThroughput(table, update)) requireSteady(table, IN_USE_TEXTS.throughput);
  if (update.stream !== undefined) requireSteady(table, IN_USE_TEXTS.stream);
  if (update.tableClass !== undefined) requireSteady(table, IN_USE_TEXTS.tableClass);
  if (update.onDemandThroughput !== undefined) requireSteady(table, IN_USE_TEXTS.onDemandThroughput);
}

/** To ask for the billing mode that the table has changes nothing, so it does no harm while an index changes. */
function movesThroughput({ billingMode, transition }: TableDefinition, update: TableUpdate): boolean {
  if (update.provisionedThroughput !== undefined) return true;
  if (update.billingMode === undefined) return false;
  return update.billingMode !== billingMode || transition?.updates?.includes('index') !== true;
}

/** Throws LimitExceededException or ResourceInUseException if indexes of `table` can't be created or deleted so now. */
export function requireIdleIndexes(table: TableDefinition, updates: readonly IndexUpdate[]): void {
  const moves = updates.filter(({ kind }) => kind !== 'update');
  if (moves.length === 0) return;
  const others = table.indexes.filter(({ name, transition }) => isMoving(transition) && name !== moves[0]?.name);
  if (moves.length + others.length > 1) {
    throw new ApiError({ name: 'LimitExceededException', message: LIMIT_MESSAGES.oneIndexAtATime });
  }
  requireSteady(table, IN_USE_TEXTS.index);
}

function isMoving(transition: IndexDefinition['transition']): boolean {
  return transition !== undefined && transition.status !== 'UPDATING';
}

function requireIdleIndex(table: TableDefinition, index: IndexDefinition, kind: IndexUpdate['kind']): void {
  const { transition, build } = index;
  const during = (work: 'updated' | 'deleted') => inUseError(IN_USE_MESSAGES.indexDuring(work, table.name, index.name));
  if (transition?.status === 'DELETING') throw during('deleted');
  if (kind === 'create') return;
  if (transition?.status === 'UPDATING' || build?.updatingUntilMs !== undefined) throw during('updated');
  if (build?.allocatingUntilMs === undefined) return;
  throw inUseError(
    kind === 'update'
      ? IN_USE_MESSAGES.indexUpdateDuringAllocation(table.name, index.name)
      : IN_USE_MESSAGES.indexDeletionDuringAllocation(table.name, index.name),
  );
}

/** What refuses one change of a table while others are under way; absent: they don't. */
type InUseTexts = Readonly<Partial<Record<TableChange, (table: TableDefinition) => string>>>;

const IN_USE_TEXTS = {
  throughput: {
    billing: ({ name }) => IN_USE_MESSAGES.throughputDuringThroughput(name),
    throughput: ({ name }) => IN_USE_MESSAGES.throughputDuringThroughput(name),
    stream: (table) => IN_USE_MESSAGES.throughputDuringStream(table.name, ...describeStreamChange(table)),
    tableClass: (table) => IN_USE_MESSAGES.throughputDuringTableClass(table.name, classOf(table)),
    index: (table) => IN_USE_MESSAGES.throughputDuringIndex(table.name, ...describeIndexChange(table, PARTICIPLES)),
  },
  stream: {
    billing: ({ name }) => IN_USE_MESSAGES.streamDuringThroughput(name),
    throughput: ({ name }) => IN_USE_MESSAGES.streamDuringThroughput(name),
    stream: (table) => IN_USE_MESSAGES.streamDuringStream(table.name, ...describeStreamChange(table)),
    tableClass: (table) => IN_USE_MESSAGES.streamDuringTableClass(table.name, classOf(table)),
    index: (table) => IN_USE_MESSAGES.streamDuringIndex(table.name, ...describeIndexChange(table, PARTICIPLES)),
  },
  tableClass: {
    billing: ({ name }) => IN_USE_MESSAGES.tableClassDuringThroughput(name),
    throughput: ({ name }) => IN_USE_MESSAGES.tableClassDuringThroughput(name),
    stream: (table) => IN_USE_MESSAGES.tableClassDuringStream(table.name, ...describeStreamChange(table)),
    tableClass: (table) => IN_USE_MESSAGES.tableClassDuringTableClass(table.name, classOf(table)),
    index: (table) => IN_USE_MESSAGES.tableClassDuringIndex(table.name, ...describeIndexChange(table, PARTICIPLES)),
  },
  /** A table whose throughput changes is PROVISIONED, and can't have this anyway. It begins no change of the table. */
  onDemandThroughput: {
    billing: () => IN_USE_MESSAGES.onDemandDuringBilling,
    stream: () => IN_USE_MESSAGES.onDemandDuringStream,
    tableClass: (table) => IN_USE_MESSAGES.onDemandDuringTableClass(classOf(table)),
    index: (table) => IN_USE_MESSAGES.onDemandDuringIndex(...describeIndexChange(table, NOUNS)),
  },
  /** To create or delete one; another one that is created or deleted is another error. */
  index: {
    billing: ({ name }) => IN_USE_MESSAGES.indexDuringThroughput(name),
    throughput: ({ name }) => IN_USE_MESSAGES.indexDuringThroughput(name),
    stream: () => IN_USE_MESSAGES.indexDuringStream,
    tableClass: () => IN_USE_MESSAGES.indexDuringTableClass,
  },
} as const satisfies Readonly<Record<string, InUseTexts>>;

function requireSteady(table: TableDefinition, texts: InUseTexts): void {
  for (const change of table.transition?.updates ?? []) {
    const text = texts[change];
    if (text !== undefined) throw inUseError(text(table));
  }
}

function classOf({ tableClass }: TableDefinition): string {
  return tableClass?.name ?? 'STANDARD';
}

function describeStreamChange({ stream }: TableDefinition): [label: string, operation: string] {
  return [stream?.label ?? '', stream?.viewType === undefined ? 'DISABLE' : 'ENABLE'];
}

const PARTICIPLES = ['created', 'deleted'] as const;
const NOUNS = ['creation', 'deletion'] as const;

/** What happens to the one index that is created or deleted, and its name. */
function describeIndexChange(
  { indexes }: TableDefinition,
  [creation, deletion]: readonly [string, string],
): [work: string, name: string] {
  const moving = indexes.find(({ transition }) => isMoving(transition));
  return [moving?.transition?.status === 'DELETING' ? deletion : creation, moving?.name ?? ''];
}
