/** Servers that are killed in the middle of their work. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { MAIN, startServerProcess } from '../server-process.ts';

/** Starts a server with `args` more, and kills it (SIGKILL) as soon as `use` is settled; resolves with its answer. */
export async function withServer<T>(args: readonly string[], use: (client: DynamoDBClient) => Promise<T>): Promise<T> {
  const command = [MAIN, 'start', '--port', '0', '--log-level', 'warn', ...args];
  const server = await startServerProcess(process.execPath, command);
  const credentials = { accessKeyId: 'crash', secretAccessKey: 'crash' };
  const client = new DynamoDBClient({ endpoint: server.endpoint, region: 'us-east-1', credentials });
  try {
    return await use(client);
  } finally {
    await server.stop('SIGKILL');
    client.destroy();
  }
}

/** Rejects if `stator check` finds anything wrong with a data folder. */
export async function checkFolder(dataDir: string): Promise<void> {
  await promisify(execFile)(process.execPath, [MAIN, 'check', '--data-dir', dataDir]);
}
