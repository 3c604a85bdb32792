/** The command line: finds the subcommand, and turns what the caller can mend into one line and exit code 1. */
import { readVersion } from '../foundation/version.ts';
import { StartError } from '../options.ts';
import { CommandLineError } from './command-line.ts';
import { listenForStopSignals } from './stop-signals.ts';

const USAGE = `Usage: stator <command> [options]

  stator start    run a server; stator start --help lists its options
  stator check    verify a data folder without changing it; stator check --help
  stator nodes    list the nodes that share a store; stator nodes --help
  stator triggers add, list and remove functions that run on changes; stator triggers --help
  stator copy     bring a store to another engine or place; stator copy --help
  stator --version
`;

/** Runs the command that `args` name and resolves with the process's exit code. */
export async function runCommandLine(args: readonly string[]): Promise<number> {
  // Whoever read the output may be gone. A server goes on without.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  try {
    return await runCommand(args);
  } catch (error) {
    if (!(error instanceof CommandLineError) && !(error instanceof StartError)) throw error;
    // A line break can only come from what the person gave.
    process.stderr.write(`stator: ${error.message.replaceAll(/\s+/g, ' ')}\n`);
    return 1;
  }
}

async function runCommand(args: readonly string[]): Promise<number> {
  const [command, ...rest] = args;
  switch (command) {
    case 'start': {
      // A signal that comes while the rest of the program loads is to end it in good order too.
      const signals = listenForStopSignals();
      const { runStart } = await import('./start.ts');
      return await runStart(rest, signals);
    }
    case 'check': {
      // What a check needs would only hold up the start of a server.
      const { runCheck } = await import('./check.ts');
      return await runCheck(rest);
    }
    case 'nodes': {
      const { runNodes } = await import('./nodes.ts');
      return await runNodes(rest);
    }
    case 'copy': {
      const { runCopy } = await import('./copy.ts');
      return await runCopy(rest);
    }
    case 'triggers': {
      const { runTriggers } = await import('./triggers.ts');
      return await runTriggers(rest);
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
