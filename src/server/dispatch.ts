/**
 * From a request to its operation and back: route, authenticate, parse, validate, run, answer.
 *
 * The order is the service's: what HTTP itself forbids, then the method, path and content type, then the target, then
 * who calls, and the body only after that.
 */
import type { Answer } from '../api/answer.ts';
import { encodeAnswer } from '../api/answer.ts';
import type { Operation } from '../api/operation.ts';
import type { OperationContext } from '../api/operation-context.ts';
import type { Authenticate, Caller } from '../auth/authenticate.ts';
import { parseAuthorization } from '../auth/authorization.ts';
import type { SignatureClaim } from '../auth/authorization.ts';
import { ApiError, wireFault } from '../foundation/errors.ts';
import type { ApiFault } from '../foundation/errors.ts';
import type { Logger } from '../foundation/logging.ts';
import type { Exchange } from './exchange.ts';
import { reply, replyHead, replyPreflight } from './exchange.ts';
import { decompressBody, malformed, parseJsonObject, receiveBody } from './request-body.ts';

/** What dispatching needs to know of its server. */
export interface Dispatcher {
  readonly operations: ReadonlyMap<string, Operation>;
  readonly context: OperationContext;
  readonly authenticate: Authenticate;
  readonly region: string;
  readonly logger: Logger;
  validateInput(operationName: string, body: unknown): void;
}

/** A call of an operation under way. */
interface Call {
  readonly dispatcher: Dispatcher;
  readonly exchange: Exchange;
  readonly operation: Operation;
  readonly claim: SignatureClaim;
  caller?: Caller;
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
  } else if (method === 'GET' || method === 'HEAD') {
    replyHealth(dispatcher, exchange, url);
  } else {
    replyNotFound(exchange);
  }
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
  if (operation === undefined) throw new ApiError({ name: 'UnknownOperationException' });
  const call: Call = { dispatcher, exchange, operation, claim: parseAuthorization(request) };
  const onFault = (fault: ApiFault): void => replyFault(exchange, fault);
  receiveBody(request, (body) => authenticateCall(call, body, onFault), onFault);
}

/** The signature covers the body as sent, so it is checked before anything is done with those bytes. */
function authenticateCall(call: Call, body: Buffer, onFault: (fault: ApiFault) => void): void {
  const { dispatcher, exchange, claim } = call;
  const { request } = exchange;
  try {
    call.caller = dispatcher.authenticate(request, claim, body, dispatcher.context.clock.nowMs());
    const encoding = request.headers['content-encoding'];
    if (encoding === undefined) runCall(call, body);
    else decompressBody(encoding, body, (decompressed) => runCall(call, decompressed), onFault);
  } catch (error) {
    replyError(dispatcher, exchange, error, call);
  }
}

function runCall(call: Call, body: Buffer): void {
  const { dispatcher, exchange, operation } = call;
  try {
    const input = parseJsonObject(body);
    dispatcher.validateInput(operation.name, input);
    // validateInput has just checked what the type system can't: that the input is of this operation's shape.
    operation.run(dispatcher.context, input as never).then(
      (answer) => replyAnswer(call, answer),
      (error: unknown) => replyError(dispatcher, exchange, error, call),
    );
  } catch (error) {
    replyError(dispatcher, exchange, error, call);
  }
}

function replyAnswer(call: Call, answer: Answer): void {
  try {
    reply(call.exchange, 200, encodeAnswer(answer));
  } catch (error) {
    replyError(call.dispatcher, call.exchange, error, call);
  }
}

const INTERNAL: ApiFault = { name: 'InternalServerError', message: 'Internal server error' };
const UNAVAILABLE: ApiFault = {
  name: 'ServiceUnavailable',
  message: 'The request has failed due to a temporary failure of the server.',
};

/** Answers with `error` if it is the caller's; anything else is a fault of ours, logged and answered as such. */
function replyError(dispatcher: Dispatcher, exchange: Exchange, error: unknown, call: Call | undefined): void {
  if (error instanceof ApiError) {
    replyFault(exchange, error.fault);
    return;
  }
  const { requestId } = exchange;
  const details = { requestId, operation: call?.operation.name, accessKeyId: call?.caller?.accessKeyId, err: error };
  // The storage layer is out of reach here, hence the name. The store closes while requests finish only at shutdown.
  if (error instanceof Error && error.name === 'StorageClosedError') {
    dispatcher.logger.warn(details, 'a request came too late: the store is closed');
    replyFault(exchange, UNAVAILABLE);
    return;
  }
  dispatcher.logger.error(details, 'a request failed by a fault of the server');
  if (!exchange.response.headersSent) replyFault(exchange, INTERNAL);
}

function replyFault(exchange: Exchange, fault: ApiFault): void {
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
  const isReady = !exchange.isClosing();
  if (path === '/') replyText(exchange, 200, `healthy: dynamodb.${dispatcher.region}.amazonaws.com `);
  else if (path === '/health/live') replyText(exchange, 200, 'live');
  else if (path === '/health/ready') replyText(exchange, isReady ? 200 : 503, isReady ? 'ready' : 'closing');
  else replyNotFound(exchange);
}

function replyText(exchange: Exchange, statusCode: number, text: string): void {
  exchange.contentType = 'text/plain';
  if (exchange.request.method === 'HEAD') replyHead(exchange, statusCode, text);
  else reply(exchange, statusCode, text);
}
