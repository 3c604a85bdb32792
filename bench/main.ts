/**
 * `npm run bench`: StatorDB beside a bare HTTP server and dynalite, under the same load.
 *
 * Prints a table, and writes the figures and a chart to bench/results. `-- --quick` gives a rough idea in a minute.
 * `-- --storage postgres` measures StatorDB on a PostgreSQL that it starts, beside the bare loop of the client `pg`.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { drawChart } from './chart.ts';
import { measure } from './measure.ts';
import { formatCount, formatMeasurement } from './report.ts';
import { openStores, STORAGE_NAMES } from './stores.ts';
import { ITEM_SIZE_BYTES } from './workloads.ts';

const { values } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, storage: { type: 'string', default: 'sqlite' } },
});
const storage = STORAGE_NAMES.find((name) => name === values.storage);
if (storage === undefined) throw new Error(`--storage is one of ${STORAGE_NAMES.join(', ')}`);
const options = values.quick
  ? { connections: 64, items: 20_000, rounds: 1, warmupMs: 300, measureMs: 1000 }
  : { connections: 64, items: 100_000, rounds: 3, warmupMs: 1000, measureMs: 3000 };

// Beside the project and not in a folder for temporary files, which may lie in memory, where a sync costs nothing.
const cache = fileURLToPath(new URL('../node_modules/.cache/', import.meta.url));
mkdirSync(cache, { recursive: true });
const folder = mkdtempSync(join(cache, 'bench-'));
try {
  const stores = await openStores(storage, folder, cache);
  const report = (line: string): void => console.error(line);
  const measurement = await measure(folder, stores, options, report).finally(() => stores.close());
  console.log(`\n${formatMeasurement(measurement)}`);

  const date = new Date().toISOString().slice(0, 10);
  const machine = `${availableParallelism()} cores, Node.js ${process.versions.node}`;
  const load = `${options.connections} connections, ${formatCount(options.items)} items of ${ITEM_SIZE_BYTES} bytes`;
  const results = fileURLToPath(new URL('./results/', import.meta.url));
  mkdirSync(results, { recursive: true });
  const variant = `${storage === 'sqlite' ? '' : `-${storage}`}${values.quick ? '-quick' : ''}`;
  const path = join(results, `${date}-${availableParallelism()}-cores${variant}`);
  writeFileSync(
    `${path}.json`,
    `${JSON.stringify({ date, machine, storage, options, ...measurement }, undefined, 2)}\n`,
  );
  writeFileSync(`${path}.svg`, drawChart(measurement, `${load}; ${machine}; ${date}`));
  console.log(`\nwritten to ${path}.json and .svg`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
