import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeUnsupportedRuntime } from './runtime.ts';

const CASES: readonly [version: string, supported: boolean][] = [
  ['18.20.4', false],
  ['20.20.2', false],
  ['22.13.1', false],
  ['22.14.0', true],
  ['22.20.0', true],
  ['23.0.0', true],
  ['26.10.0', true],
];

for (const [version, supported] of CASES) {
  test(`Node.js ${version} is ${supported ? '' : 'not '}supported`, () => {
    const problem = describeUnsupportedRuntime(version);
    assert.equal(problem, supported ? undefined : `Node.js 22.14 or newer is needed, and this is ${version}`);
  });
}
