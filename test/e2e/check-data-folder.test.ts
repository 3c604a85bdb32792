/** What `stator check` finds: damage of any kind, and more of it behind what can't be read. */
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import Database from 'better-sqlite3';
import assert from 'node:assert/strict';
import { closeSync, cpSync, mkdtempSync, openSync, readSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { checkDataFolder } from '../../src/check-data-folder.ts';
import { createSeededRandom } from '../seeded-random.ts';
import { chooseSeed } from './seed.ts';
import { useServer } from './server.ts';

const ITEMS = 400;
const PAGE_SIZE_BYTES = 4_096;
const FLIPPED_BYTES = 64;
const FLIPPED_COPIES = 15;
/** The first spaces that tables get: this one table and its one index. */
const TABLE_SPACE = 16;
const INDEX_SPACE = 17;

const folder = mkdtempSync(join(tmpdir(), 'stator-check-'));

describe('the check of a data folder', () => {
  const server = useServer({ dataDir: join(folder, 'sound') });
  after(() => rmSync(folder, { recursive: true, force: true }));

  before(async () => {
    const TableName = await server.createTable({
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'owner', AttributeType: 'S' },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: 'owners',
          KeySchema: [{ AttributeName: 'owner', KeyType: 'HASH' }],
          Projection: { ProjectionType: 'ALL' },
        },
      ],
    });
    await Promise.all(
      Array.from({ length: ITEMS }, (_, i) => {
        const Item = { pk: { S: `p${i}` }, owner: { S: `o${i % 10}` }, n: { N: `${i}` }, note: { S: 'x'.repeat(50) } };
        return server.client.send(new PutItemCommand({ TableName, Item }));
      }),
    );
  });

  /** A copy of the folder, as it is while the server runs, with all that the log holds moved into the database. */
  function copyFolder(): string {
    const copy = mkdtempSync(join(folder, 'copy-'));
    cpSync(join(folder, 'sound'), copy, { recursive: true });
    openDatabase(copy).close();
    return copy;
  }

  function openDatabase(path: string): Database.Database {
    const db = new Database(join(path, 'stator.db'));
    db.pragma('wal_checkpoint(TRUNCATE)');
    return db;
  }

  async function findProblems(path: string): Promise<string[]> {
    const problems: string[] = [];
    const seen = await checkDataFolder(path, (problem) => problems.push(problem));
    assert.equal(typeof seen.items, 'number');
    for (const problem of problems) assert.doesNotMatch(problem, /\n/);
    return problems;
  }

  /** The problems of a copy that `statement` was run on, which must change something. */
  async function findProblemsAfter(statement: string, ...parameters: unknown[]): Promise<string[]> {
    const path = copyFolder();
    const db = openDatabase(path);
    const { changes } = db.prepare(statement).run(...parameters);
    db.close();
    assert.ok(changes > 0, 'the statement must do damage');
    return findProblems(path);
  }

  /** One of the entries of a space. */
  function entryOf(space: number): { key: Buffer; value: Buffer } {
    const db = openDatabase(copyFolder());
    const select = db.prepare<[number], { key: Buffer; value: Buffer }>(
      'SELECT key, value FROM entry WHERE space = ? LIMIT 1 OFFSET 100',
    );
    const entry = select.get(space);
    db.close();
    assert.ok(entry);
    return entry;
  }

  function replaceValue(space: number, key: Buffer, value: Buffer): Promise<string[]> {
    return findProblemsAfter('UPDATE entry SET value = ? WHERE space = ? AND key = ?', value, space, key);
  }

  function assertOneMatches(problems: readonly string[], ...patterns: readonly RegExp[]): void {
    for (const pattern of patterns) {
      assert.equal(
        problems.filter((problem) => pattern.test(problem)).length,
        1,
        `${pattern} in ${problems.join('\n')}`,
      );
    }
  }

  test('a sound folder has no problems', async () => {
    const seen = await checkDataFolder(copyFolder(), (problem) => assert.fail(problem));
    assert.deepEqual(seen, { tables: 1, items: ITEMS, indexEntries: ITEMS });
  });

  test('an index entry is gone', async () => {
    const { key } = entryOf(INDEX_SPACE);
    const problems = await findProblemsAfter('DELETE FROM entry WHERE space = ? AND key = ?', INDEX_SPACE, key);
    assertOneMatches(
      problems,
      /^table table-1: item [0-9a-f]{32} has no entry in index owners$/,
      /^table table-1: index owners: holds 399 items, but 400 were counted$/,
      /^table table-1: index owners: holds \d+ bytes, but \d+ were counted$/,
    );
    assert.equal(problems.length, 3);
  });

  test('an item is gone', async () => {
    const { key } = entryOf(TABLE_SPACE);
    const problems = await findProblemsAfter('DELETE FROM entry WHERE space = ? AND key = ?', TABLE_SPACE, key);
    assertOneMatches(
      problems,
      /^table table-1: index owners: entry [0-9a-f]+ has no item$/,
      /^table table-1: holds 399 items, but 400 were counted$/,
      /^table table-1: holds \d+ bytes, but \d+ were counted$/,
    );
    assert.equal(problems.length, 3);
  });

  test('an item was changed without its index entry', async () => {
    const { key, value } = entryOf(TABLE_SPACE);
    const changed = Buffer.from(value.toString('latin1').replace('xxx', 'yyy'), 'latin1');
    const problems = await replaceValue(TABLE_SPACE, key, changed);
    assert.deepEqual(problems, [`table table-1: item ${key.toString('hex')} has an outdated entry in index owners`]);
  });

  test('an item is not of the size it says', async () => {
    const { key, value } = entryOf(TABLE_SPACE);
    const changed = Buffer.from(value);
    changed.writeUInt32BE(changed.readUInt32BE(1) + 5, 1);
    assertOneMatches(
      await replaceValue(TABLE_SPACE, key, changed),
      / is not of the size it says$/,
      /^table table-1: holds \d+ bytes, but \d+ were counted$/,
    );
  });

  test('an item lies under another key', async () => {
    const { key } = entryOf(TABLE_SPACE);
    const wrong = Buffer.from(key);
    wrong[0] = (wrong[0] ?? 0) ^ 0xff;
    const statement = 'UPDATE entry SET key = ? WHERE space = ? AND key = ?';
    assertOneMatches(
      await findProblemsAfter(statement, wrong, TABLE_SPACE, key),
      new RegExp(`item ${wrong.toString('hex')} does not lie where its key says$`),
    );
  });

  test('garbage in the place of an item, or of an index entry', async () => {
    const { key, value } = entryOf(TABLE_SPACE);
    const header = value.subarray(0, 21);
    const garbage: readonly Buffer[] = [
      Buffer.alloc(0),
      Buffer.of(1),
      Buffer.of(99, ...value.subarray(1)),
      value.subarray(0, value.length - 3),
      ...[
        '',
        'null',
        '[]',
        '"text"',
        '{"pk":5}',
        '{"pk":{"S":5}}',
        '{"pk":{}}',
        '{"pk":{"Q":"?"}}',
        '{"pk":{"N":"one"}}',
      ].map((json) => Buffer.concat([header, Buffer.from(json)])),
    ];
    const indexKey = entryOf(INDEX_SPACE).key;
    for (const [i, bytes] of garbage.entries()) {
      const ofItem = await replaceValue(TABLE_SPACE, key, bytes);
      assert.ok(
        ofItem.some((problem) => problem.startsWith(`table table-1: item ${key.toString('hex')} `)),
        `garbage ${i}: ${ofItem.join('\n')}`,
      );
      const ofEntry = await replaceValue(INDEX_SPACE, indexKey, bytes);
      assert.ok(
        ofEntry.some((problem) =>
          problem.startsWith(`table table-1: index owners: entry ${indexKey.toString('hex')} `),
        ),
        `garbage ${i}: ${ofEntry.join('\n')}`,
      );
    }
  });

  test('values that are not in their one form', async () => {
    const { key, value } = entryOf(TABLE_SPACE);
    const changed = Buffer.from(value.toString('latin1').replace('"n":{"N":"', '"n":{"N":"0'), 'latin1');
    assertOneMatches(await replaceValue(TABLE_SPACE, key, changed), / is not in canonical form$/);
  });

  test('counters that say something else, or nothing', async () => {
    const statement = 'UPDATE counter SET value = value + ? WHERE name = ?';
    assert.deepEqual(await findProblemsAfter(statement, 1, `${TABLE_SPACE}.items`), [
      'table table-1: holds 400 items, but 401 were counted',
    ]);
    const gone = await findProblemsAfter('DELETE FROM counter WHERE name = ?', `${INDEX_SPACE}.bytes`);
    assert.equal(gone.length, 1);
    assertOneMatches(gone, /^table table-1: index owners: holds \d+ bytes, but 0 were counted$/);
  });

  test('a table definition that can’t be read', async () => {
    for (const bytes of [Buffer.alloc(0), Buffer.of(7, 7), Buffer.from('\u0001{"name":'), Buffer.from('\u0001null')]) {
      const problems = await findProblemsAfter('UPDATE entry SET value = ? WHERE space = 1', bytes);
      assert.equal(problems.length, 2);
      assertOneMatches(problems, /^table table-1 can't be checked: ./, /^it can't be checked whose the spaces are: ./);
    }
  });

  test('entries in a space that belongs to nothing', async () => {
    const statement = "INSERT INTO entry VALUES (?, x'01', x'01')";
    assert.deepEqual(await findProblemsAfter(statement, 5), ['space 5 holds entries and belongs to nothing']);
    assert.deepEqual(await findProblemsAfter(statement, 18), [
      'space 18 holds entries and belongs to nothing',
      'space 18 is in use, but 18 is noted as the next free one',
    ]);
  });

  test('entries of a deleted table that are still to be purged belong to its record', async () => {
    const purged = Buffer.from('\u0001{"tableId":"gone","spaces":[5,6]}');
    const path = copyFolder();
    const db = openDatabase(path);
    db.prepare("INSERT INTO entry VALUES (5, x'01', x'01')").run();
    db.prepare('INSERT INTO entry VALUES (2, ?, ?)').run(Buffer.from('purge/gone'), purged);
    db.close();
    assert.deepEqual(await findProblems(path), []);
  });

  test('a space that two tables have', async () => {
    const purged = Buffer.from(`\u0001{"tableId":"gone","spaces":[${INDEX_SPACE}]}`);
    assert.deepEqual(await findProblemsAfter('INSERT INTO entry VALUES (2, ?, ?)', Buffer.from('purge/gone'), purged), [
      `space ${INDEX_SPACE} belongs to table table-1, index owners and to deleted table gone`,
    ]);
  });

  test('a space that would be given again', async () => {
    const problems = await findProblemsAfter(
      'DELETE FROM entry WHERE space = 2 AND key = ?',
      Buffer.from('next-space'),
    );
    assert.deepEqual(problems, [
      'space 16 is in use, but 16 is noted as the next free one',
      'space 17 is in use, but 16 is noted as the next free one',
    ]);
  });

  test('a purge record that can’t be read', async () => {
    const statement = 'INSERT INTO entry VALUES (2, ?, ?)';
    const problems = await findProblemsAfter(statement, Buffer.from('purge/gone'), Buffer.from('\u0001{'));
    assert.equal(problems.length, 1);
    assertOneMatches(problems, /^it can't be checked whose the spaces are: ./);
  });

  describe('what the system keeps', () => {
    /** The problems of a copy with `entries` in the system space and `changed` of the table's definition. */
    async function findSystemProblems(
      entries: readonly (readonly [key: string, json: string])[],
      changed: (definition: string) => string = (definition) => definition,
    ): Promise<string[]> {
      const path = copyFolder();
      const db = openDatabase(path);
      const insert = db.prepare('INSERT INTO entry VALUES (2, ?, ?)');
      for (const [key, json] of entries) insert.run(Buffer.from(key), Buffer.from(`\u0001${json}`));
      const definition = db.prepare<[], Buffer>('SELECT value FROM entry WHERE space = 1').pluck().get();
      assert.ok(definition);
      const text = definition.toString('latin1');
      db.prepare('UPDATE entry SET value = ? WHERE space = 1').run(Buffer.from(changed(text), 'latin1'));
      db.close();
      return findProblems(path);
    }

    const inTransition = (definition: string): string =>
      definition.replace('"indexes":', '"transition":{"status":"UPDATING","untilMs":1},"indexes":');
    const ofIndex = (members: string) => (definition: string) =>
      definition.replace('"name":"owners",', `"name":"owners",${members},`);

    /** The id of the table. */
    function tableId(): string {
      const db = openDatabase(copyFolder());
      const definition = db.prepare<[], Buffer>('SELECT value FROM entry WHERE space = 1').pluck().get();
      db.close();
      return (JSON.parse(definition?.toString('utf8', 1) ?? '') as { id: string }).id;
    }

    const lifeCycle = (id: string, name = 'table-1') =>
      ['life-cycle/table-1', JSON.stringify({ tableId: id, tableName: name })] as const;
    const tokenRecord = (expiresAtMs: number) =>
      JSON.stringify({ requestHash: 'h', expiresAtMs, chargedSizesBytes: [1] });
    const token = ['token/TransactWriteItems/a', tokenRecord(7)] as const;
    const purge = ['purge/gone', '{"tableId":"gone","spaces":[]}'] as const;
    const expiry = ['token-expiry/000000000000007/TransactWriteItems/a', ''] as const;

    test('that agrees with the tables', async () => {
      assert.deepEqual(await findSystemProblems([lifeCycle(tableId())], inTransition), []);
      const transition = ofIndex('"transition":{"status":"UPDATING","untilMs":1}');
      assert.deepEqual(await findSystemProblems([lifeCycle(tableId())], transition), []);
      assert.deepEqual(await findSystemProblems([token, expiry, [`tags/${tableId()}`, '{"tags":[]}']]), []);
      assert.deepEqual(await findSystemProblems([['tags/gone', '{"tags":[]}'], purge]), []);
      assert.deepEqual(await findSystemProblems(['lease/x', 'node/y', 'copy/lane/z'].map((key) => [key, '{}'])), []);
    });

    test('transitions without a life-cycle record, and the reverse', async () => {
      const none = ['table table-1: something goes on with it, but it has no life-cycle record'];
      assert.deepEqual(await findSystemProblems([], inTransition), none);
      const transition = ofIndex('"transition":{"status":"DELETING","untilMs":1}');
      assert.deepEqual(await findSystemProblems([], transition), none);
      assert.deepEqual(await findSystemProblems([lifeCycle(tableId())]), [
        'table table-1: has a life-cycle record, but nothing goes on with it',
      ]);
    });

    test('a life-cycle record of another table, or of none', async () => {
      const strange = ['life-cycle record "table-1" is of no table'];
      assert.deepEqual(await findSystemProblems([lifeCycle('other')], inTransition), strange);
      assert.deepEqual(await findSystemProblems([lifeCycle(tableId(), 'table-2')], inTransition), strange);
      const [, json] = lifeCycle(tableId());
      assert.deepEqual(await findSystemProblems([['life-cycle/gone', json]]), [
        'life-cycle record "gone" is of no table',
      ]);
    });

    test('marks of a build that is over', async () => {
      const build = ofIndex('"build":{"isBackfilling":true,"markSpace":16}');
      const problems = await findSystemProblems([], build);
      assertOneMatches(problems, /^table table-1: index owners: has marks of a build, but is not being built$/);
    });

    test('a token without its expiry, and the reverse', async () => {
      const forgotten = 'token "TransactWriteItems/a" is to be forgotten at no time';
      const orphan = 'token expiry "000000000000007/TransactWriteItems/a" is of no token';
      assert.deepEqual(await findSystemProblems([token]), [forgotten]);
      assert.deepEqual(await findSystemProblems([expiry]), [orphan]);
      assert.deepEqual(await findSystemProblems([[token[0], tokenRecord(8)], expiry]), [orphan, forgotten]);
    });

    test('tags of no table', async () => {
      assert.deepEqual(await findSystemProblems([['tags/gone', '{"tags":[]}']]), ['tags gone are of no table']);
    });

    test('entries that can’t be read, or are of nothing', async () => {
      for (const key of ['life-cycle/table-1', `tags/${tableId()}`, token[0]]) {
        const entries = [[key, '{'] as const, ...(key === token[0] ? [expiry] : [])];
        const problems = await findSystemProblems(entries, key.startsWith('life-cycle/') ? inTransition : undefined);
        assert.equal(problems.length, 1, problems.join('\n'));
        assertOneMatches(problems, new RegExp(`^system entry "${key}" can't be read: .`));
      }
      assert.deepEqual(await findSystemProblems([['lost\nand found', '{}']]), [
        'system entry "lost\\nand found" belongs to nothing',
      ]);
    });
  });

  // SQLite keeps no checksums, so bytes that flip within a value may only be found by what the value means.
  test('flipped bytes anywhere behind the first page', async (t) => {
    const random = createSeededRandom(chooseSeed(t));
    let found = 0;
    for (let run = 0; run < FLIPPED_COPIES; run++) {
      const path = copyFolder();
      const file = join(path, 'stator.db');
      const page = 1 + Math.floor(random() * (statSync(file).size / PAGE_SIZE_BYTES - 1));
      flipBytes(file, page * PAGE_SIZE_BYTES + Math.floor(random() * (PAGE_SIZE_BYTES - FLIPPED_BYTES)), FLIPPED_BYTES);
      if ((await findProblems(path)).length > 0) found++;
    }
    assert.ok(found > 0);
  });

  function flipBytes(file: string, position: number, length: number): void {
    const descriptor = openSync(file, 'r+');
    const bytes = Buffer.alloc(length);
    readSync(descriptor, bytes, 0, length, position);
    writeSync(
      descriptor,
      bytes.map((byte) => byte ^ 0xff),
      0,
      length,
      position,
    );
    closeSync(descriptor);
  }
});
