/** Runs a SELECT: one page of it. */
import { type Consumption, mergeConsumption } from '../capacity/consumed-capacity.ts';
import type { Condition } from '../expressions/ast.ts';
import { conditionAttributeNames, evaluateCondition } from '../expressions/evaluate-condition.ts';
import { assert } from '../foundation/assert.ts';
import { validationError } from '../foundation/errors.ts';
import type { DataContext } from '../items/data-context.ts';
import { findIndex } from '../items/find-index.ts';
import { getItem } from '../items/get-items.ts';
import { READ_MESSAGES } from '../items/messages.ts';
import { segmentRange } from '../items/query-range.ts';
import { consumptionOf, NOTHING_READ, type Page, type PageRequest, readPage } from '../items/read-page.ts';
import { resolveSelection, unprojectedNames } from '../items/selection.ts';
import type { IndexDefinition, TableDefinition } from '../tables/table.ts';
import type { Item } from '../values/attribute-value.ts';
import { itemFromJson } from '../values/stored-item.ts';
import type { BoundSelect } from './bind.ts';
import { STATEMENT } from './messages.ts';
import type { Position } from './next-token.ts';
import { type QueryPlan, planRead } from './plan-read.ts';
import { neededAttributes, projectSelect } from './project-select.ts';
import { type Range, leftOfPartition, leftOfScan } from './select-range.ts';

export interface SelectRequest {
  readonly select: BoundSelect;
  /** The table that `select` names, which may do so by an ARN. */
  readonly tableName: string;
  readonly consistent: boolean;
  /** The most items to look at, before the filter. */
  readonly limit: number | undefined;
  /** Where the page before ended. */
  readonly start: Position | undefined;
  /** Refuses to read but by the item's whole key, as in a batch. */
  readonly onlyByKey?: boolean | undefined;
}

export interface SelectResult {
  readonly itemsJson: readonly string[];
  /** Where the next page starts; undefined behind the last. */
  readonly next: Position | undefined;
  readonly consumption: Consumption;
}

/**
 * The most items of a page that reads several partition keys. Source: "Logical operators" of PartiQL in the developer
 * guide.
 */
const PARTITIONS_PAGE_ITEMS = 10;

/** Reads one page. Throws ResourceNotFoundException, or the ValidationException for what does not fit the table. */
export async function readSelect(context: DataContext, request: SelectRequest): Promise<SelectResult> {
  return await context.catalog.read(request.tableName, async (table, version) => {
    const { select, tableName, consistent } = request;
    const index = findSelectIndex(table, select.indexName, consistent);
    const plan = planRead(table, index, select);
    if (plan.kind === 'get') return await readOne(context, request, plan.key, plan.filter);
    if (request.onlyByKey === true) throw validationError(STATEMENT.batchKeyMissing);
    const page: PageRequest = {
      tableName,
      indexName: select.indexName,
      consistent,
      startKey: undefined,
      limit: request.limit,
      filter: plan.filter,
      select: undefined,
      projection: neededAttributes(select.paths),
      table,
      index,
      version,
      range: segmentRange(0, 1),
      reverse: false,
    };
    const result = plan.kind === 'scan' ? readScan(context, request, page) : readQuery(context, request, page, plan);
    const { itemsJson, ...rest } = await result;
    return { ...rest, itemsJson: itemsJson.map((json) => projectJson(select, json)) };
  });
}

function findSelectIndex(
  table: TableDefinition,
  name: string | undefined,
  consistent: boolean,
): IndexDefinition | undefined {
  if (name === undefined) return undefined;
  const index = table.indexes.find((each) => each.name === name && each.transition?.status !== 'DELETING');
  if (index === undefined) throw validationError(STATEMENT.indexMissing);
  if (consistent && index.kind === 'global') throw validationError(STATEMENT.consistentGlobalIndex);
  return findIndex(table, name, false);
}

async function readOne(
  context: DataContext,
  { select, tableName, consistent }: SelectRequest,
  key: Item,
  filter: Condition | undefined,
): Promise<SelectResult> {
  const { itemJson, consumption } = await getItem(context, { tableName, key, projection: undefined, consistent });
  const selected = selectOf(select, filter, itemJson);
  return { itemsJson: selected === undefined ? [] : [selected], next: undefined, consumption };
}

/** What `select` takes of an item, as JSON; undefined where there is none or it doesn't meet `filter`. */
export function selectOf(
  select: BoundSelect,
  filter: Condition | undefined,
  itemJson: string | undefined,
): string | undefined {
  if (itemJson === undefined) return undefined;
  if (filter !== undefined && !evaluateCondition(filter, itemFromJson(itemJson))) return undefined;
  return projectJson(select, itemJson);
}

function projectJson({ paths }: BoundSelect, itemJson: string): string {
  return paths === undefined ? itemJson : JSON.stringify(projectSelect(paths, itemFromJson(itemJson)));
}

async function readScan(context: DataContext, { start }: SelectRequest, page: PageRequest): Promise<SelectResult> {
  const read = await readPage(context.engine, { ...page, range: leftOfScan(page, start) });
  return { itemsJson: read.itemsJson ?? [], next: positionBehind(read, 0), consumption: read.consumption };
}

function positionBehind({ lastEvaluatedKey }: Page, partition: number): Position | undefined {
  return lastEvaluatedKey && { partition, key: lastEvaluatedKey };
}

async function readQuery(
  context: DataContext,
  request: SelectRequest,
  page: PageRequest,
  plan: QueryPlan,
): Promise<SelectResult> {
  validateNames(page, plan);
  const ordered = { ...page, reverse: plan.reverse };
  if (plan.partitions.length === 1) return await readPartitions(context, request, ordered, plan);
  const limit = Math.min(page.limit ?? PARTITIONS_PAGE_ITEMS, PARTITIONS_PAGE_ITEMS);
  return await readPartitions(context, request, { ...ordered, limit }, plan);
}

/**
 * As a Query on a global index: what that does not hold can't be filtered by or asked for, even where no key can meet
 * all conditions, so that no page is read. What is wrong with the conditions comes first.
 */
function validateNames(page: PageRequest, { partitions }: QueryPlan): void {
  const { table, index, select, filter, projection } = page;
  if (index?.kind !== 'global') return;
  for (const conditions of partitions) leftOfPartition(page, conditions, undefined);
  const missing = filter === undefined ? [] : unprojectedNames(table, index, conditionAttributeNames(filter));
  if (missing.length > 0) throw validationError(READ_MESSAGES.filterNotProjected(index.name, missing));
  resolveSelection(table, index, select, projection, filter);
}

/** Reads partition key by partition key. */
async function readPartitions(
  context: DataContext,
  { start }: SelectRequest,
  page: PageRequest,
  { partitions }: QueryPlan,
): Promise<SelectResult> {
  const first = start?.partition ?? 0;
  if (first >= partitions.length) throw validationError(STATEMENT.tokenInvalid);
  const pages: Page[] = [];
  let remaining = page.limit;
  let next: Position | undefined;
  for (const [i, conditions] of partitions.entries()) {
    if (i < first) continue;
    const range = leftOfPartition(page, conditions, i === first ? start?.key : undefined);
    const readBefore = pages.map(({ sizes }) => sizes);
    const read = await readRange(context, { ...page, limit: remaining, readBefore }, range);
    pages.push(read);
    next = positionBehind(read, i);
    if (next !== undefined) break;
    if (remaining !== undefined) remaining -= read.scannedCount;
  }
  return { ...gather(pages, mergeConsumption(pages.map(({ consumption }) => consumption))), next };
}

/** A page of `range`; undefined stands for a range that nothing lies in, which costs as much as one with no items. */
async function readRange(context: DataContext, page: PageRequest, range: Range | undefined): Promise<Page> {
  if (range !== undefined) return await readPage(context.engine, { ...page, range });
  const sizes = NOTHING_READ;
  const consumption = consumptionOf(page, [sizes]);
  return { itemsJson: [], count: 0, scannedCount: 0, lastEvaluatedKey: undefined, consumption, sizes };
}

/** `consumptions` is of the one table, merged. */
function gather(pages: readonly Page[], consumptions: readonly Consumption[]): Omit<SelectResult, 'next'> {
  const [consumption] = consumptions;
  assert(consumption !== undefined, 'a partition key was read');
  return { itemsJson: pages.flatMap(({ itemsJson = [] }) => itemsJson), consumption };
}
