/** A copy of a table that is built from the records of its stream and nothing else. */
import assert from 'node:assert/strict';
import { describeKey, type FollowedItem } from './items.ts';

export interface SourceChange {
  readonly before: FollowedItem | undefined;
  readonly after: FollowedItem | undefined;
}

export interface TableCopy {
  /** By their keys. */
  readonly items: ReadonlyMap<string, FollowedItem>;
  /** How many records were applied. */
  records(): number;
  /** Throws unless the item was, by the copy, what the change says that it was before. */
  apply(change: SourceChange): void;
}

/** An empty copy. */
export function createTableCopy(): TableCopy {
  const items = new Map<string, FollowedItem>();
  let records = 0;
  return {
    items,
    records: () => records,
    apply({ before, after }) {
      const key = describeKey(after ?? before ?? {});
      assert.deepEqual(before, items.get(key), `record ${records} follows on what was known of ${key}`);
      if (after === undefined) items.delete(key);
      else items.set(key, after);
      records++;
    },
  };
}
