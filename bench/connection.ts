/** A keep-alive HTTP connection that does as little as a client can: it sends bytes and counts those of the answer. */
import { connect } from 'node:net';

const READ_BUFFER_BYTES = 64 * 1024;
const HEAD_END = '\r\n\r\n';

export interface Connection {
  /** Sends a request that was due at `dueMs`; only when the answer to the one before is complete. */
  send(request: Uint8Array, dueMs: number): void;
  close(): void;
}

export interface ConnectionEvents {
  /** The answer to the request that was due at `dueMs` is complete. */
  onAnswer(statusCode: number, dueMs: number): void;
  /** The connection failed or the server closed it; nothing more comes. */
  onFailure(error: Error): void;
}

export function openConnection(endpoint: string, events: ConnectionEvents): Promise<Connection> {
  const { hostname, port } = new URL(endpoint);
  let head = '';
  let missingBytes = 0;
  let statusCode = 0;
  let requestDueMs = 0;

  function read(length: number, buffer: Uint8Array): boolean {
    if (missingBytes > 0) missingBytes -= length;
    else if (!readHead(Buffer.from(buffer.buffer, buffer.byteOffset, length))) return true;
    if (missingBytes === 0) events.onAnswer(statusCode, requestDueMs);
    return true;
  }

  /** Whether the head is complete; what it leaves of the body is then missing. */
  function readHead(chunk: Buffer): boolean {
    const end = chunk.indexOf(HEAD_END);
    head += chunk.toString('latin1', 0, end < 0 ? chunk.length : end);
    if (end < 0) return false;
    const contentLength = /content-length: *(\d+)/i.exec(head)?.[1];
    if (contentLength === undefined) throw new Error(`an answer without its length: ${head}`);
    statusCode = Number(head.slice(9, 12));
    head = '';
    missingBytes = Number(contentLength) - (chunk.length - end - HEAD_END.length);
    return true;
  }

  return new Promise((resolve, reject) => {
    const socket = connect({
      host: hostname,
      port: Number(port),
      onread: { buffer: Buffer.allocUnsafe(READ_BUFFER_BYTES), callback: read },
    });
    socket.setNoDelay(true);
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      socket.once('error', (error) => events.onFailure(error));
      socket.once('close', () => events.onFailure(new Error('the server closed the connection')));
      resolve({
        send(request, dueMs) {
          requestDueMs = dueMs;
          socket.write(request);
        },
        close: () => {
          socket.removeAllListeners('close');
          socket.destroy();
        },
      });
    });
  });
}
