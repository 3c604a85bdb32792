/** Functions that run on changes of tables, called as Lambda calls them. See docs/triggers.md. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { DeleteItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import {
  DeleteEventSourceMappingCommand,
  GetEventSourceMappingCommand,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import { makeFolder } from './program.ts';
import { useServer } from './server.ts';
import {
  type FunctionAnswer,
  type FunctionServer,
  addTrigger,
  enableStream,
  numbersOf,
  openLambda,
  startFunctionServer,
} from './trigger-functions.ts';
import { waitUntil } from './wait-until.ts';

const FUNCTIONS = fileURLToPath(new URL('functions', import.meta.url));
const server = useServer({ functions: FUNCTIONS });

interface Table {
  readonly TableName: string;
  readonly streamArn: string;
  put(sk: number, attributes?: object, pk?: string): Promise<void>;
  remove(sk: number): Promise<void>;
}

async function makeTable(): Promise<Table> {
  const TableName = await server.createTable();
  const streamArn = await enableStream(server.client, TableName);
  return {
    TableName,
    streamArn,
    async put(sk, attributes = {}, pk = 'p') {
      const Item = { pk: { S: pk }, sk: { N: String(sk) }, ...attributes };
      await server.client.send(new PutItemCommand({ TableName, Item }));
    },
    async remove(sk) {
      await server.client.send(new DeleteItemCommand({ TableName, Key: { pk: { S: 'p' }, sk: { N: String(sk) } } }));
    },
  };
}

/** A table, and a server of functions that has a trigger on it. */
async function setUp(
  settings: Omit<Parameters<typeof addTrigger>[1], 'FunctionName'> = {},
): Promise<Table & { readonly functions: FunctionServer; readonly uuid: string }> {
  const functions = await startFunctionServer();
  const table = await makeTable();
  const lambda = openLambda(server.endpoint);
  const FunctionName = functions.url;
  const uuid = await addTrigger(lambda, { FunctionName, EventSourceArn: table.streamArn, ...settings });
  return { ...table, functions, uuid };
}

const hasAll = (functions: FunctionServer, count: number) => async () =>
  new Set(numbersOf(functions.calls)).size >= count;

describe('the event', () => {
  test('is what Lambda sends, byte for byte', async () => {
    const { functions, put, remove, streamArn } = await setUp();
    await put(1, { text: { S: 'ü"\n' }, set: { SS: ['a', 'b'] } });
    await waitUntil(hasAll(functions, 1));
    await remove(1);
    await waitUntil(async () => functions.calls.length === 2);
    const [inserted, removed] = functions.calls.map(({ body }) => body);
    const [record] = functions.calls[0]?.records ?? [];
    const { eventID, dynamodb } = record ?? {};
    const { ApproximateCreationDateTime: time, SequenceNumber: number, SizeBytes: size } = dynamodb ?? {};
    assert.match(String(eventID), /^[0-9a-f]{32}$/);
    assert.match(String(number), /^\d{21,40}$/);
    assert.ok(Number.isInteger(time) && Math.abs(Number(time) - Date.now() / 1_000) < 600);
    const image = JSON.stringify(dynamodb?.NewImage);
    assert.deepEqual(JSON.parse(image), {
      pk: { S: 'p' },
      sk: { N: '1' },
      text: { S: 'ü"\n' },
      set: { SS: ['a', 'b'] },
    });
    assert.equal(
      inserted,
      `{"Records":[{"eventID":"${eventID}","eventName":"INSERT","eventVersion":"1.1","eventSource":"aws:dynamodb",` +
        `"awsRegion":"us-east-1","dynamodb":{"ApproximateCreationDateTime":${time},` +
        `"Keys":{"pk":{"S":"p"},"sk":{"N":"1"}},"NewImage":${image},"SequenceNumber":"${number}",` +
        `"SizeBytes":${size},"StreamViewType":"NEW_AND_OLD_IMAGES"},"eventSourceARN":"${streamArn}"}]}`,
    );
    assert.match(String(removed), /"eventName":"REMOVE".*"OldImage":\{"pk"/);
    assert.doesNotMatch(String(removed), /NewImage|userIdentity/);
  });
});

describe('a function behind the Invoke API', () => {
  test('is called by its name, and its error is told by a header', async () => {
    const functions = await startFunctionServer();
    const { streamArn, put } = await makeTable();
    let failures = 2;
    functions.answer = () =>
      failures-- > 0
        ? { headers: { 'X-Amz-Function-Error': 'Unhandled' }, body: '{"errorMessage":"x"}' }
        : { body: 'null' };
    await addTrigger(openLambda(server.endpoint), {
      FunctionName: `lambda:my-function@${functions.url}`,
      EventSourceArn: streamArn,
    });
    await put(1);
    await waitUntil(async () => functions.calls.length === 3);
    for (const { method, url, headers, records } of functions.calls) {
      assert.deepEqual([method, url], ['POST', '/2015-03-31/functions/my-function/invocations']);
      assert.equal(headers['x-amz-invocation-type'], 'RequestResponse');
      assert.equal(headers['content-type'], 'application/json');
      assert.equal(records.length, 1);
    }
  });

  test('has failed too where the payload alone says so, as that of the runtime emulator does', async () => {
    const functions = await startFunctionServer();
    const { streamArn, put } = await makeTable();
    let failures = 1;
    functions.answer = () => ({ body: failures-- > 0 ? '{"errorMessage":"x","errorType":"Error"}' : 'null' });
    const FunctionName = `lambda:emulated@${functions.url}`;
    await addTrigger(openLambda(server.endpoint), { FunctionName, EventSourceArn: streamArn });
    await put(1);
    await waitUntil(async () => functions.calls.length === 2);
    assert.deepEqual(numbersOf(functions.calls), [1, 1]);
  });
});

describe('batches', () => {
  test('have as many records as BatchSize at most, in order', async () => {
    const functions = await startFunctionServer();
    const { streamArn, put } = await makeTable();
    for (let sk = 0; sk < 25; sk++) await put(sk);
    const settings = { FunctionName: functions.url, EventSourceArn: streamArn, BatchSize: 10 };
    await addTrigger(openLambda(server.endpoint), settings);
    await waitUntil(hasAll(functions, 25));
    assert.deepEqual(
      functions.calls.map(({ records }) => records.length),
      [10, 10, 5],
    );
    assert.deepEqual(
      numbersOf(functions.calls),
      Array.from({ length: 25 }, (_, i) => i),
    );
  });

  test('are cut where the payload would be more than 6 MB', async () => {
    const functions = await startFunctionServer();
    const { streamArn, put } = await makeTable();
    for (let sk = 0; sk < 20; sk++) await put(sk, { text: { S: 'x'.repeat(390_000) } });
    await addTrigger(openLambda(server.endpoint), { FunctionName: functions.url, EventSourceArn: streamArn });
    await waitUntil(hasAll(functions, 20));
    for (const { body } of functions.calls) assert.ok(Buffer.byteLength(body) <= 6 * 1_048_576);
    assert.deepEqual(
      numbersOf(functions.calls),
      Array.from({ length: 20 }, (_, i) => i),
    );
  });

  test('wait for more records within MaximumBatchingWindowInSeconds', async () => {
    const { functions, put } = await setUp({ BatchSize: 5, MaximumBatchingWindowInSeconds: 300 });
    for (let sk = 0; sk < 5; sk++) await put(sk);
    await waitUntil(hasAll(functions, 5));
    assert.equal(functions.calls.length, 1);
  });

  test('hold what filters pass', async () => {
    const pattern = { eventName: ['INSERT'], dynamodb: { NewImage: { kind: { S: [{ prefix: 'a' }] } } } };
    const { functions, put } = await setUp({ FilterCriteria: { Filters: [{ Pattern: JSON.stringify(pattern) }] } });
    await put(1, { kind: { S: 'b' } });
    await put(2, { kind: { S: 'abc' } });
    await put(2, { kind: { S: 'abcd' } });
    await put(3, { kind: { S: 'a' } });
    await waitUntil(hasAll(functions, 2));
    assert.deepEqual(numbersOf(functions.calls), [2, 3]);
  });
});

describe('what a function can not process', () => {
  test('is found by bisecting and told to the destination, and the rest is delivered', async () => {
    const destination = await startFunctionServer();
    const functions = await startFunctionServer();
    const { streamArn, put } = await makeTable();
    functions.answer = ({ records }) => ({
      status: records.some(({ dynamodb }) => dynamodb?.Keys?.['sk']?.N === '5') ? 500 : 200,
    });
    for (let sk = 0; sk < 10; sk++) await put(sk);
    await addTrigger(openLambda(server.endpoint), {
      FunctionName: functions.url,
      EventSourceArn: streamArn,
      BisectBatchOnFunctionError: true,
      MaximumRetryAttempts: 1,
      DestinationConfig: { OnFailure: { Destination: destination.url } },
    });
    await waitUntil(async () => numbersOf(functions.calls).includes(9) && destination.calls.length > 0);
    await waitUntil(async () =>
      functions.calls.some(({ records }) => records.at(-1)?.dynamodb?.Keys?.['sk']?.N === '9'),
    );
    const [{ body = '' } = {}] = destination.calls;
    const told = JSON.parse(body) as Record<string, Record<string, unknown>>;
    const failed = functions.calls.find(
      ({ records }) => records.length === 1 && numbersOf([{ records } as never])[0] === 5,
    );
    const number = failed?.records[0]?.dynamodb?.SequenceNumber;
    assert.deepEqual(Object.keys(told), [
      'requestContext',
      'responseContext',
      'version',
      'timestamp',
      'DDBStreamBatchInfo',
    ]);
    assert.equal(told['requestContext']?.['condition'], 'RetryAttemptsExhausted');
    assert.equal(told['requestContext']?.['functionArn'], `${functions.url}/`);
    const { shardId, approximateArrivalOfFirstRecord, approximateArrivalOfLastRecord, ...info } =
      told['DDBStreamBatchInfo'] ?? {};
    assert.match(String(shardId), /^shardId-\d{20}-[0-9a-f]{8}$/);
    assert.match(String(approximateArrivalOfFirstRecord), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    assert.equal(approximateArrivalOfLastRecord, approximateArrivalOfFirstRecord);
    assert.deepEqual(info, { startSequenceNumber: number, endSequenceNumber: number, batchSize: 1, streamArn });
    const alone = functions.calls.filter(
      ({ records }) => records.length === 1 && records[0]?.dynamodb?.SequenceNumber === number,
    );
    assert.equal(alone.length, 2);
  });

  test('is told to a function, by the Invoke API, until that runs to its end', async () => {
    const destination = await startFunctionServer();
    destination.answer = () =>
      destination.calls.length === 1 ? { headers: { 'x-amz-function-error': 'Unhandled' } } : { body: 'null' };
    const functions = await startFunctionServer();
    functions.answer = () => ({ status: 500 });
    const { streamArn, put } = await makeTable();
    await put(1);
    await addTrigger(openLambda(server.endpoint), {
      FunctionName: functions.url,
      EventSourceArn: streamArn,
      MaximumRetryAttempts: 0,
      DestinationConfig: { OnFailure: { Destination: `lambda:on-failure:live@${destination.url}` } },
    });
    await waitUntil(async () => destination.calls.length === 2);
    for (const { method, url, headers, body } of destination.calls) {
      assert.equal(`${method} ${url}`, 'POST /2015-03-31/functions/on-failure/invocations?Qualifier=live');
      assert.equal(headers['x-amz-invocation-type'], 'RequestResponse');
      const { requestContext, DDBStreamBatchInfo: info } = JSON.parse(body) as Record<string, Record<string, unknown>>;
      assert.equal(requestContext?.['condition'], 'RetryAttemptsExhausted');
      assert.deepEqual([info?.['batchSize'], info?.['streamArn']], [1, streamArn]);
    }
  });

  const POISONS: readonly [what: string, answer: FunctionAnswer][] = [
    ['has it close the connection', { isCut: true }],
    ['has it answer more than 6 MB', { body: 'x'.repeat(6 * 1_048_576 + 1) }],
  ];
  for (const [what, answer] of POISONS) {
    test(`is found, tried and given up where it ${what}`, async () => {
      const destination = await startFunctionServer();
      const functions = await startFunctionServer();
      functions.answer = (call) => (numbersOf([call]).includes(5) ? answer : {});
      const { streamArn, put } = await makeTable();
      for (let sk = 0; sk < 8; sk++) await put(sk);
      await addTrigger(openLambda(server.endpoint), {
        FunctionName: functions.url,
        EventSourceArn: streamArn,
        BisectBatchOnFunctionError: true,
        MaximumRetryAttempts: 1,
        DestinationConfig: { OnFailure: { Destination: destination.url } },
      });
      await waitUntil(async () => destination.calls.length > 0 && numbersOf(functions.calls.slice(-1)).includes(7));
      // Of [0 to 7], [4 to 7], [4, 5], [5], [5]; what closes a kept connection is sent once more on a new one.
      const { requestContext } = JSON.parse(String(destination.calls[0]?.body)) as Record<string, object>;
      assert.deepEqual(requestContext, {
        ...requestContext,
        condition: 'RetryAttemptsExhausted',
        approximateInvokeCount: 5,
      });
    });
  }

  test('is delivered again from the lowest number that the function reports', async () => {
    const functions = await startFunctionServer();
    const { streamArn, put } = await makeTable();
    let isFirst = true;
    functions.answer = ({ records }) => {
      const failed = isFirst ? [records[4], records[2]] : [];
      isFirst = false;
      const batchItemFailures = failed.map((record) => ({ itemIdentifier: record?.dynamodb?.SequenceNumber }));
      return { body: JSON.stringify({ batchItemFailures }) };
    };
    for (let sk = 0; sk < 6; sk++) await put(sk);
    await addTrigger(openLambda(server.endpoint), {
      FunctionName: functions.url,
      EventSourceArn: streamArn,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    });
    await waitUntil(async () => functions.calls.length === 2);
    assert.deepEqual(
      functions.calls.map((call) => numbersOf([call])),
      [
        [0, 1, 2, 3, 4, 5],
        [2, 3, 4, 5],
      ],
    );
  });
});

test('with a ParallelizationFactor, calls overlap and the changes of each item stay in order', async () => {
  const functions = await startFunctionServer();
  const { streamArn, put } = await makeTable();
  let open = 0;
  let most = 0;
  functions.answer = async () => {
    most = Math.max(most, ++open);
    await new Promise((resolve) => setTimeout(resolve, 5));
    open--;
    return {};
  };
  for (let version = 0; version < 20; version++) {
    await Promise.all(Array.from({ length: 10 }, (_, sk) => put(sk, { version: { N: String(version) } })));
  }
  await addTrigger(openLambda(server.endpoint), {
    FunctionName: functions.url,
    EventSourceArn: streamArn,
    BatchSize: 2,
    ParallelizationFactor: 5,
  });
  const versions = new Map<string, string[]>();
  const isAll = async () => functions.calls.flatMap(({ records }) => records).length >= 200;
  await waitUntil(isAll);
  for (const { dynamodb } of functions.calls.flatMap(({ records }) => records)) {
    const key = String(dynamodb?.Keys?.['sk']?.N);
    versions.set(key, [...(versions.get(key) ?? []), String(dynamodb?.NewImage?.['version']?.N)]);
  }
  const inOrder = Array.from({ length: 20 }, (_, i) => String(i));
  assert.equal(versions.size, 10);
  for (const [key, seen] of versions) assert.deepEqual(seen, inOrder, key);
  assert.ok(most > 1 && most <= 5, `${most} calls at a time`);
});

describe('a trigger', () => {
  let writes = 100;

  test('that starts at LATEST gets what was written after it was made', async () => {
    const functions = await startFunctionServer();
    const { streamArn, put } = await makeTable();
    await put(1);
    // Records are told apart by the millisecond in which they were written.
    const writtenMs = Date.now();
    await waitUntil(async () => Date.now() > writtenMs + 1);
    const lambda = openLambda(server.endpoint);
    await addTrigger(lambda, { FunctionName: functions.url, EventSourceArn: streamArn, StartingPosition: 'LATEST' });
    await put(2);
    await waitUntil(hasAll(functions, 1));
    assert.deepEqual(numbersOf(functions.calls), [2]);
  });

  /** Resolves when changes are no longer delivered to `functions`, while those of another trigger are. */
  async function waitForSilence(functions: FunctionServer, { streamArn, put }: Table): Promise<void> {
    const witness = await startFunctionServer();
    const settings = { FunctionName: witness.url, EventSourceArn: streamArn };
    await addTrigger(openLambda(server.endpoint), { ...settings, StartingPosition: 'LATEST' });
    await waitUntil(async () => {
      const sk = ++writes;
      await put(sk);
      await waitUntil(async () => numbersOf(witness.calls).includes(sk));
      return !numbersOf(functions.calls).includes(sk);
    });
  }

  test('that is disabled keeps its place, one that is changed goes on as it is then', async () => {
    const { functions, uuid: UUID, ...table } = await setUp();
    const lambda = openLambda(server.endpoint);
    await table.put(1);
    await waitUntil(hasAll(functions, 1));
    const other = await startFunctionServer();
    await lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: false }));
    await waitForSilence(functions, table);
    const seen = new Set(numbersOf(functions.calls));
    await table.put(3);
    await lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: true, FunctionName: other.url }));
    await waitUntil(async () => numbersOf(other.calls).includes(3));
    assert.deepEqual(new Set(numbersOf(functions.calls)), seen);
  });

  test('says how its last call ended', async () => {
    const { functions, put, uuid: UUID } = await setUp();
    const lambda = openLambda(server.endpoint);
    const read = async () => (await lambda.send(new GetEventSourceMappingCommand({ UUID }))).LastProcessingResult;
    assert.equal(await read(), 'No records processed');
    functions.answer = () => ({ status: 500 });
    await put(1);
    await waitUntil(async () => (await read()) === 'PROBLEM: Function call failed');
    functions.answer = () => ({});
    await waitUntil(async () => (await read()) === 'OK');
  });

  test('that is deleted calls no more', async () => {
    const { functions, uuid: UUID, ...table } = await setUp();
    await table.put(1);
    await waitUntil(hasAll(functions, 1));
    await openLambda(server.endpoint).send(new DeleteEventSourceMappingCommand({ UUID }));
    await waitForSilence(functions, table);
    const { length } = functions.calls;
    await waitForSilence(functions, table);
    assert.equal(functions.calls.length, length);
  });
});

describe('a function in a file', () => {
  async function addFile(path: string, settings: object = {}) {
    const table = await makeTable();
    const file = join(makeFolder(), 'lines');
    const FunctionName = `file:${path}`;
    await addTrigger(openLambda(server.endpoint), { FunctionName, EventSourceArn: table.streamArn, ...settings });
    const read = (): Record<string, unknown>[] => {
      try {
        return readFileSync(file, 'utf8')
          .split('\n')
          .filter(Boolean)
          .map((line) => JSON.parse(line) as never);
      } catch {
        return [];
      }
    };
    const put = async (n: number) => await table.put(n, { n: { N: String(n) }, file: { S: file } });
    return { ...table, put, read };
  }

  test('gets events and its context, in a thread of its own', async () => {
    const { put, read } = await addFile('collect-changes.ts');
    await put(1);
    await waitUntil(async () => read().length === 1);
    assert.deepEqual(read(), [
      {
        eventName: 'INSERT',
        n: '1',
        functionName: 'collect-changes',
        arn: 'file:collect-changes.ts',
        hasTime: true,
      },
    ]);
  });

  test('may throw, and may end its thread', async () => {
    const { put, read } = await addFile('collect-changes.ts', { MaximumRetryAttempts: 1, BatchSize: 1 });
    for (const number of [1, 666, 2, 667, 3]) await put(number);
    await waitUntil(async () => read().length === 3);
    assert.deepEqual(
      read().map(({ n }) => n),
      ['1', '2', '3'],
    );
  });

  test('may answer by its callback', async () => {
    const destination = await startFunctionServer();
    const { put, streamArn } = await makeTable();
    await addTrigger(openLambda(server.endpoint), {
      FunctionName: 'file:report-failures.ts',
      EventSourceArn: streamArn,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      MaximumRetryAttempts: 0,
      DestinationConfig: { OnFailure: { Destination: destination.url } },
    });
    await put(1, { bad: { BOOL: true } });
    await waitUntil(async () => destination.calls.length === 1);
    const told = JSON.parse(String(destination.calls[0]?.body)) as Record<string, unknown>;
    assert.deepEqual(told['responseContext'], { statusCode: 200, executedVersion: '$LATEST', functionError: null });
  });
});

test('a function hears of a change soon after its commit', async (t) => {
  const { functions, put } = await setUp();
  await put(0);
  await waitUntil(hasAll(functions, 1));
  const delaysMs: number[] = [];
  for (let sk = 1; sk <= 100; sk++) {
    await put(sk);
    const committedMs = Date.now();
    await waitUntil(hasAll(functions, sk + 1));
    const call = functions.calls.find(({ records }) =>
      records.some(({ dynamodb }) => dynamodb?.Keys?.['sk']?.N === `${sk}`),
    );
    delaysMs.push((call?.atMs ?? Infinity) - committedMs);
  }
  const [middle] = delaysMs.toSorted((a, b) => a - b).slice(50);
  // Told and not asserted: how busy the machine is is none of the test's business.
  t.diagnostic(`from the answer of a write to the call of the function: ${middle} ms at the median of 100`);
});
