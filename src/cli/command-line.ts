/** Options as flags or as `STATOR_*` variables; flags win. */
import { parseArgs } from 'node:util';

/** The command line makes no sense: one line of text. */
export class CommandLineError extends Error {
  override readonly name = 'CommandLineError';
}

/** One option of a command. A boolean one is also known with `no-` before it, so that a flag can take a variable back. */
export interface CommandOption {
  readonly type: 'string' | 'boolean';
  /** What the value is called in the help; of string options. */
  readonly value?: string;
  readonly help: string;
}

export type CommandOptions = { readonly [flag: string]: CommandOption };

/** The value of an option that was given. */
export interface GivenOption {
  readonly value: string | boolean;
  /** What gave it, such as `--port` or `STATOR_PORT`. */
  readonly source: string;
}

export type GivenOptions = ReadonlyMap<string, GivenOption>;

/**
 * The values of `options` that `args` or the environment give, by flag; undefined where `--help` was asked for and
 * printed. Throws CommandLineError for what is unknown, lacks its value or is no yes or no.
 */
export function readOptions(usage: string, options: CommandOptions, args: readonly string[]): GivenOptions | undefined {
  const values = parseFlags(options, args);
  if (values['help'] === true) {
    process.stdout.write(`${usage}\n\n${describeOptions(options)}`);
    return undefined;
  }
  const given = new Map<string, GivenOption>();
  for (const [flag, option] of Object.entries(options)) {
    const value = values[flag];
    const one = value === undefined ? readVariable(variableOf(flag), option) : { value, source: `--${flag}` };
    if (one !== undefined) given.set(flag, one);
  }
  return given;
}

function parseFlags(
  options: CommandOptions,
  args: readonly string[],
): { [flag: string]: string | boolean | undefined } {
  const types = Object.fromEntries(Object.entries(options).map(([flag, { type }]) => [flag, { type }]));
  try {
    const help = { type: 'boolean', short: 'h' } as const;
    return parseArgs({ args: [...args], options: { ...types, help }, strict: true, allowNegative: true }).values;
  } catch (error) {
    // The first sentence says it; what follows explains how to pass odd positional arguments.
    const [sentence = ''] = (error as Error).message.split(/\. |\n/);
    throw new CommandLineError(`${sentence.replace(/\.$/, '')}; --help lists the options`);
  }
}

function variableOf(flag: string): string {
  return `STATOR_${flag.replaceAll('-', '_').toUpperCase()}`;
}

/** The names of the variables in the environment that look like options and are none of `options`. */
export function listUnknownVariables(options: CommandOptions): string[] {
  const known = new Set(Object.keys(options).map(variableOf));
  return Object.keys(process.env).filter((name) => name.startsWith('STATOR_') && !known.has(name));
}

/** An empty variable is one that is not there. */
function readVariable(name: string, option: CommandOption): GivenOption | undefined {
  const text = process.env[name];
  if (text === undefined || text === '') return undefined;
  if (option.type === 'string') return { value: text, source: name };
  if (text === 'true' || text === '1') return { value: true, source: name };
  if (text === 'false' || text === '0') return { value: false, source: name };
  throw new CommandLineError(`${name} must be true or false, not ${text}`);
}

function describeOptions(options: CommandOptions): string {
  const lines = Object.entries(options).map(([flag, { value, help }]) => {
    const left = value === undefined ? `--${flag}` : `--${flag} ${value}`;
    return `  ${left.padEnd(26)} ${help}\n`;
  });
  return `${lines.join('')}\nEach is also read from the environment, such as ${variableOf(Object.keys(options)[0] ?? '')}.\n`;
}

/** The value of the string option `flag`; undefined if it was not given. */
export function readText(given: GivenOptions, flag: string): string | undefined {
  const value = given.get(flag)?.value;
  return typeof value === 'string' ? value : undefined;
}

/** The value of the boolean option `flag`; undefined if it was not given. */
export function readSwitch(given: GivenOptions, flag: string): boolean | undefined {
  const value = given.get(flag)?.value;
  return typeof value === 'boolean' ? value : undefined;
}

/** The value of `flag` as a whole number; undefined if it was not given. Throws CommandLineError for anything else. */
export function readWholeNumber(given: GivenOptions, flag: string): number | undefined {
  const text = readText(given, flag);
  if (text === undefined) return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new CommandLineError(`${given.get(flag)?.source} must be a whole number, not ${text}`);
}
