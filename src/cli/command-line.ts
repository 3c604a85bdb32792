/** Options as flags or as `STATOR_*` variables; flags win. */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

/** The command line makes no sense: one line of text. */
export class CommandLineError extends Error {
  override readonly name = 'CommandLineError';
}

/** One option of a command. */
export interface CommandOption {
  readonly type: 'string' | 'boolean';
  /** What the value is called in the help; of string options. */
  readonly value?: string;
  readonly help: string;
}

export type CommandOptions = { readonly [flag: string]: CommandOption };

/** The values that were given, by flag. */
export type GivenOptions = { readonly [flag: string]: string | boolean | undefined };

/**
 * The values of `options` that `args` or the environment give; undefined where `--help` was asked for and printed.
 * Throws CommandLineError for what is unknown, lacks its value or is no yes or no.
 */
export function readOptions(usage: string, options: CommandOptions, args: readonly string[]): GivenOptions | undefined {
  const values = parseFlags(options, args);
  if (values.help === true) {
    process.stdout.write(`${usage}\n\n${describeOptions(options)}`);
    return undefined;
  }
  const given: { [flag: string]: string | boolean | undefined } = {};
  for (const [flag, option] of Object.entries(options)) {
    given[flag] = values[flag] ?? fromEnvironment(flag, option);
  }
  return given;
}

function parseFlags(options: CommandOptions, args: readonly string[]): GivenOptions {
  const config = Object.fromEntries(Object.entries(options).map(([flag, { type }]) => [flag, { type }]));
  try {
    return parseArgs({ args: [...args], options: { ...config, help: { type: 'boolean', short: 'h' } }, strict: true })
      .values as GivenOptions;
  } catch (error) {
    // The first sentence says it; what follows explains how to pass odd positional arguments.
    const [sentence] = (error as Error).message.split(/\. |\n/);
    throw new CommandLineError(`${sentence}; --help lists the options`);
  }
}

function variableOf(flag: string): string {
  return `STATOR_${flag.replaceAll('-', '_').toUpperCase()}`;
}

function fromEnvironment(flag: string, option: CommandOption): string | boolean | undefined {
  const text = process.env[variableOf(flag)];
  if (text === undefined || text === '') return undefined;
  if (option.type === 'string') return text;
  if (text === 'true' || text === '1') return true;
  if (text === 'false' || text === '0') return false;
  throw new CommandLineError(`${variableOf(flag)} must be true or false, not ${text}`);
}

function describeOptions(options: CommandOptions): string {
  const lines = Object.entries(options).map(([flag, { value, help }]) => {
    const left = value === undefined ? `--${flag}` : `--${flag} ${value}`;
    return `  ${left.padEnd(26)} ${help}\n`;
  });
  return `${lines.join('')}\nEach is also read from the environment, such as ${variableOf(Object.keys(options)[0] ?? '')}.\n`;
}

/** A whole number, or a CommandLineError that names the flag. */
export function parseWholeNumber(flag: string, text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new CommandLineError(`--${flag} must be a whole number, not ${text}`);
  return Number(text);
}

/** The program's version, from its package. */
export function readVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { readonly version: string }).version;
}
