/** GetShardIterator. Source: API reference. What is trimmed is tested beside the code, where time is driven. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import {
  GetRecordsCommand,
  GetShardIteratorCommand,
  type GetShardIteratorCommandInput,
  type ShardIteratorType,
} from '@aws-sdk/client-dynamodb-streams';
import { validation } from './errors.ts';
import { useServer } from './server.ts';
import { type StreamedTable, useStreams } from './streams.ts';

const server = useServer();
const streams = useStreams(server);

const ARN = 'arn:aws:dynamodb:us-east-1:000000000000:table/missing/stream/2026-01-01T00:00:00.000';
const SHARD_ID = 'shardId-00000001795388368061-00000001';
const NUMBER = '100000000000000000001';

async function put({ name }: StreamedTable, ...keys: number[]): Promise<void> {
  for (const sk of keys) {
    const Item = { pk: { S: 'a' }, sk: { N: String(sk) } };
    await server.client.send(new PutItemCommand({ TableName: name, Item }));
  }
}

function send(input: GetShardIteratorCommandInput) {
  return streams.client.send(new GetShardIteratorCommand(input));
}

/** The sort keys of what an iterator reads. */
async function read(ShardIterator: string | undefined): Promise<number[]> {
  const { Records = [] } = await streams.client.send(new GetRecordsCommand({ ShardIterator }));
  return Records.map(({ dynamodb }) => Number(dynamodb?.Keys?.['sk']?.N));
}

/** A stream with the records of the sort keys 1 to 3, and what asks for an iterator of its shard. */
async function makeStream() {
  const table = await streams.createTable();
  await put(table, 1, 2, 3);
  const [shard] = await streams.shards(table.arn);
  const records = await streams.records(table.arn);
  return {
    table,
    shard,
    numbers: records.map(({ dynamodb }) => dynamodb?.SequenceNumber ?? ''),
    async iterate(ShardIteratorType: ShardIteratorType, SequenceNumber?: string) {
      const request = { StreamArn: table.arn, ShardId: shard?.ShardId, ShardIteratorType, SequenceNumber };
      const { ShardIterator } = await send(request);
      return ShardIterator;
    },
  };
}

describe('an iterator', () => {
  test('of TRIM_HORIZON reads from the oldest record, also where it comes later', async () => {
    const { table, iterate } = await makeStream();
    assert.deepEqual(await read(await iterate('TRIM_HORIZON')), [1, 2, 3]);
    const { arn } = await streams.createTable();
    const early = await streams.iterator(arn);
    assert.deepEqual(await read(early), []);
    await put(table, 4);
    assert.deepEqual(await read(await iterate('TRIM_HORIZON')), [1, 2, 3, 4]);
  });

  test('of LATEST reads what comes after it was given out, whenever it is used', async () => {
    const { table, iterate } = await makeStream();
    const latest = await iterate('LATEST');
    assert.deepEqual(await read(latest), []);
    await put(table, 4, 5);
    assert.deepEqual(await read(latest), [4, 5]);
    assert.deepEqual(await read(await iterate('LATEST')), []);
  });

  test('of AT_SEQUENCE_NUMBER reads from that record, of AFTER_SEQUENCE_NUMBER from the next', async () => {
    const { iterate, numbers } = await makeStream();
    for (const [i, number] of numbers.entries()) {
      assert.deepEqual(await read(await iterate('AT_SEQUENCE_NUMBER', number)), [1, 2, 3].slice(i));
      assert.deepEqual(await read(await iterate('AFTER_SEQUENCE_NUMBER', number)), [1, 2, 3].slice(i + 1));
    }
  });

  test("may start at the shard's starting number, before there is a record too", async () => {
    const table = await streams.createTable();
    const [shard] = await streams.shards(table.arn);
    const { ShardIterator } = await send({
      StreamArn: table.arn,
      ShardId: shard?.ShardId,
      ShardIteratorType: 'AT_SEQUENCE_NUMBER',
      SequenceNumber: shard?.SequenceNumberRange?.StartingSequenceNumber,
    });
    await put(table, 1);
    assert.deepEqual(await read(ShardIterator), [1]);
  });

  test('of a closed shard starts as of an open one, and after its ending number reads nothing', async () => {
    const { table, iterate, numbers } = await makeStream();
    await streams.disable(table.name);
    const [shard] = await streams.shards(table.arn);
    assert.equal(shard?.SequenceNumberRange?.EndingSequenceNumber, numbers[2]);
    assert.deepEqual(await read(await iterate('TRIM_HORIZON')), [1, 2, 3]);
    assert.deepEqual(await read(await iterate('LATEST')), []);
    assert.deepEqual(await read(await iterate('AT_SEQUENCE_NUMBER', numbers[2])), [3]);
    assert.deepEqual(await read(await iterate('AFTER_SEQUENCE_NUMBER', numbers[2])), []);
  });

  test('names its stream, as those of the service do', async () => {
    const { table, iterate } = await makeStream();
    assert.ok((await iterate('LATEST'))?.startsWith(`${table.arn}|1|`));
  });
});

describe('is refused', () => {
  const request = { StreamArn: ARN, ShardId: SHARD_ID, ShardIteratorType: 'TRIM_HORIZON' as const };

  test('for a stream that is not there', async () => {
    await assert.rejects(send(request), {
      name: 'ResourceNotFoundException',
      message: `Requested resource not found: Stream: ${ARN} not found`,
    });
    await assert.rejects(send({ ...request, StreamArn: 'x'.repeat(37) }), validation('Invalid StreamArn'));
  });

  test('for a shard that is not there, or of another stream', async () => {
    const { table, shard } = await makeStream();
    await streams.disable(table.name);
    const second = await streams.enable(table.name);
    const ShardId = shard?.ShardId ?? '';
    for (const [StreamArn, id] of [
      [table.arn, SHARD_ID],
      [table.arn, ShardId.replace(/.$/, 'e')],
      [table.arn, ShardId.replace(/-\d/, '-9')],
      [table.arn, 'x'.repeat(28)],
      [second, ShardId],
    ] as const) {
      await assert.rejects(
        send({ ...request, StreamArn, ShardId: id }),
        { name: 'ResourceNotFoundException', message: 'Requested resource not found: Shard does not exist' },
        `${StreamArn} ${id}`,
      );
    }
  });

  test('without a sequence number where one is needed, and with one where none is', async () => {
    const either =
      'Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and SequenceNumber or ' +
      '(2) TRIM_HORIZON or LATEST and no SequenceNumber. Request specified ';
    for (const ShardIteratorType of ['AT_SEQUENCE_NUMBER', 'AFTER_SEQUENCE_NUMBER'] as const) {
      const message = `${either}${ShardIteratorType} and no SequenceNumber.`;
      await assert.rejects(send({ ...request, ShardIteratorType }), validation(message));
    }
    for (const ShardIteratorType of ['TRIM_HORIZON', 'LATEST'] as const) {
      const message = `${either}${ShardIteratorType} and also a SequenceNumber.`;
      await assert.rejects(send({ ...request, ShardIteratorType, SequenceNumber: NUMBER }), validation(message));
    }
  });

  test('with a sequence number that is none, of another shard, or that the shard has not come to', async () => {
    const { table, iterate, numbers } = await makeStream();
    await streams.disable(table.name);
    const other = await streams.enable(table.name);
    const [shard] = await streams.shards(other);
    const invalid = validation('Invalid SequenceNumber');
    const next = String(BigInt(numbers[2] ?? 0) + 1n);
    const first = String(BigInt(numbers[0] ?? 0) - 1n);
    const ofOther = shard?.SequenceNumberRange?.StartingSequenceNumber;
    for (const number of ['x'.repeat(21), '0'.repeat(21), '9'.repeat(40), next, first, ofOther]) {
      await assert.rejects(iterate('AT_SEQUENCE_NUMBER', number), invalid, number);
      await assert.rejects(iterate('AFTER_SEQUENCE_NUMBER', number), invalid, number);
    }
  });

  test('with parameters out of their bounds', async () => {
    const constraint = (member: string, value: string, rule: string) =>
      validation(
        `1 validation error detected: Value '${value}' at '${member}' failed to satisfy constraint: Member must ${rule}`,
      );
    for (const [length, rule] of [
      [27, 'have length greater than or equal to 28'],
      [66, 'have length less than or equal to 65'],
    ] as const) {
      const ShardId = 'x'.repeat(length);
      await assert.rejects(send({ ...request, ShardId }), constraint('shardId', ShardId, rule));
    }
    for (const [length, rule] of [
      [20, 'have length greater than or equal to 21'],
      [41, 'have length less than or equal to 40'],
    ] as const) {
      const SequenceNumber = '1'.repeat(length);
      await assert.rejects(send({ ...request, SequenceNumber }), constraint('sequenceNumber', SequenceNumber, rule));
    }
    await assert.rejects(
      send({ ...request, ShardIteratorType: 'AT_TIMESTAMP' as never }),
      constraint(
        'shardIteratorType',
        'AT_TIMESTAMP',
        'satisfy enum value set: [AFTER_SEQUENCE_NUMBER, LATEST, AT_SEQUENCE_NUMBER, TRIM_HORIZON]',
      ),
    );
    const { body } = await streams.call('GetShardIterator', {});
    assert.match(String(body['message']), /^3 validation errors detected: Value null at 'streamArn'/);
  });
});
