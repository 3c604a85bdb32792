/** Whether the store can be reached, for health checks: asked of the store at most once a second, whoever asks here. */

/** For so long an answer holds. */
const FRESH_MS = 1_000;
/** What takes the store longer than this counts as no answer; most who check health wait no longer either. */
const PATIENCE_MS = 900;

/** Resolves with whether the store answered lately; never rejects, and takes no longer than PATIENCE_MS. */
export type StoreCheck = () => Promise<boolean>;

/** A check by `ping`, of which there is never more than one under way. */
export function createStoreCheck(ping: () => Promise<void>): StoreCheck {
  let checked: Promise<boolean> | undefined;
  const check = (): Promise<boolean> => {
    const answered = ping().then(
      () => true,
      () => false,
    );
    void answered.then(() => setTimeout(() => (checked = undefined), FRESH_MS).unref());
    return inTime(answered);
  };
  return () => (checked ??= check());
}

/** `answer`, or false if it takes too long. */
function inTime(answer: Promise<boolean>): Promise<boolean> {
  return new Promise((resolve) => {
    const giveUp = setTimeout(() => resolve(false), PATIENCE_MS).unref();
    void answer.then((isReachable) => {
      clearTimeout(giveUp);
      resolve(isReachable);
    });
  });
}
