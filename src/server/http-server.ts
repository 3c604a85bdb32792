/**
 * The HTTP front: sockets, limits and timeouts, and the server's beginning and end.
 *
 * A request comes in here, is answered by dispatch.ts, and everything that HTTP itself goes wrong in is answered
 * here. One server runs in each HTTP thread; with `reusePort` several listen on one port.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { crc32 } from 'node:zlib';
import type { Operation } from '../api/operation.ts';
import type { OperationContext } from '../api/operation-context.ts';
import type { FindRestCall } from '../api/rest-routes.ts';
import { admitAnyCaller, createSignatureVerifier } from '../auth/authenticate.ts';
import type { Credentials } from '../auth/credentials.ts';
import { assert } from '../foundation/assert.ts';
import { wireFault } from '../foundation/errors.ts';
import type { ApiFault } from '../foundation/errors.ts';
import type { Logger } from '../foundation/logging.ts';
import { dispatch } from './dispatch.ts';
import type { Dispatcher } from './dispatch.ts';
import { createFaultLog } from './fault-log.ts';
import { createBodyReceiver, malformed } from './request-body.ts';
import { createRequestIds } from './request-id.ts';
import { createStoreCheck } from './store-check.ts';
import { createTurns } from './turns.ts';
import { createUnknownTargetLog } from './unknown-targets.ts';

// An import would evaluate all of the module's exports, some of which load an HTTP client: 50 ms of every start.
const { createServer } = process.getBuiltinModule('node:http');

export interface HttpServerOptions {
  /** By full target, such as `DynamoDB_20120810.GetItem`. */
  readonly operations: ReadonlyMap<string, Operation>;
  /** Finds operations that are told by method and path; without it there are none. */
  readonly findRestCall?: FindRestCall;
  readonly context: OperationContext;
  /** The access keys to verify signatures with; without them any well-formed claim is accepted. */
  readonly credentials?: Credentials | undefined;
  readonly region: string;
  readonly logger: Logger;
  /** Throws an ApiError if `body` is not of the operation's input shape. */
  validateInput(operationName: string, body: unknown): void;
  /** The fault to answer with where an operation fails by an error of a layer below; undefined: a fault of ours. */
  describeFault(error: unknown): ApiFault | undefined;
  /** Whether the threads of this process run. */
  areThreadsRunning(): boolean;
  /** Resolves if the store can be reached; rejects if it can't. */
  pingStore(): Promise<void>;
  /** Called once for each call that is admitted, before its body comes. */
  countCall(): void;
}

export interface ListenOptions {
  /** 0 lets the system choose. */
  readonly port: number;
  readonly host: string;
  /** Lets other threads and processes listen on the same port; the system spreads connections over them. */
  readonly reusePort?: boolean;
}

export interface HttpServer {
  /** Starts to accept connections; resolves with the port. Rejects with the system's error, such as EADDRINUSE. */
  listen(options: ListenOptions): Promise<{ readonly port: number }>;
  /**
   * Answers everything as before, but says that it is not ready and ends each connection with its next answer: so that
   * callers come to use other servers before this one closes.
   */
  drain(): void;
  /**
   * Stops accepting, ends idle connections, finishes what is in flight and resolves when the last connection has
   * ended. Connections that take longer than 10 seconds are cut.
   */
  close(): Promise<void>;
}

/** Request line and headers together. */
const MAX_HEADER_BYTES = 16 * 1024;
const HEADERS_TIMEOUT_MS = 20_000;
/** Enough for 16 MB over a slow line. */
const REQUEST_TIMEOUT_MS = 120_000;
/** Longer than the AWS SDKs keep an idle connection, so that they let go first and no request meets a closed end. */
const KEEP_ALIVE_TIMEOUT_MS = 120_000;
const TIMEOUT_CHECK_INTERVAL_MS = 5_000;
const CLOSE_GRACE_MS = 10_000;
/** How long a refused connection is still read from, so that its sender comes to read why. */
const LINGER_MS = 1_000;

interface Front {
  readonly server: Server;
  readonly dispatcher: Dispatcher;
  readonly nextRequestId: () => string;
  readonly isClosing: () => boolean;
  /** Connections that were answered here and only wait for their end. */
  readonly refused: WeakSet<Duplex>;
}

/** Makes a server that answers calls of `options.operations`; it accepts none before `listen`. */
export function createHttpServer(options: HttpServerOptions): HttpServer {
  const { operations, findRestCall = () => undefined, context, credentials, region, logger } = options;
  const dispatcher: Dispatcher = {
    operations,
    findRestCall,
    context,
    admit: credentials === undefined ? admitAnyCaller : createSignatureVerifier(credentials, region),
    receiveBody: createBodyReceiver(),
    region,
    logger,
    faultLog: createFaultLog(logger),
    areThreadsRunning: () => options.areThreadsRunning(),
    isStoreReachable: createStoreCheck(() => options.pingStore()),
    validateInput: (name, body) => options.validateInput(name, body),
    describeFault: (error) => options.describeFault(error),
    noteUnknownTarget: createUnknownTargetLog(logger),
    countCall: () => options.countCall(),
  };
  let draining = false;
  let closing: Promise<void> | undefined;
  const isClosing = (): boolean => draining || closing !== undefined;
  const server = createNodeServer();
  const front: Front = { server, dispatcher, nextRequestId: createRequestIds(), isClosing, refused: new WeakSet() };
  connect(front);
  return {
    listen: (listenOptions) => listen(server, listenOptions),
    drain: () => void (draining = true),
    close: () => (closing ??= close(server).then(() => dispatcher.faultLog.close())),
  };
}

function createNodeServer(): Server {
  return createServer({
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: HEADERS_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    connectionsCheckingInterval: TIMEOUT_CHECK_INTERVAL_MS,
    noDelay: true,
    // A missing Host is refused in dispatch, where the answer gets its request id.
    requireHostHeader: false,
  });
}

function connect(front: Front): void {
  const { server, dispatcher, isClosing } = front;
  const contentType = 'application/x-amz-json-1.0';
  const takeTurn = createTurns();
  const onRequest = (request: IncomingMessage, response: ServerResponse, awaitsContinue: boolean): void => {
    takeTurn(request, response, () => {
      const requestId = front.nextRequestId();
      dispatch(dispatcher, { request, response, requestId, contentType, awaitsContinue, isClosing });
    });
  };
  server.on('request', (request, response) => onRequest(request, response, false));
  server.on('checkExpectation', (request, response) => onRequest(request, response, false));
  server.on('checkContinue', (request, response) => onRequest(request, response, true));
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => refuseConnection(front, error, socket));
}

/** Answers what the HTTP parser could not make a request of, and ends the connection. */
function refuseConnection(front: Front, error: NodeJS.ErrnoException, socket: Duplex): void {
  // The parser tells of each further piece of what it already gave up on.
  if (front.refused.has(socket)) return;
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  front.refused.add(socket);
  const { statusCode, body } = wireFault(describeClientError(error.code));
  const text = JSON.stringify(body);
  const head = [
    `HTTP/1.1 ${statusCode} ${statusCode === 408 ? 'Request Timeout' : 'Bad Request'}`,
    `x-amzn-RequestId: ${front.nextRequestId()}`,
    `x-amz-crc32: ${crc32(text)}`,
    'Content-Type: application/x-amz-json-1.0',
    `Content-Length: ${Buffer.byteLength(text)}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${text}`);
  const linger = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once('close', () => clearTimeout(linger));
}

function describeClientError(code: string | undefined): ApiFault {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return { name: 'RequestTimeoutException', message: 'Reading the request timed out.' };
  }
  if (code === 'HPE_HEADER_OVERFLOW') return malformed('The request line and headers are too large.');
  return malformed('The request is not valid HTTP.');
}

function listen(server: Server, options: ListenOptions): Promise<{ readonly port: number }> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ ...options }, () => {
      server.removeListener('error', reject);
      const address: AddressInfo | string | null = server.address();
      assert(typeof address === 'object' && address !== null, 'a listening TCP server has a port');
      resolve({ port: address.port });
    });
  });
}

/** Answers that are sent from now on end their connections, so that only idle ones are left to be closed here. */
function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE_MS);
    server.close(() => {
      clearTimeout(cut);
      resolve();
    });
  });
}
