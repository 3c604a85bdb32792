/**
 * A reader of a stream that follows its shards and builds a copy of the table from nothing else.
 *
 * Each record says what its item was before, and no two states of an item are equal. So a record that is lost, comes
 * twice, or comes before an older one of its item doesn't fit the copy, and the follower rejects.
 */
import type { FollowedItem } from './items.ts';
import { createTableCopy, type SourceChange } from './table-copy.ts';

/** Where shards and their records are read. */
export interface ShardSource {
  /** In the order of their numbers. */
  shards(): Promise<readonly SourceShard[]>;
  /** What comes behind `position`, or at the beginning; `next` is absent at the shard's end. */
  read(id: string, position: string | undefined): Promise<SourcePage>;
}

export interface SourceShard {
  readonly id: string;
  readonly parent?: string | undefined;
}

export interface SourcePage {
  readonly changes: readonly SourceChange[];
  readonly next: string | undefined;
}

export interface Follower {
  /** Reads all that is there and resolves with how many records were new. After a failure it can go on. */
  poll(source: ShardSource): Promise<number>;
  /** The items, as the stream has them, by their keys. */
  readonly copy: ReadonlyMap<string, FollowedItem>;
  /** How many records there were, and how many shards they were in. */
  counts(): { readonly records: number; readonly shards: number; readonly splits: number };
}

/** Follows a stream from its beginning. */
export function createFollower(): Follower {
  const copy = createTableCopy();
  const positions = new Map<string, string>();
  const ended = new Set<string>();
  const children = new Map<string, Set<string>>();

  async function readAll(source: ShardSource, id: string): Promise<void> {
    for (;;) {
      const { changes, next } = await source.read(id, positions.get(id));
      for (const change of changes) copy.apply(change);
      if (next === undefined) ended.add(id);
      else positions.set(id, next);
      if (next === undefined || changes.length === 0) return;
    }
  }

  function note({ id, parent }: SourceShard): void {
    if (parent !== undefined) children.set(parent, (children.get(parent) ?? new Set()).add(id));
  }

  return {
    copy: copy.items,
    counts: () => ({
      records: copy.records(),
      shards: new Set([...positions.keys(), ...ended]).size,
      splits: [...children.values()].filter(({ size }) => size > 1).length,
    }),
    async poll(source) {
      const before = copy.records();
      for (const shard of await source.shards()) {
        note(shard);
        // What a parent has comes first.
        const isReadable = shard.parent === undefined || ended.has(shard.parent);
        if (isReadable && !ended.has(shard.id)) await readAll(source, shard.id);
      }
      return copy.records() - before;
    },
  };
}
