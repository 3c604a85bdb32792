/** Runs the statements of a transaction: all of them read, or all of them write. */
import { type ApiFault, validationError } from '../foundation/errors.ts';
import { type CancellationReason, canceledError, reasonsOf } from '../items/cancellation.ts';
import type { DataContext } from '../items/data-context.ts';
import type { ItemResult } from '../items/get-items.ts';
import type { RequestToken } from '../items/request-tokens.ts';
import { type TransactionOutcome, runTransaction } from '../items/run-transaction.ts';
import { transactGetItems } from '../items/transact-get-items.ts';
import type { BoundExists, BoundSelect, BoundWrite } from './bind.ts';
import { STATEMENT } from './messages.ts';
import { fullKeyOf } from './plan-read.ts';
import { planStatementWrite } from './plan-write.ts';
import { selectOf } from './read-select.ts';
import { withTables } from './with-tables.ts';

export interface TransactedWrite {
  readonly tableName: string;
  readonly statement: BoundWrite | BoundExists;
  readonly returnItemOnFailure: boolean;
}

/**
 * Runs `writes` in one atomic step. Throws TransactionCanceledException with the reasons, and what else refuses the
 * request as `runTransaction` of `items/` does.
 */
export async function runWriteTransaction(
  context: DataContext,
  writes: readonly TransactedWrite[],
  token: RequestToken | undefined,
): Promise<Exclude<TransactionOutcome, { readonly kind: 'canceled' }>> {
  const names = writes.map(({ tableName }) => tableName);
  const outcome = await withTables(context, names, async (tables) => {
    const planned = writes.map(({ tableName, statement, returnItemOnFailure }) => {
      const { plan, condition } = planStatementWrite(tables.get(tableName), statement);
      return { tableName, plan: tables.pin(plan), condition, returnItemOnFailure };
    });
    const settled = await runTransaction(context, planned, token);
    // What doesn't fit its table may do so if that is another one by now.
    if (settled.kind === 'canceled' && settled.reasons.some(({ code }) => code === 'ValidationError')) {
      throw canceledError(reasonsOfStatements(settled.reasons, writes));
    }
    return settled;
  });
  if (outcome.kind === 'canceled') throw canceledError(reasonsOfStatements(outcome.reasons, writes));
  return outcome;
}

function reasonsOfStatements(
  reasons: readonly CancellationReason[],
  writes: readonly TransactedWrite[],
): readonly CancellationReason[] {
  return reasons.map((reason, i) => reasonOfStatement(reason, writes[i] as TransactedWrite));
}

function reasonOfStatement(reason: CancellationReason, { statement }: TransactedWrite): CancellationReason {
  if (reason.code !== 'ConditionalCheckFailed' || statement.kind !== 'insert') return reason;
  return { code: 'DuplicateItem', message: STATEMENT.duplicateItem };
}

export interface TransactedRead {
  readonly tableName: string;
  readonly select: BoundSelect;
}

/**
 * Reads one item for each of `reads`, all in one snapshot; none where the item is missing or doesn't meet the rest of
 * its WHERE. Throws what `transactGetItems` throws.
 */
export async function runReadTransaction(
  context: DataContext,
  reads: readonly TransactedRead[],
): Promise<readonly ItemResult[]> {
  const names = reads.map(({ tableName }) => tableName);
  return await withTables(context, names, async (tables) => {
    const faults: (ApiFault | undefined)[] = [];
    const requests = reads.map(({ tableName, select }) => {
      if (select.indexName !== undefined) throw validationError(STATEMENT.indexInTransaction);
      const found = fullKeyOf(tables.get(tableName), select.where);
      faults.push(found === undefined ? KEY_NOT_EQUAL : undefined);
      return { tableName, key: found?.key ?? {}, filter: found?.filter, projection: undefined, consistent: true };
    });
    if (faults.some((fault) => fault !== undefined)) throw canceledError(reasonsOf(faults));
    const results = await transactGetItems(context, requests);
    return results.map(({ itemJson, consumption }, i) => {
      const selected = selectOf((reads[i] as TransactedRead).select, requests[i]?.filter, itemJson);
      return { itemJson: selected, consumption };
    });
  });
}

const KEY_NOT_EQUAL: ApiFault = { name: 'ValidationException', message: STATEMENT.keyNotEqual };
