/** What legacy parameters and expressions that say the same are read into. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { ApiError } from '../foundation/errors.ts';
import { type Item, parseItem } from '../values/attribute-value.ts';
import { applyUpdate } from './apply-update.ts';
import type { Update } from './ast.ts';
import { projectItem } from './project.ts';
import { readParameters } from './read-parameters.ts';

const NAMES = ['a', 'b', 'a.b'] as const;
const value = fc.constantFrom<object>(
  { S: 'x' },
  { N: '1' },
  { N: '-2' },
  { SS: ['x', 'y'] },
  { SS: ['y'] },
  { NS: ['1'] },
  { BOOL: true },
  { M: { b: { S: 'x' } } },
  { L: [{ S: 'x' }] },
);
const rawItem = fc.dictionary(fc.constantFrom(...NAMES), value, { noNullPrototype: true });

/** The actions that an UpdateExpression has too: ADD on lists is legacy only. */
const action = fc.oneof(
  fc.record({ Action: fc.constant('PUT' as const), Value: value }),
  fc.constant({ Action: 'DELETE' as const }),
  fc.record({
    Action: fc.constant('DELETE' as const),
    Value: fc.constantFrom<object>({ SS: ['x'] }, { SS: ['x', 'y'] }, { NS: ['1'] }),
  }),
  fc.record({ Action: fc.constant('ADD' as const), Value: fc.constantFrom<object>({ N: '3' }, { SS: ['z'] }) }),
);
const updates = fc.dictionary(fc.constantFrom(...NAMES), action, { minKeys: 1, noNullPrototype: true });
type Updates = typeof updates extends fc.Arbitrary<infer T> ? T : never;

/** The updates as the parameters of an UpdateExpression. */
function expressionOf(each: Updates) {
  const sections: Record<string, string[]> = { SET: [], REMOVE: [], ADD: [], DELETE: [] };
  const names: Record<string, string> = {};
  const values: Record<string, unknown> = {};
  for (const [i, [name, update]] of Object.entries(each).entries()) {
    names[`#n${i}`] = name;
    if ('Value' in update) values[`:v${i}`] = update.Value;
    if (update.Action === 'PUT') sections['SET']?.push(`#n${i} = :v${i}`);
    else if ('Value' in update) sections[update.Action]?.push(`#n${i} :v${i}`);
    else sections['REMOVE']?.push(`#n${i}`);
  }
  const texts = Object.entries(sections).flatMap(([section, parts]) => {
    return parts.length === 0 ? [] : [`${section} ${parts.join(', ')}`];
  });
  return {
    UpdateExpression: texts.join(' '),
    ExpressionAttributeNames: names,
    ...(Object.keys(values).length > 0 && { ExpressionAttributeValues: values }),
  };
}

/** The item afterwards, or `refused`. */
function outcomeOf(update: Update | undefined, item: Item): Item | 'refused' {
  try {
    return update === undefined ? item : applyUpdate(update, item).item;
  } catch (error) {
    if (error instanceof ApiError) return 'refused';
    throw error;
  }
}

describe('legacy parameters', () => {
  test('AttributeUpdates leave of every item what the UpdateExpression in their place leaves', () => {
    fc.assert(
      fc.property(rawItem, updates, (raw, AttributeUpdates) => {
        const item = parseItem(raw);
        const legacy = outcomeOf(readParameters({ AttributeUpdates }, 'UpdateItem').update, item);
        const modern = outcomeOf(readParameters(expressionOf(AttributeUpdates), 'UpdateItem').update, item);
        assert.deepEqual(legacy, modern);
      }),
      { numRuns: 3_000 },
    );
  });

  test('AttributesToGet take of every item what the ProjectionExpression in their place takes', () => {
    fc.assert(
      fc.property(rawItem, fc.uniqueArray(fc.constantFrom(...NAMES, 'c'), { minLength: 1 }), (raw, AttributesToGet) => {
        const { projection: legacy } = readParameters({ AttributesToGet }, 'GetItem');
        const { projection: modern } = readParameters(
          {
            ProjectionExpression: AttributesToGet.map((_, i) => `#n${i}`).join(', '),
            ExpressionAttributeNames: Object.fromEntries(AttributesToGet.map((name, i) => [`#n${i}`, name])),
          },
          'GetItem',
        );
        assert.deepEqual(legacy, modern);
        assert.ok(legacy && Object.keys(projectItem(legacy, parseItem(raw))).every((name) => name in raw));
      }),
    );
  });

  test('KeyConditions are read as the KeyConditionExpression in their place', () => {
    const cases = [
      ['EQ', '= :a', 1],
      ['LT', '< :a', 1],
      ['LE', '<= :a', 1],
      ['GT', '> :a', 1],
      ['GE', '>= :a', 1],
      ['BETWEEN', 'BETWEEN :a AND :b', 2],
    ] as const;
    for (const [ComparisonOperator, text, count] of cases) {
      const bounds = [{ N: '1' }, { N: '2' }].slice(0, count);
      const legacy = readParameters(
        {
          KeyConditions: {
            pk: { ComparisonOperator: 'EQ', AttributeValueList: [{ S: 'p' }] },
            sk: { ComparisonOperator, AttributeValueList: bounds },
          },
        },
        'Query',
      );
      const modern = readParameters(
        {
          KeyConditionExpression: `pk = :p AND sk ${text}`,
          ExpressionAttributeValues: { ':p': { S: 'p' }, ':a': { N: '1' }, ...(count === 2 && { ':b': { N: '2' } }) },
        },
        'Query',
      );
      assert.deepEqual(legacy.keyCondition, modern.keyCondition);
    }
  });

  test('of another operation are none of this one', () => {
    assert.deepEqual(readParameters({ AttributesToGet: ['a'], ScanFilter: {} }, 'PutItem'), {});
  });
});
