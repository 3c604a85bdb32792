import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  checkFileNames,
  checkImported,
  checkLayers,
  checkLineLengths,
  checkMessages,
  checkRegistry,
  checkWords,
  type SourceFile,
} from './tidy.ts';

function file(path: string, text = ''): SourceFile {
  return { path, text };
}

test('left-overs, silenced checks and paths of a machine are found with their lines', () => {
  const text = ['const a = 1;', `// TO${'DO'}: more`, `// @ts-${'ignore'}`, `open('/${'tmp'}/a')`].join('\n');
  assert.deepEqual(
    checkWords([file('src/a.ts', text)]).map((problem) => problem.line),
    [2, 3, 4],
  );
});

test('ordinary words and relative paths are not complained about', () => {
  const text = ["import './work/a.ts';", '// a method', '`${folder}/tmp/b`', 'https://example.org/home/x'].join('\n');
  assert.deepEqual(checkWords([file('src/a.ts', text)]), []);
});

test('long code is found, long strings, links and data are not', () => {
  const code = `const sum = ${'a + '.repeat(40)}a;`;
  const string = `const text = '${'a'.repeat(200)}';`;
  const link = `// https://example.org/${'a'.repeat(200)}`;
  assert.deepEqual(
    checkLineLengths([file('src/a.ts', [string, link, code].join('\n')), file('data.json', code)]).map(
      ({ line }) => line,
    ),
    [3],
  );
});

test('a file that only its test imports is found; entries, workers and data that are named are not', () => {
  const files = [
    file('src/main.ts', "import './items/get.ts';\nnew URL(`./worker${extname(url)}`, url);"),
    file('src/worker.ts'),
    file('src/conformance.ts'),
    file('src/items/get.ts', "export * from '../values/table.json';"),
    file('src/values/table.json'),
    file('src/items/dead.ts'),
    file('src/items/dead.test.ts', "import './dead.ts';"),
  ];
  assert.deepEqual(
    checkImported(files, ['src/conformance.ts']).map(({ path }) => path),
    ['src/items/dead.ts'],
  );
});

test('the registry must name every operation, and only those', () => {
  const registry = file('src/api/registry.ts', "import './dynamodb/GetItem.ts';\nimport './dynamodb/Gone.ts';");
  const files = [
    registry,
    file('src/api/dynamodb/GetItem.ts'),
    file('src/api/dynamodb/GetItem.test.ts'),
    file('src/api/dynamodb/PutItem.ts'),
    file('src/api/dynamodb/shared-part.ts'),
  ];
  assert.deepEqual(checkRegistry(files), [
    { path: 'src/api/dynamodb/PutItem.ts', message: 'not in src/api/registry.ts' },
    { path: 'src/api/registry.ts', message: 'src/api/dynamodb/Gone.ts is not there' },
  ]);
  assert.equal(checkRegistry([]).length, 1);
});

test('file names are kebab-case, but for operations', () => {
  const files = [
    'src/api/dynamodb/GetItem.ts',
    'test/e2e/GetItem.test.ts',
    'src/a-b.test.ts',
    'src/aB.ts',
    'src/items/Get.ts',
  ].map((path) => file(path));
  assert.deepEqual(
    checkFileNames(files).map(({ path }) => path),
    ['src/aB.ts', 'src/items/Get.ts'],
  );
});

test('every folder of the program needs a rule for its imports', () => {
  const files = [file('src/items/a.ts'), file('src/new/b.ts'), file('src/main.ts')];
  assert.deepEqual(
    checkLayers(files, '{ "files": ["src/items/**"] }').map(({ path }) => path),
    ['src/new'],
  );
});

test('a message that only tests use is found', () => {
  const table = [
    'export const A_MESSAGES = {',
    "  used: 'x',",
    '  dead: (name: string) =>',
    '    `${name}: y`,',
    "  tested: 'z',",
    '} as const;',
    'export function textOf(kind: { a: string }): string {',
    '  return kind.a;',
    '}',
  ].join('\n');
  const files = [
    file('src/a/messages.ts', table),
    file('src/a/b.ts', 'throw A_MESSAGES.used; // B_MESSAGES.dead'),
    file('src/a/b.test.ts', 'A_MESSAGES.tested'),
    file('src/a/c.ts', 'export const C = {\n  dead: 1,\n};'),
  ];
  assert.deepEqual(
    checkMessages(files).map(({ line, message }) => [line, message]),
    [
      [3, 'nothing uses A_MESSAGES.dead'],
      [5, 'nothing uses A_MESSAGES.tested'],
    ],
  );
});
