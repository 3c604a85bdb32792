/** COMPATIBILITY.md says something of every operation, and what it says is there is there. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import * as sdk from '@aws-sdk/client-dynamodb';
import { LAMBDA_OPERATIONS, OPERATIONS } from './registry.ts';
import dynamodb from './service-model-dynamodb.json' with { type: 'json' };
import lambda from './service-model-lambda.json' with { type: 'json' };
import streams from './service-model-streams.json' with { type: 'json' };

const page = readFileSync(new URL('../../COMPATIBILITY.md', import.meta.url), 'utf8');

interface OperationRow {
  readonly operation: string;
  readonly status: string;
  readonly differences: string;
}

/** The rows of the table under `heading`, in order. */
function readRows(heading: string): OperationRow[] {
  const section = page.split(/^## /m).find((text) => text.startsWith(`${heading}\n`)) ?? '';
  return [...section.matchAll(/^\| (\w+) +\| ([\w ]+?) +\| (.*?) *\|$/gm)]
    .map(([, operation = '', status = '', differences = '']) => ({ operation, status, differences }))
    .filter(({ operation }) => operation !== 'Operation');
}

function targetsThere(prefix: string, rows: readonly OperationRow[]): string[] {
  return rows.filter(({ status }) => status !== 'not there yet').map(({ operation }) => `${prefix}.${operation}`);
}

const dynamodbRows = readRows('Amazon DynamoDB');
const streamsRows = readRows('Amazon DynamoDB Streams');
const lambdaRows = readRows('AWS Lambda');

describe('COMPATIBILITY.md', () => {
  test("has a row for each operation of DynamoDB, by the SDK's newest model", () => {
    const commands = Object.keys(sdk).filter((name) => /^[A-Z]\w*Command$/.test(name));
    const operations = commands.map((name) => name.slice(0, -'Command'.length)).toSorted();
    assert.deepEqual(
      dynamodbRows.map(({ operation }) => operation),
      operations,
    );
  });

  test('has a row for each operation of the service models', () => {
    const described = new Set(dynamodbRows.map(({ operation }) => operation));
    assert.deepEqual(
      Object.keys(dynamodb.operations).filter((operation) => !described.has(operation)),
      [],
    );
    assert.deepEqual(
      streamsRows.map(({ operation }) => operation),
      Object.keys(streams.operations),
    );
    assert.deepEqual(
      lambdaRows.map(({ operation }) => operation),
      Object.keys(lambda.operations),
    );
  });

  test('says that an operation is there exactly where it is', () => {
    const there = [
      ...targetsThere('DynamoDB_20120810', dynamodbRows),
      ...targetsThere('DynamoDBStreams_20120810', streamsRows),
    ];
    assert.deepEqual(there.toSorted(), [...OPERATIONS.keys()].toSorted());
    assert.deepEqual(
      targetsThere('Lambda', lambdaRows),
      LAMBDA_OPERATIONS.map(({ name }) => `Lambda.${name}`),
    );
  });

  test('says how an operation differs where it does, and only there', () => {
    for (const { operation, status, differences } of [...dynamodbRows, ...streamsRows, ...lambdaRows]) {
      assert.ok(['works', 'differs', 'not there yet'].includes(status), `${operation}: ${status}`);
      assert.equal(differences !== '', status === 'differs', operation);
    }
  });
});
