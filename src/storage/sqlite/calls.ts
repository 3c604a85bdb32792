/** The handle's side of `transact`: gathers the calls of one turn of the event loop, and matches the answers to them. */
import type { MessagePort } from 'node:worker_threads';
import { StorageClosedError } from '../engine.ts';
import { type Answer, type Call, restoreError } from './messages.ts';

export interface Calls {
  /** Resolves with the procedure's output. Rejects with StorageClosedError if the writer is gone before it answers. */
  send(procedure: string, input: unknown): Promise<unknown>;
  /** Resolves when nothing is waiting for an answer, and gives up the port. */
  close(): Promise<void>;
}

interface Waiting {
  resolve(output: unknown): void;
  reject(error: Error): void;
}

/** Takes over `port`, whose other end the writer has. `isStopped` tells that the writer thread is gone. */
export function openCalls(port: MessagePort, isStopped: () => boolean): Calls {
  const waiting = new Map<number, Waiting>();
  let outbox: Call[] = [];
  let lastId = 0;
  let isPortClosed = false;
  let onIdle: (() => void) | undefined;

  const settle = (id: number): Waiting | undefined => {
    const caller = waiting.get(id);
    waiting.delete(id);
    return caller;
  };
  const flush = () => {
    const calls = outbox;
    outbox = [];
    postCalls(port, calls, (id, error) => settle(id)?.reject(error));
    if (waiting.size === 0) onIdle?.();
  };
  port.on('message', (answers: Answer[]) => {
    for (const answer of answers) {
      const caller = settle(answer.id);
      if ('failure' in answer) caller?.reject(restoreError(answer.failure));
      else caller?.resolve(answer.output);
    }
    if (waiting.size === 0) onIdle?.();
  });
  port.on('close', () => {
    isPortClosed = true;
    for (const caller of waiting.values()) caller.reject(writerGone());
    waiting.clear();
    onIdle?.();
  });
  return {
    send: (procedure, input) => {
      if (isPortClosed || isStopped()) return Promise.reject(writerGone());
      return new Promise((resolve, reject) => {
        const id = ++lastId;
        waiting.set(id, { resolve, reject });
        outbox.push({ id, procedure, input });
        if (outbox.length === 1) setImmediate(flush);
      });
    },
    close: async () => {
      if (waiting.size > 0) await new Promise<void>((resolve) => (onIdle = resolve));
      port.close();
    },
  };
}

/** Posts `calls` as one message; an input that can't be cloned fails its own call only. */
function postCalls(port: MessagePort, calls: readonly Call[], fail: (id: number, error: Error) => void): void {
  try {
    port.postMessage(calls);
  } catch (error) {
    const [first, ...others] = calls;
    if (first === undefined) return;
    if (others.length === 0) return fail(first.id, error instanceof Error ? error : new Error(String(error)));
    for (const call of calls) postCalls(port, [call], fail);
  }
}

function writerGone(): StorageClosedError {
  return new StorageClosedError('the store is closed or its writer has stopped');
}
