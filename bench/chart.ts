/** A measurement as a picture: for each workload one bar for each server, on a scale of their own. */
import { SERVER_NAMES } from './measure.ts';
import type { Measurement, ServerName } from './measure.ts';
import { formatCount, formatMegabytes, formatMs } from './report.ts';

const WIDTH = 960;
const MARGIN = 32;
const BARS_LEFT = 236;
const BARS_WIDTH = 470;
const BAR_HEIGHT = 18;
const BAR_GAP = 5;
const GROUP_GAP = 24;
const HEAD_HEIGHT = 132;
const GROUP_HEIGHT = SERVER_NAMES.length * (BAR_HEIGHT + BAR_GAP) + GROUP_GAP;

const INK = '#1f2933';
const FAINT_INK = '#616e7c';
const SERVERS: Record<ServerName, { readonly label: string; readonly color: string }> = {
  bare: { label: 'bare node:http', color: '#cbd2d9' },
  stator: { label: 'StatorDB, durable writes', color: '#0b69a3' },
  dynalite: { label: 'dynalite, writes not synced', color: '#f0b429' },
};

/** The SVG of `measurement`; `subtitle` says how it was made. */
export function drawChart(measurement: Measurement, subtitle: string): string {
  const { workloads } = measurement;
  const footTop = HEAD_HEIGHT + workloads.length * GROUP_HEIGHT;
  const foot = footLines(measurement);
  const height = footTop + foot.length * 20 + MARGIN;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" ` +
      `font-family="system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif" role="img">`,
    `<title>Operations a second of StatorDB, bare node:http and dynalite</title>`,
    `<rect width="${WIDTH}" height="${height}" rx="12" fill="#ffffff" stroke="#e4e7eb"/>`,
    drawText(MARGIN, 44, 'Operations a second', { size: 22, weight: 600 }),
    drawText(MARGIN, 68, subtitle, { size: 13, fill: FAINT_INK }),
    ...drawLegend(),
    ...workloads.flatMap((workload, index) => drawGroup(workload, HEAD_HEIGHT + index * GROUP_HEIGHT)),
    ...foot.map((line, index) => drawText(MARGIN, footTop + 14 + index * 20, line, { size: 13, fill: FAINT_INK })),
    '</svg>\n',
  ].join('\n');
}

function drawLegend(): string[] {
  const labels = SERVER_NAMES.map((name) => SERVERS[name]);
  return labels.flatMap(({ label, color }, index) => {
    const x = MARGIN + index * 210;
    return [drawBar(x, 86, 14, 14, color), drawText(x + 22, 98, label, { size: 13 })];
  });
}

function drawGroup({ name, results }: Measurement['workloads'][number], top: number): string[] {
  const scale = Math.max(...SERVER_NAMES.map((server) => results[server].operationsPerSecond));
  const middle = top + (SERVER_NAMES.length * (BAR_HEIGHT + BAR_GAP)) / 2;
  const bars = SERVER_NAMES.flatMap((server, index) => {
    const { operationsPerSecond } = results[server];
    const length = Math.max(2, (operationsPerSecond / scale) * BARS_WIDTH);
    const y = top + index * (BAR_HEIGHT + BAR_GAP);
    const stator = server === 'stator';
    const label = `${formatCount(operationsPerSecond)}${stator ? formatRatios(results) : ''}`;
    return [
      drawBar(BARS_LEFT, y, length, BAR_HEIGHT, SERVERS[server].color),
      drawText(BARS_LEFT + length + 8, y + 14, label, { size: 13, ...(stator && { weight: 600 }) }),
    ];
  });
  return [drawText(BARS_LEFT - 16, middle + 2, name, { size: 15, weight: 500, anchor: 'end' }), ...bars];
}

function formatRatios({ bare, stator, dynalite }: Measurement['workloads'][number]['results']): string {
  const ofBare = stator.operationsPerSecond / bare.operationsPerSecond;
  const ofDynalite = stator.operationsPerSecond / dynalite.operationsPerSecond;
  return `  (${ofBare.toFixed(2)} × bare, ${ofDynalite.toFixed(1)} × dynalite)`;
}

function footLines({ halfLoad, startMs, idleMemoryBytes }: Measurement): string[] {
  const latencies = halfLoad.map(
    ({ name, ratePerSecond, p99Us }) => `${name} p99 ${formatMs(p99Us)} ms at ${formatCount(ratePerSecond)}/s`,
  );
  return [
    'Every workload has a scale of its own; the bare server answers with as many bytes as StatorDB.',
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
