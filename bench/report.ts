/** A measurement as text for the terminal. */
import { SERVER_NAMES } from './measure.ts';
import type { Measurement } from './measure.ts';

/** Above this share of its time, the generator may have been what was measured. */
const GENERATOR_BUSY_MAX = 0.9;

export function formatMeasurement({ workloads, halfLoad, ...rest }: Measurement): string {
  const rows = workloads.map(({ name, results: { bare, stator, dynalite } }) => [
    name,
    ...[bare, stator, dynalite].flatMap((result) => [
      formatCount(result.operationsPerSecond),
      formatMs(result.p50Us),
      formatMs(result.p99Us),
    ]),
    (stator.operationsPerSecond / bare.operationsPerSecond).toFixed(2),
    (stator.operationsPerSecond / dynalite.operationsPerSecond).toFixed(2),
  ]);
  const head = ['', ...SERVER_NAMES.flatMap((name) => [`${name}/s`, 'p50 ms', 'p99 ms']), '× bare', '× dynalite'];
  const busiest = Math.max(
    ...workloads.flatMap(({ results }) => SERVER_NAMES.map((name) => results[name].generatorBusy)),
  );
  return [
    formatTable([head, ...rows]),
    '',
    ...halfLoad.map(
      ({ name, ratePerSecond, p50Us, p99Us }) =>
        `${name} at half load (${formatCount(ratePerSecond)}/s): p50 ${formatMs(p50Us)} ms, p99 ${formatMs(p99Us)} ms`,
    ),
    `npm start to the first answer: ${Math.round(rest.startMs)} ms`,
    `memory: ${formatMegabytes(rest.idleMemoryBytes)} idle, ${formatMegabytes(rest.loadedMemoryBytes)} after the load`,
    ...(busiest > GENERATOR_BUSY_MAX ? [`the generator was ${Math.round(busiest * 100)} % busy: trust no figure`] : []),
  ].join('\n');
}

export function formatCount(count: number): string {
  return Math.round(count).toLocaleString('en');
}

export function formatMs(us: number): string {
  return (us / 1000).toFixed(us < 10_000 ? 2 : 1);
}

export function formatMegabytes(bytes: number | undefined): string {
  return bytes === undefined ? 'unknown' : `${Math.round(bytes / 2 ** 20)} MiB`;
}

/** Columns as wide as their widest cell; the first one to the left, numbers to the right. */
function formatTable(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const align = (cell: string, column: number): string =>
    column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0);
  return rows.map((row) => row.map(align).join('  ')).join('\n');
}
