/** The way from nodes to their database, which can be cut so that what was asked is done and nobody hears of it. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface Link {
  /** `url`, which is of the database, by way of this link. */
  through(url: string): string;
  /** Keeps back what comes from the database on those connections that are `chosen`; it goes on with what it is asked. */
  silence(chosen: () => boolean): void;
  /** Breaks the silent connections off, with the answers that were kept back. Returns how many they were. */
  cut(): number;
  close(): Promise<void>;
}

/** The sockets to both ends of one connection. */
interface Ends {
  readonly node: Socket;
  readonly database: Socket;
}

/** `port` is the database's, on this machine; it need not answer at any time. */
export async function openLink(port: number): Promise<Link> {
  const open = new Set<Ends>();
  const silent = new Set<Ends>();

  const server = createServer((node) => {
    const database = connect(port, '127.0.0.1');
    const ends = { node, database };
    open.add(ends);
    node.pipe(database);
    database.pipe(node);
    for (const end of [node, database]) {
      // Whichever breaks off, the other follows.
      end.on('error', () => undefined);
      end.on('close', () => {
        open.delete(ends);
        silent.delete(ends);
        destroy(ends);
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    through(url) {
      const linked = new URL(url);
      linked.port = String((server.address() as AddressInfo).port);
      return linked.href;
    },
    silence(chosen) {
      for (const ends of open) {
        if (!chosen()) continue;
        silent.add(ends);
        ends.database.unpipe(ends.node);
      }
    },
    cut() {
      const count = silent.size;
      silent.forEach(destroy);
      silent.clear();
      return count;
    },
    async close() {
      const closed = once(server, 'close');
      server.close();
      open.forEach(destroy);
      await closed;
    },
  };
}

function destroy({ node, database }: Ends): void {
  node.destroy();
  database.destroy();
}
