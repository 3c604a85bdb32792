#!/usr/bin/env node
/** The process's entry: finds the subcommand, runs it, and turns what the caller can mend into one line and exit code 1. */
import { runCheck } from './cli/check.ts';
import { CommandLineError, readVersion } from './cli/command-line.ts';
import { runStart } from './cli/start.ts';
import { isForPerson } from './context.ts';

const USAGE = `Usage: stator <command> [options]

  stator start    run a server; stator start --help lists its options
  stator check    verify a data folder without changing it; stator check --help
  stator --version
`;

async function run(args: readonly string[]): Promise<number> {
  const [command, ...rest] = args;
  switch (command) {
    case 'start':
      return await runStart(rest);
    case 'check':
      return await runCheck(rest);
    case '--version':
    case '-v':
      process.stdout.write(`${readVersion()}\n`);
      return 0;
    case '--help':
    case '-h':
      process.stdout.write(USAGE);
      return 0;
    case undefined:
      process.stderr.write(USAGE);
      return 1;
    default:
      throw new CommandLineError(`unknown command ${command}; stator --help lists them`);
  }
}

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof CommandLineError) && !isForPerson(error)) throw error;
  process.stderr.write(`stator: ${(error as Error).message}\n`);
  process.exitCode = 1;
}
