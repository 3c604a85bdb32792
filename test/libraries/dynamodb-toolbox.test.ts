/** DynamoDB-Toolbox does here what its documentation shows: Pokemons and their trainers in one table. */
import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import {
  $add,
  $append,
  $delete,
  $get,
  $remove,
  $set,
  $subtract,
  $sum,
  BatchDeleteRequest,
  BatchGetCommand,
  BatchGetRequest,
  BatchPutRequest,
  BatchWriteCommand,
  ConditionCheck,
  DeleteItemCommand,
  DeletePartitionCommand,
  DeleteTransaction,
  Entity,
  GetItemCommand,
  GetTransaction,
  PutItemCommand,
  PutTransaction,
  QueryCommand,
  ScanCommand,
  Table,
  UpdateAttributesCommand,
  UpdateItemCommand,
  UpdateTransaction,
  item,
  list,
  map,
  number,
  set,
  string,
} from 'dynamodb-toolbox';
import { execute as executeTransactGet } from 'dynamodb-toolbox/entity/actions/transactGet';
import { execute as executeTransactWrite } from 'dynamodb-toolbox/entity/actions/transactWrite';
import { execute as executeBatchGet } from 'dynamodb-toolbox/table/actions/batchGet';
import { execute as executeBatchWrite } from 'dynamodb-toolbox/table/actions/batchWrite';
import { CONDITION_FAILED } from '../e2e/errors.ts';
import { useServer } from '../e2e/server.ts';
import { singleTable } from './single-table.ts';

const server = useServer();

/** The entities of the documentation, on a table of their own. */
function openEntities(name: string) {
  const table = new Table({
    documentClient: DynamoDBDocumentClient.from(server.client, { marshallOptions: { removeUndefinedValues: true } }),
    name,
    partitionKey: { name: 'PK', type: 'string' },
    sortKey: { name: 'SK', type: 'string' },
    indexes: {
      byTrainer: {
        type: 'global',
        partitionKey: { name: 'trainerId', type: 'string' },
        sortKey: { name: 'name', type: 'string' },
      },
      byPlace: {
        type: 'global',
        partitionKeys: [
          { name: 'region', type: 'string' },
          { name: 'town', type: 'string' },
        ],
        sortKeys: [
          { name: 'trainerId', type: 'string' },
          { name: 'name', type: 'string' },
        ],
      },
      byName: { type: 'local', sortKey: { name: 'name', type: 'string' } },
    },
  });
  const pokemon = new Entity({
    name: 'POKEMON',
    table,
    schema: item({
      generation: string().key(),
      pokemonId: string().key(),
      name: string(),
      trainerId: string().optional(),
      region: string().optional(),
      town: string().optional(),
      level: number().default(1),
      previousLevel: number().optional(),
      types: set(string().enum('fire', 'water', 'electric')).optional(),
      skills: list(string()).optional(),
      stats: map({ attack: number(), defense: number().optional() }).optional(),
    }),
    computeKey: ({ generation, pokemonId }) => ({ PK: `GEN#${generation}`, SK: `POKEMON#${pokemonId}` }),
  });
  const trainer = new Entity({
    name: 'TRAINER',
    table,
    schema: item({ trainerId: string().key(), badges: number() }),
    computeKey: ({ trainerId }) => ({ PK: `TRAINER#${trainerId}`, SK: 'TRAINER' }),
    timestamps: false,
  });
  return { table, pokemon, trainer };
}

let entities: ReturnType<typeof openEntities>;

beforeEach(async () => {
  const byTrainer = ['trainerId', 'name'] as const;
  const byPlace = [
    ['region', 'town'],
    ['trainerId', 'name'],
  ] as const;
  const table = singleTable(['PK', 'SK'], { byTrainer, byPlace }, { byName: 'name' });
  entities = openEntities(await server.createTable(table));
});

const KEY = { generation: '1', pokemonId: 'pikachu1' };
const PIKACHU = { ...KEY, name: 'Pikachu' };

/** Pokemons `00` to `29` of Ash, in the order of their keys, of level 0 to 29. */
async function catchThirty(): Promise<string[]> {
  const ids = Array.from({ length: 30 }, (_, i) => String(i).padStart(2, '0'));
  const { pokemon, table } = entities;
  for (const batch of [ids.slice(0, 25), ids.slice(25)]) {
    const requests = batch.map((pokemonId) =>
      pokemon.build(BatchPutRequest).item({
        generation: '1',
        pokemonId,
        name: `name ${pokemonId}`,
        trainerId: 'ash',
        level: Number(pokemonId),
      }),
    );
    await executeBatchWrite(table.build(BatchWriteCommand).requests(...requests));
  }
  return ids;
}

describe('a DynamoDB-Toolbox entity', () => {
  test('is put, got and deleted', async () => {
    const { pokemon } = entities;
    const put = pokemon
      .build(PutItemCommand)
      .item({ ...PIKACHU, types: new Set(['electric'] as const), stats: { attack: 12 } })
      .options({ condition: { attr: 'name', exists: false } });
    const { ToolboxItem } = await put.send();
    assert.equal(ToolboxItem.level, 1);
    await assert.rejects(put.send(), CONDITION_FAILED);

    const { Item } = await pokemon.build(GetItemCommand).key(KEY).options({ consistent: true }).send();
    const { created, modified, ...rest } = { created: '', modified: '', ...Item };
    assert.deepEqual(rest, { ...PIKACHU, level: 1, types: new Set(['electric']), stats: { attack: 12 } });
    assert.deepEqual([created, modified], [ToolboxItem.created, ToolboxItem.modified]);
    const { Item: some } = await pokemon
      .build(GetItemCommand)
      .key(KEY)
      .options({ attributes: ['name', 'stats.attack'] })
      .send();
    assert.deepEqual(some, { name: 'Pikachu', stats: { attack: 12 } });

    const { Attributes } = await pokemon
      .build(DeleteItemCommand)
      .key(KEY)
      .options({ returnValues: 'ALL_OLD', condition: { attr: 'types', contains: 'electric' } })
      .send();
    assert.equal(Attributes?.name, 'Pikachu');
    assert.equal((await pokemon.build(GetItemCommand).key(KEY).send()).Item, undefined);
  });

  test('is updated by the extended syntax', async () => {
    const { pokemon } = entities;
    await pokemon
      .build(PutItemCommand)
      .item({ ...PIKACHU, level: 5, skills: ['thunder'], types: new Set(['electric', 'fire'] as const) })
      .send();
    const { Attributes } = await pokemon
      .build(UpdateItemCommand)
      .item({
        ...KEY,
        level: $add(3),
        previousLevel: $get('level'),
        skills: $append(['dash']),
        types: $delete(new Set(['fire'] as const)),
        stats: $set({ attack: 1, defense: 2 }),
      })
      .options({ returnValues: 'ALL_NEW', condition: { attr: 'level', between: [1, 5] } })
      .send();
    assert.deepEqual(
      [Attributes?.level, Attributes?.previousLevel, Attributes?.skills, Attributes?.types, Attributes?.stats],
      [8, 5, ['thunder', 'dash'], new Set(['electric']), { attack: 1, defense: 2 }],
    );

    const { Attributes: next } = await pokemon
      .build(UpdateItemCommand)
      .item({
        ...KEY,
        level: $sum($get('level'), 10),
        previousLevel: $subtract($get('previousLevel'), 1),
        skills: $remove(),
        stats: { defense: $remove() },
      })
      .options({ returnValues: 'UPDATED_NEW' })
      .send();
    assert.deepEqual([next?.level, next?.previousLevel, next?.skills], [18, 4, undefined]);

    await pokemon
      .build(UpdateAttributesCommand)
      .item({ ...KEY, stats: { attack: 7 } })
      .send();
    const { Item } = await pokemon.build(GetItemCommand).key(KEY).send();
    assert.deepEqual(Item?.stats, { attack: 7 });
  });

  test('fails with the item that a condition found', async () => {
    const { pokemon } = entities;
    await pokemon.build(PutItemCommand).item(PIKACHU).send();
    const update = pokemon
      .build(UpdateItemCommand)
      .item({ ...KEY, level: $add(1) })
      .options({
        condition: { or: [{ attr: 'level', gt: 98 }, { not: { attr: 'name', beginsWith: 'Pi' } }] },
        returnValuesOnConditionFalse: 'ALL_OLD',
      });
    await assert.rejects(update.send(), (error: { name: string; Item: { name: { S: string } } }) => {
      assert.deepEqual([error.name, error.Item.name.S], ['ConditionalCheckFailedException', 'Pikachu']);
      return true;
    });
  });
});

describe('DynamoDB-Toolbox queries', () => {
  test('read a range, filtered, in either order, with a projection', async () => {
    const ids = await catchThirty();
    const { table, pokemon } = entities;
    const query = table.build(QueryCommand).entities(pokemon);
    const { Items } = await query
      .query({ partition: 'GEN#1', range: { between: ['POKEMON#05', 'POKEMON#14'] } })
      .options({ reverse: true, filters: { POKEMON: { attr: 'level', gte: 10 } }, attributes: ['level'] })
      .send();
    assert.deepEqual(
      Items?.map(({ level }) => level),
      [14, 13, 12, 11, 10],
    );
    const { Items: some } = await query.query({ partition: 'GEN#1', range: { beginsWith: 'POKEMON#1' } }).send();
    assert.deepEqual(
      some?.map(({ pokemonId }) => pokemonId),
      ids.slice(10, 20),
    );
    const { Count } = await query.query({ partition: 'GEN#1' }).options({ select: 'COUNT' }).send();
    assert.equal(Count, 30);
  });

  test('read a global and a local index, page by page', async () => {
    const ids = await catchThirty();
    const { table, pokemon } = entities;
    for (const target of [
      { index: 'byTrainer', partition: 'ash' },
      { index: 'byName', partition: 'GEN#1' },
    ] as const) {
      const seen: string[] = [];
      let lastEvaluatedKey: Record<string, unknown> | undefined;
      do {
        const page = await table
          .build(QueryCommand)
          .entities(pokemon)
          .query({ ...target, range: { gte: 'name 03' } })
          .options({ limit: 10, ...(lastEvaluatedKey && { exclusiveStartKey: lastEvaluatedKey }) })
          .send();
        seen.push(...(page.Items ?? []).map(({ pokemonId }) => pokemonId));
        lastEvaluatedKey = page.LastEvaluatedKey;
      } while (lastEvaluatedKey !== undefined);
      assert.deepEqual(seen, ids.slice(3));
    }
  });

  test('read an index with keys of several attributes', async () => {
    const { table, pokemon } = entities;
    for (const [pokemonId, town, trainerId] of [
      ['1', 'Pallet', 'ash'],
      ['2', 'Pallet', 'gary'],
      ['3', 'Pallet', 'ash'],
      ['4', 'Viridian', 'ash'],
    ] as const) {
      const place = { region: 'Kanto', town, trainerId };
      await pokemon
        .build(PutItemCommand)
        .item({ generation: '1', pokemonId, name: `name ${pokemonId}`, ...place })
        .send();
    }
    const query = async (range: ['ash' | { beginsWith: string }] | ['ash', { gt: string }]) => {
      const { Items } = await table
        .build(QueryCommand)
        .entities(pokemon)
        .query({ index: 'byPlace', partition: ['Kanto', 'Pallet'], range })
        .send();
      return Items?.map(({ pokemonId }) => pokemonId);
    };
    assert.deepEqual(await query(['ash']), ['1', '3']);
    assert.deepEqual(await query(['ash', { gt: 'name 1' }]), ['3']);
    assert.deepEqual(await query([{ beginsWith: 'g' }]), ['2']);
  });

  test('scan the entities of a table, in segments, and delete a partition', async () => {
    const ids = await catchThirty();
    const { table, pokemon, trainer } = entities;
    await trainer.build(PutItemCommand).item({ trainerId: 'ash', badges: 8 }).send();
    const { Items } = await table
      .build(ScanCommand)
      .entities(pokemon, trainer)
      .options({ filters: { POKEMON: { attr: 'level', lt: 2 }, TRAINER: { attr: 'badges', gt: 1 } } })
      .send();
    assert.equal(Items?.length, 3);
    const segments = await Promise.all(
      [0, 1, 2].map(async (segment) => {
        const scan = table.build(ScanCommand).options({ segment, totalSegments: 3, maxPages: Infinity });
        return (await scan.send()).Items?.length ?? 0;
      }),
    );
    assert.equal(
      segments.reduce((sum, count) => sum + count),
      ids.length + 1,
    );
    await table.build(DeletePartitionCommand).entities(pokemon).query({ partition: 'GEN#1' }).send();
    assert.equal((await table.build(ScanCommand).send()).Count, 1);
  });

  test('get and delete batches', async () => {
    await catchThirty();
    const { table, pokemon } = entities;
    const get = (pokemonId: string) => pokemon.build(BatchGetRequest).key({ generation: '1', pokemonId });
    const { Responses } = await executeBatchGet(
      { maxAttempts: 3 },
      table
        .build(BatchGetCommand)
        .requests(get('03'), get('none'), get('01'))
        .options({ consistent: true, attributes: ['name'] }),
    );
    assert.deepEqual(
      Responses?.[0]?.map((found) => found?.name),
      ['name 03', undefined, 'name 01'],
    );
    await executeBatchWrite(
      table
        .build(BatchWriteCommand)
        .requests(pokemon.build(BatchDeleteRequest).key({ generation: '1', pokemonId: '03' })),
    );
    const { Item } = await pokemon.build(GetItemCommand).key({ generation: '1', pokemonId: '03' }).send();
    assert.equal(Item, undefined);
  });
});

describe('DynamoDB-Toolbox transactions', () => {
  test('write all or nothing, and read', async () => {
    const { pokemon, trainer } = entities;
    await trainer.build(PutItemCommand).item({ trainerId: 'ash', badges: 1 }).send();
    await pokemon
      .build(PutItemCommand)
      .item({ ...PIKACHU, pokemonId: 'old' })
      .send();
    const write = (clientRequestToken: string, badges: number) =>
      executeTransactWrite(
        { clientRequestToken },
        trainer.build(ConditionCheck).key({ trainerId: 'ash' }).condition({ attr: 'badges', gte: badges }),
        pokemon.build(PutTransaction).item(PIKACHU),
        pokemon.build(DeleteTransaction).key({ generation: '1', pokemonId: 'old' }),
        pokemon.build(UpdateTransaction).item({ generation: '1', pokemonId: 'count', name: 'none', level: $add(1) }),
      );
    const read = async () => {
      const { Responses } = await executeTransactGet(
        pokemon.build(GetTransaction).key(KEY),
        pokemon.build(GetTransaction).key({ generation: '1', pokemonId: 'old' }),
        pokemon
          .build(GetTransaction)
          .key({ generation: '1', pokemonId: 'count' })
          .options({ attributes: ['level'] }),
      );
      return Responses?.map(({ Item } = {}) => Item?.level);
    };
    await assert.rejects(write('refused', 2), {
      name: 'TransactionCanceledException',
      message:
        'Transaction cancelled, please refer cancellation reasons for specific reasons ' +
        '[ConditionalCheckFailed, None, None, None]',
    });
    assert.deepEqual(await read(), [undefined, 1, undefined]);
    await write('done', 1);
    assert.deepEqual(await read(), [1, undefined, 1]);
  });
});
