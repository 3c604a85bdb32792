/** What ReturnItemCollectionMetrics reports. Source: ItemCollectionMetrics in the API reference. */
import type { ReturnItemCollectionMetrics } from '@aws-sdk/client-dynamodb';
import type { CollectionState } from '../items/item-collections.ts';
import { parseItem } from '../values/attribute-value.ts';

const GIGABYTE = 1_073_741_824;

/** A write as far as its item collection goes. */
export interface CollectedWrite {
  /** The item or key as the request has it, with the table's key at least. */
  readonly itemOrKey: unknown;
  /** Undefined for a table without local indexes. */
  readonly collection: CollectionState | undefined;
}

interface CollectionMetrics {
  readonly ItemCollectionKey: object;
  readonly SizeEstimateRangeGB: readonly [lower: number, upper: number];
}

/** The ItemCollectionMetrics of an answer; undefined where nobody asked, or where the table has no local indexes. */
export function describeCollection(
  { itemOrKey, collection }: CollectedWrite,
  asked: ReturnItemCollectionMetrics | undefined,
): CollectionMetrics | undefined {
  if (asked !== 'SIZE' || collection === undefined) return undefined;
  const lower = Math.floor(collection.sizeBytes / GIGABYTE);
  const { partitionKeyName: name } = collection;
  return { ItemCollectionKey: { [name]: parseItem(itemOrKey)[name] }, SizeEstimateRangeGB: [lower, lower + 1] };
}

/**
 * The ItemCollectionMetrics of a batch's or transaction's answer: for each table with local indexes, named as the
 * request names it, each collection once. `writes[i]` is of the table that is named `namesOrArns[i]`.
 */
export function describeCollections(
  namesOrArns: readonly string[],
  writes: readonly CollectedWrite[],
  asked: ReturnItemCollectionMetrics | undefined,
): object | undefined {
  if (asked !== 'SIZE') return undefined;
  const byTable = new Map<string, Map<string, object>>();
  for (const [i, write] of writes.entries()) {
    const metrics = describeCollection(write, asked);
    if (metrics === undefined) continue;
    const nameOrArn = namesOrArns[i] ?? '';
    const metricsByKey = byTable.get(nameOrArn) ?? new Map<string, object>();
    byTable.set(nameOrArn, metricsByKey);
    // The last one knows of those before it.
    metricsByKey.set(JSON.stringify(metrics.ItemCollectionKey), metrics);
  }
  if (byTable.size === 0) return undefined;
  return Object.fromEntries([...byTable].map(([name, metricsByKey]) => [name, [...metricsByKey.values()]]));
}
