/** How much a table and its indexes hold, from the counters that every write keeps. */
import type { StorageEngine } from '../storage/engine.ts';
import { type TableDefinition, itemCountCounter, sizeBytesCounter } from './table.ts';

/** What one space holds, as `itemSizeBytes` counts it. */
export interface SpaceStatistics {
  readonly itemCount: number;
  readonly sizeBytes: number;
}

export interface TableStatistics {
  readonly table: SpaceStatistics;
  /** In the order of the table's `indexes`. */
  readonly indexes: readonly SpaceStatistics[];
}

/** The statistics of `table`, all of one snapshot; as late as the engine's counters are. */
export async function readTableStatistics(engine: StorageEngine, table: TableDefinition): Promise<TableStatistics> {
  const spaces = [table.space, ...table.indexes.map((index) => index.space)];
  const counts = await engine.counters(spaces.flatMap((space) => [itemCountCounter(space), sizeBytesCounter(space)]));
  const statisticsAt = (i: number): SpaceStatistics => ({
    itemCount: counts[2 * i] ?? 0,
    sizeBytes: counts[2 * i + 1] ?? 0,
  });
  return { table: statisticsAt(0), indexes: table.indexes.map((_index, i) => statisticsAt(i + 1)) };
}
