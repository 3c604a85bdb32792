/** The procedures behind CreateEventSourceMapping, UpdateEventSourceMapping and DeleteEventSourceMapping. */
import type { ApiFault } from '../../foundation/errors.ts';
import type { Decision, Procedure, Write } from '../../storage/engine.ts';
import { catalogKey, decodeTable } from '../../tables/catalog.ts';
import { TRIGGER_MESSAGES } from './trigger-messages.ts';
import {
  type TriggerRecord,
  decodeTrigger,
  decodeTriggerPair,
  encodeTrigger,
  encodeTriggerPair,
  triggerKey,
  triggerPairKey,
} from './trigger-record.ts';

/** The trigger as it is afterwards, or as it was if it was deleted; or why nothing was changed. */
export type TriggerOutcome = { readonly trigger: TriggerRecord } | { readonly fault: ApiFault };

export interface TriggerCreation {
  readonly trigger: TriggerRecord;
  /** Whose stream it is, and the label of that. */
  readonly tableName: string;
  readonly streamLabel: string;
}

/** Writes a new trigger: faults if the stream is not enabled, or has one with the same function. */
export const createTrigger: Procedure<TriggerCreation, TriggerOutcome> = {
  name: 'createTrigger',
  reads: ({ trigger, tableName }) => [catalogKey(tableName), triggerPairKey(trigger)],
  decide({ trigger, streamLabel }, [definition, pair]) {
    const stream = definition && decodeTable(definition).stream;
    if (stream?.viewType === undefined || stream.label !== streamLabel) {
      const message = TRIGGER_MESSAGES.streamNotFound(trigger.streamArn);
      return refuse({ name: 'InvalidParameterValueException', message });
    }
    if (pair !== undefined) return refuse(conflict(trigger, decodeTriggerPair(pair)));
    return { writes: putTrigger(trigger), output: { trigger } };
  },
};

/** What of a trigger can be changed. */
export type TriggerChanges = {
  readonly [
    name in keyof Omit<
      TriggerRecord,
      'uuid' | 'streamArn' | 'startingPosition' | 'createdAtMs' | 'state' | 'stateReason'
    >
  ]?: TriggerRecord[name] | undefined;
};

export interface TriggerUpdate extends Pick<TriggerRecord, 'uuid' | 'streamArn' | 'functionArn' | 'stateReason'> {
  /** `functionArn`, outside of here, is that which the trigger has afterwards. Undefined members change nothing. */
  readonly changes: TriggerChanges;
  readonly nowMs: number;
}

/** Changes a trigger: faults if there is none, or if its stream has another one with the function that it is to run. */
export const updateTrigger: Procedure<TriggerUpdate, TriggerOutcome> = {
  name: 'updateTrigger',
  reads: (update) => [triggerKey(update.uuid), triggerPairKey(update)],
  decide({ uuid, stateReason, changes, nowMs }, [bytes, pair]) {
    if (bytes === undefined) return refuse(NOT_FOUND);
    const before = decodeTrigger(bytes);
    const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
    const changed: TriggerRecord = { ...before, ...given, stateReason, lastModifiedMs: nowMs };
    const { onFailure, ...rest } = changed;
    const state = changed.enabled ? 'Enabled' : 'Disabled';
    const trigger: TriggerRecord = { ...rest, ...(onFailure && { onFailure }), state };
    const other = changes.functionArn === undefined || pair === undefined ? uuid : decodeTriggerPair(pair);
    if (other !== uuid) return refuse(conflict(trigger, other));
    return { writes: [{ kind: 'delete', ...triggerPairKey(before) }, ...putTrigger(trigger)], output: { trigger } };
  },
};

/** Deletes a trigger: a fault if there is none. Where its deliveries stood is for those to forget who noted it. */
export const deleteTrigger: Procedure<Pick<TriggerRecord, 'uuid'>, TriggerOutcome> = {
  name: 'deleteTrigger',
  reads: ({ uuid }) => [triggerKey(uuid)],
  decide({ uuid }, [bytes]) {
    if (bytes === undefined) return refuse(NOT_FOUND);
    const trigger = decodeTrigger(bytes);
    const writes: Write[] = [triggerKey(uuid), triggerPairKey(trigger)].map((key) => ({ kind: 'delete', ...key }));
    return { writes, output: { trigger } };
  },
};

const NOT_FOUND: ApiFault = { name: 'ResourceNotFoundException', message: TRIGGER_MESSAGES.notFound };

function conflict({ streamArn, functionArn }: TriggerRecord, uuid: string): ApiFault {
  return { name: 'ResourceConflictException', message: TRIGGER_MESSAGES.exists(streamArn, functionArn, uuid) };
}

function refuse(fault: ApiFault): Decision<TriggerOutcome> {
  return { writes: [], output: { fault } };
}

function putTrigger(trigger: TriggerRecord): Write[] {
  return [
    { kind: 'put', ...triggerKey(trigger.uuid), value: encodeTrigger(trigger) },
    { kind: 'put', ...triggerPairKey(trigger), value: encodeTriggerPair(trigger.uuid) },
  ];
}
