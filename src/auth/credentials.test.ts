import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { CredentialsFileError, loadCredentials } from './credentials.ts';

const folder = mkdtempSync(join(tmpdir(), 'credentials-'));
after(() => rmSync(folder, { recursive: true }));

function load(text: string): ReturnType<typeof loadCredentials> {
  const path = join(folder, 'credentials.json');
  writeFileSync(path, text);
  return loadCredentials(path);
}

test('a file gives its access keys by id', () => {
  const one = { accessKeyId: 'AKIDONE', secretAccessKey: 'secret+/one' };
  const two = { accessKeyId: 'AKIDTWO', secretAccessKey: 'secret two', sessionToken: 'token' };
  const credentials = load(JSON.stringify({ credentials: [one, two] }));
  assert.deepEqual([...credentials.values()], [one, two]);
  assert.deepEqual(credentials.get('AKIDTWO'), two);
});

test('a byte order mark before the JSON is passed over', () => {
  const credentials = load(`\uFEFF${JSON.stringify({ credentials: [{ accessKeyId: 'A', secretAccessKey: 'b' }] })}`);
  assert.ok(credentials.has('A'));
});

test('a bad file is told in one line that names the file and the place', () => {
  const secretAccessKey = 'very-secret';
  const cases: [string, RegExp][] = [
    ['', /is not valid JSON/],
    [`{"credentials": very-secret`, /is not valid JSON/],
    ['[]', /needs a member "credentials"/],
    ['null', /needs a member "credentials"/],
    ['{"credentials": {}}', /needs a member "credentials"/],
    ['{"credentials": []}', /holds no access keys/],
    [JSON.stringify({ credentials: [null] }), /credentials\[0\]\.accessKeyId must be a non-empty string/],
    [JSON.stringify({ credentials: [{ secretAccessKey }] }), /credentials\[0\]\.accessKeyId/],
    [JSON.stringify({ credentials: [{ accessKeyId: 'a', secretAccessKey: 5 }] }), /credentials\[0\]\.secretAccessKey/],
    [JSON.stringify({ credentials: [{ accessKeyId: 'a/b', secretAccessKey }] }), /credentials\[0\]\.accessKeyId may/],
    [JSON.stringify({ credentials: [{ accessKeyId: 'a b', secretAccessKey }] }), /credentials\[0\]\.accessKeyId may/],
    [
      JSON.stringify({ credentials: [{ accessKeyId: 'a', secretAccessKey, sessionToken: '' }] }),
      /credentials\[0\]\.sessionToken/,
    ],
    [
      JSON.stringify({
        credentials: [
          { accessKeyId: 'a', secretAccessKey },
          { accessKeyId: 'a', secretAccessKey },
        ],
      }),
      /"a" twice/,
    ],
  ];
  for (const [text, expected] of cases) {
    assert.throws(
      () => load(text),
      (error: unknown) => {
        assert.ok(error instanceof CredentialsFileError);
        assert.match(error.message, expected);
        assert.match(error.message, /^credentials file .*credentials\.json [^\n]+$/);
        assert.doesNotMatch(error.message, /very-secret/);
        return true;
      },
    );
  }
});

test('a file that is not there is told so', () => {
  assert.throws(() => loadCredentials(join(folder, 'absent.json')), /absent\.json can't be read: ENOENT/);
  assert.throws(() => loadCredentials(folder), /is not a file$/);
  assert.throws(() => loadCredentials('/dev/zero'), /is not a file$/);
  assert.throws(() => load(' '.repeat(5 * 1024 * 1024)), /is larger than 4194304 bytes$/);
});
