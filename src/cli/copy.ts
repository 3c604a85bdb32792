import { copyStore } from '../copy-store.ts';
import { validateStorage } from '../options.ts';
import type { StorageLocation } from '../open-storage.ts';
import {
  CommandLineError,
  type CommandOptions,
  type GivenOptions,
  readOptions,
  readSwitch,
  readText,
} from './command-line.ts';
import { createProgressBar, formatBytes } from './progress-bar.ts';

const OPTIONS: CommandOptions = {
  from: { type: 'string', value: 'STORE', help: 'the folder, or postgres://user:password@host:port/database, to copy' },
  to: { type: 'string', value: 'STORE', help: 'the folder or database to copy to; it must be empty' },
  resume: { type: 'boolean', help: 'go on with a copy that was interrupted' },
};

/** More problems than these are counted, not printed. */
const PRINTED_PROBLEMS = 100;

/** Copies a store, prints how the copy differs and resolves with exit code 0 if it doesn't, 1 if it does. */
export async function runCopy(args: readonly string[]): Promise<number> {
  const given = readOptions('Usage: stator copy --from STORE --to STORE [options]', OPTIONS, args);
  if (given === undefined) return 0;
  const bar = createProgressBar(process.stderr);
  const problems: string[] = [];
  const copied = await copyStore(readLocation(given, 'from'), readLocation(given, 'to'), {
    isResumed: readSwitch(given, 'resume') ?? false,
    onProgress: bar.show,
    report: (problem) => problems.push(problem),
  }).finally(bar.end);
  for (const problem of problems.slice(0, PRINTED_PROBLEMS)) process.stdout.write(`${problem}\n`);
  const outcome = problems.length === 0 ? 'copied and verified' : `${problems.length} differences, not a copy`;
  process.stdout.write(`${copied.entries} entries, ${formatBytes(copied.bytes)}: ${outcome}\n`);
  return problems.length === 0 ? 0 : 1;
}

function readLocation(given: GivenOptions, flag: 'from' | 'to'): StorageLocation {
  const text = readText(given, flag);
  if (text === undefined || text === '') throw new CommandLineError(`--${flag} is missing; --help lists the options`);
  if (!text.includes('://')) return { kind: 'sqlite', path: text, durable: true };
  validateStorage(text);
  return { kind: 'postgres', url: text };
}
