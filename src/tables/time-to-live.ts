/** The life of a table's Time to Live: what of it holds now, and what becomes of it with time. */
import type { Space } from '../storage/engine.ts';
import type { TableDefinition, TimeToLive } from './table.ts';

/** Where writes of a table's items note when they expire. */
export interface ExpiryIndex {
  readonly attributeName: string;
  readonly space: Space;
}

/** The expiry index of a table, which is there as long as Time to Live is enabled or being enabled. */
export function expiryIndexOf({ timeToLive }: Pick<TableDefinition, 'timeToLive'>): ExpiryIndex | undefined {
  const { attributeName, expirySpace: space } = timeToLive ?? {};
  return attributeName === undefined || space === undefined ? undefined : { attributeName, space };
}

/** How Time to Live is shown: as TimeToLiveDescription in the API reference. */
export interface ShownTimeToLive {
  readonly status: 'ENABLING' | 'ENABLED' | 'DISABLING' | 'DISABLED';
  readonly attributeName: string | undefined;
}

/** What there is to show of a table whose setting is `timeToLive`. */
export function showTimeToLive(timeToLive: TimeToLive | undefined): ShownTimeToLive {
  const { attributeName, enablingUntilMs, disabling } = timeToLive ?? {};
  if (attributeName !== undefined) {
    return { status: enablingUntilMs === undefined ? 'ENABLED' : 'ENABLING', attributeName };
  }
  if (disabling !== undefined) return { status: 'DISABLING', attributeName: disabling.attributeName };
  return { status: 'DISABLED', attributeName: undefined };
}

/** Whether it is ENABLING or DISABLING. */
export function isTimeToLiveChanging(timeToLive: TimeToLive | undefined): boolean {
  return timeToLive?.enablingUntilMs !== undefined || timeToLive?.disabling !== undefined;
}

/** How far the items that were there before have been entered into the expiry index that lies in `space`. */
interface EntryProgress {
  readonly space: Space;
  readonly isDone: boolean;
}

/** `timeToLive` as it is at `nowMs`. */
export function settleTimeToLive(timeToLive: TimeToLive, nowMs: number, progress?: EntryProgress): TimeToLive {
  const { enablingUntilMs, disabling, ...steady } = timeToLive;
  const isEntered = progress?.isDone === true && progress.space === timeToLive.expirySpace;
  const isEnabled = enablingUntilMs === undefined || (enablingUntilMs <= nowMs && isEntered);
  const isDisabled = disabling === undefined || disabling.untilMs <= nowMs;
  return { ...steady, ...(!isEnabled && { enablingUntilMs }), ...(!isDisabled && { disabling }) };
}
