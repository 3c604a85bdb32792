/** Adds up the money of a bank, from one snapshot of the store, at any time. */
import assert from 'node:assert/strict';
import type { StorageEngine } from '../../src/storage/engine.ts';
import { createCatalog } from '../../src/tables/catalog.ts';
import type { AttributeValue, Item } from '../../src/values/attribute-value.ts';
import { storedAttributes } from '../../src/values/stored-item.ts';
import { type Account, BANK_TABLE, creditedName, decidedName, OPENING_BALANCE, type Transfer } from './bank.ts';

/** What a bank was found to hold. */
export interface BankStatement {
  readonly accounts: number;
  readonly transfers: number;
  /** Those that are not settled. */
  readonly pending: number;
  /** What was taken from payers and has not reached the payees. */
  readonly inFlight: number;
}

/** More items than a bank ever has. */
const ITEMS_MAX = 1_000_000;

/** Throws if money was made or lost, or an account is overdrawn. */
export async function auditBank(engine: StorageEngine): Promise<BankStatement> {
  const table = await createCatalog(engine).find(BANK_TABLE);
  assert(table !== undefined, 'the bank is there');
  const entries = await engine.scan(table.space, {}, { limit: ITEMS_MAX });
  const items = entries.map(({ value }) => plainItem(storedAttributes(value)));
  const accounts = items.filter((item): item is Account => 'balance' in item);
  const transfers = items.filter((item): item is Transfer => 'teller' in item);
  const pending = transfers.filter((transfer) => transfer.pending !== undefined);

  const byName = new Map(accounts.map((account) => [account.pk, account]));
  const inFlight = pending.reduce((sum, transfer) => sum + inFlightOf(transfer, byName), 0);
  const balances = accounts.reduce((sum, { balance }) => sum + balance, 0);
  const claim = `${balances} in accounts and ${inFlight} in flight are what ${accounts.length} accounts began with`;
  assert.equal(balances + inFlight, accounts.length * OPENING_BALANCE, claim);
  for (const { pk, balance } of accounts) assert(balance >= 0, `${pk} is not overdrawn: ${balance}`);
  return { accounts: accounts.length, transfers: transfers.length, pending: pending.length, inFlight };
}

function inFlightOf({ teller, number, payer, payee }: Transfer, accounts: ReadonlyMap<string, Account>): number {
  const decided = accounts.get(payer)?.[decidedName(teller)];
  const credited = accounts.get(payee)?.[creditedName(teller)] ?? 0;
  return decided?.number === number && credited < number ? decided.taken : 0;
}

/** The item as the document client would give it; a bank has strings, numbers and maps. */
function plainItem(item: Item): object {
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, plainValue(value)]));
}

function plainValue(value: AttributeValue): unknown {
  if ('S' in value) return value.S;
  if ('N' in value) return Number(value.N);
  if ('M' in value) return plainItem(value.M);
  return assert.fail(`a bank has no ${Object.keys(value).join()}`);
}
