import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TableDefinition, TableTransition } from '../tables/table.ts';
import { STREAM } from './log-model.test.ts';
import { streamStatusOf } from './stream-status.ts';

const TABLE: TableDefinition = {
  name: STREAM.tableName,
  id: STREAM.tableId,
  createdAtMs: 0,
  partitionKey: STREAM.partitionKey,
  billingMode: 'PAY_PER_REQUEST',
  stream: { label: STREAM.label },
  space: 10,
  indexes: [],
};
const DISABLED = { ...STREAM, lastShard: 3, disabledAtMs: 5 };

function tableWith(transition: Omit<TableTransition, 'untilMs'>): TableDefinition {
  return { ...TABLE, transition: { ...transition, untilMs: 10 } };
}

test('a stream is being enabled or disabled while its table is made, or has its stream updated', () => {
  const changing = tableWith({ status: 'UPDATING', updates: ['billing', 'stream'] });
  assert.equal(streamStatusOf(STREAM, tableWith({ status: 'CREATING' })), 'ENABLING');
  assert.equal(streamStatusOf(STREAM, changing), 'ENABLING');
  assert.equal(streamStatusOf(DISABLED, changing), 'DISABLING');
});

test('a stream is enabled or disabled whatever else goes on with its table', () => {
  for (const table of [
    TABLE,
    tableWith({ status: 'UPDATING', updates: ['index'] }),
    tableWith({ status: 'DELETING' }),
  ]) {
    assert.equal(streamStatusOf(STREAM, table), 'ENABLED');
    assert.equal(streamStatusOf(DISABLED, table), 'DISABLED');
  }
});

test('a stream is disabled whatever its table has instead, and whatever is called so by now', () => {
  const changing = tableWith({ status: 'UPDATING', updates: ['stream'] });
  assert.equal(streamStatusOf(DISABLED, { ...changing, stream: { label: '2027-01-01T00:00:00.000' } }), 'DISABLED');
  assert.equal(streamStatusOf(DISABLED, { ...changing, id: 'id-2' }), 'DISABLED');
  assert.equal(streamStatusOf(DISABLED, undefined), 'DISABLED');
});
