import type { StreamRecord } from '../tables/stream-records.ts';
import type { TableDefinition } from '../tables/table.ts';

export type StreamStatus = 'ENABLING' | 'ENABLED' | 'DISABLING' | 'DISABLED';

/** The status of a stream; `table` is what has the name of its table now, if anything, and may be another table. */
export function streamStatusOf(
  { tableId, label, disabledAtMs }: StreamRecord,
  table: TableDefinition | undefined,
): StreamStatus {
  const isLatest = table?.id === tableId && table.stream?.label === label;
  const { status, updates } = (isLatest && table.transition) || {};
  const isChanging = status === 'CREATING' || updates?.includes('stream') === true;
  if (disabledAtMs === undefined) return isChanging ? 'ENABLING' : 'ENABLED';
  return isChanging ? 'DISABLING' : 'DISABLED';
}
