/** The access keys that this server knows, from a file that its operator keeps. */
import { readFileSync, statSync } from 'node:fs';

/** One access key. */
export interface Credential {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Where present, requests must carry exactly this as X-Amz-Security-Token; where absent, none. */
  readonly sessionToken?: string;
}

/** Access keys by their ids. */
export type Credentials = ReadonlyMap<string, Credential>;

/** The credentials file can't be used, for a reason its owner can mend: one line of text that names the file. */
export class CredentialsFileError extends Error {
  override readonly name = 'CredentialsFileError';
}

/**
 * Reads `{"credentials": [{"accessKeyId": "...", "secretAccessKey": "...", "sessionToken": "..."}]}` from `path`.
 *
 * Throws CredentialsFileError for a file that can't be read, is not of that shape, is empty or repeats an id.
 * Error texts never hold a secret.
 */
export function loadCredentials(path: string): Credentials {
  const entries = member(parseFile(path), 'credentials');
  if (!Array.isArray(entries)) throw fileError(path, 'needs a member "credentials", a list of access keys');
  if (entries.length === 0) throw fileError(path, 'holds no access keys');
  const credentials = new Map<string, Credential>();
  for (const [index, entry] of entries.entries()) {
    const credential = readCredential(path, index, entry);
    if (credentials.has(credential.accessKeyId)) {
      throw fileError(path, `holds the accessKeyId ${JSON.stringify(credential.accessKeyId)} twice`);
    }
    credentials.set(credential.accessKeyId, credential);
  }
  return credentials;
}

/** Tens of thousands of access keys; a device or a wrong file must not be read without end. */
const MAX_FILE_BYTES = 4 * 1024 * 1024;

function parseFile(path: string): unknown {
  let text: string;
  try {
    const stats = statSync(path);
    if (!stats.isFile()) throw fileError(path, 'is not a file');
    if (stats.size > MAX_FILE_BYTES) throw fileError(path, `is larger than ${MAX_FILE_BYTES} bytes`);
    text = readFileSync(path, 'utf8').replace(/^\uFEFF/, '');
  } catch (error) {
    if (error instanceof CredentialsFileError) throw error;
    throw fileError(
      path,
      `can't be read: ${error instanceof Error && 'code' in error ? String(error.code) : 'failed'}`,
    );
  }
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own text quotes the file, and so perhaps a secret.
    throw fileError(path, 'is not valid JSON');
  }
}

/** An id stands between slashes, commas and spaces in the Authorization header, so it may hold none of them. */
const ACCESS_KEY_ID = /^[!-~]+$/;

function readCredential(path: string, index: number, entry: unknown): Credential {
  const place = `credentials[${index}]`;
  const accessKeyId = requiredText(path, place, entry, 'accessKeyId');
  if (!ACCESS_KEY_ID.test(accessKeyId) || /[/,=;]/.test(accessKeyId)) {
    throw fileError(path, `${place}.accessKeyId may hold only printable ASCII other than / , = and ;`);
  }
  const secretAccessKey = requiredText(path, place, entry, 'secretAccessKey');
  if (member(entry, 'sessionToken') === undefined) return { accessKeyId, secretAccessKey };
  return { accessKeyId, secretAccessKey, sessionToken: requiredText(path, place, entry, 'sessionToken') };
}

function requiredText(path: string, place: string, entry: unknown, name: string): string {
  const value = member(entry, name);
  if (typeof value !== 'string' || value === '') throw fileError(path, `${place}.${name} must be a non-empty string`);
  return value;
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

function fileError(path: string, problem: string): CredentialsFileError {
  return new CredentialsFileError(`credentials file ${path} ${problem}`);
}
