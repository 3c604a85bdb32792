/** The thread of the load: it makes nothing but requests, so that its own pauses stay out of the figures. */
import { parentPort, workerData } from 'node:worker_threads';
import { runLoad } from './load.ts';
import type { LoadOptions } from './load.ts';

parentPort?.postMessage(await runLoad(workerData as LoadOptions));
