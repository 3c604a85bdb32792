import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { compileFilter } from './event-filter.ts';

/** The record of the page "Using event filtering with a DynamoDB event source", with more of what filters look at. */
const RECORD = {
  eventID: '1',
  eventName: 'MODIFY',
  dynamodb: {
    ApproximateCreationDateTime: 1678831218,
    Keys: { CustomerName: { S: 'AnyCompany Industries' } },
    NewImage: {
      AccountManager: { S: 'Pat Candella' },
      PaymentTerms: { S: '60 days' },
      Balance: { N: '150.5' },
      Note: { S: '' },
      Closed: { BOOL: false },
      Parent: { NULL: true },
      Tags: { SS: ['red', 'green'] },
      Parts: { L: [{ S: 'bolt' }, { N: '7' }] },
    },
    SequenceNumber: '111',
    SizeBytes: 26,
    StreamViewType: 'NEW_IMAGE',
  },
  nothing: null,
};

function passes(...patterns: object[]): boolean | undefined {
  return compileFilter(patterns.map((pattern) => JSON.stringify(pattern)))?.(JSON.stringify(RECORD));
}

const image = (attributes: object) => ({ dynamodb: { NewImage: attributes } });

const CASES: readonly [what: string, pattern: object, expected: boolean][] = [
  ['a key', { dynamodb: { Keys: { CustomerName: { S: ['AnyCompany Industries'] } } } }, true],
  ['another key', { dynamodb: { Keys: { CustomerName: { S: ['AnyCompany'] } } } }, false],
  ['one of two values', image({ AccountManager: { S: ['Pat Candella', 'Shirley Rodriguez'] } }), true],
  ['none of two values', image({ AccountManager: { S: ['Pat', 'Shirley'] } }), false],
  ['the event', { eventName: ['INSERT', 'MODIFY'] }, true],
  ['both of two members', { eventName: ['MODIFY'], dynamodb: { SizeBytes: [26] } }, true],
  ['one of two members', { eventName: ['MODIFY'], dynamodb: { SizeBytes: [27] } }, false],
  ['null', { nothing: [null] }, true],
  ['null, which an absent member is not', { absent: [null] }, false],
  ['what is empty', image({ Note: { S: [''] } }), true],
  ['what is not empty', image({ PaymentTerms: { S: [''] } }), false],
  ['a boolean', image({ Closed: { BOOL: [false] } }), true],
  ['another case', { eventName: ['modify'] }, false],
  ['equals-ignore-case', { eventName: [{ 'equals-ignore-case': 'modIFY' }] }, true],
  ['prefix', image({ PaymentTerms: { S: [{ prefix: '60' }] } }), true],
  ['no prefix', image({ PaymentTerms: { S: [{ prefix: 'days' }] } }), false],
  ['suffix', image({ PaymentTerms: { S: [{ suffix: 'days' }] } }), true],
  ['no suffix', image({ PaymentTerms: { S: [{ suffix: '60' }] } }), false],
  ['anything-but', image({ AccountManager: { S: [{ 'anything-but': ['Shirley'] }] } }), true],
  ['not what anything-but names', image({ AccountManager: { S: [{ 'anything-but': ['Pat Candella'] }] } }), false],
  ['anything-but with a text', image({ AccountManager: { S: [{ 'anything-but': 'Pat Candella' }] } }), false],
  ['anything-but of what there is not', image({ Absent: { S: [{ 'anything-but': ['x'] }] } }), false],
  ['a number', { dynamodb: { SizeBytes: [{ numeric: ['=', 26] }] } }, true],
  ['a range', { dynamodb: { SizeBytes: [{ numeric: ['>', 25, '<=', 26] }] } }, true],
  ['no range', { dynamodb: { SizeBytes: [{ numeric: ['>', 26, '<=', 30] }] } }, false],
  ['a range of what an item has', image({ Balance: { N: [{ numeric: ['>=', 150, '<', 151] }] } }), true],
  ['no range of texts', image({ PaymentTerms: { S: [{ numeric: ['>', 0] }] } }), false],
  ['exists', image({ Balance: { N: [{ exists: true }] } }), true],
  ['exists, which an attribute with its type is not', image({ Balance: [{ exists: true }] }), false],
  ['exists not', image({ Balance: { S: [{ exists: false }] } }), true],
  ['exists not, below what is not there', { dynamodb: { OldImage: { Balance: { N: [{ exists: false }] } } } }, true],
  ['exists not, but does', image({ Balance: { N: [{ exists: false }] } }), false],
  ['a member of a set', image({ Tags: { SS: ['green', 'blue'] } }), true],
  ['no member of a set', image({ Tags: { SS: ['blue'] } }), false],
  ['no member by its beginning', image({ Tags: { SS: [{ prefix: 'bl' }] } }), false],
  ['an element of a list', image({ Parts: { L: { S: ['bolt'] } } }), true],
  ['no element of a list', image({ Parts: { L: { S: ['nut'] } } }), false],
  ['$or', { $or: [{ eventName: ['INSERT'] }, { dynamodb: { SizeBytes: [26] } }] }, true],
  ['$or, with what else has to hold', { eventName: ['INSERT'], $or: [{ eventID: ['1'] }, { eventID: ['2'] }] }, false],
  ['$or of what does not hold', { $or: [{ eventName: ['INSERT'] }, { eventName: ['REMOVE'] }] }, false],
];

describe('a pattern', () => {
  for (const [what, pattern, expected] of CASES) {
    test(`${expected ? 'matches' : 'refuses'}: ${what}`, () => assert.equal(passes(pattern), expected));
  }

  test('asks for the names that records have, not for what all objects inherit', () => {
    assert.equal(passes({ constructor: { name: [{ exists: false }] } }), true);
    assert.equal(passes({ constructor: { name: ['Object'] } }), false);
  });
});

test('a record passes that matches one of the patterns, and every one without any', () => {
  assert.equal(passes({ eventName: ['INSERT'] }, { eventName: ['MODIFY'] }), true);
  assert.equal(passes({ eventName: ['INSERT'] }, { eventName: ['REMOVE'] }), false);
  assert.equal(compileFilter([]), undefined);
});

test('a choice of many texts is looked up in a set of many', () => {
  const names = Array.from({ length: 5_000 }, (_, i) => `Name${i}`);
  const choices = (last: string) => [...names, last].map((name) => ({ 'equals-ignore-case': name }));
  const record = JSON.stringify({ tags: { SS: Array.from({ length: 80_000 }, (_, i) => `other${i}`) } });
  const passesWith = (last: string) => compileFilter([JSON.stringify({ tags: { SS: choices(last) } })])?.(record);
  assert.deepEqual([passesWith('OTHER79999'), passesWith('other80000')], [true, false]);
});
