/** The procedure behind TagResource and UntagResource. */
import type { ApiFault } from '../foundation/errors.ts';
import { LIMITS } from '../foundation/limits.ts';
import type { Procedure } from '../storage/engine.ts';
import { catalogKey, decodeTable } from './catalog.ts';
import { TAG_MESSAGES } from './tag-messages.ts';
import { type Tag, decodeTags, encodeTags, tagsKey } from './tags.ts';
import { IN_USE_MESSAGES } from './in-use-messages.ts';

export interface TagChange {
  readonly tableName: string;
  readonly tableId: string;
  /** Take the places of tags with the same keys. */
  readonly put: readonly Tag[];
  readonly removedKeys: readonly string[];
}

/** `stale`: the table is no longer the one that the caller knew. Look it up again. */
export type TagChangeOutcome = 'done' | 'stale' | { readonly fault: ApiFault };

/** Changes a table's tags; ValidationException where it would have too many. */
export const changeTags: Procedure<TagChange, TagChangeOutcome> = {
  name: 'changeTags',
  reads: ({ tableName, tableId }) => [catalogKey(tableName), tagsKey(tableId)],
  decide({ tableId, put, removedKeys }, [definition, record]) {
    const table = definition && decodeTable(definition);
    if (table?.id !== tableId) return { writes: [], output: 'stale' };
    if (table.transition?.status === 'DELETING') {
      const fault: ApiFault = { name: 'ResourceInUseException', message: IN_USE_MESSAGES.beingDeleted(table.name) };
      return { writes: [], output: { fault } };
    }
    const values = new Map(decodeTags(record).map(({ key, value }) => [key, value]));
    for (const key of removedKeys) values.delete(key);
    for (const { key, value } of put) values.set(key, value);
    if (values.size > LIMITS.tags) {
      return { writes: [], output: { fault: { name: 'ValidationException', message: TAG_MESSAGES.tooMany } } };
    }
    const tags = [...values].map(([key, value]) => ({ key, value }));
    return { writes: [{ kind: 'put', ...tagsKey(tableId), value: encodeTags(tags) }], output: 'done' };
  },
};
