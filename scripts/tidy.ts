/**
 * Repository rules that no other tool checks: `node scripts/tidy.ts` prints what breaks them and exits with 1.
 *
 * Each rule is a function from the project's files to problems, so that its test can hand it files of its own.
 * Types, imports between folders, unused exports and format are the business of tsc, oxlint, knip and oxfmt.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A text file of the project; `path` is relative to its root, with forward slashes. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** One thing to mend; `line` counts from 1 and is absent where the whole file is meant. */
export interface Problem {
  readonly path: string;
  readonly line?: number;
  readonly message: string;
}

const LINE_LENGTH_MAX = 120;

/** Files that are started rather than imported. */
const ENTRIES = ['src/main.ts', 'src/index.ts'];

// The one-letter classes keep this file from breaking its own rule.
const LEFT_OVER = /\b(TOD[O]|FIXM[E]|XX[X]|HAC[K])\b/;
const SUPPRESSION = /@ts-(ignore|expect-error|nocheck)|(ox|es)lint-disable|(oxfmt|prettier)-ignore/;
const MACHINE_PATH = /(?<![\w.$}~-])\/(work|tmp|root|home|Users)\/\w/;

/** Finds what was meant to be done later, silenced checks, and paths of somebody's machine. */
export function checkWords(files: readonly SourceFile[]): Problem[] {
  return files.flatMap((file) =>
    linesOf(file).flatMap(({ text, line }) => {
      const problems: Problem[] = [];
      const complain = (message: string) => problems.push({ path: file.path, line, message });
      if (LEFT_OVER.test(text)) complain('do it, or file an issue for it');
      if (SUPPRESSION.test(text)) complain('mend what the check complains about');
      if (MACHINE_PATH.test(text)) complain('a path of one machine');
      return problems;
    }),
  );
}

/** Finds lines of code over 120 characters, unless it is a string or a link in them that is long. */
export function checkLineLengths(files: readonly SourceFile[]): Problem[] {
  return files
    .filter((file) => /\.(ts|js|sh)$/.test(file.path))
    .flatMap((file) =>
      linesOf(file)
        .filter(({ text }) => withoutStrings(text).length > LINE_LENGTH_MAX)
        .map(({ line }) => ({ path: file.path, line, message: `longer than ${LINE_LENGTH_MAX} characters` })),
    );
}

/**
 * Finds files of the program that no other file of the program imports: tests alone keep nothing alive.
 *
 * `notBuilt` are the files below `src/` that stand with the tests although they are not called so.
 */
export function checkImported(files: readonly SourceFile[], notBuilt: readonly string[]): Problem[] {
  const program = files.filter(({ path }) => path.startsWith('src/') && !isTest(path) && !notBuilt.includes(path));
  const imported = new Set(program.flatMap(importsOf));
  return program
    .filter(({ path }) => !imported.has(path) && !ENTRIES.includes(path))
    .map(({ path }) => ({ path, message: 'no file of the program imports it' }));
}

/** Finds operations that have a file and no place in the registry, or the other way round. */
export function checkRegistry(files: readonly SourceFile[]): Problem[] {
  const path = 'src/api/registry.ts';
  const registry = files.find((file) => file.path === path);
  if (registry === undefined) return [{ path, message: 'missing' }];
  const registered = importsOf(registry).filter(isOperation);
  const present = files.map((file) => file.path).filter(isOperation);
  const unregistered = present.filter((operation) => !registered.includes(operation));
  const absent = registered.filter((operation) => !present.includes(operation));
  return [
    ...unregistered.map((operation) => ({ path: operation, message: `not in ${path}` })),
    ...absent.map((operation) => ({ path, message: `${operation} is not there` })),
  ];
}

/** Finds files whose names are not kebab-case; operations and their tests are named as the API names them. */
export function checkFileNames(files: readonly SourceFile[]): Problem[] {
  return files
    .filter((file) => /\.(ts|js)$/.test(file.path) && !/^(src\/api\/[a-z]+|test\/e2e)\/[A-Z]/.test(file.path))
    .filter((file) => !/^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+)*$/.test(posix.basename(file.path)))
    .map((file) => ({ path: file.path, message: 'not in kebab-case' }));
}

/** Finds folders of `src/` for which .oxlintrc.json does not say what they may import. */
export function checkLayers(files: readonly SourceFile[], lintConfiguration: string): Problem[] {
  const folders = new Set(files.flatMap((file) => /^src\/[^/]+(?=\/)/.exec(file.path) ?? []));
  return [...folders]
    .filter((folder) => !lintConfiguration.includes(`"${folder}/**"`))
    .map((folder) => ({ path: folder, message: 'no rule in .oxlintrc.json says what it may import' }));
}

/** Finds members of the tables of messages, as `TABLE.member`, that no file of the program names. */
export function checkMessages(files: readonly SourceFile[]): Problem[] {
  const program = files.filter(({ path }) => /^src\/.*\.ts$/.test(path) && !isTest(path));
  const text = program.map((file) => file.text).join('\n');
  const used = new Set([...text.matchAll(/\b[A-Z][A-Z_]*\.\w+/g)].map(([name]) => name));
  return program
    .filter(({ path }) => path.endsWith('messages.ts'))
    .flatMap((file) =>
      messagesOf(file)
        .filter(({ name }) => !used.has(name))
        .map(({ name, line }) => ({ path: file.path, line, message: `nothing uses ${name}` })),
    );
}

/** The members of the tables in `file`, which are objects of constants in capitals. */
function messagesOf(file: SourceFile): { name: string; line: number }[] {
  let table: string | undefined;
  return linesOf(file).flatMap(({ text, line }) => {
    table = text.startsWith('}') ? undefined : (/^export const ([A-Z][A-Z_]*)\b.*\{$/.exec(text)?.[1] ?? table);
    const member = /^ {2}(\w+):/.exec(text)?.[1];
    return table === undefined || member === undefined ? [] : [{ name: `${table}.${member}`, line }];
  });
}

function isTest(path: string): boolean {
  return path.endsWith('.test.ts');
}

function isOperation(path: string): boolean {
  return /^src\/api\/[a-z]+\/[A-Z]\w*\.ts$/.test(path);
}

/** The project's files that `file` names by relative path: by import, by re-export, or as the URL of a worker. */
function importsOf(file: SourceFile): string[] {
  const folder = posix.dirname(file.path);
  const imports = file.text.matchAll(/['"](\.{1,2}\/[^'"\n]+\.(?:ts|json))['"]/g);
  // A worker's file ends in .ts here and in .js in the package.
  const workers = file.text.matchAll(/`(\.{1,2}\/[^`$\n]+)\$\{extname\(/g);
  return [
    ...[...imports].map((match) => posix.join(folder, `${match[1]}`)),
    ...[...workers].map((match) => posix.join(folder, `${match[1]}.ts`)),
  ];
}

function withoutStrings(line: string): string {
  return line.replace(/(['"`])(?:\\.|(?!\1).)*\1/g, '').replace(/https?:\S+/g, '');
}

function linesOf(file: SourceFile): { text: string; line: number }[] {
  return file.text.split('\n').map((text, index) => ({ text, line: index + 1 }));
}

/** The project's text files: what git tracks, and what it would if asked. */
function readProject(root: string): SourceFile[] {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], { cwd: root });
  return listed
    .toString()
    .split('\0')
    .filter((path) => /\.(ts|js|json|md|txt|sh|ya?ml)$|(^|\/)run$/.test(path) && existsSync(root + path))
    .filter((path) => path !== 'package-lock.json')
    .map((path) => ({ path, text: readFileSync(root + path, 'utf8') }));
}

if (import.meta.main) {
  const root = fileURLToPath(new URL('../', import.meta.url));
  const files = readProject(root);
  const { exclude } = JSON.parse(readFileSync(`${root}tsconfig.build.json`, 'utf8')) as { exclude: string[] };
  const problems = [
    ...checkWords(files),
    ...checkLineLengths(files),
    ...checkImported(files, exclude),
    ...checkRegistry(files),
    ...checkFileNames(files),
    ...checkMessages(files),
    ...checkLayers(files, readFileSync(`${root}.oxlintrc.json`, 'utf8')),
  ];
  for (const { path, line, message } of problems) console.error(`${path}${line ? `:${line}` : ''}: ${message}`);
  process.exitCode = problems.length > 0 ? 1 : 0;
}
