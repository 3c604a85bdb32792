/** The servers that are compared: StatorDB, dynalite, and bare node:http. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { findFreePort, MAIN, startServerProcess } from '../test/server-process.ts';
import type { ServerProcess } from '../test/server-process.ts';
import { CREATE_TABLE, preloadCalls, sampleCalls } from './workloads.ts';
import type { ApiCall } from './workloads.ts';
import { encodeHeaders } from './http-request.ts';

const PRELOAD_CALLS_IN_PARALLEL = 16;

/** StatorDB as it comes, on the store that `storeArgs` say: every write durable before it is answered. */
export async function startStatorServer(storeArgs: readonly string[]): Promise<ServerProcess> {
  const args = [MAIN, 'start', '--port', '0', ...storeArgs, '--log-level', 'warn'];
  // As `npm start` has it.
  const NODE_COMPILE_CACHE = fileURLToPath(new URL('../node_modules/.cache/node', import.meta.url));
  return await startServerProcess(process.execPath, args, { env: { ...process.env, NODE_COMPILE_CACHE } });
}

/** dynalite as it comes, its data in `folder`; its writes go to LevelDB, which doesn't sync them. */
export async function startDynaliteServer(folder: string): Promise<ServerProcess> {
  const cli = fileURLToPath(import.meta.resolve('dynalite/cli.js'));
  const port = String(await findFreePort());
  const args = [cli, '--host', '127.0.0.1', '--port', port, '--path', join(folder, 'dynalite')];
  return await startServerProcess(process.execPath, args);
}

/** A bare server whose answers are as long as those of the server at `endpoint`. */
export async function startBareServer(endpoint: string): Promise<ServerProcess> {
  const lengths: Record<string, number> = {};
  for (const call of sampleCalls()) lengths[call.operation] = Buffer.byteLength(await callApi(endpoint, call));
  const path = fileURLToPath(new URL('./bare-server.ts', import.meta.url));
  return await startServerProcess(process.execPath, [path, JSON.stringify(lengths)]);
}

/** Creates the table and puts `items` items into it. */
export async function preload(endpoint: string, items: number): Promise<void> {
  await createTable(endpoint, CREATE_TABLE);
  const calls = preloadCalls(items).values();
  async function sendCalls(): Promise<void> {
    for (const call of calls) await callApi(endpoint, call);
  }
  await Promise.all(Array.from({ length: PRELOAD_CALLS_IN_PARALLEL }, sendCalls));
}

/** Creates a table, and waits until it can be used. */
export async function createTable(endpoint: string, call: ApiCall): Promise<void> {
  const { TableName } = JSON.parse(await callApi(endpoint, call)).TableDescription as { readonly TableName: string };
  const describe = { operation: 'DescribeTable', input: { TableName } };
  while (!(await callApi(endpoint, describe)).includes('"ACTIVE"')) await sleep(50);
}

/** Resident memory of a process in bytes; undefined where the system doesn't tell. */
export function readMemoryBytes({ pid }: ServerProcess): number | undefined {
  const path = `/proc/${pid}/status`;
  const kilobytes = existsSync(path) && /VmRSS:\s+(\d+) kB/.exec(readFileSync(path, 'utf8'))?.[1];
  return kilobytes ? Number(kilobytes) * 1024 : undefined;
}

async function callApi(endpoint: string, { operation, input }: ApiCall): Promise<string> {
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: encodeHeaders(operation),
    body: JSON.stringify(input),
  });
  const text = await response.text();
  if (response.status !== 200 || text.includes('"UnprocessedItems":{"')) throw new Error(`${operation}: ${text}`);
  return text;
}
