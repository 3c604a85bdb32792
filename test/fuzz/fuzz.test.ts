import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fuzzEngine } from './engines.ts';

const OPTIONS = { seed: 4, first: 0, inputs: 1_500, inputsPerRound: 500 };

for (const engine of ['sqlite', 'postgres']) {
  test(`hostile requests get modelled errors and leave nothing behind, on ${engine}`, async () => {
    const lines: string[] = [];
    const problems = await fuzzEngine(engine, { ...OPTIONS, report: (line) => lines.push(line) });
    assert.deepEqual(problems, [], lines.join('\n'));
  });
}
