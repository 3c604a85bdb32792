#!/usr/bin/env node
/** The process's entry: runs the subcommand, and turns what the caller can mend into one line and exit code 1. */
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
    case 'check': {
      // What a check needs would only hold up the start of a server.
      const { runCheck } = await import('./cli/check.ts');
      return await runCheck(rest);
    }
    case '--version':
    case '-v':
      process.stdout.write(`${readVersion()}\n`);
      return 0;
    case '--help':
    case '-h':
      process.stdout.write(USAGE);
      return 0;
    default:
      throw new CommandLineError(`${command === undefined ? 'no' : 'unknown'} command; stator --help lists them`);
  }
}

// Whoever read the output may be gone. A server goes on without.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof CommandLineError) && !isForPerson(error)) throw error;
  // A line break can only come from what the person gave.
  process.stderr.write(`stator: ${error.message.replaceAll(/\s+/g, ' ')}\n`);
  process.exitCode = 1;
}
