/** A disabled stream in the course of time. Source: "Enabling a stream" in the developer guide: it can be read for 24 hours. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UpdateTable } from '../dynamodb/UpdateTable.ts';
import { DescribeStream } from './DescribeStream.ts';
import { ListStreams } from './ListStreams.ts';
import { openStreamsContext } from './streams-context.test.ts';

const DAY_MS = 86_400_000;

test('a stream that was disabled more than 24 hours ago is gone, though nothing was trimmed', async (t) => {
  const stream = await openStreamsContext(t);
  const { context, arn } = stream;
  await stream.put('a');
  const disabled = { TableName: 'table', StreamSpecification: { StreamEnabled: false } };
  await UpdateTable.run(context, disabled as never);
  const list = async () => (await ListStreams.run(context, { TableName: 'table' } as never))['Streams'] as unknown[];
  const describe = () => DescribeStream.run(context, { StreamArn: arn } as never);
  stream.wait(DAY_MS);
  assert.equal((await list()).length, 1);
  await describe();
  const iterator = await stream.iterate('TRIM_HORIZON');
  assert.deepEqual((await stream.read(iterator)).keys, ['a']);
  stream.wait(1);
  assert.deepEqual(await list(), []);
  const gone = { name: 'ResourceNotFoundException', message: `Requested resource not found: Stream: ${arn} not found` };
  await assert.rejects(describe(), gone);
  await assert.rejects(stream.iterate('TRIM_HORIZON'), gone);
  await assert.rejects(stream.read(iterator), gone);
});
