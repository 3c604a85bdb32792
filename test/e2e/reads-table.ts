/** A table of orders with indexes of every projection, for tests of reads. */
import type { CreateTableCommandInput } from '@aws-sdk/client-dynamodb';
import type { WireItem } from './reads.ts';

/**
 * Key `customer` (S), `order` (N). Local indexes on `customer` and `placed` (S): `placed-keys` (keys only), `placed-some` (with
 * `city`), `placed-all`. Global indexes on `city` (S) and `total` (N): `city-keys`, `city-some` (with `items`), `city-all`.
 */
export const ORDERS_TABLE: Partial<CreateTableCommandInput> = {
  KeySchema: [
    { AttributeName: 'customer', KeyType: 'HASH' },
    { AttributeName: 'order', KeyType: 'RANGE' },
  ],
  AttributeDefinitions: [
    { AttributeName: 'customer', AttributeType: 'S' },
    { AttributeName: 'order', AttributeType: 'N' },
    { AttributeName: 'placed', AttributeType: 'S' },
    { AttributeName: 'city', AttributeType: 'S' },
    { AttributeName: 'total', AttributeType: 'N' },
  ],
  LocalSecondaryIndexes: [
    { IndexName: 'placed-keys', ...keyedBy('customer', 'placed'), Projection: { ProjectionType: 'KEYS_ONLY' } },
    {
      IndexName: 'placed-some',
      ...keyedBy('customer', 'placed'),
      Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['city'] },
    },
    { IndexName: 'placed-all', ...keyedBy('customer', 'placed'), Projection: { ProjectionType: 'ALL' } },
  ],
  GlobalSecondaryIndexes: [
    { IndexName: 'city-keys', ...keyedBy('city', 'total'), Projection: { ProjectionType: 'KEYS_ONLY' } },
    {
      IndexName: 'city-some',
      ...keyedBy('city', 'total'),
      Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['items'] },
    },
    { IndexName: 'city-all', ...keyedBy('city', 'total'), Projection: { ProjectionType: 'ALL' } },
  ],
};

function keyedBy(partitionKey: string, sortKey: string) {
  return {
    KeySchema: [
      { AttributeName: partitionKey, KeyType: 'HASH' as const },
      { AttributeName: sortKey, KeyType: 'RANGE' as const },
    ],
  };
}

/** Order `order` of customer `ada`: later orders were placed earlier, and all but every third went to Rome. */
export function makeOrder(order: number): WireItem {
  return {
    customer: { S: 'ada' },
    order: { N: `${order}` },
    placed: { S: `2026-01-${31 - order}` },
    city: { S: order % 3 === 0 ? 'oslo' : 'rome' },
    total: { N: `${order * 10}` },
    items: { L: [{ S: `tea-${order}` }, { M: { name: { S: 'cup' }, count: { N: `${order}` } } }, { S: 'jam' }] },
    note: { S: `note ${order}` },
  };
}
