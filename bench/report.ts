/** A measurement as text for the terminal. */
import { PG_LOOP_NAMES, SERVER_NAMES } from './measure.ts';
import type { RequestCost } from './cost.ts';
import type { LoadResult } from './load.ts';
import type { Measurement, PgLoopName, WorkloadResults } from './measure.ts';
import type { PgServer } from './pg-table.ts';

/** Above this share of its time, the generator may have been what was measured. */
const GENERATOR_BUSY_MAX = 0.9;

const COST_COLUMNS: readonly { readonly figure: keyof RequestCost; readonly title: string }[] = [
  { figure: 'serverCpuUs', title: 'µs of StatorDB' },
  { figure: 'databaseCpuUs', title: 'µs of PostgreSQL' },
  { figure: 'walBytes', title: 'bytes of WAL' },
];

export function formatMeasurement({ workloads, halfLoad, ...rest }: Measurement): string {
  const rows = workloads.map(({ name, results: { bare, stator, dynalite } }) => [
    name,
    ...[bare, stator, dynalite].flatMap((result) =>
      result === undefined
        ? ['', '', '']
        : [formatCount(result.operationsPerSecond), formatMs(result.p50Us), formatMs(result.p99Us)],
    ),
    (stator.operationsPerSecond / bare.operationsPerSecond).toFixed(2),
    dynalite === undefined ? '' : (stator.operationsPerSecond / dynalite.operationsPerSecond).toFixed(2),
  ]);
  const head = ['', ...SERVER_NAMES.flatMap((name) => [`${name}/s`, 'p50 ms', 'p99 ms']), '× bare', '× dynalite'];
  const busiest = Math.max(
    ...workloads.flatMap(({ results }) => SERVER_NAMES.map((name) => results[name]?.generatorBusy ?? 0)),
  );
  return [
    formatTable([head, ...rows]),
    '',
    ...(rest.pg === undefined ? [] : [formatPgLoops(workloads, rest.pg), '']),
    ...formatCosts(workloads, halfLoad),
    ...halfLoad.map(
      ({ name, ratePerSecond, p50Us, p99Us }) =>
        `${name} at half load (${formatCount(ratePerSecond)}/s): p50 ${formatMs(p50Us)} ms, p99 ${formatMs(p99Us)} ms`,
    ),
    `npm start to the first answer: ${Math.round(rest.startMs)} ms`,
    `memory: ${formatMegabytes(rest.idleMemoryBytes)} idle, ${formatMegabytes(rest.loadedMemoryBytes)} after the load`,
    ...(busiest > GENERATOR_BUSY_MAX ? [`the generator was ${Math.round(busiest * 100)} % busy: trust no figure`] : []),
  ].join('\n');
}

/** The form of the bare loop over `pg` that did more. */
export function fasterPgLoop(pg: Record<PgLoopName, LoadResult>): PgLoopName {
  return pg.pipelined.operationsPerSecond > pg.pool.operationsPerSecond ? 'pipelined' : 'pool';
}

/** The rate of StatorDB as a share of that of the faster bare loop over `pg`; undefined if there is none. */
export function ratioToPg({ results: { stator }, pg }: WorkloadResults): number | undefined {
  return pg && stator.operationsPerSecond / pg[fasterPgLoop(pg)].operationsPerSecond;
}

function formatPgLoops(workloads: Measurement['workloads'], { version, connections }: PgServer): string {
  const rows = workloads.flatMap(({ name, results: { stator }, pg }) => {
    if (pg === undefined) return [];
    const loops = PG_LOOP_NAMES.map((loop) => pg[loop]);
    return [
      [
        `for ${name}`,
        ...loops.flatMap((result) => [
          formatCount(result.operationsPerSecond),
          formatMs(result.p50Us),
          formatMs(result.p99Us),
        ]),
        ...loops.map((result) => (stator.operationsPerSecond / result.operationsPerSecond).toFixed(2)),
      ],
    ];
  });
  const head = [
    `bare pg, ${connections} connections, PostgreSQL ${version}`,
    ...PG_LOOP_NAMES.flatMap((loop) => [`${loop}/s`, 'p50 ms', 'p99 ms']),
    ...PG_LOOP_NAMES.map((loop) => `StatorDB × ${loop}`),
  ];
  return formatTable([head, ...rows]);
}

/** The costs that are known, at full load and at half, and an empty line if there are any. */
function formatCosts(workloads: Measurement['workloads'], halfLoad: Measurement['halfLoad']): string[] {
  const costs = workloads.map(({ name, results }) => ({
    name,
    full: results.stator.cost,
    half: halfLoad.find((half) => half.name === name)?.cost,
  }));
  const columns = COST_COLUMNS.filter(({ figure }) => costs.some(({ full }) => full[figure] !== undefined));
  if (columns.length === 0) return [];
  const rows = costs.map(({ name, full, half }) => [
    name,
    ...columns.flatMap(({ figure }) => [formatCost(full[figure]), formatCost(half?.[figure])]),
  ]);
  const head = ['of one request', ...columns.flatMap(({ title }) => [title, 'at half load'])];
  return [formatTable([head, ...rows]), ''];
}

function formatCost(cost: number | undefined): string {
  return cost === undefined ? '' : formatCount(cost);
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
