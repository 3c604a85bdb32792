/**
 * `node splitting-server.ts FOLDER`: a server on a data folder whose shards are rolled and split all the time, so that
 * a test sees in seconds what else takes hours. It prints its endpoint.
 */
import { startStator } from '../../src/context.ts';
import { SMALL_PARTITIONS } from './split-limits.ts';

const splitLimits = { ...SMALL_PARTITIONS, openMs: 400, recordsPerSecond: 200 };
const dataDir = process.argv[2];
if (dataDir === undefined) throw new Error('a data folder is to be named');
const stator = await startStator({ dataDir, port: 0, threads: 2, logLevel: 'warn' }, { splitLimits });
process.on('SIGTERM', () => void stator.close(AbortSignal.abort()));
console.log(stator.endpoint);
