/** The entry of an HTTP thread: opens its own handle on the store, listens, and ends when the main thread says so. */
import { parentPort, workerData } from 'node:worker_threads';
import { LAMBDA_OPERATIONS, OPERATIONS } from './api/registry.ts';
import { createRestRoutes } from './api/rest-routes.ts';
import { validateInput } from './api/shape.ts';
import { assert } from './foundation/assert.ts';
import { systemClock } from './foundation/clock.ts';
import type { ApiFault } from './foundation/errors.ts';
import { createLogger } from './foundation/logging.ts';
import { systemRandom } from './foundation/random.ts';
import { startPulse } from './http-thread-pulse.ts';
import type { HttpThreadData, HttpThreadOrder, HttpThreadReport } from './http-threads.ts';
import { openEngine } from './open-storage.ts';
import { type HttpServer, type ListenOptions, createHttpServer } from './server/http-server.ts';
import {
  StorageClosedError,
  StorageConflictError,
  type StorageEngine,
  StorageUnavailableError,
} from './storage/engine.ts';
import { createCatalog } from './tables/catalog.ts';

const { credentials, region, accountId, functions, tableDelayMs, indexBuildDelayMs, logLevel, calls, pulses, number } =
  workerData as HttpThreadData;
const main = parentPort;
assert(main !== null, 'this module runs as a worker thread');

interface Serving {
  readonly engine: StorageEngine;
  readonly server: HttpServer;
}

const logger = createLogger(logLevel, { thread: 'http' });
const pulse = startPulse(pulses, number, (thread) => {
  if (thread === 0) logger.error('the main thread is stuck');
});

let serving: Promise<Serving> | undefined;

async function serve(attachment: unknown, listen: ListenOptions): Promise<Serving> {
  const engine = await openEngine(attachment);
  const catalog = createCatalog(engine);
  const server = createHttpServer({
    operations: OPERATIONS,
    findRestCall: createRestRoutes(LAMBDA_OPERATIONS),
    context: {
      engine,
      catalog,
      clock: systemClock,
      random: systemRandom,
      region,
      accountId,
      functions,
      tableDelayMs,
      indexBuildDelayMs,
    },
    credentials,
    region,
    logger,
    validateInput,
    describeFault,
    areThreadsRunning: pulse.areOthersRunning,
    pingStore: () => engine.ping(),
    countCall: () => void Atomics.add(calls, 0, 1n),
  });
  try {
    report({ kind: 'listening', ...(await server.listen(listen)) });
  } catch (error) {
    report({ kind: 'failed', code: (error as NodeJS.ErrnoException).code ?? String(error) });
  }
  return { engine, server };
}

/**
 * What clients try again. The store closes while requests finish only when the server ends, or its writer has; a shared
 * one may be out of reach.
 */
function describeFault(error: unknown): ApiFault | undefined {
  if (error instanceof StorageClosedError || error instanceof StorageUnavailableError) {
    return {
      name: 'ServiceUnavailable',
      message: 'The request has failed due to a temporary failure of the server.',
    };
  }
  if (error instanceof StorageConflictError) {
    return { name: 'InternalServerError', message: 'Internal server error' };
  }
  return undefined;
}

async function drain(): Promise<void> {
  (await serving)?.server.drain();
}

/** Nothing else keeps the thread once its port is closed. */
async function close(): Promise<void> {
  const served = await serving;
  await served?.server.close();
  await served?.engine.close();
  main?.close();
}

function report(message: HttpThreadReport): void {
  main?.postMessage(message);
}

main.on('message', (order: HttpThreadOrder) => {
  if (order.kind === 'open') serving = serve(order.attachment, order.listen);
  else if (order.kind === 'drain') void drain();
  else void close();
});
