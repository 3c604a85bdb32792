/**
 * Pipelined requests take turns: each runs when the answers before it on its connection are written, so that one
 * packet full of requests neither holds up other connections nor runs for a sender that is gone.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** A connection with more requests waiting than this is cut; no SDK sends a second one before the first's answer. */
const MAX_WAITING = 32;

/** Runs what it is given at once, or when it is the request's turn; never if the connection ends before. */
export type TakeTurn = (request: IncomingMessage, response: ServerResponse, run: () => void) => void;

export function createTurns(): TakeTurn {
  const waiting = new WeakMap<Socket, number>();
  return ({ socket }, response, run) => {
    // The server gives a response its socket when the one before it has ended.
    if (response.socket !== null) {
      run();
      return;
    }
    const ahead = waiting.get(socket) ?? 0;
    if (ahead >= MAX_WAITING) {
      socket.destroy();
      return;
    }
    waiting.set(socket, ahead + 1);
    response.once('socket', () => {
      waiting.set(socket, (waiting.get(socket) ?? 1) - 1);
      // Other connections go first.
      setImmediate(() => {
        if (!socket.destroyed) run();
      });
    });
  };
}
