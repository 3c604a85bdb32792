/** POST of JSON to a URL, on connections that are kept, with bounds on time and on what is answered. */
import {
  Agent as HttpAgent,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type RequestOptions,
  request as httpRequest,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';
import { ANSWER_BYTES } from './invocation.ts';

export interface PostAnswer {
  readonly statusCode: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface PostOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** Gives the call up when aborted. */
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

export interface HttpPoster {
  /**
   * Resolves with the answer, whatever its status. Redirections are not followed. Rejects with PostError.
   *
   * A request that finds a kept connection reset is sent again on a new one, so that whoever gets it may get it twice.
   */
  post(url: string, body: string, options: PostOptions): Promise<PostAnswer>;
  /** Ends the connections that are kept. */
  close(): void;
}

/** No answer came, or one that is too long. */
export class PostError extends Error {
  override readonly name = 'PostError';
  /** Whether there was a connection, so that the other side may have been at work on the request. */
  readonly isSent: boolean;

  constructor(message: string, isSent: boolean) {
    super(message);
    this.isSent = isSent;
  }
}

/** As long as servers keep idle connections, or less. */
const IDLE_MS = 4_000;

export function createHttpPoster(): HttpPoster {
  const agents = {
    'http:': new HttpAgent({ keepAlive: true, timeout: IDLE_MS }),
    'https:': new HttpsAgent({ keepAlive: true, timeout: IDLE_MS }),
  };
  return {
    async post(url, body, { headers, signal, timeoutMs }) {
      const timeout = AbortSignal.timeout(timeoutMs);
      const { protocol } = new URL(url);
      const isSecure = protocol === 'https:';
      const request = {
        method: 'POST',
        agent: isSecure ? agents['https:'] : agents['http:'],
        headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), ...headers },
        signal: AbortSignal.any([signal, timeout]),
      };
      try {
        const response = await send(url, body, request).catch((error: unknown) => {
          if (error instanceof SendError && error.isStale) return send(url, body, { ...request, agent: false });
          throw error;
        });
        return {
          statusCode: response.statusCode ?? 0,
          headers: response.headers,
          body: await readBody(response),
        };
      } catch (error) {
        // What was given up by who called says nothing of the other side.
        const isSent = !signal.aborted && !(error instanceof SendError && !error.isSent);
        throw new PostError(timeout.aborted ? `no answer within ${timeoutMs / 1_000} seconds` : textOf(error), isSent);
      }
    },
    close() {
      for (const agent of Object.values(agents)) agent.destroy();
    },
  };
}

/** The request failed before an answer began. */
class SendError extends Error {
  override readonly name = 'SendError';
  readonly isSent: boolean;
  /** Whether the connection had been kept, and was closed at the other side: most likely before this request. */
  readonly isStale: boolean;

  constructor(cause: Error, isSent: boolean, isReused: boolean) {
    super(textOf(cause));
    this.isSent = isSent;
    const { code } = cause as NodeJS.ErrnoException;
    this.isStale = isReused && (code === 'ECONNRESET' || code === 'EPIPE');
  }
}

/** Resolves when an answer begins; rejects with SendError. */
function send(url: string, body: string, options: RequestOptions): Promise<IncomingMessage> {
  const isSecure = url.startsWith('https:');
  return new Promise((resolve, reject) => {
    let isConnected = false;
    const connected = (): void => void (isConnected = true);
    const call = (isSecure ? httpsRequest : httpRequest)(url, options, resolve);
    call.once('socket', (socket: Socket) => {
      if (call.reusedSocket) connected();
      else socket.once(isSecure ? 'secureConnect' : 'connect', connected);
    });
    const fail = (error: Error): void => reject(new SendError(error, isConnected, call.reusedSocket));
    call.on('error', fail);
    // Nobody asked for another protocol, so that nobody would speak it.
    call.once('upgrade', (_response, socket: Socket) => {
      socket.destroy();
      fail(new Error('the answer has status 101'));
    });
    // The last event of all: what has been settled stays so.
    call.once('close', () => fail(new Error('the connection was closed without an answer')));
    call.end(body);
  });
}

/** Of several addresses that could not be reached the message is empty. */
function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.message === '' ? ((error as NodeJS.ErrnoException).code ?? error.name) : error.message;
}

async function readBody(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > ANSWER_BYTES) {
      response.destroy();
      throw new Error(`the answer is longer than ${ANSWER_BYTES} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
