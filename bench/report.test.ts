import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drawChart } from './chart.ts';
import type { LoadResult } from './load.ts';
import type { RequestCost } from './cost.ts';
import type { Measurement } from './measure.ts';
import { formatMeasurement } from './report.ts';

function resultOf(operationsPerSecond: number): LoadResult {
  return { operationsPerSecond, p50Us: 1000, p99Us: 2000, requests: 9, errors: 0, generatorBusy: 0.5 };
}

function resultsOf(cost: RequestCost) {
  return { bare: resultOf(8000), stator: { ...resultOf(4000), cost }, dynalite: resultOf(1000) };
}

const results = resultsOf({});
const rest = { halfLoad: [], startMs: 1, idleMemoryBytes: undefined, loadedMemoryBytes: undefined };
const embedded: Measurement = { workloads: [{ name: 'GetItem', results }], ...rest };
const onPostgres: Measurement = {
  workloads: [
    { name: 'GetItem', results, pg: { pool: resultOf(5000), pipelined: resultOf(6400) } },
    { name: 'Query', results },
  ],
  pg: { version: '18', connections: 12 },
  ...rest,
};

test('the bare loops over pg stand beside the operations that they do, with their ratios', () => {
  const text = formatMeasurement(onPostgres);
  assert.match(text, /bare pg, 12 connections, PostgreSQL 18/);
  assert.match(text, /for GetItem +5,000 +1\.00 +2\.00 +6,400 +1\.00 +2\.00 +0\.80 +0\.63/);
  assert.doesNotMatch(text, /for Query/);
  assert.doesNotMatch(formatMeasurement(embedded), /pg/);
});

test('where dynalite lacks an operation, its cells are empty and it has no bar', () => {
  const { dynalite: _, ...others } = results;
  const lacking: Measurement = {
    ...embedded,
    workloads: [...embedded.workloads, { name: 'PartiQL SELECT', results: others }],
  };
  assert.match(formatMeasurement(lacking), /PartiQL SELECT +8,000 +1\.00 +2\.00 +4,000 +1\.00 +2\.00 +0\.50 *\n/);
  const bars = (measurement: Measurement): number => drawChart(measurement, '').split('<rect').length;
  assert.equal(bars(lacking) - bars(embedded), 2);
  assert.match(drawChart(lacking, ''), /4,000 {2}\(0\.50 × bare\)/);
});

test('what a request costs stands in a table as far as it is known', () => {
  assert.doesNotMatch(formatMeasurement(embedded), /of one request/);
  const ofServer = resultsOf({ serverCpuUs: 61.4 });
  const ofBoth = resultsOf({ serverCpuUs: 120.2, databaseCpuUs: 80, walBytes: 1234 });
  const cost = { serverCpuUs: 240, databaseCpuUs: 160, walBytes: 1300 };
  const half = { name: 'PutItem', ratePerSecond: 2000, ...ofBoth.stator, cost };
  const onServer = formatMeasurement({ ...embedded, workloads: [{ name: 'GetItem', results: ofServer }] });
  assert.match(onServer, /of one request +µs of StatorDB +at half load\nGetItem +61 *\n/);
  const onBoth = formatMeasurement({
    ...onPostgres,
    workloads: [{ name: 'PutItem', results: ofBoth }],
    halfLoad: [half],
  });
  assert.match(
    onBoth,
    /of one request +µs of StatorDB +at half load +µs of PostgreSQL +at half load +bytes of WAL +at half load\n/,
  );
  assert.match(onBoth, /PutItem +120 +240 +80 +160 +1,234 +1,300\n/);
});

test('the chart has a bar for the faster bare loop over pg where there is one', () => {
  const chart = drawChart(onPostgres, '');
  assert.match(chart, /0\.50 × bare, 4\.0 × dynalite, 0\.63 × pg\)/);
  assert.match(chart, /12 connections, pipelined for GetItem/);
  assert.doesNotMatch(drawChart(embedded, ''), /pg/);
});
