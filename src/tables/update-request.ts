/**
 * What a caller asks of UpdateTable, and what is wrong with it whatever the table is like.
 *
 * Most members must come alone. Sources: UpdateTable in the API reference; which members go together, and the texts,
 * from public records of what the service answered to each pair.
 */
import { validationError } from '../foundation/errors.ts';
import { TABLE_MESSAGES } from './messages.ts';
import {
  type EncryptionRequest,
  type StreamRequest,
  validateEncryption,
  validateStreamChange,
} from './table-settings.ts';
import type { KeyAttribute, TableClass, TableDefinition } from './table.ts';
import type { CapacityRequest, IndexRequest } from './table-request.ts';
import { UPDATE_TABLE_MESSAGES } from './update-messages.ts';

export interface TableUpdate extends CapacityRequest {
  readonly name: string;
  /** Undefined where the request has none. */
  readonly attributeDefinitions: readonly KeyAttribute[] | undefined;
  readonly billingMode: TableDefinition['billingMode'] | undefined;
  readonly stream: StreamRequest | undefined;
  readonly tableClass: TableClass | undefined;
  readonly deletionProtection: boolean | undefined;
  readonly encryption: EncryptionRequest | undefined;
  /** Undefined where the request has none. */
  readonly indexUpdates: readonly IndexUpdate[] | undefined;
}

/** What becomes of one global index. */
export type IndexUpdate =
  | { readonly kind: 'create'; readonly name: string; readonly index: IndexRequest }
  | ({ readonly kind: 'update'; readonly name: string } & CapacityRequest)
  | { readonly kind: 'delete'; readonly name: string };

/** Throws the ValidationException for a request that no table could take. */
export function validateTableUpdate(update: TableUpdate): void {
  validateCompany(update);
  validateIndexUpdates(update.indexUpdates ?? []);
  if (update.stream !== undefined) validateStreamChange(update.stream);
  validateBilling(update);
  if (update.encryption === undefined) return;
  validateEncryption(update.encryption);
  throw validationError(UPDATE_TABLE_MESSAGES.encryptedByDefault);
}

/** The members that ask for something. */
function listChanges(update: TableUpdate): ReadonlySet<keyof TableUpdate> {
  const members = [
    'provisionedThroughput',
    'billingMode',
    'stream',
    'indexUpdates',
    'encryption',
    'deletionProtection',
    'onDemandThroughput',
    'warmThroughput',
    'tableClass',
  ] as const;
  return new Set(members.filter((member) => update[member] !== undefined));
}

/** The members that must come alone, in the order in which they are found out. */
const LONERS = [
  ['encryption', UPDATE_TABLE_MESSAGES.encryptionAlone],
  ['tableClass', UPDATE_TABLE_MESSAGES.tableClassAlone],
  ['deletionProtection', UPDATE_TABLE_MESSAGES.deletionProtectionAlone],
  ['warmThroughput', UPDATE_TABLE_MESSAGES.warmThroughputAlone],
] as const;

function validateCompany(update: TableUpdate): void {
  const changes = listChanges(update);
  const { indexUpdates, billingMode } = update;
  // An empty list asks for nothing, but beside something it is refused.
  if (changes.size === (indexUpdates?.length === 0 ? 1 : 0)) throw validationError(UPDATE_TABLE_MESSAGES.nothingAsked);
  if (indexUpdates?.length === 0) {
    throw validationError(TABLE_MESSAGES.emptyIndexList('GlobalSecondaryIndexUpdates'));
  }
  const movesIndexes = indexUpdates?.some(({ kind }) => kind !== 'update') === true;
  for (const [member, text] of LONERS) {
    if (!changes.has(member) || changes.size === 1) continue;
    const isIndexToo = member === 'warmThroughput' && movesIndexes && changes.size === 2;
    throw validationError(isIndexToo ? UPDATE_TABLE_MESSAGES.indexWithWarmThroughput : text);
  }
  if (changes.has('onDemandThroughput') && changes.size > (changes.has('billingMode') ? 2 : 1)) {
    throw validationError(UPDATE_TABLE_MESSAGES.onDemandCompany);
  }
  const movesThroughput = changes.has('provisionedThroughput') || billingMode === 'PROVISIONED';
  if (movesIndexes && movesThroughput) throw validationError(UPDATE_TABLE_MESSAGES.indexWithThroughput);
  if (changes.has('stream') && movesThroughput) throw validationError(UPDATE_TABLE_MESSAGES.streamWithThroughput);
  if (changes.has('stream') && movesIndexes) throw validationError(UPDATE_TABLE_MESSAGES.indexWithStream);
}

function validateIndexUpdates(updates: readonly IndexUpdate[]): void {
  const names = new Set<string>();
  for (const { name } of updates) {
    if (names.has(name)) throw validationError(UPDATE_TABLE_MESSAGES.indexTwice(name));
    names.add(name);
  }
}

function validateBilling({ billingMode, provisionedThroughput }: TableUpdate): void {
  if (billingMode === 'PAY_PER_REQUEST' && provisionedThroughput !== undefined) {
    throw validationError(UPDATE_TABLE_MESSAGES.throughputUnexpected);
  }
  if (billingMode === 'PROVISIONED' && provisionedThroughput === undefined) {
    throw validationError(UPDATE_TABLE_MESSAGES.throughputMissing);
  }
}
