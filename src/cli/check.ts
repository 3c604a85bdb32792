import { checkDataFolder } from '../check-data-folder.ts';
import { DEFAULT_OPTIONS } from '../options.ts';
import { type CommandOptions, readOptions, readText } from './command-line.ts';

const OPTIONS: CommandOptions = {
  'data-dir': { type: 'string', value: 'FOLDER', help: `the folder to verify (${DEFAULT_OPTIONS.dataDir})` },
};

/** More problems than these are counted, not printed. */
const PRINTED_PROBLEMS = 100;

/** Verifies a data folder, prints what is wrong and resolves with exit code 0 if nothing is, 1 otherwise. */
export async function runCheck(args: readonly string[]): Promise<number> {
  const given = readOptions('Usage: stator check [options]', OPTIONS, args);
  if (given === undefined) return 0;
  let problems = 0;
  const seen = await checkDataFolder(readText(given, 'data-dir') ?? DEFAULT_OPTIONS.dataDir, (problem) => {
    problems++;
    if (problems <= PRINTED_PROBLEMS) process.stdout.write(`${problem}\n`);
  });
  process.stdout.write(
    `${seen.tables} tables, ${seen.items} items, ${seen.indexEntries} index entries: ` +
      `${problems === 0 ? 'no problems' : `${problems} problems`}\n`,
  );
  return problems === 0 ? 0 : 1;
}
