/** Verifies that every space in use belongs to one table, or other owner, and that none will be given again. */
import type { Space, StorageEngine } from '../storage/engine.ts';
import { decodeTable } from './catalog.ts';
import { listPurgeRecords } from './purge-record.ts';
import type { IndexDefinition } from './table.ts';
import { CATALOG_SPACE, decodeNextSpace, NEXT_SPACE_KEY, SYSTEM_SPACE } from './spaces.ts';

/** What a space belongs to, as a problem names it. */
export interface SpaceOwner {
  readonly space: Space;
  readonly owner: string;
}

/**
 * Calls `report` with one line for each problem. `engine` must show one snapshot throughout, of which `spaces` are
 * those that hold entries. Throws if what says whose a space is can't be read.
 */
export async function checkSpaces(
  engine: StorageEngine,
  spaces: readonly Space[],
  report: (problem: string) => void,
): Promise<void> {
  const owned = new Map<Space, string>();
  for (const { space, owner } of await listSpaceOwners(engine)) {
    const other = owned.get(space);
    if (other !== undefined) report(`space ${space} belongs to ${other} and to ${owner}`);
    owned.set(space, owner);
  }
  for (const space of spaces) if (!owned.has(space)) report(`space ${space} holds entries and belongs to nothing`);

  const next = decodeNextSpace(await engine.get(NEXT_SPACE_KEY.space, NEXT_SPACE_KEY.key));
  for (const space of new Set([...owned.keys(), ...spaces])) {
    if (space >= next) report(`space ${space} is in use, but ${next} is noted as the next free one`);
  }
}

/** More tables than a store can have; bounds what a damaged one may give. */
const MAX_TABLES = 1_000_000;

const PROGRAM_SPACES: readonly SpaceOwner[] = [
  { space: CATALOG_SPACE, owner: 'the catalog' },
  { space: SYSTEM_SPACE, owner: 'the system' },
];

/** Whose the spaces are, as far as anything says so. Throws if that can't be read. */
export async function listSpaceOwners(engine: StorageEngine): Promise<SpaceOwner[]> {
  return [...PROGRAM_SPACES, ...(await listTableSpaces(engine)), ...(await listPurgedSpaces(engine))];
}

async function listTableSpaces(engine: StorageEngine): Promise<SpaceOwner[]> {
  const entries = await engine.scan(CATALOG_SPACE, {}, { limit: MAX_TABLES });
  return entries.flatMap(({ value }) => {
    const { name, space, indexes, collectionSpace, timeToLive } = decodeTable(value);
    const owned = [{ space, owner: `table ${name}` }, ...indexes.flatMap((index) => listIndexSpaces(name, index))];
    const others = [
      { space: collectionSpace, owner: `table ${name}, sizes of item collections` },
      { space: timeToLive?.expirySpace, owner: `table ${name}, expiries` },
    ];
    return [
      ...owned,
      ...others.flatMap((other) => (other.space === undefined ? [] : { ...other, space: other.space })),
    ];
  });
}

function listIndexSpaces(table: string, { name, space, build }: IndexDefinition): SpaceOwner[] {
  const owner = `table ${table}, index ${name}`;
  return build === undefined
    ? [{ space, owner }]
    : [
        { space, owner },
        { space: build.markSpace, owner: `${owner}, marks of its build` },
      ];
}

async function listPurgedSpaces(engine: StorageEngine): Promise<SpaceOwner[]> {
  const records = await listPurgeRecords(engine, MAX_TABLES);
  return records.flatMap(({ tableId, spaces }) =>
    spaces.map((space) => ({ space, owner: `deleted table ${tableId}` })),
  );
}
