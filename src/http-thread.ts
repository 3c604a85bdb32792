/** The entry of an HTTP thread: opens its own handle on the store, listens, and ends when the main thread says so. */
import { parentPort, workerData } from 'node:worker_threads';
import { OPERATIONS } from './api/registry.ts';
import { validateInput } from './api/shape.ts';
import { assert } from './foundation/assert.ts';
import { systemClock } from './foundation/clock.ts';
import { createLogger } from './foundation/logging.ts';
import { systemRandom } from './foundation/random.ts';
import { openEngine } from './context.ts';
import type { HttpThreadData, HttpThreadMessage } from './http-threads.ts';
import { createHttpServer } from './server/http-server.ts';
import { createCatalog } from './tables/catalog.ts';

const { attachment, listen, credentials, region, accountId, logLevel } = workerData as HttpThreadData;
const port = parentPort;
assert(port !== null, 'this module runs as a worker thread');

const engine = openEngine(attachment);
const server = createHttpServer({
  operations: OPERATIONS,
  context: {
    engine,
    catalog: createCatalog(engine),
    clock: systemClock,
    random: systemRandom,
    region,
    accountId,
  },
  credentials,
  region,
  logger: createLogger(logLevel, { thread: 'http' }),
  validateInput,
});

port.once('message', () => {
  void (async () => {
    await server.close();
    await engine.close();
    port.close();
  })();
});

function tell(message: HttpThreadMessage): void {
  port?.postMessage(message);
}

try {
  tell({ kind: 'listening', ...(await server.listen(listen)) });
} catch (error) {
  tell({ kind: 'failed', code: (error as NodeJS.ErrnoException).code ?? String(error) });
}
