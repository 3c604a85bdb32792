/** The nodes that share a store: a record of each in the system space, which moves while the node lives. */
import type { EntryKey, Procedure, StorageEngine } from '../storage/engine.ts';
import { SYSTEM_SPACE } from '../tables/spaces.ts';
import { prefixEnd } from '../values/key-encoding.ts';
import { decodeVersionedJson, encodeVersionedJson } from '../values/versioned-json.ts';
import { fenced } from './lease.ts';

/** What stays of a node while it runs. */
export interface NodeIdentity {
  /** Another one for each start. */
  readonly id: string;
  /** Where it answers, such as `http://db-1:8000`. */
  readonly address: string;
  /** Of the program. */
  readonly version: string;
  /** Those that answer requests. */
  readonly threads: number;
}

export interface NodeRecord extends NodeIdentity {
  /** Counts up while the node lives; not a time, because clocks of nodes are never compared. */
  readonly beat: number;
  /** For how long the node has been running, by its own timer. */
  readonly uptimeMs: number;
  /** Over the last seconds. */
  readonly requestsPerSecond: number;
}

/** How often a node moves its record. */
export const NODE_BEAT_MS = 1_000;

const PREFIX = 'node/';
const FORMAT_VERSION = 1;

/** More nodes than share a store; bounds what is read at once. */
const MAX_NODES = 10_000;

function nodeKey(id: string): EntryKey {
  return { space: SYSTEM_SPACE, key: new TextEncoder().encode(PREFIX + id) };
}

function decodeNode(bytes: Uint8Array): NodeRecord {
  return decodeVersionedJson(FORMAT_VERSION, bytes, 'node') as NodeRecord;
}

/** The records of all nodes, of dead ones too if they died a moment ago. */
export async function listNodes(engine: Pick<StorageEngine, 'scan'>): Promise<NodeRecord[]> {
  const from = new TextEncoder().encode(PREFIX);
  const entries = await engine.scan(SYSTEM_SPACE, { from, before: prefixEnd(from) }, { limit: MAX_NODES });
  return entries.map(({ value }) => decodeNode(value));
}

/** Puts a node's record, also that of one which was taken for dead. */
export const putNode: Procedure<NodeRecord, null> = {
  name: 'putNode',
  reads: () => [],
  decide: (node) => ({
    writes: [{ kind: 'put', ...nodeKey(node.id), value: encodeVersionedJson(FORMAT_VERSION, node) }],
    output: null,
  }),
};

/** Removes the record of a node that ends. */
export const removeNode: Procedure<Pick<NodeRecord, 'id'>, null> = {
  name: 'removeNode',
  reads: () => [],
  decide: ({ id }) => ({ writes: [{ kind: 'delete', ...nodeKey(id) }], output: null }),
};

/** Removes the records of dead nodes, but of none whose beat moved meanwhile. */
export const forgetNodes = fenced<readonly Pick<NodeRecord, 'id' | 'beat'>[], null>({
  name: 'forgetNodes',
  reads: (dead) => dead.map(({ id }) => nodeKey(id)),
  decide(dead, values) {
    const stillDead = dead.filter(({ beat }, i) => {
      const bytes = values[i];
      return bytes !== undefined && decodeNode(bytes).beat === beat;
    });
    return { writes: stillDead.map(({ id }) => ({ kind: 'delete', ...nodeKey(id) })), output: null };
  },
});
