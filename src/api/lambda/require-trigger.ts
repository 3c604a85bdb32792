import { ApiError } from '../../foundation/errors.ts';
import type { StorageEngine } from '../../storage/engine.ts';
import { TRIGGER_MESSAGES } from '../../streams/consumers/trigger-messages.ts';
import { type TriggerRecord, findTrigger } from '../../streams/consumers/trigger-record.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Whether `text` could be the UUID of a trigger. */
export function isTriggerUuid(text: string): boolean {
  return UUID.test(text);
}

/** The trigger with this UUID. Throws ResourceNotFoundException if there is none. */
export async function requireTrigger(engine: Pick<StorageEngine, 'get'>, uuid: string): Promise<TriggerRecord> {
  const trigger = isTriggerUuid(uuid) ? await findTrigger(engine, uuid) : undefined;
  if (trigger !== undefined) return trigger;
  throw new ApiError({ name: 'ResourceNotFoundException', message: TRIGGER_MESSAGES.notFound });
}
