/** The labels of streams, which end their ARNs: when each was enabled. */

/** Such as `2026-10-08T23:07:31.275`. */
export function streamLabel(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, -1);
}

/** The label of a millisecond later. */
export function labelAfter(label: string): string {
  return streamLabel(Date.parse(`${label}Z`) + 1);
}
