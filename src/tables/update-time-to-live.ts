/** The procedure behind UpdateTimeToLive. */
import type { ApiFault } from '../foundation/errors.ts';
import { LIMITS } from '../foundation/limits.ts';
import type { Procedure } from '../storage/engine.ts';
import { catalogKey, decodeTable, encodeTable, namedTableNotFoundFault } from './catalog.ts';
import type { TableDefinition } from './table.ts';
import { TIME_TO_LIVE_MESSAGES } from './time-to-live-messages.ts';

export interface TimeToLiveChange {
  readonly tableName: string;
  readonly enabled: boolean;
  /** To disable it, too, one has to name the attribute. */
  readonly attributeName: string;
  readonly nowMs: number;
}

/** What is wrong with the change; undefined where it was made. */
export type TimeToLiveOutcome = { readonly fault: ApiFault | undefined };

/**
 * Enables or disables Time to Live. A table that is being deleted takes it as well. Sources: UpdateTimeToLive in the
 * API reference; that the content of a change is checked before the time of the last one, public records of what the
 * service answered.
 */
export const updateTimeToLive: Procedure<TimeToLiveChange, TimeToLiveOutcome> = {
  name: 'updateTimeToLive',
  reads: ({ tableName }) => [catalogKey(tableName)],
  decide(change, [bytes]) {
    const { tableName, enabled, attributeName, nowMs } = change;
    if (bytes === undefined) return { writes: [], output: { fault: namedTableNotFoundFault(tableName) } };
    const table = decodeTable(bytes);
    const fault = faultOf(table, change);
    if (fault !== undefined) return { writes: [], output: { fault } };
    const timeToLive = { ...(enabled && { attributeName }), changedAtMs: nowMs };
    return {
      writes: [{ kind: 'put', ...catalogKey(tableName), value: encodeTable({ ...table, timeToLive }) }],
      output: { fault: undefined },
    };
  },
};

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
