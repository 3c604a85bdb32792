/**
 * The world's cities in StatorDB: `npm run example -- [--endpoint http://127.0.0.1:8000] [--cities N]`.
 *
 * Without an endpoint it starts a server of its own, in memory. In a project of yours, startStator comes from 'statordb'.
 */
import { parseArgs } from 'node:util';
import { startStator } from '../../src/index.ts';
import { takeTour } from './tour.ts';

const PROGRESS_WIDTH = 40;

function showProgress(loaded: number, total: number): void {
  if (!process.stdout.isTTY) return;
  const filled = Math.round((loaded / total) * PROGRESS_WIDTH);
  const bar = '█'.repeat(filled) + '░'.repeat(PROGRESS_WIDTH - filled);
  process.stdout.write(`\r${bar} ${loaded} of ${total}${loaded === total ? '\n' : ''}`);
}

const { values } = parseArgs({ options: { endpoint: { type: 'string' }, cities: { type: 'string' } } });
const stator = values.endpoint === undefined ? await startStator({ inMemory: true, port: 0 }) : undefined;
await takeTour({
  endpoint: values.endpoint ?? stator?.endpoint ?? '',
  limit: Number(values.cities ?? Infinity),
  print: console.log,
  showProgress,
});
await stator?.close();
