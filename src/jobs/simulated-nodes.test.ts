/**
 * Nodes that share a store, all simulated: their time passes as quickly as they can use it, and they can be paused,
 * killed and cut off. It holds no tests itself.
 */
import type { Timer } from '../foundation/clock.ts';
import { type Procedure, type StorageEngine, StorageUnavailableError } from '../storage/engine.ts';
import type { FencedInput, FencedOutput } from './lease.ts';

/** One node as the store and its timer make it. */
export interface SimulatedNode {
  readonly engine: StorageEngine;
  readonly timer: Timer;
  /** Nothing of the node runs from now on, while its time passes: what SIGSTOP does. Calls on their way go on. */
  pause(): void;
  /** All that was held up runs now. */
  resume(): void;
  /** Nothing of the node ever runs again. */
  kill(): void;
  /** Whether its calls fail, with or without having been run. */
  isCutOff: boolean;
  /** Whether some of its calls take long to arrive. */
  isSlow: boolean;
}

/** A write under a lease that the store took. */
export interface FencedWrite {
  readonly node: SimulatedNode;
  readonly job: string;
  readonly token: number;
  readonly atMs: number;
}

export interface SimulatedStore {
  readonly fencedWrites: readonly FencedWrite[];
  /** The values of all keys of a space, in no order. */
  values(space: number): Uint8Array[];
  addNode(): SimulatedNode;
  /** The time of the simulation, which nodes don't see. */
  nowMs(): number;
  /** Lets `ms` pass. */
  pass(ms: number): Promise<void>;
  /** Lets time pass until `done` settles, and resolves with what it does. */
  settle<Result>(done: Promise<Result>): Promise<Result>;
}

interface PlannedEvent {
  readonly atMs: number;
  readonly run: () => void;
}

/** How long calls take one way, and how long one whose answer is lost. */
const LATENCY_MS = 20;
const LONG_LATENCY_MS = 10_000;
const CALL_TIMEOUT_MS = 2_000;

/** `random` gives numbers in [0, 1). */
export function createSimulatedStore(random: () => number): SimulatedStore {
  const entries = new Map<string, Uint8Array>();
  const fencedWrites: FencedWrite[] = [];
  const events: PlannedEvent[] = [];
  let nowMs = 0;

  function plan(delayMs: number, run: () => void): void {
    const atMs = nowMs + delayMs;
    const behind = events.findIndex((event) => event.atMs > atMs);
    events.splice(behind < 0 ? events.length : behind, 0, { atMs, run });
  }

  async function passNext(untilMs: number): Promise<void> {
    const [next] = events;
    if (next === undefined || next.atMs > untilMs) nowMs = untilMs;
    else {
      events.shift();
      nowMs = next.atMs;
      next.run();
    }
    // All that follows from it happens before the next event.
    await new Promise((resolve) => setImmediate(resolve));
  }

  function applyCall<Input, Output>(node: SimulatedNode, procedure: Procedure<Input, Output>, input: Input): Output {
    // As between threads: what procedures can't send must not get through here.
    const given = structuredClone(input);
    const values = procedure.reads(given).map(({ space, key }) => entries.get(nameEntry(space, key)));
    const { writes, output } = procedure.decide(given, values);
    for (const write of writes) {
      if (write.kind === 'put') entries.set(nameEntry(write.space, write.key), write.value);
      else if (write.kind === 'delete') entries.delete(nameEntry(write.space, write.key));
    }
    noteFencedWrite(node, given, output);
    return output;
  }

  function noteFencedWrite(node: SimulatedNode, input: unknown, output: unknown): void {
    const lease = (input as Partial<FencedInput<unknown>> | null)?.lease;
    const isDone = (output as Partial<FencedOutput<unknown>> | null)?.kind === 'done';
    if (lease !== undefined && isDone) fencedWrites.push({ node, ...lease, atMs: nowMs });
  }

  function addNode(): SimulatedNode {
    let state: 'running' | 'paused' | 'killed' = 'running';
    let held: (() => void)[] = [];
    const startedMs = nowMs - random() * 1e9;
    const speed = 0.98 + random() * 0.04;

    /** Runs `run` in this node, as soon as it can. */
    const deliver = (run: () => void): void => {
      if (state === 'running') run();
      else if (state === 'paused') held.push(run);
    };

    const call = <Result>(run: () => Result): Promise<Result> =>
      new Promise((resolve, reject) => {
        const isLost = node.isCutOff;
        const isRun = !isLost || random() < 0.5;
        plan(random() * (node.isSlow && random() < 0.2 ? LONG_LATENCY_MS : LATENCY_MS), () => {
          const result = isRun ? run() : undefined;
          const answer = (): void => {
            if (isLost) reject(new StorageUnavailableError('cut off'));
            else resolve(result as Result);
          };
          plan(isLost ? CALL_TIMEOUT_MS : random() * LATENCY_MS, () => deliver(answer));
        });
      });

    const timer: Timer = {
      elapsedMs: () => (nowMs - startedMs) * speed,
      sleep: (ms, signal) =>
        new Promise((resolve) => {
          if (signal.aborted) return resolve();
          signal.addEventListener('abort', () => resolve());
          plan(ms / speed, () => deliver(resolve));
        }),
    };
    const engine: Pick<StorageEngine, 'get' | 'scan' | 'transact'> = {
      get: (space, key) => call(() => entries.get(nameEntry(space, key))),
      scan: (space, { from, before }) =>
        call(() => {
          const bounds = [from, before].map((bound) => bound && nameEntry(space, bound));
          return listEntries(space, bounds[0], bounds[1]);
        }),
      transact: (procedure, input) => call(() => applyCall(node, procedure, input)),
    };
    const node: SimulatedNode = {
      engine: engine as StorageEngine,
      timer,
      pause: () => {
        if (state === 'running') state = 'paused';
      },
      resume: () => {
        if (state !== 'paused') return;
        state = 'running';
        for (const run of held) plan(0, () => deliver(run));
        held = [];
      },
      kill: () => (state = 'killed'),
      isCutOff: false,
      isSlow: false,
    };
    return node;
  }

  function listEntries(space: number, from: string | undefined, before: string | undefined) {
    const names = [...entries.keys()].filter((name) => name.startsWith(nameEntry(space, new Uint8Array())));
    return names
      .filter((name) => (from === undefined || name >= from) && (before === undefined || name < before))
      .toSorted()
      .map((name) => ({ key: keyOf(name), value: entries.get(name) ?? new Uint8Array() }));
  }

  return {
    fencedWrites,
    values: (space) => listEntries(space, undefined, undefined).map(({ value }) => value),
    addNode,
    nowMs: () => nowMs,
    pass: async (ms) => {
      const untilMs = nowMs + ms;
      while (nowMs < untilMs) await passNext(untilMs);
    },
    settle: async (done) => {
      let isSettled = false;
      const settled = done.finally(() => (isSettled = true));
      settled.catch(() => undefined);
      while (!isSettled) await passNext(nowMs + 1_000);
      return await settled;
    },
  };
}

/** Sorts as the keys do within a space. */
function nameEntry(space: number, key: Uint8Array): string {
  return `${space}:${Buffer.from(key).toString('hex')}`;
}

function keyOf(name: string): Uint8Array {
  return new Uint8Array(Buffer.from(name.slice(name.indexOf(':') + 1), 'hex'));
}
