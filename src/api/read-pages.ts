/** What Query and Scan share: from parameters to a page and from a page to an answer. */
import type { QueryCommandInput, ScanCommandInput } from '@aws-sdk/client-dynamodb';
import { addIndexUnits, noConsumption, readUnits } from '../capacity/consumed-capacity.ts';
import type { Condition, Projection } from '../expressions/ast.ts';
import { validationError } from '../foundation/errors.ts';
import { type Page, readPage } from '../items/read-page.ts';
import { isInRange, rangeBehind, startingPosition } from '../items/query-range.ts';
import { type Select, resolveSelection } from '../items/selection.ts';
import type { KeyRange, ResidentVersion } from '../storage/engine.ts';
import type { IndexDefinition, TableDefinition } from '../tables/table.ts';
import type { Item } from '../values/attribute-value.ts';
import { type Answer, JsonText } from './answer.ts';
import { describeConsumption } from './describe-consumption.ts';
import type { OperationContext } from './operation-context.ts';

/** The index called `name`, or undefined for the table itself; throws the ValidationException where there is none. */
export function findIndex(
  table: TableDefinition,
  name: string | undefined,
  consistent: boolean,
): IndexDefinition | undefined {
  if (name === undefined) return undefined;
  const index = table.indexes.find((each) => each.name === name);
  if (index === undefined) throw validationError(`The table does not have the specified index: ${name}`);
  if (consistent && index.kind === 'global') {
    throw validationError('Consistent reads are not supported on global secondary indexes');
  }
  return index;
}

export interface PageParameters {
  readonly table: TableDefinition;
  readonly version: ResidentVersion;
  readonly index: IndexDefinition | undefined;
  /** All that the request asks for, whatever page it is on. */
  readonly range: KeyRange;
  readonly reverse: boolean;
  readonly startKey: Item | undefined;
  /** What is wrong with a starting key that is not of the attributes, or types, that keys here have. */
  readonly misfitText: string;
  /** What is wrong with a starting key whose position lies outside `range`. */
  readonly outOfRangeText: (position: Uint8Array) => string;
  readonly filter: Condition | undefined;
  readonly projection: Projection | undefined;
}

/** Reads one page and answers it. */
export async function answerPage(
  context: OperationContext,
  input: QueryCommandInput | ScanCommandInput,
  parameters: PageParameters,
): Promise<Answer> {
  const { table, version, index, reverse, filter, projection } = parameters;
  const page = await readPage(context.engine, {
    table,
    index,
    version,
    range: pageRange(parameters),
    reverse,
    limit: input.Limit,
    filter,
    selection: resolveSelection(table, index, input.Select as Select | undefined, projection, filter),
  });
  return {
    Items: input.Select === 'COUNT' ? undefined : page.itemsJson.map((json) => new JsonText(json)),
    Count: page.count,
    ScannedCount: page.scannedCount,
    LastEvaluatedKey: page.lastEvaluatedKey,
    ConsumedCapacity: describePageConsumption(table, index, page, input),
  };
}

function pageRange(parameters: PageParameters): KeyRange {
  const { table, index, range, reverse, startKey, misfitText, outOfRangeText } = parameters;
  if (startKey === undefined) return range;
  const position = startingPosition(table, index, startKey, misfitText);
  if (!isInRange(range, position)) throw validationError(outOfRangeText(position));
  return rangeBehind(range, position, reverse);
}

function describePageConsumption(
  table: TableDefinition,
  index: IndexDefinition | undefined,
  page: Page,
  input: QueryCommandInput | ScanCommandInput,
): object | undefined {
  const consistent = input.ConsistentRead === true;
  const consumption = noConsumption(table.name);
  const units = readUnits(page.readSizeBytes, consistent);
  if (index === undefined) consumption.table = units;
  else addIndexUnits(consumption, index.kind, index.name, units);
  for (const sizeBytes of page.fetchedSizesBytes) consumption.table += readUnits(sizeBytes, consistent);
  return describeConsumption(consumption, input.ReturnConsumedCapacity, input.TableName);
}
