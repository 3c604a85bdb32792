/** A server that is killed in the middle of its work, or at the end of what it was started for. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { MAIN, type ServerProcess, startServerProcess } from '../server-process.ts';

/** Starts a server with `args` more, lets it be used, and kills it if it lives on. */
export async function withServer<T>(
  args: readonly string[],
  use: (client: DynamoDBClient, server: ServerProcess) => Promise<T>,
): Promise<T> {
  const command = [MAIN, 'start', '--port', '0', '--log-level', 'warn', ...args];
  const server = await startServerProcess(process.execPath, command);
  const credentials = { accessKeyId: 'crash', secretAccessKey: 'crash' };
  const client = new DynamoDBClient({ endpoint: server.endpoint, region: 'us-east-1', credentials });
  try {
    return await use(client, server);
  } finally {
    client.destroy();
    await server.stop('SIGKILL');
  }
}

/** Rejects if `stator check` finds anything wrong with a data folder. */
export async function checkFolder(dataDir: string): Promise<void> {
  await promisify(execFile)(process.execPath, [MAIN, 'check', '--data-dir', dataDir]);
}
