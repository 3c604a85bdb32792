/** A measurement as a picture: for each workload one bar for each server and bare loop, on a scale of their own. */
import { SERVER_NAMES } from './measure.ts';
import type { Measurement, ServerName, WorkloadResults } from './measure.ts';
import { fasterPgLoop, formatCount, formatMegabytes, formatMs, ratioToPg } from './report.ts';

const WIDTH = 960;
const MARGIN = 32;
const BARS_LEFT = 236;
const BARS_WIDTH = 470;
const BAR_HEIGHT = 18;
const BAR_GAP = 5;
const GROUP_GAP = 24;
const HEAD_HEIGHT = 132;

const INK = '#1f2933';
const FAINT_INK = '#616e7c';
const LOOKS: Record<ServerName | 'pg', { readonly label: string; readonly color: string }> = {
  bare: { label: 'bare node:http', color: '#cbd2d9' },
  stator: { label: 'StatorDB, durable writes', color: '#0b69a3' },
  dynalite: { label: 'dynalite, writes not synced', color: '#f0b429' },
  pg: { label: 'bare pg loop, durable', color: '#9aa5b1' },
};

interface Bar {
  readonly of: keyof typeof LOOKS;
  readonly operationsPerSecond: number;
}

/** The SVG of `measurement`; `subtitle` says how it was made. */
export function drawChart(measurement: Measurement, subtitle: string): string {
  const { workloads } = measurement;
  const groups: string[] = [];
  let footTop = HEAD_HEIGHT;
  for (const workload of workloads) {
    groups.push(...drawGroup(workload, footTop));
    footTop += barsHeight(workload) + GROUP_GAP;
  }
  const foot = footLines(measurement);
  const height = footTop + foot.length * 20 + MARGIN;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" ` +
      `font-family="system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif" role="img">`,
    `<title>Operations a second of StatorDB, bare node:http and dynalite</title>`,
    `<rect width="${WIDTH}" height="${height}" rx="12" fill="#ffffff" stroke="#e4e7eb"/>`,
    drawText(MARGIN, 44, 'Operations a second', { size: 22, weight: 600 }),
    drawText(MARGIN, 68, subtitle, { size: 13, fill: FAINT_INK }),
    ...drawLegend(workloads.some(({ pg }) => pg !== undefined) ? [...SERVER_NAMES, 'pg'] : SERVER_NAMES),
    ...groups,
    ...foot.map((line, index) => drawText(MARGIN, footTop + 14 + index * 20, line, { size: 13, fill: FAINT_INK })),
    '</svg>\n',
  ].join('\n');
}

function drawLegend(names: readonly (keyof typeof LOOKS)[]): string[] {
  return names.flatMap((name, index) => {
    const x = MARGIN + index * 210;
    return [drawBar(x, 86, 14, 14, LOOKS[name].color), drawText(x + 22, 98, LOOKS[name].label, { size: 13 })];
  });
}

function drawGroup(workload: WorkloadResults, top: number): string[] {
  const bars = barsOf(workload);
  const scale = Math.max(...bars.map(({ operationsPerSecond }) => operationsPerSecond));
  const middle = top + barsHeight(workload) / 2;
  const drawn = bars.flatMap(({ of, operationsPerSecond }, index) => {
    const length = Math.max(2, (operationsPerSecond / scale) * BARS_WIDTH);
    const y = top + index * (BAR_HEIGHT + BAR_GAP);
    const stator = of === 'stator';
    const label = `${formatCount(operationsPerSecond)}${stator ? formatRatios(workload) : ''}`;
    return [
      drawBar(BARS_LEFT, y, length, BAR_HEIGHT, LOOKS[of].color),
      drawText(BARS_LEFT + length + 8, y + 14, label, { size: 13, ...(stator && { weight: 600 }) }),
    ];
  });
  return [drawText(BARS_LEFT - 16, middle + 2, workload.name, { size: 15, weight: 500, anchor: 'end' }), ...drawn];
}

function barsOf({ results, pg }: WorkloadResults): Bar[] {
  const bars = SERVER_NAMES.flatMap((name): Bar[] => {
    const result = results[name];
    return result === undefined ? [] : [{ of: name, ...result }];
  });
  return pg === undefined ? bars : [...bars, { of: 'pg', ...pg[fasterPgLoop(pg)] }];
}

function barsHeight(workload: WorkloadResults): number {
  return barsOf(workload).length * (BAR_HEIGHT + BAR_GAP);
}

function formatRatios(workload: WorkloadResults): string {
  const { bare, stator, dynalite } = workload.results;
  const ofBare = stator.operationsPerSecond / bare.operationsPerSecond;
  const ofDynalite =
    dynalite === undefined
      ? ''
      : `, ${(stator.operationsPerSecond / dynalite.operationsPerSecond).toFixed(1)} × dynalite`;
  const ofPg = ratioToPg(workload);
  const pg = ofPg === undefined ? '' : `, ${ofPg.toFixed(2)} × pg`;
  return `  (${ofBare.toFixed(2)} × bare${ofDynalite}${pg})`;
}

function footLines({ workloads, pg: server, halfLoad, startMs, idleMemoryBytes }: Measurement): string[] {
  // There is room for no more.
  const latencies = halfLoad
    .slice(0, 2)
    .map(({ name, ratePerSecond, p99Us }) => `${name} p99 ${formatMs(p99Us)} ms at ${formatCount(ratePerSecond)}/s`);
  const loops = workloads.flatMap(({ name, pg }) => (pg === undefined ? [] : `${fasterPgLoop(pg)} for ${name}`));
  return [
    'Every workload has a scale of its own; the bare server answers with as many bytes as StatorDB.',
    ...(server === undefined
      ? []
      : [
          `StatorDB and the bare pg loop on PostgreSQL ${server.version}, as it comes; the loop has ` +
            `${server.connections} connections, ${loops.join(', ')}.`,
        ]),
    `StatorDB at half of its peak: ${latencies.join(', ')}.`,
    `From npm start to the first answer ${Math.round(startMs)} ms; ${formatMegabytes(idleMemoryBytes)} of memory when idle.`,
  ];
}

function drawBar(x: number, y: number, width: number, height: number, color: string): string {
  return `<rect x="${x}" y="${y}" width="${width.toFixed(1)}" height="${height}" rx="3" fill="${color}"/>`;
}

interface TextStyle {
  readonly size: number;
  readonly weight?: number;
  readonly fill?: string;
  readonly anchor?: 'start' | 'end';
}

function drawText(x: number, y: number, text: string, { size, weight = 400, fill = INK, anchor }: TextStyle): string {
  const escaped = text.replace(/&/g, '&amp;').replace(/</g, '&lt;');
  return (
    `<text x="${x.toFixed(1)}" y="${y}" font-size="${size}" font-weight="${weight}" fill="${fill}"` +
    `${anchor === undefined ? '' : ` text-anchor="${anchor}"`} xml:space="preserve">${escaped}</text>`
  );
}
