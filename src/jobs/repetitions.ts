/** Keeps what fails over and over, as all does while the store is out of reach, from filling the log. */
import type { Timer } from '../foundation/clock.ts';
import { StorageUnavailableError } from '../storage/engine.ts';

/** How often the same failure is told of. */
const REPETITION_MS = 60_000;

/** `report`, called with an error only if it is another than the last one or the last one is a while ago. */
export function holdBackRepetitions(
  timer: Pick<Timer, 'elapsedMs'>,
  report: (error: unknown) => void,
): (error: unknown) => void {
  let last: { readonly text: string; readonly atMs: number } | undefined;
  return (error) => {
    // A store out of reach has another text for each statement, and is still the same failure.
    const text = error instanceof StorageUnavailableError ? error.name : String(error);
    const nowMs = timer.elapsedMs();
    if (text === last?.text && nowMs - last.atMs < REPETITION_MS) return;
    last = { text, atMs: nowMs };
    report(error);
  };
}
