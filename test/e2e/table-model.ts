/**
 * A table as a plain map in memory, against which a server is held. It is written to be obvious, works with the values
 * of JavaScript itself and shares nothing with the program.
 */

/** An item of the model: `pk` (a string) and `sk` (a number) are its key. */
export type ModelItem = Readonly<Record<string, unknown>>;

export interface ModelKey {
  readonly pk: string;
  readonly sk: number;
}

/** What can be queried and scanned: the table itself, or an index by its name. */
export interface ModelSource {
  readonly indexName: string | undefined;
  readonly partitionKey: string;
  readonly sortKey: string | undefined;
  /** The attributes that it holds; undefined for all. */
  readonly projected: readonly string[] | undefined;
}

export const TABLE: ModelSource = { indexName: undefined, partitionKey: 'pk', sortKey: 'sk', projected: undefined };

export const LOCAL_INDEX: ModelSource = {
  indexName: 'local',
  partitionKey: 'pk',
  sortKey: 'grade',
  projected: ['pk', 'sk', 'grade', 'remark'],
};

export const GLOBAL_INDEX: ModelSource = {
  indexName: 'global',
  partitionKey: 'label',
  sortKey: 'grade',
  projected: undefined,
};

export const HASH_INDEX: ModelSource = {
  indexName: 'hash',
  partitionKey: 'label',
  sortKey: undefined,
  projected: ['pk', 'sk', 'label'],
};

export interface TableModel {
  get(key: ModelKey): ModelItem | undefined;
  put(item: ModelItem): void;
  delete(key: ModelKey): void;
  /** What `source` holds, in no order of meaning. */
  entries(source: ModelSource): readonly ModelItem[];
}

export function createTableModel(): TableModel {
  const items = new Map<string, ModelItem>();
  const nameOf = ({ pk, sk }: ModelKey): string => JSON.stringify([pk, sk]);
  return {
    get: (key) => items.get(nameOf(key)),
    put: (item) => void items.set(nameOf(item as unknown as ModelKey), item),
    delete: (key) => void items.delete(nameOf(key)),
    entries: ({ partitionKey, sortKey, projected }) =>
      [...items.values()]
        .filter((item) => partitionKey in item && (sortKey === undefined || sortKey in item))
        .map((item) => (projected === undefined ? item : pickAttributes(item, projected))),
  };
}

/** Those attributes of `item` that `names` lists. */
export function pickAttributes(item: ModelItem, names: readonly string[]): ModelItem {
  return Object.fromEntries(Object.entries(item).filter(([name]) => names.includes(name)));
}

/** `items` by `sortKey`, then by their own key: an order in which two lists of the same items are equal. */
export function sortItems(items: readonly ModelItem[], sortKey: string | undefined, forward = true): ModelItem[] {
  const ordered = items.toSorted(
    (a, b) =>
      (sortKey === undefined ? 0 : compare(a[sortKey], b[sortKey])) || compare(a.pk, b.pk) || compare(a.sk, b.sk),
  );
  return forward ? ordered : ordered.toReversed();
}

function compare(left: unknown, right: unknown): number {
  if (typeof left === 'number' && typeof right === 'number') return left - right;
  return Buffer.compare(Buffer.from(String(left)), Buffer.from(String(right)));
}
