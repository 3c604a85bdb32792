import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openTestDatabase } from '../../../test/postgres.ts';
import { RESIDENT_SPACE, writeAll } from '../conformance-procedures.ts';
import { type Connections, openConnections } from './connections.ts';
import { openPostgresEngine } from './engine.ts';
import { readBounds } from './logs.ts';
import { openPostgresStorage, type PostgresAttachment } from './storage.ts';

const LOG = 7;

test('the bounds of many shards take round trips only where entries wait for their sequences', async (t) => {
  const { url, drop } = await openTestDatabase();
  const storage = await openPostgresStorage({ url, residentSpaces: [RESIDENT_SPACE] });
  const engine = openPostgresEngine(storage.attach().attachment as PostgresAttachment);
  const connections = openConnections(url);
  t.after(async () => {
    await Promise.all([connections.close(), engine.close()]);
    await drop();
  });
  const append = (shard: number) => ({ kind: 'append', log: LOG, shard, value: new Uint8Array([1]) }) as const;
  await engine.transact(writeAll, [append(3), append(3), append(80)]);
  await engine.transact(writeAll, [{ kind: 'trim', log: LOG, shard: 50, through: 9n }]);

  let roundTrips = 0;
  const counting: Pick<Connections, 'read'> = {
    read: (use, mayRetry) =>
      connections.read((connection) => {
        return use({
          stripe: connection.stripe,
          run: (...calls) => {
            roundTrips++;
            return connection.run(...calls);
          },
        });
      }, mayRetry),
  };
  const shards = Array.from({ length: 100 }, (_, shard) => ({ log: LOG, shard }));
  const expected = shards.map(({ shard }) => {
    const last = new Map([
      [3, 2n],
      [80, 1n],
      [50, 9n],
    ]).get(shard);
    return { after: shard === 50 ? 9n : 0n, last: last ?? 0n };
  });
  assert.deepEqual(await readBounds(counting, shards), expected);
  assert.equal(roundTrips, 4, 'one to look, one for each of the two shards, one for all bounds');
  assert.deepEqual(await readBounds(counting, shards), expected);
  assert.equal(roundTrips, 5);
  assert.deepEqual(await readBounds(counting, []), []);
  assert.equal(roundTrips, 5);
});
