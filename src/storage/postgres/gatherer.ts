/**
 * Gathers requests of one kind: what is asked for while others are under way is served together, by one statement,
 * which costs the database and the client much less than one for each.
 *
 * Only so many statements run at a time. So a request that comes alone is served at once, and the more come the more
 * share a statement.
 */
import { isAway } from './errors.ts';

/** A request and its caller. */
export interface Gathered<Request, Answer> {
  readonly request: Request;
  resolve(answer: Answer): void;
  reject(error: unknown): void;
}

export interface GathererOptions<Request, Answer> {
  /** How many statements run at a time. */
  readonly maxRunning: number;
  /** How many of `requests`, which come in order and are at least one, one statement is to serve; at least one. */
  count(requests: readonly Gathered<Request, Answer>[]): number;
  /** The answers to `requests`, in order. */
  serve(requests: readonly Request[]): Promise<readonly Answer[]>;
}

/** A function that resolves with the answer to one request. */
export function createGatherer<Request, Answer>({
  maxRunning,
  count,
  serve,
}: GathererOptions<Request, Answer>): (request: Request) => Promise<Answer> {
  let waiting: Gathered<Request, Answer>[] = [];
  let running = 0;
  let isScheduled = false;

  const start = () => {
    isScheduled = false;
    while (running < maxRunning && waiting.length > 0) {
      const first = count(waiting);
      const gathered = waiting.slice(0, first);
      waiting = waiting.slice(first);
      running += 1;
      void answer(gathered).then(() => {
        running -= 1;
        start();
      });
    }
  };
  const answer = async (gathered: readonly Gathered<Request, Answer>[]) => {
    try {
      const answers = await serve(gathered.map(({ request }) => request));
      for (const [i, caller] of gathered.entries()) caller.resolve(answers[i] as Answer);
    } catch (error) {
      for (const caller of gathered) caller.reject(error);
      if (isAway(error)) rejectWaiting(error);
    }
  };
  /** Who waited behind those that found that the store is away doesn't wait for another statement to find out. */
  const rejectWaiting = (error: unknown) => {
    for (const caller of waiting) caller.reject(error);
    waiting = [];
  };
  return (request) =>
    new Promise((resolve, reject) => {
      waiting.push({ request, resolve, reject });
      if (isScheduled || running >= maxRunning) return;
      isScheduled = true;
      setImmediate(start);
    });
}
