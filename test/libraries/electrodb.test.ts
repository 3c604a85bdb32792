/** ElectroDB does here what its documentation shows: the tasks of employees, in one table with two indexes. */
import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { Entity, Service } from 'electrodb';
import { useServer } from '../e2e/server.ts';
import { singleTable } from './single-table.ts';

const server = useServer();

/** The models of the quick start, on a table of their own. */
function openModels(table: string) {
  const configuration = { client: server.client, table };
  const employees = new Entity(
    {
      model: { entity: 'employee', version: '1', service: 'taskapp' },
      attributes: {
        employee: { type: 'string', required: true },
        team: { type: 'string', required: true },
        title: { type: 'string' },
        salary: { type: 'number' },
        skills: { type: 'set', items: 'string' },
        address: { type: 'map', properties: { city: { type: 'string' }, zip: { type: 'string' } } },
      },
      indexes: {
        employee: { pk: { field: 'pk', composite: ['employee'] }, sk: { field: 'sk', composite: [] } },
        assignments: {
          collection: 'workload',
          index: 'gsi1',
          pk: { field: 'gsi1pk', composite: ['employee'] },
          sk: { field: 'gsi1sk', composite: [] },
        },
      },
    } as const,
    configuration,
  );
  const tasks = new Entity(
    {
      model: { entity: 'task', version: '1', service: 'taskapp' },
      attributes: {
        task: { type: 'string', required: true },
        project: { type: 'string', required: true },
        team: { type: 'string', required: true },
        employee: { type: 'string', required: true },
        status: { type: ['open', 'in-progress', 'closed'] as const, default: () => 'open' as const },
        points: { type: 'number', required: true },
        tags: { type: 'set', items: 'string' },
        comments: {
          type: 'list',
          items: { type: 'map', properties: { user: { type: 'string' }, body: { type: 'string' } } },
        },
        updatedAt: { type: 'number', watch: '*', set: () => 1_700_000_000_000, readOnly: true },
      },
      indexes: {
        projects: {
          pk: { field: 'pk', composite: ['team'] },
          sk: { field: 'sk', composite: ['project', 'task'] },
        },
        assigned: {
          collection: 'workload',
          index: 'gsi1',
          pk: { field: 'gsi1pk', composite: ['employee'] },
          sk: { field: 'gsi1sk', composite: ['status'] },
        },
        teams: {
          index: 'gsi3',
          type: 'composite',
          pk: { composite: ['team', 'status'] },
          sk: { composite: ['employee', 'project', 'task'] },
        },
        statuses: {
          index: 'gsi2',
          pk: { field: 'gsi2pk', composite: ['status'] },
          sk: { field: 'gsi2sk', composite: ['project', 'task'] },
        },
      },
    } as const,
    configuration,
  );
  return { employees, tasks, app: new Service({ employees, tasks }) };
}

let models: ReturnType<typeof openModels>;

beforeEach(async () => {
  const gsi3 = [
    ['team', 'status'],
    ['employee', 'project', 'task'],
  ] as const;
  const indexes = { gsi1: ['gsi1pk', 'gsi1sk'], gsi2: ['gsi2pk', 'gsi2sk'], gsi3 } as const;
  models = openModels(await server.createTable(singleTable(['pk', 'sk'], indexes)));
});

const KEY = { team: 'core', project: 'backend', task: '45-662' };
const TASK = { ...KEY, employee: 'janet', points: 3 };

/** Tasks `000` to `029` of two projects, in the order of their keys. */
async function loadTasks(): Promise<string[]> {
  const made = Array.from({ length: 30 }, (_, i) => ({
    ...TASK,
    project: i < 20 ? 'backend' : 'frontend',
    task: String(i).padStart(3, '0'),
    points: i,
    status: i % 3 === 0 ? ('closed' as const) : ('open' as const),
  }));
  const { unprocessed } = await models.tasks.put(made).go();
  assert.deepEqual(unprocessed, []);
  return made.map(({ task }) => task);
}

describe('an ElectroDB entity', () => {
  test('is created once, got, and removed once', async () => {
    const { tasks } = models;
    const { data: created } = await tasks.create(TASK).go();
    const stored = { ...TASK, status: 'open', updatedAt: 1_700_000_000_000 };
    assert.deepEqual(created, stored);
    assert.deepEqual((await tasks.get(KEY).go()).data, stored);
    assert.deepEqual((await tasks.get(KEY).go({ attributes: ['points', 'status'] })).data, {
      points: 3,
      status: 'open',
    });
    await assert.rejects(tasks.create(TASK).go(), /The conditional request failed/);
    assert.deepEqual((await tasks.remove(KEY).go({ response: 'all_old' })).data, stored);
    await assert.rejects(tasks.remove(KEY).go(), /The conditional request failed/);
    assert.equal((await tasks.get(KEY).go()).data, null);
  });

  test('is patched: set, add, append, and a condition, as in the README', async () => {
    const { tasks } = models;
    await tasks.create({ ...TASK, status: 'in-progress', comments: [], tags: ['new'] }).go();
    const patch = () =>
      tasks
        .patch(KEY)
        .set({ status: 'open' })
        .add({ points: 5, tags: ['seen'] })
        .append({ comments: [{ user: 'janet', body: 'This seems half-baked.' }] })
        .where(({ status }, { eq }) => eq(status, 'in-progress'))
        .go({ response: 'all_new' });
    const { data } = await patch();
    assert.deepEqual(data, {
      ...TASK,
      status: 'open',
      points: 8,
      comments: [{ user: 'janet', body: 'This seems half-baked.' }],
      tags: ['new', 'seen'],
      updatedAt: 1_700_000_000_000,
    });
    await assert.rejects(patch(), /The conditional request failed/);
    await assert.rejects(
      tasks
        .patch({ ...KEY, task: 'no' })
        .set({ points: 1 })
        .go(),
      /The conditional request failed/,
    );
  });

  test('is updated by operations on its attributes', async () => {
    const { tasks } = models;
    await tasks.create({ ...TASK, tags: ['a', 'b'], comments: [{ user: 'tyler', body: 'one' }] }).go();
    const { data } = await tasks
      .update(KEY)
      .data((attributes, operations) => {
        operations.subtract(attributes.points, 1);
        operations.delete(attributes.tags, ['a']);
        operations.set(attributes.comments[0]!.body, 'two');
      })
      .go({ response: 'all_new' });
    assert.deepEqual([data.points, data.tags, data.comments], [2, ['b'], [{ user: 'tyler', body: 'two' }]]);
    await tasks.update(KEY).remove(['comments']).go();
    assert.equal((await tasks.get(KEY).go()).data?.comments, undefined);
  });

  test('is upserted: made, or changed', async () => {
    const { employees } = models;
    const upsert = (salary: number) =>
      employees
        .upsert({ employee: 'janet', team: 'core', title: 'engineer' })
        .add({ salary })
        .ifNotExists({ address: { city: 'Atlanta' } })
        .go({ response: 'all_new' });
    const { data: made } = await upsert(10);
    const { data: changed } = await upsert(5);
    const employee = { employee: 'janet', team: 'core', title: 'engineer', address: { city: 'Atlanta' } };
    assert.deepEqual(made, { ...employee, salary: 10 });
    assert.deepEqual(changed, { ...employee, salary: 15 });
  });
});

describe('ElectroDB queries', () => {
  test('compare sort keys, in either order', async () => {
    const all = await loadTasks();
    const { projects } = models.tasks.query;
    const found = async (query: { go(): Promise<{ data: { task: string }[] }> }) =>
      (await query.go()).data.map(({ task }) => task);
    const backend = { team: 'core', project: 'backend' };
    assert.deepEqual(await found(projects({ team: 'core' })), all);
    assert.deepEqual(await found(projects({ team: 'core', project: 'frontend' })), all.slice(20));
    assert.deepEqual(await found(projects(backend).begins({ task: '01' })), all.slice(10, 20));
    assert.deepEqual(await found(projects(backend).between({ task: '003' }, { task: '005' })), all.slice(3, 6));
    assert.deepEqual(await found(projects(backend).gt({ task: '017' })), all.slice(18));
    assert.deepEqual(await found(projects(backend).gte({ task: '017' })), all.slice(17));
    assert.deepEqual(await found(projects(backend).lt({ task: '002' })), all.slice(0, 2));
    assert.deepEqual(await found(projects(backend).lte({ task: '002' })), all.slice(0, 3));
    const { data } = await projects({ team: 'core' }).go({ order: 'desc', limit: 3 });
    assert.deepEqual(
      data.map(({ task }) => task),
      all.slice(-3).toReversed(),
    );
  });

  test('read a composite index, whose keys have several attributes', async () => {
    await loadTasks();
    const { teams } = models.tasks.query;
    const closed = { team: 'core', status: 'closed' } as const;
    const backend = { ...closed, employee: 'janet', project: 'backend' };
    const found = async (query: { go(): Promise<{ data: { points: number }[] }> }) =>
      (await query.go()).data.map(({ points }) => points);
    assert.equal((await found(teams(closed))).length, 10);
    assert.deepEqual(await found(teams({ ...backend, project: 'frontend' })), [21, 24, 27]);
    assert.deepEqual(await found(teams(backend).between({ task: '003' }, { task: '009' })), [3, 6, 9]);
    await models.tasks
      .patch({ ...KEY, task: '003' })
      .set({ status: 'open' })
      .go();
    assert.deepEqual(await found(teams(backend).lt({ task: '010' })), [0, 6, 9]);
  });

  test('filter, on an index', async () => {
    await loadTasks();
    const { data } = await models.tasks.query
      .statuses({ status: 'closed' })
      .where(
        ({ points, project, comments }, { between, eq, notExists }) =>
          `${between(points, 3, 25)} AND (${eq(project, 'backend')} OR ${eq(project, 'frontend')}) AND ${notExists(comments)}`,
      )
      .go();
    assert.deepEqual(
      data.map(({ points }) => points),
      [3, 6, 9, 12, 15, 18, 21, 24],
    );
  });

  test('page by cursor, or through all pages', async () => {
    const all = await loadTasks();
    const seen: string[] = [];
    let pages = 0;
    let cursor: string | null = null;
    do {
      const page: { data: { task: string }[]; cursor: string | null } = await models.tasks.query
        .assigned({ employee: 'janet' })
        .go({ cursor, limit: 8 });
      seen.push(...page.data.map(({ task }) => task));
      cursor = page.cursor;
      pages++;
    } while (cursor !== null);
    assert.equal(pages, 4);
    assert.deepEqual(seen.toSorted(), all);
    const { data } = await models.tasks.query.projects({ team: 'core' }).go({ count: 11, limit: 4 });
    assert.equal(data.length, 11);
    const scanned = await models.tasks.scan.go({ pages: 'all' });
    assert.deepEqual(
      scanned.data.map(({ task }) => task),
      all,
    );
  });

  test('choose an index by themselves: find and match', async () => {
    await loadTasks();
    const { data: found } = await models.tasks.find({ status: 'closed', project: 'frontend' }).go();
    assert.deepEqual(found.map(({ points }) => points).toSorted(), [21, 24, 27]);
    const { data: matched } = await models.tasks.match({ employee: 'janet', points: 7 }).go();
    assert.deepEqual(
      matched.map(({ task }) => task),
      ['007'],
    );
  });

  test('get and delete batches', async () => {
    const all = await loadTasks();
    const keys = all.slice(0, 20).map((task) => ({ ...KEY, task }));
    const { data, unprocessed } = await models.tasks.get(keys).go({ preserveBatchOrder: true });
    assert.deepEqual(
      data.map((task) => task?.task),
      all.slice(0, 20),
    );
    assert.deepEqual(unprocessed, []);
    await models.tasks.delete(keys).go();
    assert.equal((await models.tasks.query.projects({ team: 'core' }).go()).data.length, 10);
  });

  test('collect the entities of a service', async () => {
    const { app, employees, tasks } = models;
    await employees.create({ employee: 'janet', team: 'core', skills: ['chess', 'golf'] }).go();
    await tasks.create(TASK).go();
    const { data } = await app.collections.workload({ employee: 'janet' }).go();
    assert.deepEqual(data.employees, [{ employee: 'janet', team: 'core', skills: ['chess', 'golf'] }]);
    assert.deepEqual(
      data.tasks.map(({ task }) => task),
      [KEY.task],
    );
  });
});

describe('ElectroDB transactions', () => {
  test('write all or nothing, and read', async () => {
    const { app, employees } = models;
    await employees.create({ employee: 'janet', team: 'core', salary: 1 }).go();
    const write = (team: string) =>
      app.transaction
        .write(({ employees, tasks }) => [
          employees
            .check({ employee: 'janet' })
            .where((attributes, { eq }) => eq(attributes.team, team))
            .commit({ response: 'all_old' }),
          tasks.create(TASK).commit(),
          tasks.put({ ...TASK, task: 'second' }).commit(),
        ])
        .go();

    const refused = await write('marketing');
    assert.equal(refused.canceled, true);
    assert.deepEqual(
      refused.data.map(({ rejected, code }) => [rejected, code]),
      [
        [true, 'ConditionalCheckFailed'],
        [false, 'None'],
        [false, 'None'],
      ],
    );
    assert.deepEqual(refused.data[0].item, { employee: 'janet', team: 'core', salary: 1 });

    assert.equal((await write('core')).canceled, false);
    const read = await app.transaction
      .get(({ employees, tasks }) => [
        tasks.get(KEY).commit(),
        tasks.get({ ...KEY, task: 'third' }).commit(),
        employees.get({ employee: 'janet' }).commit(),
      ])
      .go();
    assert.equal(read.canceled, false);
    assert.deepEqual(
      read.data.map(({ item }) => item?.employee),
      ['janet', undefined, 'janet'],
    );
  });
});
