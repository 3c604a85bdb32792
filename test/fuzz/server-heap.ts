/**
 * What the threads of a server hold in memory once all garbage is collected, asked over the inspector's protocol, and
 * whether something was put into the prototypes that all objects of a thread share.
 */
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

export interface MemoryUse {
  /** Of all threads together, after a collection. */
  readonly heapBytes: number;
  /** Of the process, which keeps some of what it once had. */
  readonly residentBytes: number;
}

export interface Inspection {
  measure(): Promise<MemoryUse>;
  /** What the process has used of the processor; 0 where the system doesn't tell. */
  readProcessorMs(): number;
  /** Names that do not belong into the prototypes of JavaScript's own objects, in any thread. */
  findPollution(): Promise<readonly string[]>;
  close(): void;
}

/** Inspects the process `pid`, which runs with `--inspect` on `port`. */
export async function inspectServer(port: number, pid: number): Promise<Inspection> {
  const targets = (await (await fetch(`http://127.0.0.1:${port}/json/list`)).json()) as [
    { webSocketDebuggerUrl: string },
  ];
  const socket = new WebSocket(targets[0].webSocketDebuggerUrl);
  await once(socket, 'open');
  const session = createSession(socket);
  await session.start();
  return {
    async measure() {
      const sizes = await session.callAll('Runtime.getHeapUsage', {}, collectGarbage);
      const heapBytes = sizes.reduce((sum, { usedSize }) => sum + Number(usedSize), 0);
      return { heapBytes, residentBytes: readResidentBytes(pid) };
    },
    readProcessorMs: () => readProcessorMs(pid),
    async findPollution() {
      const answers = await session.callAll('Runtime.evaluate', { expression: POLLUTION, returnByValue: true });
      return answers.flatMap(({ result }) => (result as { readonly value: readonly string[] }).value);
    },
    close: () => socket.close(),
  };
}

const POLLUTION =
  '[Object, Array, String, Number, Boolean, Function, Promise, Map, Set].flatMap(({ prototype }) => Object.keys(prototype))';
/** What a first collection lets go of by finalizers goes with a second. */
const COLLECTIONS = 2;
const SETTLING_MS = 200;

type Reply = Readonly<Record<string, unknown>>;
type Call = (method: string, params?: object) => Promise<Reply>;

async function collectGarbage(call: Call): Promise<void> {
  for (let i = 0; i < COLLECTIONS; i++) {
    await call('HeapProfiler.collectGarbage');
    await sleep(SETTLING_MS);
  }
}

/** 0 where the system has no such file. */
function readResidentBytes(pid: number): number {
  if (!existsSync(`/proc/${pid}/statm`)) return 0;
  const [, resident] = readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ');
  return Number(resident) * 4_096;
}

/** Linux counts in hundredths of a second. The name before the numbers is in parentheses, and may hold anything. */
function readProcessorMs(pid: number): number {
  if (!existsSync(`/proc/${pid}/stat`)) return 0;
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\)/s, '').split(' ');
  return (Number(fields[12]) + Number(fields[13])) * 10;
}

interface Session {
  /** Resolves when the worker threads that run are attached. */
  start(): Promise<void>;
  /** Calls `method` in every thread, after `prepare` if there is one. */
  callAll(method: string, params: object, prepare?: (call: Call) => Promise<void>): Promise<Reply[]>;
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly result?: Reply;
  readonly params?: { readonly sessionId: string; readonly message: string };
}

function createSession(socket: WebSocket): Session {
  let lastId = 0;
  const waiting = new Map<number, (reply: Reply) => void>();
  const workers = new Set<string>();
  const receive = (text: string): void => {
    const { id, method, result = {}, params } = JSON.parse(text) as Message;
    if (id !== undefined) waiting.get(id)?.(result);
    else if (method === 'NodeWorker.attachedToWorker' && params !== undefined) workers.add(params.sessionId);
    else if (method === 'NodeWorker.detachedFromWorker' && params !== undefined) workers.delete(params.sessionId);
    else if (method === 'NodeWorker.receivedMessageFromWorker' && params !== undefined) receive(params.message);
  };
  socket.addEventListener('message', ({ data }) => receive(String(data)));
  const callBy = (send: (message: string) => void, method: string, params: object): Promise<Reply> =>
    new Promise((resolve) => {
      const id = ++lastId;
      waiting.set(id, resolve);
      send(JSON.stringify({ id, method, params }));
    });
  const callMain: Call = (method, params = {}) => callBy((message) => socket.send(message), method, params);
  const callWorker =
    (sessionId: string): Call =>
    (method, params = {}) =>
      callBy((message) => void callMain('NodeWorker.sendMessageToWorker', { sessionId, message }), method, params);
  return {
    async start() {
      await callMain('NodeWorker.enable', { waitForDebuggerOnStart: false });
    },
    async callAll(method, params, prepare) {
      const calls = [callMain, ...[...workers].map(callWorker)];
      const replies: Reply[] = [];
      for (const call of calls) {
        await prepare?.(call);
        replies.push(await call(method, params));
      }
      return replies;
    },
  };
}
