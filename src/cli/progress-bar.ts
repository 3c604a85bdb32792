/** Shows on a terminal how far something long has come, or in a log by a line now and then. */

/** How far a stage of it has come. */
export interface Progress {
  /** Such as `copying`. */
  readonly stage: string;
  readonly entries: number;
  readonly bytes: number;
  /** About how many entries there are, for the share that is done. */
  readonly expectedEntries: number;
}

export interface ProgressBar {
  /** Shows `progress` if it is time to. What was done when a stage was first shown counts for no rate. */
  show(progress: Progress): void;
  /** Leaves the terminal's line to others. */
  end(): void;
}

/** A stream that is a terminal or is not, such as `process.stderr`. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const BAR_WIDTH = 40;
const DEFAULT_COLUMNS = 80;
const TERMINAL_INTERVAL_MS = 100;
const LINE_INTERVAL_MS = 30_000;

/** `nowMs` gives times of any origin. */
export function createProgressBar(stream: ProgressStream, nowMs: () => number = () => performance.now()): ProgressBar {
  const isTerminal = stream.isTTY === true;
  let stage: Stage | undefined;

  function isDue(progress: Progress, { shownMs, shownTenths }: Stage, now: number): boolean {
    if (isTerminal) return now - shownMs >= TERMINAL_INTERVAL_MS;
    return now - shownMs >= LINE_INTERVAL_MS || tenthsOf(progress) > shownTenths;
  }

  function end(): void {
    if (isTerminal && stage !== undefined) stream.write('\n');
    stage = undefined;
  }
  return {
    show(progress) {
      const now = nowMs();
      if (stage?.first.stage !== progress.stage) {
        end();
        stage = { first: progress, firstMs: now, shownMs: now, shownTenths: 0 };
      } else if (!isDue(progress, stage, now)) return;
      stage.shownMs = now;
      stage.shownTenths = tenthsOf(progress);
      const text = describe(progress, stage, now);
      if (isTerminal) stream.write(`\r\u001B[K${drawLine(shareOf(progress), text, stream.columns)}`);
      else stream.write(`${text}\n`);
    },
    end,
  };
}

interface Stage {
  /** What it was first shown with, and when. */
  readonly first: Progress;
  readonly firstMs: number;
  /** When, and with how many tenths done, it was last shown. */
  shownMs: number;
  shownTenths: number;
}

function shareOf({ entries, expectedEntries }: Progress): number {
  return expectedEntries === 0 ? 1 : Math.min(1, entries / expectedEntries);
}

function tenthsOf(progress: Progress): number {
  return Math.floor(shareOf(progress) * 10);
}

/** A bar in the room that `text` leaves of a line, because one that wraps could not be overwritten. */
function drawLine(share: number, text: string, columns = DEFAULT_COLUMNS): string {
  const width = Math.max(0, Math.min(BAR_WIDTH, columns - text.length - 2));
  const filled = Math.round(share * width);
  return `${'█'.repeat(filled)}${'░'.repeat(width - filled)} ${text}`.slice(0, columns - 1);
}

function describe(progress: Progress, { first, firstMs }: Stage, nowMs: number): string {
  const { stage, entries, bytes, expectedEntries } = progress;
  const done = `${stage} ${Math.floor(shareOf(progress) * 100)}%, ${count(entries)} entries, ${formatBytes(bytes)}`;
  const seconds = (nowMs - firstMs) / 1_000;
  if (seconds === 0 || entries === first.entries) return done;
  const secondsLeft = (Math.max(0, expectedEntries - entries) * seconds) / (entries - first.entries);
  return `${done}, ${formatBytes((bytes - first.bytes) / seconds)}/s, ${formatSeconds(secondsLeft)} left`;
}

function count(number: number): string {
  return number.toLocaleString('en-US');
}

/** Such as `12.3 MB`: units of 1,000. */
export function formatBytes(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  const unit = bytes < 1_000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  return `${(bytes / 1_000 ** unit).toFixed(unit === 0 ? 0 : 1)} ${units[unit]}`;
}

/** Such as `40 s`, `3 min 20 s` or `2 h 5 min`. */
function formatSeconds(seconds: number): string {
  const whole = Math.ceil(seconds);
  const minutes = Math.floor(whole / 60);
  if (minutes === 0) return `${whole} s`;
  if (minutes < 60) return `${minutes} min ${whole % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
