/** Sends inputs and gathers what comes back, whatever that is. */
import { Agent, type IncomingHttpHeaders, request as createRequest } from 'node:http';
import { connect } from 'node:net';
import { performance } from 'node:perf_hooks';
import type { FuzzBytes, FuzzInput, FuzzRequest } from './draw-input.ts';

/** What came back for one input. */
export interface Outcome {
  readonly durationMs: number;
  /** The answer to a request. */
  readonly answer?: Answer;
  /** What came on a connection of its own, until the server ended that. */
  readonly received?: Buffer;
  /** Why there is neither. */
  readonly failure?: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface Sender {
  send(input: FuzzInput): Promise<Outcome>;
  close(): void;
}

/** After so long without an end a request counts as never answered. */
const ANSWER_TIMEOUT_MS = 60_000;
const GRACE_MS = 2_000;

/** A sender to the server at `endpoint`, which keeps connections open. */
export function createSender(endpoint: string): Sender {
  const agent = new Agent({ keepAlive: true });
  const { hostname, port } = new URL(endpoint);
  const address: Address = { hostname, port, agent };
  return {
    async send(input) {
      const startMs = performance.now();
      const outcome = await ('bytes' in input ? sendBytes(address, input) : sendRequest(address, input));
      return { ...outcome, durationMs: performance.now() - startMs };
    },
    close: () => agent.destroy(),
  };
}

interface Address {
  readonly hostname: string;
  readonly port: string;
  readonly agent: Agent;
}

type Result = Omit<Outcome, 'durationMs'>;

function sendRequest({ agent, hostname, port }: Address, input: FuzzRequest): Promise<Result> {
  return new Promise((resolve) => {
    const { method, path, body } = input;
    // Node.js would send a body of GET in chunks, which is another test's matter.
    const headers = method === 'POST' ? { ...input.headers, 'content-length': body.length } : input.headers;
    const request = createRequest({ agent, hostname, port, method, path, headers, timeout: ANSWER_TIMEOUT_MS });
    let answered = false;
    request.on('response', (response) => {
      answered = true;
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', (error) => resolve({ failure: `the answer broke off: ${error.message}` }));
      response.on('end', () => {
        const { statusCode = 0, headers: received } = response;
        resolve({ answer: { status: statusCode, headers: received, body: Buffer.concat(chunks) } });
      });
    });
    request.on('timeout', () => {
      // Where this process itself stood still, the answer is there already, and is read before this.
      setTimeout(() => answered || request.destroy(new Error(`nothing for ${ANSWER_TIMEOUT_MS} ms`)), GRACE_MS);
    });
    request.on('error', (error) => answered || resolve({ failure: `no answer: ${error.message}` }));
    // Where the body waits to be asked for, the client sends it then, or never.
    const waits = request.getHeader('expect') === '100-continue';
    if (waits) request.on('continue', () => request.end(body)).flushHeaders();
    else request.end(method === 'POST' ? body : undefined);
  });
}

function sendBytes({ hostname, port }: Address, { bytes }: FuzzBytes): Promise<Result> {
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
    const chunks: Buffer[] = [];
    const timer = setTimeout(() => {
      socket.destroy();
      resolve({ failure: 'the connection stays open after its last byte' });
    }, ANSWER_TIMEOUT_MS);
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    // A server may reset what it refuses; what it said before has come.
    socket.on('error', () => undefined);
    socket.on('end', () => socket.destroy());
    socket.on('close', () => {
      clearTimeout(timer);
      resolve({ received: Buffer.concat(chunks) });
    });
    socket.end(bytes);
  });
}
