#!/usr/bin/env node
/** The process's entry. It loads nothing that the runtime may not bear before it has looked at the runtime. */
import { describeUnsupportedRuntime } from './foundation/runtime.ts';

const problem = describeUnsupportedRuntime();
if (problem === undefined) {
  const { runCommandLine } = await import('./cli/run.ts');
  process.exitCode = await runCommandLine(process.argv.slice(2));
} else {
  process.stderr.write(`stator: ${problem}\n`);
  process.exitCode = 1;
}
