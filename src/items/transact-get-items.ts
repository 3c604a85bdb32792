/** Read transactions, for TransactGetItems and for the SELECTs of ExecuteTransaction. */
import { ApiError, type ApiFault, validationError } from '../foundation/errors.ts';
import { LIMITS } from '../foundation/limits.ts';
import type { EntryKey } from '../storage/engine.ts';
import type { TableDefinition } from '../tables/table.ts';
import { canceledError, reasonsOf } from './cancellation.ts';
import type { DataContext } from './data-context.ts';
import { validateDistinctKeys } from './distinct-keys.ts';
import { type ItemRequest, type ItemResult, itemKeyOf, readValue, sizeOf } from './get-items.ts';
import { TRANSACTION_MESSAGES } from './messages.ts';

/**
 * Reads different items, of one or several tables, in one snapshot, which no write can conflict with. The results stand
 * in the order of `requests`.
 *
 * Throws ResourceNotFoundException, the ValidationException for an item that is named twice, a key value that is empty
 * or items of more than 4 MB, and TransactionCanceledException for keys that don't fit their tables.
 */
export async function transactGetItems(
  context: DataContext,
  requests: readonly ItemRequest[],
): Promise<readonly ItemResult[]> {
  const names = [...new Set(requests.map(({ tableName }) => tableName))];
  const values = await context.catalog.readMany(names, async (tables, version) => {
    const keys = resolveKeys(requests, tables);
    validateDistinctKeys(keys, TRANSACTION_MESSAGES.duplicateKeys);
    let sizeBytes = 0;
    const isOver = (value: Uint8Array | undefined): boolean => {
      sizeBytes += sizeOf(value);
      return sizeBytes > LIMITS.transactionSizeBytes;
    };
    const read = await context.engine.getMany(keys, version, { until: isOver });
    if (sizeBytes > LIMITS.transactionSizeBytes) throw validationError(TRANSACTION_MESSAGES.tooLarge);
    return read;
  });
  return values.map((value, i) => readValue(requests[i] as ItemRequest, value));
}

function resolveKeys(requests: readonly ItemRequest[], tables: readonly TableDefinition[]): EntryKey[] {
  const byName = new Map(tables.map((table) => [table.name, table]));
  const keys: EntryKey[] = [];
  const faults: (ApiFault | undefined)[] = [];
  for (const request of requests) {
    const resolved = keyOrFault(byName.get(request.tableName) as TableDefinition, request);
    faults.push('fault' in resolved ? resolved.fault : undefined);
    if (!('fault' in resolved)) keys.push(resolved);
  }
  if (keys.length < requests.length) throw canceledError(reasonsOf(faults));
  return keys;
}

function keyOrFault(table: TableDefinition, request: ItemRequest): EntryKey | { readonly fault: ApiFault } {
  try {
    return itemKeyOf(table, request);
  } catch (error) {
    if (error instanceof ApiError) return { fault: error.fault };
    throw error;
  }
}
