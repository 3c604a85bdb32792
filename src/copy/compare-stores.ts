/** Proves that a copy is one: counts and checksums of both stores, read anew. */
import { createHash } from 'node:crypto';
import type { Space, StorageEngine, StoreContents } from '../storage/engine.ts';
import { listSpaceOwners } from '../tables/check-spaces.ts';
import { CATALOG_SPACE, SYSTEM_SPACE } from '../tables/spaces.ts';
import type { OnCopied } from './copy-lanes.ts';
import { packEntries } from './packed-entries.ts';
import { readChunks, readLogChunks } from './read-chunks.ts';

/** A store and what is in it. */
export interface ListedStore {
  readonly engine: StorageEngine;
  readonly contents: StoreContents;
}

/** What there is in a space or a shard. */
interface Digest {
  readonly entries: number;
  /** SHA-256 of all of it in order, in hexadecimal. */
  readonly checksum: string;
}

/**
 * Calls `report` with one line for each space, shard or counter in which `target` differs from `source`, and
 * `onCompared` with what was found of the source on the way.
 */
export async function compareStores(
  source: ListedStore,
  target: ListedStore,
  report: (problem: string) => void,
  onCompared: OnCopied,
): Promise<void> {
  const compare = async (name: string, digest: (engine: StorageEngine, onRead: OnCopied) => Promise<Digest>) => {
    const digests = await Promise.all([digest(source.engine, onCompared), digest(target.engine, () => undefined)]);
    const difference = describeDifference(...digests);
    if (difference !== undefined) report(`${name}: ${difference}`);
  };
  const owners = await nameSpaces(source.engine);
  for (const space of unite(source.contents.spaces, target.contents.spaces)) {
    const name = owners.get(space) ?? `space ${space}`;
    await compare(name, (engine, onRead) => digestSpace(engine, space, onRead));
  }
  for (const name of unite(nameShards(source), nameShards(target))) {
    const [log = 0, shard = 0] = name.split('/').map(Number);
    await compare(`log ${log}, shard ${shard}`, (engine, onRead) => digestLog(engine, log, shard, onRead));
  }
  compareCounters(source.contents.counters, target.contents.counters, report);
}

function compareCounters(
  source: StoreContents['counters'],
  target: StoreContents['counters'],
  report: (problem: string) => void,
): void {
  for (const name of unite([...source.keys()], [...target.keys()])) {
    const [expected, found] = [source.get(name) ?? 0, target.get(name) ?? 0];
    if (expected !== found) report(`counter ${name}: ${expected} in the source, ${found} in the target`);
  }
}

function nameShards({ contents }: ListedStore): string[] {
  return contents.shards.map(({ log, shard }) => `${log}/${shard}`);
}

/** What the spaces are called in problems. A source that can't be understood is copied all the same. */
async function nameSpaces(source: StorageEngine): Promise<ReadonlyMap<Space, string>> {
  try {
    const owners = await listSpaceOwners(source);
    return new Map(owners.map(({ space, owner }) => [space, owner]));
  } catch {
    return new Map();
  }
}

function unite<Value>(left: readonly Value[], right: readonly Value[]): Set<Value> {
  return new Set([...left, ...right]);
}

async function digestSpace(engine: StorageEngine, space: Space, onRead: OnCopied): Promise<Digest> {
  const hash = createHash('sha256');
  let count = 0;
  for await (const { entries } of readChunks(engine, space)) {
    const packed = packEntries(entries);
    hash.update(packed);
    count += entries.length;
    onRead(entries.length, packed.length);
  }
  return { entries: count, checksum: hash.digest('hex') };
}

async function digestLog(engine: StorageEngine, log: number, shard: number, onRead: OnCopied): Promise<Digest> {
  const [{ last } = { last: 0n }] = await engine.logBounds([{ log, shard }]);
  const hash = createHash('sha256').update(`${last}\n`);
  let count = 0;
  for await (const entries of readLogChunks(engine, log, shard)) {
    const packed = packEntries(entries.map(({ sequence, value }) => ({ key: Buffer.from(String(sequence)), value })));
    hash.update(packed);
    count += entries.length;
    onRead(entries.length, packed.length);
  }
  return { entries: count, checksum: hash.digest('hex') };
}

function describeDifference(expected: Digest, found: Digest): string | undefined {
  if (expected.entries !== found.entries) {
    return `${expected.entries} entries in the source, ${found.entries} in the target`;
  }
  if (expected.checksum === found.checksum) return undefined;
  return `as many entries, but others: checksum ${expected.checksum} in the source, ${found.checksum} in the target`;
}

/**
 * Tells one source, and one state of it, from another, without reading all of it: from its tables, its counters and
 * what the program keeps about itself. A value that was replaced by one of the same size goes unseen.
 */
export async function fingerprintStore({ engine, contents }: ListedStore): Promise<string> {
  const digests = [CATALOG_SPACE, SYSTEM_SPACE].map((space) => digestSpace(engine, space, () => undefined));
  const counters = [...contents.counters].toSorted(([left], [right]) => (left < right ? -1 : 1));
  const all = { digests: await Promise.all(digests), counters, shards: contents.shards };
  return createHash('sha256').update(JSON.stringify(all)).digest('hex');
}
