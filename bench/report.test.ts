import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drawChart } from './chart.ts';
import type { LoadResult } from './load.ts';
import type { Measurement } from './measure.ts';
import { formatMeasurement } from './report.ts';

function resultOf(operationsPerSecond: number): LoadResult {
  return { operationsPerSecond, p50Us: 1000, p99Us: 2000, errors: 0, generatorBusy: 0.5 };
}

const results = { bare: resultOf(8000), stator: resultOf(4000), dynalite: resultOf(1000) };
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

test('the chart has a bar for the faster bare loop over pg where there is one', () => {
  const chart = drawChart(onPostgres, '');
  assert.match(chart, /0\.50 × bare, 4\.0 × dynalite, 0\.63 × pg\)/);
  assert.match(chart, /12 connections, pipelined for GetItem/);
  assert.doesNotMatch(drawChart(embedded, ''), /pg/);
});
