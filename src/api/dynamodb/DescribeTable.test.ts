import assert from 'node:assert/strict';
import { test } from 'node:test';
import { draftOf, fillTable } from '../../tables/table-store.test.ts';
import { createTable } from '../../tables/create-table.ts';
import { openTestContext } from '../table-context.test.ts';
import { DescribeTable } from './DescribeTable.ts';

const ARN = 'arn:aws:dynamodb:eu-central-1:123456789012:table/filled';

test('counts and sizes are those of the table and of each index', async (t) => {
  const context = await openTestContext(t);
  const index = {
    name: 'by-g',
    kind: 'global',
    partitionKeys: [{ name: 'g', type: 'S' }],
    sortKeys: [{ name: 'pk', type: 'S' }],
    projection: { type: 'KEYS_ONLY', nonKeyAttributes: [] },
  } as const;
  const outcome = await context.engine.transact(createTable, draftOf('filled', { indexes: [index] }));
  assert.ok('table' in outcome);
  const { table } = outcome;
  await context.engine.transact(fillTable, { table, from: 0, count: 7, valueSizeBytes: 100 });
  for (const TableName of ['filled', ARN]) {
    const { Table: described } = JSON.parse(JSON.stringify(await DescribeTable.run(context, { TableName })));
    assert.equal(described.ItemCount, 7);
    assert.equal(described.TableSizeBytes, 700);
    assert.equal(described.TableArn, ARN);
    assert.equal(described.GlobalSecondaryIndexes[0].ItemCount, 7);
    assert.equal(described.GlobalSecondaryIndexes[0].IndexSizeBytes, 700);
    assert.equal(described.LocalSecondaryIndexes, undefined);
    assert.deepEqual(described.AttributeDefinitions, [
      { AttributeName: 'g', AttributeType: 'S' },
      { AttributeName: 'pk', AttributeType: 'S' },
    ]);
  }
});

test('a table that is not there is named in the error', async (t) => {
  const context = await openTestContext(t);
  await assert.rejects(DescribeTable.run(context, { TableName: 'none' }), {
    fault: { name: 'ResourceNotFoundException', message: 'Requested resource not found: Table: none not found' },
  });
});
