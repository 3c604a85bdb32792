/**
 * What a table has beside keys, indexes and capacity: its stream, its class, its encryption. The rules for asking for
 * it at creation and for changing it. Source: CreateTable, UpdateTable and the types of their members in the API
 * reference.
 */
import { ApiError, validationError } from '../foundation/errors.ts';
import { LIMITS } from '../foundation/limits.ts';
import { closeStream, type NewStream, openStream } from './change-log.ts';
import { TABLE_MESSAGES } from './messages.ts';
import { labelAfter, streamLabel } from './stream-label.ts';
import type { StreamViewType, TableClass, TableDefinition } from './table.ts';
import { LIMIT_MESSAGES, UPDATE_TABLE_MESSAGES } from './update-messages.ts';

export interface StreamRequest {
  readonly isEnabled: boolean;
  readonly viewType: StreamViewType | undefined;
}

export interface EncryptionRequest {
  readonly isEnabled: boolean | undefined;
  readonly type: 'AES256' | 'KMS' | undefined;
  readonly keyId: string | undefined;
}

/** The stream of a new table. */
export function newStream(asked: StreamRequest | undefined, nowMs: number): { readonly stream?: NewStream } {
  if (asked === undefined) return {};
  const { isEnabled, viewType } = asked;
  if (!isEnabled) {
    if (viewType !== undefined) throw validationError(TABLE_MESSAGES.createdStreamViewUnexpected);
    return {};
  }
  if (viewType === undefined) throw validationError(TABLE_MESSAGES.createdStreamViewMissing);
  return { stream: { viewType, label: streamLabel(nowMs) } };
}

/** Throws the ValidationException for a change of stream that makes no sense, whatever the table has. */
export function validateStreamChange({ isEnabled, viewType }: StreamRequest): void {
  if (isEnabled && viewType === undefined) throw validationError(UPDATE_TABLE_MESSAGES.streamViewMissing);
  if (!isEnabled && viewType !== undefined) throw validationError(UPDATE_TABLE_MESSAGES.streamViewUnexpected);
}

/** `table` with its stream as asked for; `newLog` is the number of its log if it has none. */
export function changeStream(
  table: TableDefinition,
  { viewType }: StreamRequest,
  newLog: number,
  nowMs: number,
): TableDefinition {
  const { name, stream } = table;
  if (viewType === undefined) {
    if (stream?.viewType === undefined) throw validationError(UPDATE_TABLE_MESSAGES.streamAbsent(name));
    return closeStream(table);
  }
  if (stream?.viewType !== undefined) throw validationError(UPDATE_TABLE_MESSAGES.streamEnabled(name));
  const now = streamLabel(nowMs);
  const label = stream !== undefined && stream.label >= now ? labelAfter(stream.label) : now;
  return openStream(table, { viewType, label }, newLog, nowMs);
}

/** `table` with the class `asked`; LimitExceededException for one change more than the period allows. */
export function changeTableClass(table: TableDefinition, asked: TableClass, nowMs: number): TableDefinition {
  const { name, updatedAtMs } = table.tableClass ?? { name: 'STANDARD', updatedAtMs: [] };
  const recent = updatedAtMs.filter((atMs) => nowMs - atMs < LIMITS.tableClassPeriodMs);
  if (recent.length >= LIMITS.tableClassUpdates) {
    const days = LIMITS.tableClassPeriodMs / 86_400_000;
    throw new ApiError({
      name: 'LimitExceededException',
      message: LIMIT_MESSAGES.tableClass(LIMITS.tableClassUpdates, days),
    });
  }
  return asked === name ? table : { ...table, tableClass: { name: asked, updatedAtMs: [...recent, nowMs] } };
}

/** Throws for encryption by a key of a KMS, which this server hasn't, and for what makes no sense anyway. */
export function validateEncryption(asked: EncryptionRequest | undefined): void {
  if (asked === undefined) return;
  const { isEnabled, type, keyId } = asked;
  if (isEnabled === false && type !== undefined) throw validationError(TABLE_MESSAGES.sseOffWithType);
  if (isEnabled === false && keyId !== undefined) throw validationError(TABLE_MESSAGES.sseOffWithKey);
  if (type === 'AES256') throw validationError(TABLE_MESSAGES.sseAes);
  if (keyId !== undefined && type !== 'KMS') throw validationError(TABLE_MESSAGES.sseKeyWithoutType);
  if (isEnabled === true || type === 'KMS') throw validationError(TABLE_MESSAGES.sseWithKms);
}
