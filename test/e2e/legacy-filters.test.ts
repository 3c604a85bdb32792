/** QueryFilter of Query, ScanFilter of Scan, and their ConditionalOperator. */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import {
  type AttributeValue,
  type ComparisonOperator,
  type Condition,
  QueryCommand,
  type QueryCommandInput,
  ScanCommand,
  type ScanCommandInput,
} from '@aws-sdk/client-dynamodb';
import { validation } from './errors.ts';
import { ORDERS_TABLE, makeOrder } from './reads-table.ts';
import { numbersOf, putItems } from './reads.ts';
import { useServer } from './server.ts';

const server = useServer();
let table = '';

/** Makes the table and its orders before the tests around. */
function useOrders(): void {
  before(async () => {
    table = await server.createTable(ORDERS_TABLE);
    await putItems(
      server,
      table,
      Array.from({ length: 9 }, (_, i) => ({
        ...makeOrder(i + 1),
        ...(i < 3 && { gift: { BOOL: true }, tags: { SS: ['red', `tag-${i + 1}`] }, 'tags.first': { N: `${i + 1}` } }),
      })),
    );
  });
}

function condition(operator: ComparisonOperator, ...values: AttributeValue[]): Condition {
  return { ComparisonOperator: operator, AttributeValueList: values };
}

function query(input: Partial<QueryCommandInput>) {
  const KeyConditions = { customer: condition('EQ', { S: 'ada' }) };
  return server.client.send(new QueryCommand({ TableName: table, KeyConditions, ...input }));
}

function scan(input: Partial<ScanCommandInput>) {
  return server.client.send(new ScanCommand({ TableName: table, ...input }));
}

/** The orders that both a Query and a Scan find. */
async function filtered(filter: Record<string, Condition>, ConditionalOperator?: 'AND' | 'OR'): Promise<number[]> {
  const queried = numbersOf((await query({ QueryFilter: filter, ConditionalOperator })).Items, 'order');
  const scanned = numbersOf((await scan({ ScanFilter: filter, ConditionalOperator })).Items, 'order');
  assert.deepEqual(scanned, queried);
  return queried;
}

function invalid(text: string) {
  return validation(`One or more parameter values were invalid: ${text}`);
}

describe('QueryFilter and ScanFilter', () => {
  useOrders();

  const S = (text: string): AttributeValue => ({ S: text });
  const N = (digits: string): AttributeValue => ({ N: digits });
  const cases: readonly (readonly [name: string, Condition, expected: readonly number[]])[] = [
    ['city', condition('EQ', S('oslo')), [3, 6, 9]],
    ['gift', condition('EQ', { BOOL: true }), [1, 2, 3]],
    ['city', condition('NE', S('oslo')), [1, 2, 4, 5, 7, 8]],
    ['gift', condition('NE', { BOOL: true }), [4, 5, 6, 7, 8, 9]],
    ['total', condition('LE', N('20')), [1, 2]],
    ['total', condition('LT', N('20')), [1]],
    ['total', condition('GE', N('80')), [8, 9]],
    ['total', condition('GT', N('80')), [9]],
    ['gift', condition('NOT_NULL'), [1, 2, 3]],
    ['gift', condition('NULL'), [4, 5, 6, 7, 8, 9]],
    ['tags', condition('CONTAINS', S('tag-2')), [2]],
    ['items', condition('CONTAINS', S('tea-4')), [4]],
    ['note', condition('CONTAINS', S('e 5')), [5]],
    ['tags', condition('NOT_CONTAINS', S('tag-2')), [1, 3]],
    ['note', condition('BEGINS_WITH', S('note 7')), [7]],
    ['total', condition('IN', N('10'), N('30'), N('35')), [1, 3]],
    ['total', condition('BETWEEN', N('30'), N('50')), [3, 4, 5]],
    ['tags.first', condition('GE', N('2')), [2, 3]],
  ];
  for (const [name, each, expected] of cases) {
    test(`${name} ${each.ComparisonOperator} ${JSON.stringify(each.AttributeValueList)}`, async () => {
      assert.deepEqual(await filtered({ [name]: each }), expected);
    });
  }

  test('ask for all conditions, or with OR for one', async () => {
    const filter = { city: condition('EQ', S('oslo')), total: condition('LT', N('40')) };
    assert.deepEqual(await filtered(filter), [3]);
    assert.deepEqual(await filtered(filter, 'AND'), [3]);
    assert.deepEqual(await filtered(filter, 'OR'), [1, 2, 3, 6, 9]);
  });

  test('that are empty let everything through', async () => {
    assert.equal((await filtered({})).length, 9);
  });

  test('count after Limit and the reading, before AttributesToGet', async () => {
    const filter = { city: condition('EQ', S('oslo')) };
    const page = await query({ QueryFilter: filter, Limit: 4, AttributesToGet: ['note'] });
    assert.deepEqual([page.Items, page.Count, page.ScannedCount], [[{ note: S('note 3') }], 1, 4]);
    const counted = await scan({ ScanFilter: filter, Select: 'COUNT' });
    assert.deepEqual([counted.Items, counted.Count, counted.ScannedCount], [undefined, 3, 9]);
  });
});

describe('QueryFilter and ScanFilter: keys and indexes', () => {
  useOrders();

  const one = condition('EQ', { N: '1' });

  test('a QueryFilter may not name a key attribute of what is queried, but may name the other keys', async () => {
    const text = (name: string) =>
      validation(`QueryFilter can only contain non-primary key attributes: Primary key attribute: ${name}`);
    await assert.rejects(query({ QueryFilter: { order: one } }), text('order'));
    await assert.rejects(query({ QueryFilter: { note: one, customer: one } }), text('customer'));
    await assert.rejects(query({ QueryFilter: { placed: one }, IndexName: 'placed-all' }), text('placed'));
    const { Items } = await query({ QueryFilter: { order: one }, IndexName: 'placed-all' });
    assert.deepEqual(numbersOf(Items, 'order'), [1]);
  });

  test('a ScanFilter may name keys', async () => {
    assert.deepEqual(numbersOf((await scan({ ScanFilter: { order: one } })).Items, 'order'), [1]);
  });

  test('a QueryFilter on a global index names what that projects', async () => {
    const KeyConditions = { city: condition('EQ', { S: 'rome' }) };
    await assert.rejects(
      query({ KeyConditions, IndexName: 'city-keys', QueryFilter: { note: one } }),
      invalid('Secondary index city-keys does not project one or more filter attributes: [note]'),
    );
  });
});

describe('QueryFilter and ScanFilter: what is refused', () => {
  useOrders();

  const one = { S: 'x' };

  async function rejectsBoth(note: Condition, expected: { readonly message: string }): Promise<void> {
    await assert.rejects(query({ QueryFilter: { note } }), expected);
    await assert.rejects(scan({ ScanFilter: { note } }), expected);
  }

  test('values of the wrong number', async () => {
    const count = (operator: string) => invalid(`Invalid number of argument(s) for the ${operator} ComparisonOperator`);
    await rejectsBoth({ ComparisonOperator: 'CONTAINS' }, count('CONTAINS'));
    await rejectsBoth(condition('CONTAINS', one, one), count('CONTAINS'));
    await rejectsBoth(condition('NULL', one), count('NULL'));
    await rejectsBoth(condition('IN'), count('IN'));
    await rejectsBoth(condition('BETWEEN', one), count('BETWEEN'));
  });

  test('values of the wrong types', async () => {
    await rejectsBoth(
      condition('GT', { SS: ['x'] }),
      invalid('ComparisonOperator GT is not valid for SS AttributeValue type'),
    );
    await rejectsBoth(
      condition('IN', { S: 'x' }, { BOOL: true }),
      invalid('ComparisonOperator IN is not valid for BOOL AttributeValue type'),
    );
    await rejectsBoth(
      condition('IN', { S: '1' }, { N: '1' }),
      invalid('AttributeValues inside AttributeValueList must be of same type'),
    );
    await rejectsBoth(
      condition('EQ', { N: 'abc' }),
      validation('The parameter cannot be converted to a numeric value: abc'),
    );
  });

  test('bounds of BETWEEN in the wrong order', async () => {
    await rejectsBoth(
      condition('BETWEEN', { S: 'b' }, { S: 'a' }),
      validation('The BETWEEN condition was provided a range where the lower bound is greater than the upper bound'),
    );
  });

  test('a ConditionalOperator without two conditions', async () => {
    const without = validation('ConditionalOperator cannot be used without Filter or Expected');
    const tooFew = validation('ConditionalOperator can only be used when Filter or Expected has two or more elements');
    const filter = { note: condition('EQ', one) };
    await assert.rejects(query({ ConditionalOperator: 'AND' }), without);
    await assert.rejects(scan({ ConditionalOperator: 'AND' }), without);
    await assert.rejects(query({ ConditionalOperator: 'OR', QueryFilter: filter }), tooFew);
    await assert.rejects(scan({ ConditionalOperator: 'OR', ScanFilter: filter }), tooFew);
    await assert.rejects(
      scan({ ConditionalOperator: 'NOT' as 'OR', ScanFilter: filter }),
      validation(
        "1 validation error detected: Value 'NOT' at 'conditionalOperator' failed to satisfy constraint: " +
          'Member must satisfy enum value set: [OR, AND]',
      ),
    );
  });

  test('the company of expressions', async () => {
    await assert.rejects(
      scan({
        AttributesToGet: ['note'],
        ScanFilter: {},
        ConditionalOperator: 'OR',
        FilterExpression: 'attribute_exists(note)',
        ProjectionExpression: 'note',
      }),
      validation(
        'Can not use both expression and non-expression parameters in the same request: ' +
          'Non-expression parameters: {AttributesToGet, ScanFilter, ConditionalOperator} ' +
          'Expression parameters: {ProjectionExpression, FilterExpression}',
      ),
    );
  });

  test('more than 300 conditions', async () => {
    const many = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`a${i}`, condition('NULL')]));
    assert.equal((await scan({ ScanFilter: many(300) })).Count, 9);
    await assert.rejects(
      scan({ ScanFilter: many(301) }),
      invalid('Too many conditions; number of conditions: 301, limit: 300'),
    );
  });
});
