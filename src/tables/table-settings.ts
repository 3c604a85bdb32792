/**
 * What a table has beside keys, indexes and capacity: its stream, its class, its encryption. The rules for asking for
 * it at creation and for changing it. Source: CreateTable, UpdateTable and the types of their members in the API
 * reference.
 */
import { ApiError, validationError } from '../foundation/errors.ts';
import { LIMITS } from '../foundation/limits.ts';
import { TABLE_MESSAGES } from './messages.ts';
import type { StreamViewType, TableClass, TableDefinition, TableStream } from './table.ts';
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
export function newStream(asked: StreamRequest | undefined, nowMs: number): Pick<TableDefinition, 'stream'> {
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

/** The stream of `table` once `asked` is done; a stream that is disabled keeps its label. */
export function changeStream(table: TableDefinition, { viewType }: StreamRequest, nowMs: number): TableStream {
  const { name, stream } = table;
  if (viewType === undefined) {
    if (stream?.viewType === undefined) throw validationError(UPDATE_TABLE_MESSAGES.streamAbsent(name));
    return { label: stream.label };
  }
  if (stream?.viewType !== undefined) throw validationError(UPDATE_TABLE_MESSAGES.streamEnabled(name));
  const label = streamLabel(nowMs);
  return { viewType, label: stream !== undefined && stream.label >= label ? labelAfter(stream.label) : label };
}

/** Such as `2026-10-08T23:07:31.275`. */
function streamLabel(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, -1);
}

function labelAfter(label: string): string {
  return streamLabel(Date.parse(`${label}Z`) + 1);
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
