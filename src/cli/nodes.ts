import { systemTimer } from '../foundation/clock.ts';
import { findLiveNodes, type LiveNode } from '../jobs/live-nodes.ts';
import { openSource } from '../open-storage.ts';
import { StartError, validateStorage } from '../options.ts';
import { StorageUnavailableError } from '../storage/engine.ts';
import { alignColumns } from './columns.ts';
import { CommandLineError, type CommandOptions, readOptions, readSwitch, readText } from './command-line.ts';

const OPTIONS: CommandOptions = {
  storage: { type: 'string', value: 'URL', help: 'postgres://user:password@host:port/database, which the nodes share' },
  json: { type: 'boolean', help: 'print a JSON array' },
};

/** Prints the nodes that run over a shared store and resolves with exit code 0. */
export async function runNodes(args: readonly string[]): Promise<number> {
  const given = readOptions('Usage: stator nodes [options]', OPTIONS, args);
  if (given === undefined) return 0;
  const url = readText(given, 'storage');
  if (url === undefined) throw new CommandLineError('nodes are those that share a store: give --storage URL');
  validateStorage(url);
  const nodes = await readNodes(url);
  process.stdout.write(readSwitch(given, 'json') === true ? `${JSON.stringify(nodes, null, 2)}\n` : formatNodes(nodes));
  return 0;
}

async function readNodes(url: string): Promise<LiveNode[]> {
  const store = await openSource({ kind: 'postgres', url });
  try {
    return await findLiveNodes(store.engine, systemTimer);
  } catch (error) {
    throw error instanceof StorageUnavailableError ? new StartError(error.message, { cause: error }) : error;
  } finally {
    await store.close();
  }
}

const HEAD = ['NODE', 'ADDRESS', 'VERSION', 'UPTIME', 'REQUESTS/S', 'JOBS'];

function formatNodes(nodes: readonly LiveNode[]): string {
  if (nodes.length === 0) return 'no nodes\n';
  const rows = nodes.map(({ id, address, version, uptimeMs, requestsPerSecond, jobs }) => {
    return [id, address, version, formatDuration(uptimeMs), `${requestsPerSecond}`, jobs.join(', ') || '-'];
  });
  return alignColumns([HEAD, ...rows]);
}

const UNITS = [
  { name: 'd', seconds: 86_400 },
  { name: 'h', seconds: 3_600 },
  { name: 'm', seconds: 60 },
  { name: 's', seconds: 1 },
];

/** In the two largest units that it fills, such as `4h 12m`. */
function formatDuration(ms: number): string {
  const seconds = Math.floor(ms / 1_000);
  const parts = UNITS.map((unit, i) => {
    const larger = UNITS[i - 1]?.seconds ?? Infinity;
    return { count: Math.floor((seconds % larger) / unit.seconds), name: unit.name };
  });
  const first = parts.findIndex(({ count }) => count > 0);
  if (first < 0) return '0s';
  return parts
    .slice(first, first + 2)
    .map(({ count, name }) => `${count}${name}`)
    .join(' ');
}
