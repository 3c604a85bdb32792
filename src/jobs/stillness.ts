/** Finds what no longer moves in the store, by looking again and again, and by this node's own timer alone. */
import type { Timer } from '../foundation/clock.ts';

/** What something was when it was first seen like that, and when. */
interface Sighting {
  readonly state: string;
  readonly sinceMs: number;
}

/**
 * Makes a function that is given the states of some things, by name, as they are now, and returns the names of those
 * that were seen to stand still for `durationMs`.
 *
 * It starts anew after a pause of more than half of `durationMs` between two looks: where this node was held up, or
 * could not reach the store, the others may have been as well.
 */
export function watchStillness(
  timer: Pick<Timer, 'elapsedMs'>,
  durationMs: number,
): (states: Iterable<readonly [name: string, state: string]>) => string[] {
  let sightings = new Map<string, Sighting>();
  let lookedMs = timer.elapsedMs();

  function sight(known: ReadonlyMap<string, Sighting>, name: string, state: string): Sighting {
    const before = known.get(name);
    return before?.state === state ? before : { state, sinceMs: lookedMs };
  }

  return (states) => {
    const nowMs = timer.elapsedMs();
    const known = nowMs - lookedMs > durationMs / 2 ? new Map<string, Sighting>() : sightings;
    lookedMs = nowMs;
    sightings = new Map([...states].map(([name, state]) => [name, sight(known, name, state)]));
    return [...sightings].filter(([, { sinceMs }]) => nowMs - sinceMs >= durationMs).map(([name]) => name);
  };
}
