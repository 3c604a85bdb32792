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

const FORMAT = /^1 validation error detected: Valid ARN format is 'arn:<awsPartition>:/;

test('an ARN of anything but a table here says what is wrong with it', () => {
  const detected = (text: string, arn: string) => `1 validation error detected: ${text} in '${arn}'`;
  for (const [arn, text] of [
    ['arn:aws:dynamodb:eu-west-1:000000000000:table/abc', 'Invalid AWS region'],
    ['arn:aws-cn:dynamodb:us-east-1:000000000000:table/abc', 'Invalid AWS partition'],
    ['arn:aws:dynamodb:us-east-1:000000000000:stream/abc', 'Invalid resource type'],
  ] as const) {
    assert.equal(messageOf(arn), detected(text, arn));
  }
  for (const arn of [
    'arn:aws:s3:us-east-1:000000000000:table/abc',
    `${ARN}abc/index/by-c`,
    `${ARN}ab`,
    ARN,
    'arn:abc',
    'arn:',
  ]) {
    assert.match(messageOf(arn) ?? '', FORMAT, arn);
  }
});

test('an ARN of another account is denied', () => {
  assert.equal(messageOf('arn:aws:dynamodb:us-east-1:111111111111:table/abc'), 'Access is denied');
});
