/**
 * A process that opens the data folder in its first argument, writes without end and says what was acknowledged:
 * `open`, then one number a line. For the tests that kill it.
 */
import { pathToFileURL } from 'node:url';
import { encodeNumber, writeAll } from '../conformance-procedures.ts';
import type { Write } from '../engine.ts';
import { openSqliteEngine, type SqliteAttachment } from './engine.ts';
import { openSqliteStorage } from './storage.ts';

const [, self = '', path = ''] = process.argv;
const proceduresUrl = new URL('./storage-procedures.ts', pathToFileURL(self));
const storage = await openSqliteStorage({ path, durable: true, proceduresUrl, residentSpaces: [] });
const engine = openSqliteEngine(storage.attach().attachment as SqliteAttachment);
process.stdout.write('open\n');

/** Two entries and a counter move together. */
function writesOf(number: number): Write[] {
  const key = encodeNumber(number);
  return [
    { kind: 'put', space: 1, key, value: new Uint8Array(500) },
    { kind: 'put', space: 2, key, value: key },
    { kind: 'increment', counter: 'numbers', by: 1 },
    { kind: 'append', log: 1, shard: 0, value: key },
  ];
}

async function writeFrom(first: number): Promise<never> {
  for (let number = first; ; number += 8) {
    await engine.transact(writeAll, writesOf(number));
    process.stdout.write(`${number}\n`);
  }
}

await Promise.all(Array.from({ length: 8 }, (_, index) => writeFrom(index)));
