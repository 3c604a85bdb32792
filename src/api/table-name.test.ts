import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resolveTableName } from './table-name.ts';

const scope = { region: 'us-east-1', accountId: '000000000000' };
const ARN = 'arn:aws:dynamodb:us-east-1:000000000000:table/';

function messageOf(nameOrArn: string): string | undefined {
  try {
    resolveTableName(scope, nameOrArn);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

test('a name is itself and an ARN is its name', () => {
  const longest = 'x'.repeat(255);
  for (const name of ['abc', 'a.b', 'A_b-C.9', longest]) {
    assert.equal(resolveTableName(scope, name), name);
    assert.equal(resolveTableName(scope, ARN + name), name);
  }
});

test('what can not be a name says how names are', () => {
  const message =
    "Invalid table/index name.  Table/index names must be between 3 and 255 characters long, and may contain only the characters a-z, A-Z, 0-9, '_', '-', and '.'";
  for (const name of ['', 'ab', 'x'.repeat(256), 'a b c', 'abc/', 'äbc', 'abc\n', 'a:b']) {
    assert.equal(messageOf(name), message, JSON.stringify(name));
  }
});

test('an ARN of anything but a table here is invalid', () => {
  const foreign = [
    'arn:aws:dynamodb:eu-west-1:000000000000:table/abc',
    'arn:aws:dynamodb:us-east-1:111111111111:table/abc',
    'arn:aws:s3:us-east-1:000000000000:table/abc',
    'arn:aws:dynamodb:us-east-1:000000000000:stream/abc',
    `${ARN}abc/index/by-c`,
    `${ARN}ab`,
    ARN,
    'arn:abc',
    'arn:',
  ];
  for (const arn of foreign) {
    assert.equal(messageOf(arn), `Invalid TableArn: Invalid ResourceArn provided as input ${arn}`);
  }
});
