/** Actors that work as fast as they are answered, through outages, until told to stop. */
import { setTimeout as sleep } from 'node:timers/promises';
import { HANG_MS } from './cluster.ts';
import { outageOf } from './outage.ts';

/** One client, or one caller of several, that does one thing after another. */
export interface Actor {
  readonly name: string;
  /** Does the next thing. What an outage cut short is the actor's own business; other errors end the run. */
  step(load: LoadState): Promise<void>;
}

export interface LoadState {
  isStopping(): boolean;
}

export interface Load extends LoadState {
  /** Resolves when every actor has done `steps` more things; rejects if one fails, or hangs. */
  progress(steps: number): Promise<void>;
  /** Resolves as `work` does; rejects as soon as an actor fails. */
  during<T>(work: Promise<T>): Promise<T>;
  /** Resolves when what is under way has ended, with the number of things that were cut short by an outage. */
  stop(): Promise<number>;
}

/** The pause after an outage, so that what is out of reach isn't asked as fast as it refuses. */
const OUTAGE_PAUSE_MS = 50;

/** Starts all `actors`. After an outage one waits until `probe` resolves before it goes on. */
export function startLoad(actors: readonly Actor[], probe: () => Promise<unknown>): Load {
  let stopping = false;
  let outages = 0;
  const state: LoadState = { isStopping: () => stopping };
  const steps = new Map(actors.map((actor) => [actor, 0]));
  const waiting = new Set<() => void>();

  async function run(actor: Actor): Promise<void> {
    while (!stopping) {
      try {
        await actor.step(state);
        steps.set(actor, (steps.get(actor) ?? 0) + 1);
        for (const look of waiting) look();
      } catch (error) {
        if (outageOf(error) === undefined) throw new Error(`${actor.name} failed`, { cause: error });
        outages++;
        await awaitRecovery();
      }
    }
  }

  async function awaitRecovery(): Promise<void> {
    while (!stopping) {
      await sleep(OUTAGE_PAUSE_MS);
      try {
        await probe();
        return;
      } catch (error) {
        if (outageOf(error) === undefined) throw error;
      }
    }
  }

  const ended = Promise.all(actors.map(run));
  ended.catch(() => {});
  const failed = ended.then(() => new Promise<never>(() => {}));

  const during = <T>(work: Promise<T>): Promise<T> => Promise.race([work, failed]);

  async function progress(more: number): Promise<void> {
    const goals = new Map([...steps].map(([actor, done]) => [actor, done + more]));
    const lagging = (): Actor[] => actors.filter((actor) => (steps.get(actor) ?? 0) < (goals.get(actor) ?? 0));
    const reached = Promise.withResolvers<void>();
    const look = (): void => void (lagging().length === 0 && reached.resolve());
    const hang = setTimeout(() => {
      const names = lagging().map(({ name }) => name);
      reached.reject(new Error(`no progress in ${HANG_MS} ms: ${names.join(', ')}`));
    }, HANG_MS);
    waiting.add(look);
    try {
      look();
      await during(reached.promise);
    } finally {
      clearTimeout(hang);
      waiting.delete(look);
    }
  }

  return {
    ...state,
    during,
    progress,
    async stop() {
      stopping = true;
      await ended;
      return outages;
    },
  };
}
