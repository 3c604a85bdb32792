/** The signals that ask a server to stop. */

/** What the terminal, npm and a supervisor send for one wish to stop comes within this time. */
const ONE_WISH_MS = 1_000;

export interface StopSignals {
  /** The first one. */
  readonly first: Promise<NodeJS.Signals>;
  /** Aborted by one that comes more than a second after the first: whoever sent it does not want to wait. */
  readonly impatience: AbortSignal;
}

/**
 * Listens for SIGTERM and SIGINT from now on to the end of the process, so that none ends it in the middle of things.
 * Several may come for one wish: npm passes on what the terminal has sent to the server too.
 */
export function listenForStopSignals(): StopSignals {
  const first = Promise.withResolvers<NodeJS.Signals>();
  const impatience = new AbortController();
  void first.promise.then(() => {
    setTimeout(() => onStopSignal(() => impatience.abort()), ONE_WISH_MS).unref();
  });
  onStopSignal(first.resolve);
  return { first: first.promise, impatience: impatience.signal };
}

function onStopSignal(listener: (signal: NodeJS.Signals) => void): void {
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, listener);
}
