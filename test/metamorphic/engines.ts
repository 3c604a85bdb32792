/** Runs the metamorphic test on each storage engine: one node on SQLite, and two that share a PostgreSQL. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkDataFolder } from '../../src/check-data-folder.ts';
import { type PartialOptions, type Stator, startStator } from '../../src/index.ts';
import { checkStore } from '../../src/items/check-store.ts';
import { openSource } from '../../src/open-storage.ts';
import { openTestDatabase } from '../postgres.ts';
import { type RunOptions, runSteps } from './run.ts';
import { type Server, serverAt } from './servers.ts';
import { sum } from './values.ts';

type Options = Omit<RunOptions, 'servers'>;

/** As `runSteps`; afterwards the stores themselves must be sound and hold as many items as the model. */
export async function runEngines(options: Options): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'stator-metamorphic-'));
  const database = await openTestDatabase();
  try {
    const shared = { storage: database.url };
    const items = await runServers({ SQLite: [{ dataDir }], PostgreSQL: [shared, shared] }, options);
    const fail = (problem: string): never => assert.fail(problem);
    const sqlite = await checkDataFolder(dataDir, fail);
    const postgres = await checkDatabase(database.url, fail);
    assert.deepEqual([sqlite.items, postgres.items], [items, items]);
  } finally {
    rmSync(dataDir, { recursive: true });
    await database.drop();
  }
}

/** An index is CREATING for longer than its backfill takes: so writes find items that have been backfilled. */
const OPTIONS = { port: 0, drainSeconds: 0, logLevel: 'error', indexBuildDelaySeconds: 0.3 } as const;

/** Resolves with how many items there are afterwards. */
async function runServers(
  nodesByName: Readonly<Record<string, readonly PartialOptions[]>>,
  options: Options,
): Promise<number> {
  const nodes: Stator[] = [];
  try {
    const servers: Server[] = [];
    for (const [name, each] of Object.entries(nodesByName)) {
      const first = nodes.length;
      for (const node of each) nodes.push(await startStator({ ...node, ...OPTIONS }));
      servers.push(
        serverAt(
          name,
          nodes.slice(first).map(({ endpoint }) => endpoint),
        ),
      );
    }
    const database = await runSteps({ ...options, servers });
    return sum([...database.values()].map((table) => table.items.size));
  } finally {
    for (const node of nodes) await node.close();
  }
}

async function checkDatabase(url: string, report: (problem: string) => void) {
  const { engine, close } = await openSource({ kind: 'postgres', url });
  try {
    return await checkStore(engine, report);
  } finally {
    await close();
  }
}
