import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { IndexDefinition, TableDefinition } from '../tables/table.ts';
import { bindStatement } from './bind.ts';
import { parseStatement } from './parse-statement.ts';
import { type ReadPlan, planRead } from './plan-read.ts';

const INDEX: IndexDefinition = {
  name: 'by-city',
  kind: 'global',
  partitionKeys: [
    { name: 'city', type: 'S' },
    { name: 'shop', type: 'S' },
  ],
  sortKeys: [
    { name: 'year', type: 'N' },
    { name: 'day', type: 'N' },
  ],
  projection: { type: 'ALL', nonKeyAttributes: [] },
  space: 1,
};

const TABLE: TableDefinition = {
  name: 'Orders',
  id: '1',
  createdAtMs: 0,
  partitionKey: { name: 'OrderID', type: 'N' },
  sortKey: { name: 'Line', type: 'N' },
  billingMode: 'PAY_PER_REQUEST',
  indexes: [INDEX],
  space: 2,
};

function planOf(rest: string, index?: IndexDefinition): ReadPlan {
  const statement = bindStatement(parseStatement(`SELECT * FROM "Orders" ${rest}`));
  assert.ok(statement.kind === 'select');
  return planRead(TABLE, index, statement);
}

/** The plan in one line: its kind, then the terms of each partition key; `+filter` where something is left to check. */
function describePlan(plan: ReadPlan): string {
  const filter = plan.filter === undefined ? '' : ' +filter';
  if (plan.kind === 'scan') return `scan${filter}`;
  if (plan.kind === 'get') return `get ${Object.keys(plan.key).join(' ')}${filter}`;
  const partitions = plan.partitions.map((conditions) =>
    conditions
      .map(({ terms }) =>
        terms
          .map(({ attributeName, operator, operands }) => {
            const values = operands.map((value) => Object.values(value)[0]);
            return `${attributeName} ${operator} ${values.join(' ')}`;
          })
          .join(', '),
      )
      .join(' & '),
  );
  const order = plan.reverse ? ' reverse' : '';
  return `query${order} ${partitions.join(' | ')}${filter}`;
}

describe('planRead', () => {
  const plans: readonly (readonly [rest: string, plan: string])[] = [
    // The examples of "PartiQL select statements" in the developer guide, those that don't scan first.
    ['WHERE OrderID = 100', 'query OrderID = 100'],
    ["WHERE OrderID = 100 AND Address = 'some address'", 'query OrderID = 100 +filter'],
    ['WHERE OrderID = 100 OR OrderID = 200', 'query OrderID = 100 | OrderID = 200 +filter'],
    ['WHERE OrderID IN [100, 300, 234]', 'query OrderID = 100 | OrderID = 300 | OrderID = 234 +filter'],
    ['WHERE OrderID > 1', 'scan +filter'],
    ["WHERE Address = 'some address'", 'scan +filter'],
    ["WHERE OrderID = 100 OR Address = 'some address'", 'scan +filter'],
    ['', 'scan'],

    ['WHERE OrderID = 1 AND Line = 2', 'get OrderID Line'],
    ['WHERE 2 = Line AND (1 = OrderID)', 'get OrderID Line'],
    ['WHERE OrderID = 1 AND Line = 2 AND Line = 3', 'get OrderID Line +filter'],
    ['WHERE OrderID = 1 AND Line > 2 AND Line <= 9', 'query OrderID = 1, Line > 2 & OrderID = 1, Line <= 9'],
    ['WHERE OrderID = 1 AND 2 < Line', 'query OrderID = 1, Line > 2'],
    ['WHERE OrderID = 1 AND Line BETWEEN 2 AND 3', 'query OrderID = 1, Line BETWEEN 2 3'],
    ['WHERE OrderID = 1 AND Line <> 2', 'query OrderID = 1 +filter'],
    ['WHERE OrderID = 1 AND Line = Other', 'query OrderID = 1 +filter'],
    ['WHERE OrderID = 1 AND NOT Line = 2', 'query OrderID = 1 +filter'],
    ['WHERE OrderID = 1 AND OrderID = 2', 'query OrderID = 1 +filter'],
    ['WHERE NOT OrderID = 1', 'scan +filter'],
    ['WHERE OrderID[0] = 1', 'scan +filter'],
    ['WHERE OrderID IN [1, Other]', 'scan +filter'],
    ['WHERE OrderID IN [1, 2] AND OrderID IN [3]', 'query OrderID = 3 +filter'],
    ['WHERE OrderID IN [1, 1.0]', 'query OrderID = 1 +filter'],
    ['WHERE (OrderID = 1 AND Line = 2) OR (OrderID = 3 AND x = 4)', 'query OrderID = 1 | OrderID = 3 +filter'],
    ['WHERE OrderID IN [2, 1] AND Line > 5', 'query OrderID = 2, Line > 5 | OrderID = 1, Line > 5 +filter'],

    ['WHERE OrderID = 1 ORDER BY Line DESC', 'query reverse OrderID = 1'],
    ['WHERE OrderID = 1 ORDER BY Line', 'query OrderID = 1'],
    ['WHERE OrderID IN [1, 1.0] ORDER BY Line', 'query OrderID = 1 +filter'],
    // A sort key that the ORDER BY does not name descends: seen on the service, says DynamoDbPartiQLHandler.java of
    // https://github.com/floci-io/floci; so does the partition key coming first in any case.
    ['WHERE OrderID = 1 ORDER BY OrderID', 'query reverse OrderID = 1'],
    ['WHERE OrderID IN [2, 1] ORDER BY OrderID', 'query reverse OrderID = 1 | OrderID = 2 +filter'],
    ['WHERE OrderID IN [2, 1] ORDER BY OrderID ASC, Line ASC', 'query OrderID = 1 | OrderID = 2 +filter'],
    ['WHERE OrderID IN [1, 2] ORDER BY OrderID DESC', 'query reverse OrderID = 2 | OrderID = 1 +filter'],
    ['WHERE OrderID IN [1, 2] ORDER BY OrderID DESC, Line', 'query OrderID = 2 | OrderID = 1 +filter'],
    ['WHERE OrderID IN [1, 2] ORDER BY OrderID DESC, Line DESC', 'query reverse OrderID = 2 | OrderID = 1 +filter'],
    ['WHERE OrderID IN [2, 1] ORDER BY Line, OrderID', 'query OrderID = 1 | OrderID = 2 +filter'],
    ['WHERE OrderID IN [2, 1] ORDER BY Line DESC, OrderID', 'query reverse OrderID = 1 | OrderID = 2 +filter'],
  ];
  for (const [rest, plan] of plans) {
    test(rest, () => assert.equal(describePlan(planOf(rest)), plan));
  }

  for (const where of [
    'OrderID IN [2, 1]',
    'OrderID = 2 OR OrderID = 1',
    '(OrderID = 1 AND Line = 2) OR OrderID = 3',
  ]) {
    test(`several partition keys without one in the order: ${where}`, () => {
      assert.throws(() => planOf(`WHERE ${where} ORDER BY Line`), {
        message:
          'Must have hash key in ORDER BY clause when more than one hash key condition specified in WHERE clause.',
      });
    });
  }

  const indexPlans: readonly (readonly [rest: string, plan: string])[] = [
    ["WHERE city = 'a' AND shop = 'b'", 'query city = a, shop = b'],
    ["WHERE city = 'a'", 'scan +filter'],
    ["WHERE city IN ['a'] AND shop = 'b'", 'scan +filter'],
    ["WHERE shop = 'b' AND city = 'a' AND \"year\" = 1 AND day > 2", 'query city = a, shop = b, year = 1, day > 2'],
    ["WHERE city = 'a' AND shop = 'b' AND \"year\" > 1 AND day = 2", 'query city = a, shop = b, year > 1 +filter'],
    ["WHERE city = 'a' AND shop = 'b' AND day = 2", 'query city = a, shop = b +filter'],
    ['WHERE OrderID = 1 AND Line = 2', 'scan +filter'],
    ["WHERE city = 'a' AND shop = 'b' ORDER BY city", 'query reverse city = a, shop = b'],
    ["WHERE city = 'a' AND shop = 'b' ORDER BY shop, day", 'query city = a, shop = b'],
  ];
  for (const [rest, plan] of indexPlans) {
    test(`on an index with keys of several attributes: ${rest}`, () =>
      assert.equal(describePlan(planOf(rest, INDEX)), plan));
  }
});
