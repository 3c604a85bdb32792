/** The HTTP threads of a server, seen from the main thread: started, restarted when one dies, and ended. */
import { once } from 'node:events';
import { createServer } from 'node:net';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Credentials } from './auth/credentials.ts';
import type { Logger } from './foundation/logging.ts';
import { StartError, type StatorOptions } from './options.ts';
import type { ListenOptions } from './server/http-server.ts';
import type { Storage } from './storage/engine.ts';

/** What an HTTP thread is told when it starts. */
export interface HttpThreadData {
  /** See `Storage.attach`. */
  readonly attachment: unknown;
  readonly listen: ListenOptions;
  readonly credentials: Credentials | undefined;
  readonly region: string;
  readonly accountId: string;
  readonly logLevel: StatorOptions['logLevel'];
}

/** What an HTTP thread tells, once, after it tried to listen; it ends after any message to it. */
export type HttpThreadMessage =
  | { readonly kind: 'listening'; readonly port: number }
  | { readonly kind: 'failed'; readonly code: string };

export interface HttpThreads {
  readonly port: number;
  /** Stops accepting, finishes the requests in flight and ends the threads. */
  close(): Promise<void>;
}

/** Starts `options.threads` threads on one port. Rejects with StartError where it can't be had. */
export async function startHttpThreads(
  options: StatorOptions,
  credentials: Credentials | undefined,
  storage: Storage,
  logger: Logger,
): Promise<HttpThreads> {
  const reusePort = options.threads > 1;
  // Sharing a port would let two servers take the same one unnoticed.
  if (reusePort && options.port !== 0) await probePort(options);
  const running = new Set<Worker>();
  let closing = false;

  async function startThread(port: number): Promise<number> {
    const { attachment, transfer } = storage.attach();
    const { host, region, accountId, logLevel } = options;
    const listen = { host, port, ...(reusePort && { reusePort }) };
    const workerData: HttpThreadData = { attachment, listen, credentials, region, accountId, logLevel };
    const worker = new Worker(new URL(`./http-thread${extname(import.meta.url)}`, import.meta.url), {
      workerData,
      transferList: [...transfer],
    });
    running.add(worker);
    const failed = new Promise<never>((_, reject) => worker.once('error', reject));
    const [told] = (await Promise.race([once(worker, 'message'), failed])) as [HttpThreadMessage];
    if (told.kind === 'failed') {
      await endThread(worker);
      running.delete(worker);
      throw new StartError(describeListenError(told.code, options));
    }
    worker.on('error', (error) => logger.error({ err: error }, 'an HTTP thread failed'));
    worker.once('exit', () => {
      running.delete(worker);
      if (!closing) void restartThread(told.port);
    });
    return told.port;
  }

  async function restartThread(port: number): Promise<void> {
    try {
      await startThread(port);
      logger.warn('an HTTP thread ended and was started again');
    } catch (error) {
      logger.fatal({ err: error }, 'an HTTP thread ended and can not be started again');
    }
  }

  async function close(): Promise<void> {
    closing = true;
    await Promise.all([...running].map(endThread));
  }

  try {
    const port = await startThread(options.port);
    await Promise.all(Array.from({ length: options.threads - 1 }, () => startThread(port)));
    return { port, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function endThread(worker: Worker): Promise<void> {
  const ended = once(worker, 'exit');
  worker.postMessage('end');
  await ended;
}

/** Rejects with StartError if somebody listens on the port. */
async function probePort(options: StatorOptions): Promise<void> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => {
    probe.once('error', (error: NodeJS.ErrnoException) => {
      reject(new StartError(describeListenError(error.code ?? error.message, options)));
    });
    probe.listen({ host: options.host, port: options.port }, () => probe.close(() => resolve()));
  });
}

function describeListenError(code: string, { host, port }: StatorOptions): string {
  switch (code) {
    case 'EADDRINUSE':
      return `port ${port} on ${host} is in use by another process`;
    case 'EACCES':
      return `port ${port} on ${host} needs more rights than this process has`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `host ${host} is not an address of this machine`;
    default:
      return `can't listen on port ${port} of ${host}: ${code}`;
  }
}
