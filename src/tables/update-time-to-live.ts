/** The procedure behind UpdateTimeToLive. */
import type { ApiFault } from '../foundation/errors.ts';
import { LIMITS } from '../foundation/limits.ts';
import type { Procedure, Space, Write } from '../storage/engine.ts';
import { catalogKey, decodeTable, namedTableNotFoundFault } from './catalog.ts';
import { decodeLifeCycle, lifeCycleKey, writeTable } from './life-cycle.ts';
import { encodePurgeRecord, purgeRecordKey } from './purge-record.ts';
import { decodeNextSpace, encodeNextSpace, NEXT_SPACE_KEY } from './spaces.ts';
import type { TableDefinition, TimeToLive } from './table.ts';
import { TIME_TO_LIVE_MESSAGES } from './time-to-live-messages.ts';

export interface TimeToLiveChange {
  readonly tableName: string;
  readonly enabled: boolean;
  /** To disable it, too, one has to name the attribute. */
  readonly attributeName: string;
  readonly nowMs: number;
  /** How long it is ENABLING, at least, or DISABLING. */
  readonly delayMs: number;
}

/** What is wrong with the change; undefined where it was made. */
export type TimeToLiveOutcome = { readonly fault: ApiFault | undefined };

/**
 * Enables or disables Time to Live. Once it is committed, every write of an item keeps the expiry index, or none does:
 * the items that were there before are entered by the job that ends ENABLING (`jobs/enter-expiries.ts`), and the space
 * of an index that nobody keeps is left to the purge.
 *
 * A table that is being deleted takes it as well. Sources: UpdateTimeToLive in the API reference; that the content of a
 * change is checked before the time of the last one, public records of what the service answered.
 */
export const updateTimeToLive: Procedure<TimeToLiveChange, TimeToLiveOutcome> = {
  name: 'updateTimeToLive',
  reads: ({ tableName }) => [catalogKey(tableName), lifeCycleKey(tableName), NEXT_SPACE_KEY],
  decide(change, [bytes, record, nextSpace]) {
    const { tableName, nowMs } = change;
    if (bytes === undefined) return { writes: [], output: { fault: namedTableNotFoundFault(tableName) } };
    const table = decodeTable(bytes);
    const fault = faultOf(table, change);
    if (fault !== undefined) return { writes: [], output: { fault } };
    const changed = change.enabled ? enable(change, decodeNextSpace(nextSpace)) : disable(table, change);
    const known = { before: table, record: record && decodeLifeCycle(record) };
    const writes = writeTable({ ...table, timeToLive: changed.timeToLive }, nowMs, known);
    return { writes: [...writes, ...changed.writes], output: { fault: undefined } };
  },
};

interface ChangedTimeToLive {
  readonly timeToLive: TimeToLive;
  /** Beside that of the definition. */
  readonly writes: readonly Write[];
}

/** Time to Live with an expiry index of its own, which takes the space `expirySpace`, the next free one. */
export function enable(
  { attributeName, nowMs, delayMs }: Omit<TimeToLiveChange, 'tableName' | 'enabled'>,
  expirySpace: Space,
): ChangedTimeToLive {
  return {
    timeToLive: { attributeName, changedAtMs: nowMs, expirySpace, enablingUntilMs: nowMs + delayMs },
    writes: [{ kind: 'put', ...NEXT_SPACE_KEY, value: encodeNextSpace(expirySpace + 1) }],
  };
}

function disable(
  { id, timeToLive }: TableDefinition,
  { attributeName, nowMs, delayMs }: TimeToLiveChange,
): ChangedTimeToLive {
  const space = timeToLive?.expirySpace;
  const purge = space !== undefined && { tableId: `${id}/${space}`, spaces: [space] };
  return {
    timeToLive: { changedAtMs: nowMs, disabling: { attributeName, untilMs: nowMs + delayMs } },
    writes: purge === false ? [] : [{ kind: 'put', ...purgeRecordKey(purge.tableId), value: encodePurgeRecord(purge) }],
  };
}

function faultOf(table: TableDefinition, change: TimeToLiveChange): ApiFault | undefined {
  if (table.transition?.status === 'CREATING') {
    return { name: 'ResourceInUseException', message: TIME_TO_LIVE_MESSAGES.beingCreated(table.name) };
  }
  const message = refusalOf(table, change);
  return message === undefined ? undefined : { name: 'ValidationException', message };
}

function refusalOf({ timeToLive }: TableDefinition, change: TimeToLiveChange): string | undefined {
  const current = timeToLive?.attributeName;
  if (current !== undefined && current !== change.attributeName) return TIME_TO_LIVE_MESSAGES.otherAttribute(current);
  if (change.enabled && current !== undefined) return TIME_TO_LIVE_MESSAGES.enabled;
  if (!change.enabled && current === undefined) return TIME_TO_LIVE_MESSAGES.disabled;
  if (timeToLive === undefined || change.nowMs >= timeToLive.changedAtMs + LIMITS.timeToLivePauseMs) return undefined;
  return TIME_TO_LIVE_MESSAGES.changedOften;
}
