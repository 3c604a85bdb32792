import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { KeyConditionTerm, KeyOperator } from '../expressions/ast.ts';
import type { IndexDefinition, KeyAttribute, TableDefinition } from '../tables/table.ts';
import { canonicalBinary, canonicalNumber, wellFormedString } from '../values/arbitraries.test.ts';
import type { AttributeValue } from '../values/attribute-value.ts';
import { compareBytes, encodeBaseKey, encodeIndexKey } from '../values/key-encoding.ts';
import { queryRange, segmentRange } from './query-range.ts';

test('segments lie side by side over the whole hash space, however many there are', () => {
  for (const totalSegments of [1, 2, 3, 7, 1_000, 1_000_000]) {
    let end: Uint8Array | undefined;
    for (let segment = 0; segment < totalSegments; segment++) {
      const { from, before } = segmentRange(segment, totalSegments);
      if (from !== undefined && before !== undefined && compareBytes(from, before) >= 0)
        assert.fail('no hashes at all');
      if (segment > 0 && (from === undefined || end === undefined || compareBytes(from, end) !== 0)) {
        assert.fail(`segment ${segment} of ${totalSegments} does not start where the one before it ends`);
      }
      if (segment === 0) assert.equal(from, undefined);
      end = before;
    }
    assert.equal(end, undefined);
  }
});

const TABLE: TableDefinition = {
  name: 'table',
  id: 'id',
  createdAtMs: 0,
  partitionKey: { name: 'id', type: 'N' },
  billingMode: 'PAY_PER_REQUEST',
  indexes: [],
  space: 1,
};

type Tuple = readonly AttributeValue[];

const VALUES: Readonly<Record<KeyAttribute['type'], fc.Arbitrary<AttributeValue>>> = {
  S: wellFormedString.filter((text) => text !== '').map((text) => ({ S: text })),
  N: canonicalNumber.map((digits) => ({ N: digits })),
  B: canonicalBinary.filter((base64) => base64 !== '').map((base64) => ({ B: base64 })),
};

/** Few values for each attribute, so that tuples begin alike. */
function tuplesOf(types: readonly KeyAttribute['type'][]): fc.Arbitrary<readonly Tuple[]> {
  const choices = types.map((type) => fc.array(VALUES[type], { minLength: 1, maxLength: 4 }));
  return fc
    .tuple(...choices)
    .chain((all) =>
      fc.array(fc.tuple(...all.map((some) => fc.constantFrom(...some))), { minLength: 1, maxLength: 12 }),
    );
}

const type = fc.constantFrom('S', 'N', 'B');
const OPERATORS: readonly KeyOperator[] = ['=', '<', '<=', '>', '>=', 'BETWEEN', 'begins_with'];

/** Items by the values of their index's sort key, and a condition on the first ones of these values. */
const situation = fc
  .record({ partition: fc.array(type, { minLength: 1, maxLength: 4 }), sort: fc.array(type, { maxLength: 4 }) })
  .chain(({ partition, sort }) =>
    fc.record({
      index: fc.constant(indexOf(partition, sort)),
      partitions: tuplesOf(partition),
      tuples: tuplesOf(sort),
      used: fc.nat(sort.length),
      operator: fc.constantFrom(...OPERATORS),
      operands: fc.tuple(fc.nat(), fc.nat()),
    }),
  );

function indexOf(partition: readonly KeyAttribute['type'][], sort: readonly KeyAttribute['type'][]): IndexDefinition {
  return {
    name: 'index',
    kind: 'global',
    partitionKeys: partition.map((each, i) => ({ name: `h${i}`, type: each })),
    sortKeys: sort.map((each, i) => ({ name: `r${i}`, type: each })),
    projection: { type: 'KEYS_ONLY', nonKeyAttributes: [] },
    space: 2,
  };
}

/** Values in the order that DynamoDB gives them, by nothing that encodes keys. */
function compareKeyValues(left: AttributeValue, right: AttributeValue): number {
  if ('N' in left && 'N' in right) return compareNumbers(left.N, right.N);
  return Buffer.compare(bytesOf(left), bytesOf(right));
}

function compareNumbers(left: string, right: string): number {
  const digits = 170;
  const scaled = (text: string): bigint => {
    const [, sign, integer = '', fraction = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text) ?? [];
    return BigInt(`${sign}${integer}${fraction.padEnd(digits, '0')}`);
  };
  const difference = scaled(left) - scaled(right);
  return difference < 0n ? -1 : Number(difference > 0n);
}

function bytesOf(value: AttributeValue): Buffer {
  return 'S' in value ? Buffer.from(value.S) : Buffer.from('B' in value ? value.B : '', 'base64');
}

function compareTuples(left: Tuple, right: Tuple): number {
  const orders = left.map((value, i) => compareKeyValues(value, right[i] as AttributeValue));
  return orders.find((order) => order !== 0) ?? 0;
}

function termHolds({ operator, operands }: KeyConditionTerm, value: AttributeValue): boolean {
  const [low, high = low] = operands as readonly [AttributeValue, AttributeValue?];
  if (operator === 'begins_with') return bytesOf(value).subarray(0, bytesOf(low).length).equals(bytesOf(low));
  const order = compareKeyValues(value, low);
  switch (operator) {
    case '=':
      return order === 0;
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
    case 'BETWEEN':
      return order >= 0 && compareKeyValues(value, high) <= 0;
  }
}

test('the range of a key of several attributes holds what sorting and comparing them one by one finds', () => {
  fc.assert(
    fc.property(situation, ({ index, partitions, tuples, used, operator: drawn, operands }) => {
      const operator = drawn === 'begins_with' && index.sortKeys[used - 1]?.type === 'N' ? '=' : drawn;
      const [partition] = partitions as readonly [Tuple];
      const chosen = (n: number): Tuple => tuples[n % tuples.length] as Tuple;
      const [first, second] = [chosen(operands[0]), chosen(operands[1])];
      const termsOnSort = first.slice(0, used).map((value, i): KeyConditionTerm => {
        const attributeName = `r${i}`;
        if (i < used - 1) return { attributeName, operator: '=', operands: [value] };
        const bounds = [value, second[i] as AttributeValue].toSorted(compareKeyValues);
        return { attributeName, operator, operands: operator === 'BETWEEN' ? bounds : [value] };
      });
      const onPartition = partition.map((value, i): KeyConditionTerm => ({
        attributeName: `h${i}`,
        operator: '=',
        operands: [value],
      }));
      const { from, before } = queryRange(TABLE, index, {
        kind: 'keyCondition',
        terms: [...termsOnSort, ...onPartition].toReversed(),
      });

      const entries = partitions.flatMap((values) =>
        tuples.map((tuple, id) => ({
          values,
          tuple,
          key: encodeIndexKey(values, tuple, encodeBaseKey({ N: `${id}` }, undefined)),
        })),
      );
      const found = entries
        .filter(({ key }) => (!from || compareBytes(key, from) >= 0) && (!before || compareBytes(key, before) < 0))
        .toSorted((left, right) => compareBytes(left.key, right.key));
      const expected = entries
        .filter(({ values }) => compareTuples(values, partition) === 0)
        .filter(({ tuple }) => termsOnSort.every((term, i) => termHolds(term, tuple[i] as AttributeValue)))
        .toSorted((left, right) => compareTuples(left.tuple, right.tuple));
      assert.deepEqual(
        found.map(({ tuple }) => tuple),
        expected.map(({ tuple }) => tuple),
      );
    }),
    { numRuns: 1_000 },
  );
});
