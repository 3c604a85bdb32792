/** Keeps what fails over and over, as all does while the store is out of reach, from filling the log. */
import type { Timer } from '../foundation/clock.ts';

/** How often the same failure is told of. */
const REPETITION_MS = 60_000;

/** `report`, called with an error only if the last one like it is a while ago. */
export function holdBackRepetitions(
  timer: Pick<Timer, 'elapsedMs'>,
  report: (error: unknown) => void,
): (error: unknown) => void {
  const reportedMs = new Map<string, number>();
  return (error) => {
    const text = String(error);
    const nowMs = timer.elapsedMs();
    for (const [other, atMs] of reportedMs) if (nowMs - atMs >= REPETITION_MS) reportedMs.delete(other);
    if (reportedMs.has(text)) return;
    reportedMs.set(text, nowMs);
    report(error);
  };
}
