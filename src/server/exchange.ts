/**
 * One request and its answer.
 *
 * `reply` is the one place that answers, so every answer carries its id, the CRC-32 of its bytes as sent and its length.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { crc32, deflate, gzip } from 'node:zlib';
import { dropBody } from './request-body.ts';

export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: string;
  /** The type of the answer's body, which is JSON of the version that the request came in. */
  contentType: string;
  /** Whether the operation was told by method and path, so that errors are answered in that way too. */
  isRest?: boolean;
  /** The error's name where that stands in a header; absent in answers that name it in their body, and in no errors. */
  errorType?: string;
  /** Whether the sender waits to be asked for the body (`Expect: 100-continue`). */
  awaitsContinue: boolean;
  /** Whether the server drains or closes, so that the connection ends with this answer; asked as it is sent. */
  isClosing(): boolean;
}

/** Answers with bodies above this size are compressed where the request allows it. */
const COMPRESS_ABOVE_BYTES = 4_096;
/** The fastest level: JSON of items shrinks to a fraction even so, and answers must not queue behind it. */
const COMPRESSION = { level: 1 };

const EXPOSED_HEADERS = 'x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,x-amz-crc32,Date';

/** Asks for the body where the sender waits for that. */
export function askForBody(exchange: Exchange): void {
  if (!exchange.awaitsContinue) return;
  exchange.awaitsContinue = false;
  exchange.response.writeContinue();
}

/** Answers with `body`, compressed if it is large and the request accepts that. Call it once. */
export function reply(exchange: Exchange, statusCode: number, body: string): void {
  const sizeBytes = Buffer.byteLength(body);
  const accepted = sizeBytes > COMPRESS_ABOVE_BYTES ? exchange.request.headers['accept-encoding'] : undefined;
  const encoding = accepted === undefined ? undefined : chooseEncoding(accepted);
  if (encoding === undefined) {
    writeAnswer(exchange, statusCode, body, sizeBytes, undefined);
    return;
  }
  const compress = encoding === 'gzip' ? gzip : deflate;
  compress(body, COMPRESSION, (error, compressed) => {
    if (error === null) writeAnswer(exchange, statusCode, compressed, compressed.length, encoding);
    else writeAnswer(exchange, statusCode, body, sizeBytes, undefined);
  });
}

function writeAnswer(
  exchange: Exchange,
  statusCode: number,
  body: string | Buffer,
  sizeBytes: number,
  encoding: string | undefined,
): void {
  const { request, response } = exchange;
  const headers = answerHeaders(exchange, sizeBytes, crc32(body));
  if (encoding !== undefined) headers.push('Content-Encoding', encoding);
  if (request.headers.origin !== undefined) {
    headers.push('Access-Control-Allow-Origin', '*', 'Access-Control-Expose-Headers', EXPOSED_HEADERS);
  }
  // Who waits to be asked for a body and is not, sends none. So nothing can follow on this connection.
  if (exchange.awaitsContinue) response.shouldKeepAlive = false;
  response.writeHead(statusCode, headers);
  if (request.complete || exchange.awaitsContinue) {
    response.end(body);
  } else {
    // The whole answer goes out now; its end waits, because it may be the connection's.
    response.write(body);
    dropBody(request, () => response.end());
  }
}

function answerHeaders(exchange: Exchange, sizeBytes: number, crc: number): string[] {
  const headers = ['x-amzn-RequestId', exchange.requestId];
  if (exchange.isRest !== true) headers.push('x-amz-crc32', crc.toString());
  if (exchange.errorType !== undefined) headers.push('x-amzn-ErrorType', exchange.errorType);
  headers.push('Content-Type', exchange.contentType, 'Content-Length', sizeBytes.toString());
  if (exchange.isClosing()) headers.push('Connection', 'close');
  return headers;
}

/** Answers a HEAD request: the headers of `body` without its bytes, so that the CRC is that of nothing. */
export function replyHead(exchange: Exchange, statusCode: number, body: string): void {
  exchange.response.writeHead(statusCode, answerHeaders(exchange, Buffer.byteLength(body), 0));
  exchange.response.end();
}

/** A browser keeps what it learnt for two days, as from the service. */
const PREFLIGHT_MAX_AGE_SECONDS = 172_800;

/** Answers a browser that asks whether it may send a request from another origin: it may. */
export function replyPreflight(exchange: Exchange): void {
  const headers = answerHeaders(exchange, 0, 0);
  const asked = exchange.request.headers;
  headers.push('Access-Control-Allow-Origin', '*', 'Access-Control-Max-Age', PREFLIGHT_MAX_AGE_SECONDS.toString());
  headers.push('Access-Control-Allow-Methods', asked['access-control-request-method'] ?? 'POST, GET, HEAD, OPTIONS');
  headers.push('Access-Control-Expose-Headers', EXPOSED_HEADERS);
  const askedHeaders = asked['access-control-request-headers'];
  if (askedHeaders !== undefined) headers.push('Access-Control-Allow-Headers', askedHeaders);
  exchange.response.writeHead(200, headers);
  exchange.response.end();
}

/** gzip before deflate; undefined when neither is wanted. `q=0` means not wanted. */
function chooseEncoding(accepted: string): 'gzip' | 'deflate' | undefined {
  const refused = /^(0|0\.0*)$/;
  const wanted = new Set<string>();
  for (const part of accepted.toLowerCase().split(',')) {
    const [coding = '', ...parameters] = part.split(';').map((text) => text.trim());
    const quality = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? '1';
    if (!refused.test(quality)) wanted.add(coding);
  }
  return wanted.has('gzip') ? 'gzip' : wanted.has('deflate') ? 'deflate' : undefined;
}
