/** A small HTTP load balancer: takes turns over the nodes that say they are ready, and retries nothing by itself. */
import { once } from 'node:events';
import { Agent, createServer, request } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface LoadBalancer {
  readonly endpoint: string;
  /** How many requests it could not bring to a node: those got 502 or 503, which SDKs try again. */
  failures(): number;
  /** Resolves when the node was found ready for the first time. */
  add(node: string): Promise<void>;
  remove(node: string): void;
  close(): Promise<void>;
}

/** Longer is not ready. */
const PROBE_TIMEOUT_MS = 2_000;
const PROBE_INTERVAL_MS = 100;

/** One node, by its endpoint. */
interface Node {
  readonly endpoint: string;
  isReady: boolean;
  readonly found: PromiseWithResolvers<void>;
  readonly probing: NodeJS.Timeout;
}

export async function startLoadBalancer(): Promise<LoadBalancer> {
  const nodes = new Map<string, Node>();
  const agent = new Agent({ keepAlive: true });
  let turn = 0;
  let failures = 0;

  function fail(response: ServerResponse, status: number): void {
    failures++;
    if (response.headersSent) response.destroy();
    else response.writeHead(status).end();
  }

  function forward(incoming: IncomingMessage, response: ServerResponse): void {
    const ready = [...nodes.values()].filter(({ isReady }) => isReady);
    const node = ready[turn++ % ready.length];
    if (node === undefined) {
      fail(response, 503);
      return;
    }
    const { method = 'GET', url = '/' } = incoming;
    const { connection: _ofTheCaller, ...headers } = incoming.headers;
    const outgoing = request(new URL(url, node.endpoint), { method, headers, agent });
    outgoing.on('error', () => fail(response, 502));
    outgoing.on('response', (answer) => {
      const { connection: _ofTheNode, ...given } = answer.headers;
      response.writeHead(answer.statusCode ?? 502, given);
      answer.on('error', () => response.destroy());
      answer.pipe(response);
    });
    incoming.pipe(outgoing);
  }

  const server = createServer(forward).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    failures: () => failures,
    async add(endpoint) {
      const node = watch(endpoint);
      nodes.set(endpoint, node);
      await node.found.promise;
    },
    remove(endpoint) {
      clearInterval(nodes.get(endpoint)?.probing);
      nodes.delete(endpoint);
    },
    async close() {
      for (const { probing } of nodes.values()) clearInterval(probing);
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
      agent.destroy();
    },
  };
}

function watch(endpoint: string): Node {
  const probe = async (): Promise<void> => {
    node.isReady = await askReadiness(endpoint);
    if (node.isReady) node.found.resolve();
  };
  const node: Node = {
    endpoint,
    isReady: false,
    found: Promise.withResolvers<void>(),
    probing: setInterval(() => void probe(), PROBE_INTERVAL_MS),
  };
  return node;
}

async function askReadiness(endpoint: string): Promise<boolean> {
  try {
    const answer = await fetch(`${endpoint}/health/ready`, { signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) });
    await answer.text();
    return answer.ok;
  } catch {
    return false;
  }
}
