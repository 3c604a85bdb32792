/** A way to a server that can fall silent, as a network does: nothing is refused, and nothing gets through. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface TcpProxy {
  /** `url`, with this proxy in place of its host and port. */
  through(url: string): string;
  /** Nothing gets through any more, on old connections and new ones. */
  silence(): void;
  restore(): void;
  close(): Promise<void>;
}

/** In front of the host and port that `url` names. */
export async function startTcpProxy(url: string): Promise<TcpProxy> {
  const { hostname, port } = new URL(url);
  const sockets = new Set<Socket>();
  let isSilent = false;

  function join(from: Socket, to: Socket): void {
    sockets.add(from);
    from.on('data', (chunk) => to.write(chunk));
    from.on('error', () => to.destroy());
    from.on('close', () => {
      sockets.delete(from);
      to.destroy();
    });
    if (isSilent) from.pause();
  }

  const server = createServer((near) => {
    const far = connect(Number(port), hostname);
    join(near, far);
    join(far, near);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    through(given) {
      const proxied = new URL(given);
      proxied.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
      return proxied.href;
    },
    silence() {
      isSilent = true;
      for (const socket of sockets) socket.pause();
    },
    restore() {
      isSilent = false;
      for (const socket of sockets) socket.resume();
    },
    async close() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}
