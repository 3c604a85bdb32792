/**
 * The capacity of a table or of one of its global indexes: the rules for throughput of each kind and for its changes.
 *
 * `index` names the index in texts; undefined means the table. Source: UpdateTable, OnDemandThroughput and
 * WarmThroughput in the API reference, "Quotas and limits" in the developer guide.
 */
import { ApiError, validationError } from '../foundation/errors.ts';
import { LIMITS } from '../foundation/limits.ts';
import { TABLE_MESSAGES } from './messages.ts';
import type {
  Capacity,
  OnDemandThroughput,
  ProvisionedThroughput,
  TableDefinition,
  ThroughputHistory,
  WarmThroughput,
} from './table.ts';

type BillingMode = TableDefinition['billingMode'];
type IndexName = string | undefined;

/** What an on-demand table or index is ready for from its creation. */
const ON_DEMAND_WARM: WarmThroughput = { readUnitsPerSecond: 12_000, writeUnitsPerSecond: 4_000 };

/** What a request says of warm throughput; a member that it leaves out stays as it is. */
export type WarmThroughputRequest = Partial<WarmThroughput>;

/** Throws the ValidationException for more capacity units than can be asked for. */
export function validateThroughputBounds(throughput: ProvisionedThroughput, index: IndexName): void {
  const { readCapacityUnits, writeCapacityUnits } = throughput;
  if (readCapacityUnits > LIMITS.capacityUnits) {
    throw validationError(TABLE_MESSAGES.throughputOutOfBounds(readCapacityUnits, 'ReadCapacityUnits', index));
  }
  if (writeCapacityUnits > LIMITS.capacityUnits) {
    throw validationError(TABLE_MESSAGES.throughputOutOfBounds(writeCapacityUnits, 'WriteCapacityUnits', index));
  }
}

/** How often throughput was decreased on the UTC day of `nowMs`. */
export function countDecreasesToday(history: ThroughputHistory | undefined, nowMs: number): number {
  const { lastDecreaseAtMs, decreases = 0 } = history ?? {};
  return lastDecreaseAtMs !== undefined && utcDay(lastDecreaseAtMs) === utcDay(nowMs) ? decreases : 0;
}

const DAY_MS = 86_400_000;

function utcDay(timeMs: number): number {
  return Math.floor(timeMs / DAY_MS);
}

/**
 * `capacity` with other provisioned throughput. Throws the ValidationException for one that changes nothing, and
 * LimitExceededException for one more decrease than the day allows.
 */
export function changeThroughput<C extends Capacity>(
  capacity: C,
  asked: ProvisionedThroughput,
  nowMs: number,
  index: IndexName,
): C {
  validateThroughputBounds(asked, index);
  const { provisionedThroughput: now, throughputHistory } = capacity;
  const reads = asked.readCapacityUnits - (now?.readCapacityUnits ?? 0);
  const writes = asked.writeCapacityUnits - (now?.writeCapacityUnits ?? 0);
  if (now !== undefined && reads === 0 && writes === 0) {
    throw validationError(TABLE_MESSAGES.throughputUnchanged(asked, index));
  }
  const history = noteChange(throughputHistory, reads > 0 || writes > 0, reads < 0 || writes < 0, nowMs);
  return keepWarm(capacity, { ...capacity, provisionedThroughput: asked, throughputHistory: history });
}

function noteChange(
  history: ThroughputHistory | undefined,
  isIncrease: boolean,
  isDecrease: boolean,
  nowMs: number,
): ThroughputHistory {
  if (isDecrease) validateDecrease(history, nowMs);
  return {
    ...history,
    ...(isIncrease && { lastIncreaseAtMs: nowMs }),
    ...(isDecrease && { lastDecreaseAtMs: nowMs, decreases: countDecreasesToday(history, nowMs) + 1 }),
  };
}

function validateDecrease(history: ThroughputHistory | undefined, nowMs: number): void {
  const today = countDecreasesToday(history, nowMs);
  const { lastDecreaseAtMs } = history ?? {};
  if (lastDecreaseAtMs === undefined || today < LIMITS.decreasesPerDay) return;
  const nextMs = lastDecreaseAtMs + LIMITS.decreasePauseMs;
  if (nowMs >= nextMs) return;
  throw new ApiError({
    name: 'LimitExceededException',
    message: TABLE_MESSAGES.tooManyDecreases(today, lastDecreaseAtMs, nextMs),
  });
}

/** `capacity` of a table that is billed in another mode from now on, without what the other mode knows. */
export function changeBilling<C extends Capacity>(capacity: C): C {
  return keepWarm(capacity, without(capacity, 'provisionedThroughput', 'onDemandThroughput'));
}

function without<C extends Capacity>(capacity: C, ...members: readonly (keyof Capacity)[]): C {
  const left = Object.entries(capacity).filter(([name]) => !members.some((member) => member === name));
  return Object.fromEntries(left) as C;
}

/** What `capacity` is ready for: the most that it ever was. */
export function warmThroughputOf({ provisionedThroughput, warmThroughput }: Capacity): WarmThroughput {
  const least =
    provisionedThroughput === undefined
      ? ON_DEMAND_WARM
      : {
          readUnitsPerSecond: provisionedThroughput.readCapacityUnits,
          writeUnitsPerSecond: provisionedThroughput.writeCapacityUnits,
        };
  return warmThroughput === undefined ? least : higherOf(least, warmThroughput);
}

function higherOf(left: WarmThroughput, right: WarmThroughput): WarmThroughput {
  return {
    readUnitsPerSecond: Math.max(left.readUnitsPerSecond, right.readUnitsPerSecond),
    writeUnitsPerSecond: Math.max(left.writeUnitsPerSecond, right.writeUnitsPerSecond),
  };
}

function keepWarm<C extends Capacity>(before: Capacity, after: C): C {
  return { ...after, warmThroughput: warmThroughputOf({ ...after, warmThroughput: warmThroughputOf(before) }) };
}

/** `capacity` ready for more by `untilMs`; throws the ValidationException for less than it is ready for. */
export function changeWarmThroughput<C extends Capacity>(
  capacity: C,
  asked: WarmThroughputRequest,
  index: IndexName,
  untilMs: number,
): C {
  const now = warmThroughputOf(capacity);
  const warmThroughput = raiseWarm(now, asked, (member) => TABLE_MESSAGES.warmDecrease(member, index));
  const isSame =
    warmThroughput.readUnitsPerSecond === now.readUnitsPerSecond &&
    warmThroughput.writeUnitsPerSecond === now.writeUnitsPerSecond;
  return { ...capacity, warmThroughput, ...(!isSame && { warmingUntilMs: untilMs }) };
}

/** The same for a new table or index, which is ready for what its billing mode gives. */
export function initialWarmThroughput(
  provisioned: ProvisionedThroughput | undefined,
  asked: WarmThroughputRequest | undefined,
  index: IndexName,
): Pick<Capacity, 'warmThroughput'> {
  if (asked === undefined) return {};
  const text = provisioned === undefined ? TABLE_MESSAGES.warmBelowOnDemand : TABLE_MESSAGES.warmBelowProvisioned;
  const least = warmThroughputOf(provisioned === undefined ? {} : { provisionedThroughput: provisioned });
  return { warmThroughput: raiseWarm(least, asked, (member) => text(member, index)) };
}

type WarmMember = 'ReadUnitsPerSecond' | 'WriteUnitsPerSecond';

function raiseWarm(
  now: WarmThroughput,
  asked: WarmThroughputRequest,
  textBelow: (member: WarmMember) => string,
): WarmThroughput {
  const { readUnitsPerSecond = now.readUnitsPerSecond, writeUnitsPerSecond = now.writeUnitsPerSecond } = asked;
  if (readUnitsPerSecond < now.readUnitsPerSecond) throw validationError(textBelow('ReadUnitsPerSecond'));
  if (writeUnitsPerSecond < now.writeUnitsPerSecond) throw validationError(textBelow('WriteUnitsPerSecond'));
  return { readUnitsPerSecond, writeUnitsPerSecond };
}

/** A maximum that takes the one before away. */
const UNLIMITED = -1;

/**
 * `capacity` with other maxima, member by member; -1 takes one away. Throws the ValidationException for a PROVISIONED
 * table and for what is out of range.
 */
export function changeOnDemandThroughput<C extends Capacity>(
  capacity: C,
  asked: OnDemandThroughput,
  billingMode: BillingMode,
  index: IndexName,
): C {
  validateOnDemandThroughput(asked, billingMode, index, UNLIMITED);
  const members = Object.entries({ ...capacity.onDemandThroughput, ...definedMembers(asked) });
  const kept = Object.fromEntries(members.filter(([, value]) => value !== UNLIMITED)) as OnDemandThroughput;
  if (Object.keys(kept).length === 0) return without(capacity, 'onDemandThroughput');
  return { ...capacity, onDemandThroughput: kept };
}

/** The same for a new table or index, of which nothing can be taken away. */
export function initialOnDemandThroughput(
  asked: OnDemandThroughput | undefined,
  billingMode: BillingMode,
  index: IndexName,
): Pick<Capacity, 'onDemandThroughput'> {
  if (asked === undefined) return {};
  validateOnDemandThroughput(asked, billingMode, index, undefined);
  const onDemandThroughput = definedMembers(asked);
  return Object.keys(onDemandThroughput).length === 0 ? {} : { onDemandThroughput };
}

function definedMembers({ maxReadRequestUnits, maxWriteRequestUnits }: OnDemandThroughput): OnDemandThroughput {
  return {
    ...(maxReadRequestUnits !== undefined && { maxReadRequestUnits }),
    ...(maxWriteRequestUnits !== undefined && { maxWriteRequestUnits }),
  };
}

function validateOnDemandThroughput(
  asked: OnDemandThroughput,
  billingMode: BillingMode,
  index: IndexName,
  allowed: number | undefined,
): void {
  const members = [
    ['MaxReadRequestUnits', asked.maxReadRequestUnits],
    ['MaxWriteRequestUnits', asked.maxWriteRequestUnits],
  ] as const;
  for (const [member, value] of members) {
    if (value === undefined) continue;
    if (billingMode === 'PROVISIONED') throw validationError(TABLE_MESSAGES.onDemandProvisioned(member, index));
    if (value < 1 && value !== allowed) throw validationError(TABLE_MESSAGES.onDemandOutOfRange(member, index));
  }
}
