/**
 * From a request to its operation and back: route, admit, receive, authenticate, parse, validate, run, answer.
 *
 * The order is the service's: what HTTP itself forbids, then the method, path and content type, then the target, then
 * who calls, and the body only after that. What is refused by then has cost no memory for its body.
 */
import type { Answer } from '../api/answer.ts';
import { encodeAnswer } from '../api/answer.ts';
import type { Call, Operation } from '../api/operation.ts';
import type { OperationContext } from '../api/operation-context.ts';
import type { FindRestCall, RestCall } from '../api/rest-routes.ts';
import type { Admission, Admit, SignedService } from '../auth/authenticate.ts';
import { parseAuthorization } from '../auth/authorization.ts';
import { ApiError, wireFault } from '../foundation/errors.ts';
import type { ApiFault } from '../foundation/errors.ts';
import type { Logger } from '../foundation/logging.ts';
import type { Exchange } from './exchange.ts';
import { askForBody, reply, replyHead, replyPreflight } from './exchange.ts';
import type { FaultLog } from './fault-log.ts';
import { decompressBody, malformed, parseJsonObject, validateDeclaredLength } from './request-body.ts';
import type { ReceiveBody } from './request-body.ts';
import { wireRestFault } from './rest-faults.ts';
import type { StoreCheck } from './store-check.ts';

/** What dispatching needs to know of its server. */
export interface Dispatcher {
  /** Those that a header names. */
  readonly operations: ReadonlyMap<string, Operation>;
  /** Finds those that method and path name. */
  readonly findRestCall: FindRestCall;
  readonly context: OperationContext;
  readonly admit: Admit;
  readonly receiveBody: ReceiveBody;
  readonly region: string;
  readonly logger: Logger;
  readonly faultLog: FaultLog;
  readonly isStoreReachable: StoreCheck;
  areThreadsRunning(): boolean;
  validateInput(operationName: string, body: unknown): void;
  describeFault(error: unknown): ApiFault | undefined;
  noteUnknownTarget(target: string): void;
  countCall(): void;
}

/** What a request asks for, whichever way it says so. */
interface Demand {
  readonly operation: Operation;
  readonly service: SignedService;
  /** Of the answer, where it is no error. */
  readonly statusCode: number;
  /** The operation's input, unchecked, from the request's body, decompressed. */
  readInput(body: Buffer): unknown;
}

/** A call that was admitted and is to be answered. */
interface PendingCall {
  readonly dispatcher: Dispatcher;
  readonly exchange: Exchange;
  readonly demand: Demand;
  readonly admission: Admission;
}

/** Answers the exchange's request, now or later; never throws. */
export function dispatch(dispatcher: Dispatcher, exchange: Exchange): void {
  try {
    route(dispatcher, exchange);
  } catch (error) {
    replyError(dispatcher, exchange, error, undefined);
  }
}

function route(dispatcher: Dispatcher, exchange: Exchange): void {
  const { method, url = '/', headers, httpVersion } = exchange.request;
  if (headers.host === undefined && httpVersion === '1.1') {
    replyFault(exchange, malformed('The request has no Host header.'));
  } else if (method === 'POST' && (url === '/' || url.startsWith('/?'))) {
    acceptCall(dispatcher, exchange);
  } else if (method === 'OPTIONS') {
    replyPreflight(exchange);
  } else if (url.startsWith(REST_PREFIX)) {
    acceptRestCall(dispatcher, exchange, dispatcher.findRestCall(method ?? '', url));
  } else if (method === 'GET' || method === 'HEAD') {
    replyHealth(dispatcher, exchange, url);
  } else {
    replyNotFound(exchange);
  }
}

/** The version of Lambda's API, with which all its paths begin. */
const REST_PREFIX = '/2015-03-31/';

function acceptRestCall(dispatcher: Dispatcher, exchange: Exchange, call: RestCall | undefined): void {
  if (call === undefined) {
    replyNotFound(exchange);
    return;
  }
  const { operation, statusCode, hasBody } = call;
  exchange.contentType = 'application/json';
  exchange.isRest = true;
  acceptDemand(dispatcher, exchange, {
    operation,
    service: 'lambda',
    statusCode,
    readInput: (body) => call.completeInput(hasBody && body.length > 0 ? parseJsonObject(body) : {}),
  });
}

/** The content types that carry an operation's input; the answer comes in the same. */
const JSON_TYPES = new Set(['application/x-amz-json-1.0', 'application/x-amz-json-1.1', 'application/json']);

function acceptCall(dispatcher: Dispatcher, exchange: Exchange): void {
  const { request } = exchange;
  const { 'content-type': given = '', 'x-amz-target': target } = request.headers;
  const contentType = JSON_TYPES.has(given) ? given : (given.split(';', 1)[0] ?? '').trim().toLowerCase();
  if (!JSON_TYPES.has(contentType)) {
    replyNotFound(exchange);
    return;
  }
  exchange.contentType = contentType;
  const operation = typeof target === 'string' ? dispatcher.operations.get(target) : undefined;
  if (operation === undefined) {
    if (typeof target === 'string') dispatcher.noteUnknownTarget(target);
    throw new ApiError({ name: 'UnknownOperationException' });
  }
  acceptDemand(dispatcher, exchange, { operation, service: 'dynamodb', statusCode: 200, readInput: parseJsonObject });
}

function acceptDemand(dispatcher: Dispatcher, exchange: Exchange, demand: Demand): void {
  const { request } = exchange;
  const nowMs = dispatcher.context.clock.nowMs();
  const admission = dispatcher.admit(request, parseAuthorization(request), nowMs, demand.service);
  validateDeclaredLength(request);
  dispatcher.countCall();
  askForBody(exchange);
  const pending: PendingCall = { dispatcher, exchange, demand, admission };
  dispatcher.receiveBody(
    request,
    (body) => runCall(pending, body),
    (fault) => replyFault(exchange, fault),
  );
}

function runCall(pending: PendingCall, body: Buffer): void {
  const { dispatcher, exchange, demand, admission } = pending;
  const { operation } = demand;
  try {
    // The signature covers the body as sent, so it is checked before anything is done with those bytes.
    admission.verifySignature(body);
    const encoding = exchange.request.headers['content-encoding'];
    const input = demand.readInput(encoding === undefined ? body : decompressBody(encoding, body));
    dispatcher.validateInput(operation.name, input);
    const { host } = exchange.request.headers;
    const call: Call = { requestId: exchange.requestId, host, caller: admission.caller };
    // validateInput has just checked what the type system can't: that the input is of this operation's shape.
    operation.run(dispatcher.context, input as never, call).then(
      (answer) => replyAnswer(pending, answer),
      (error: unknown) => replyError(dispatcher, exchange, error, pending),
    );
  } catch (error) {
    replyError(dispatcher, exchange, error, pending);
  }
}

function replyAnswer(pending: PendingCall, answer: Answer): void {
  try {
    reply(pending.exchange, pending.demand.statusCode, encodeAnswer(answer));
  } catch (error) {
    replyError(pending.dispatcher, pending.exchange, error, pending);
  }
}

const INTERNAL: ApiFault = { name: 'InternalServerError', message: 'Internal server error' };

/**
 * Answers with `error` if it is the caller's, or with the fault that the layers below have for it, which the fault log
 * is told; anything else is a fault of ours, logged and answered as such.
 */
function replyError(
  dispatcher: Dispatcher,
  exchange: Exchange,
  error: unknown,
  pending: PendingCall | undefined,
): void {
  if (error instanceof ApiError) {
    replyFault(exchange, error.fault);
    return;
  }
  const { requestId } = exchange;
  const accessKeyId = pending?.admission.caller.accessKeyId;
  const details = { requestId, operation: pending?.demand.operation.name, accessKeyId, err: error };
  const described = dispatcher.describeFault(error);
  if (described !== undefined) {
    dispatcher.faultLog.note(error, details);
    replyFault(exchange, described);
    return;
  }
  dispatcher.logger.error(details, 'a request failed by a fault of the server');
  if (!exchange.response.headersSent) replyFault(exchange, INTERNAL);
}

function replyFault(exchange: Exchange, fault: ApiFault): void {
  if (exchange.isRest === true) {
    const { errorType, statusCode, body } = wireRestFault(fault);
    exchange.errorType = errorType;
    reply(exchange, statusCode, JSON.stringify(body));
    return;
  }
  const { statusCode, body } = wireFault(fault);
  reply(exchange, statusCode, JSON.stringify(body));
}

/** What is not a call at all gets the front's answer, which is not JSON. */
function replyNotFound(exchange: Exchange): void {
  exchange.contentType = 'application/xml';
  reply(exchange, 404, '<UnknownOperationException/>\n');
}

function replyHealth(dispatcher: Dispatcher, exchange: Exchange, url: string): void {
  const path = url.split('?', 1)[0];
  if (path === '/') replyText(exchange, 200, `healthy: dynamodb.${dispatcher.region}.amazonaws.com `);
  else if (path === '/health/live') replyLiveness(dispatcher, exchange);
  else if (path === '/health/ready') void replyReadiness(dispatcher, exchange);
  else replyNotFound(exchange);
}

/** Live is a process whose threads run, whatever becomes of the store: to start it again would not bring that back. */
function replyLiveness({ areThreadsRunning }: Dispatcher, exchange: Exchange): void {
  if (areThreadsRunning()) replyText(exchange, 200, 'live');
  else replyText(exchange, 503, 'a thread is stuck');
}

/** Ready is who takes new connections and reaches the store. */
async function replyReadiness({ isStoreReachable }: Dispatcher, exchange: Exchange): Promise<void> {
  // Whoever spreads requests waits for no store to learn that this server closes.
  const isReachable = exchange.isClosing() || (await isStoreReachable());
  if (exchange.isClosing()) replyText(exchange, 503, 'closing');
  else if (isReachable) replyText(exchange, 200, 'ready');
  else replyText(exchange, 503, 'store unavailable');
}

function replyText(exchange: Exchange, statusCode: number, text: string): void {
  exchange.contentType = 'text/plain';
  if (exchange.request.method === 'HEAD') replyHead(exchange, statusCode, text);
  else reply(exchange, statusCode, text);
}
