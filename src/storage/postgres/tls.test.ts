/** Connections over TLS, as the URL of the store asks for them. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { rootCertificates } from 'node:tls';
import { inspect } from 'node:util';
import { Client } from 'pg';
import { type PostgresServer, startPostgres, TLS_CERTIFICATE } from '../../../test/postgres.ts';
import { addToAll, RESIDENT_SPACE } from '../conformance-procedures.ts';
import { StorageOpenError } from '../engine.ts';
import { openPostgresEngine } from './engine.ts';
import { openPostgresStorage, type PostgresAttachment } from './storage.ts';

const KEYS = [{ space: 20, key: new Uint8Array([1]) }];

let folder: string;
let server: PostgresServer;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'stator-tls-'));
  server = await startPostgres({ tls: true });
});
after(async () => {
  await server.remove();
  rmSync(folder, { recursive: true });
});

describe('verify-full', () => {
  test('encrypts every session', async (t) => {
    const url = withTls(await server.createDatabase(), TLS_CERTIFICATE);
    const storage = await openPostgresStorage({ url: url.href, residentSpaces: [RESIDENT_SPACE] });
    const engine = openPostgresEngine(storage.attach().attachment as PostgresAttachment);
    t.after(() => engine.close());
    await Promise.all(Array.from({ length: 20 }, () => engine.transact(addToAll, { keys: KEYS, by: [1] })));
    const encrypted = await encryptionOfSessions(url);
    assert.ok(encrypted.length > 0);
    assert.ok(encrypted.every(Boolean), inspect(encrypted));
  });

  test('refuses a certificate that another authority would have to vouch for', async () => {
    const authority = join(folder, 'authority.pem');
    writeFileSync(authority, rootCertificates[0] ?? '');
    await assertRefused(withTls(server.url, authority), /certificate/);
  });

  test('refuses a certificate that no authority of the system vouches for', async () => {
    await assertRefused(withTls(server.url), /certificate/);
  });

  test('refuses a server that the certificate is not for', async () => {
    const url = withTls(server.url, TLS_CERTIFICATE);
    url.hostname = '127.0.0.1';
    await assertRefused(url, /127\.0\.0\.1 is not in the cert's list/);
  });

  test('needs a file of authorities that is there', async () => {
    await assertRefused(withTls(server.url, join(folder, 'absent.pem')), /absent\.pem/);
  });
});

function withTls(database: string, authority?: string): URL {
  const url = new URL(database);
  url.hostname = 'localhost';
  url.searchParams.set('sslmode', 'verify-full');
  if (authority !== undefined) url.searchParams.set('sslrootcert', authority);
  return url;
}

async function assertRefused(url: URL, reason: RegExp): Promise<void> {
  const error = await openPostgresStorage({ url: url.href, residentSpaces: [] }).then(
    () => assert.fail('it opened'),
    (failure: unknown) => failure,
  );
  assert.ok(error instanceof StorageOpenError, inspect(error));
  assert.match(error.message, reason);
  assert.doesNotMatch(error.message, /\n/);
  assert.equal(inspect(error, { depth: 20 }).includes(url.password), false);
}

/** Of each session of a store in the database at `url`, whether it is encrypted. */
async function encryptionOfSessions(url: URL): Promise<boolean[]> {
  const client = new Client({ connectionString: url.href });
  await client.connect();
  try {
    const { rows } = await client.query<{ ssl: boolean }>(
      `SELECT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
       WHERE application_name = 'statordb' AND datname = current_database()`,
    );
    return rows.map(({ ssl }) => ssl);
  } finally {
    await client.end();
  }
}
