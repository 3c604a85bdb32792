/** The thread of the bare loop over `pg`, which makes nothing but statements. */
import { parentPort, workerData } from 'node:worker_threads';
import { runPgLoad } from './pg-load.ts';
import type { PgLoadOptions } from './pg-load.ts';

parentPort?.postMessage(await runPgLoad(workerData as PgLoadOptions));
