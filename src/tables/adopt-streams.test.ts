import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertSound, definitionOf, keysOf, putItems } from '../jobs/followed-table.test.ts';
import { decodeChangeRecord } from '../streams/change-record.ts';
import { adoptStreams } from './adopt-streams.ts';
import { createTable } from './create-table.ts';
import { listStreams } from './stream-records.ts';
import { draftOf, openTestEngine, putDefinition } from './table-store.test.ts';

const START_MS = 1_700_000_000_000;

test('a stream that was enabled before changes were logged gets a log, and keeps its label', async (t) => {
  const engine = await openTestEngine(t);
  const outcome = await engine.transact(createTable, draftOf('old'));
  assert.ok('table' in outcome);
  const stream = { viewType: 'KEYS_ONLY', label: '2020-01-01T00:00:00.000' } as const;
  await engine.transact(putDefinition, { ...outcome.table, stream });
  await Promise.all([adoptStreams(engine, START_MS + 1), adoptStreams(engine, START_MS + 2)]);
  const adopted = await definitionOf(engine, 'old');
  const [record] = await listStreams(engine, 10, { tableName: 'old' });
  assert.deepEqual([record?.label, record?.viewType, record?.firstShard], [stream.label, 'KEYS_ONLY', 1]);
  await putItems(engine, adopted, keysOf(2), START_MS + 3);
  const [bounds] = await engine.logBounds([{ log: record?.log ?? 0, shard: 1 }]);
  assert.equal(bounds?.last, 2n);
  const [entry] = await engine.readLog(record?.log ?? 0, 1, 0n, 1);
  assert.ok(entry && decodeChangeRecord(entry.value).keysJson !== undefined);
  const next = await engine.transact(createTable, draftOf('next'));
  assert.ok('table' in next && next.table.space > (record?.log ?? Infinity), 'its log was taken from the spaces');
  await assertSound(engine);
});
