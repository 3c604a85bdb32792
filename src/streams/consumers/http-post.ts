/** POST of JSON to a URL, on connections that are kept, with bounds on time and on what is answered. */
import { Agent as HttpAgent, type IncomingHttpHeaders, type IncomingMessage, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';

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
  /** Resolves with the answer, whatever its status. Redirections are not followed. Rejects with PostError. */
  post(url: string, body: string, options: PostOptions): Promise<PostAnswer>;
  /** Ends the connections that are kept. */
  close(): void;
}

/** No answer came. */
export class PostError extends Error {
  override readonly name = 'PostError';
  /** Whether it was not there in time, so that the other side may be at work on it. */
  readonly isTimeout: boolean;

  constructor(message: string, isTimeout: boolean) {
    super(message);
    this.isTimeout = isTimeout;
  }
}

/** Source: Lambda quotas, the payload of a synchronous answer. */
const ANSWER_BYTES = 6 * 1_048_576;

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
      try {
        const response = await send(isSecure ? httpsRequest : httpRequest, url, body, {
          method: 'POST',
          agent: isSecure ? agents['https:'] : agents['http:'],
          headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), ...headers },
          signal: AbortSignal.any([signal, timeout]),
        });
        return {
          statusCode: response.statusCode ?? 0,
          headers: response.headers,
          body: await readBody(response),
        };
      } catch (error) {
        if (timeout.aborted) throw new PostError(`no answer within ${timeoutMs / 1_000} seconds`, true);
        throw new PostError(error instanceof Error ? error.message : String(error), false);
      }
    },
    close() {
      for (const agent of Object.values(agents)) agent.destroy();
    },
  };
}

function send(
  request: typeof httpRequest,
  url: string,
  body: string,
  options: Parameters<typeof httpRequest>[1],
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const call = request(url, options, resolve);
    call.once('error', reject);
    call.end(body);
  });
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
