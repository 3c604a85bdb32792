/**
 * How a SELECT is read: by the item's whole key, by partition keys or by a scan of everything. A condition that says
 * what the partition key is never leads to a scan.
 */
import type { Condition, KeyCondition, KeyConditionTerm } from '../expressions/ast.ts';
import { validationError } from '../foundation/errors.ts';
import { type IndexDefinition, type KeyAttribute, type TableDefinition, tableKeyAttributes } from '../tables/table.ts';
import type { AttributeValue, Item } from '../values/attribute-value.ts';
import { compareValues } from '../values/compare.ts';
import type { OrderKey } from './ast.ts';
import type { BoundSelect } from './bind.ts';
import { allOf, conjunctsOf, equalityOn, termOn, valuesOn } from './key-conditions.ts';
import { STATEMENT } from './messages.ts';

/** The most partition keys of one statement. Source: "Logical operators" of PartiQL in the developer guide. */
const MAX_PARTITIONS = 50;

export type ReadPlan =
  | { readonly kind: 'get'; readonly key: Item; readonly filter: Condition | undefined }
  | QueryPlan
  | { readonly kind: 'scan'; readonly filter: Condition | undefined };

export interface QueryPlan {
  readonly kind: 'query';
  /** For each partition key the key conditions that all must hold, in the order in which they are read. */
  readonly partitions: readonly (readonly KeyCondition[])[];
  readonly filter: Condition | undefined;
  /** Each partition key's items in descending order of the sort key. */
  readonly reverse: boolean;
}

/** Plans the SELECT on `index`, or on the table itself; throws the ValidationException for an order it can't have. */
export function planRead(table: TableDefinition, index: IndexDefinition | undefined, select: BoundSelect): ReadPlan {
  const fullKey = index === undefined ? fullKeyOf(table, select.where) : undefined;
  if (fullKey !== undefined) {
    validateOrder(select.orderBy, [table.partitionKey], tableSortKeys(table));
    return { kind: 'get', ...fullKey };
  }
  const partitionKeys = index?.partitionKeys ?? [table.partitionKey];
  const sortKeys = index?.sortKeys ?? tableSortKeys(table);
  const plan = planQuery(partitionKeys, sortKeys, select);
  if (plan !== undefined) return plan;
  if (select.orderBy.length > 0) throw validationError(STATEMENT.orderWithoutPartition);
  return { kind: 'scan', filter: select.where };
}

function tableSortKeys({ sortKey }: TableDefinition): readonly KeyAttribute[] {
  return sortKey === undefined ? [] : [sortKey];
}

/** The key that `where` says the item has, and what else it says; undefined where it leaves some of the key open. */
export function fullKeyOf(
  table: TableDefinition,
  where: Condition | undefined,
): { readonly key: Item; readonly filter: Condition | undefined } | undefined {
  const found = equalitiesOn(tableKeyAttributes(table), conjunctsOf(where));
  return found && { key: found.values, filter: allOf(found.rest) };
}

/** The values of all of `attributes` by equality, and the other conjuncts. */
function equalitiesOn(
  attributes: readonly KeyAttribute[],
  conjuncts: readonly Condition[],
): { readonly values: Item; readonly rest: readonly Condition[] } | undefined {
  const values: { [name: string]: AttributeValue } = Object.create(null) as Record<string, AttributeValue>;
  const used = new Set<Condition>();
  for (const { name } of attributes) {
    const conjunct = conjuncts.find((each) => equalityOn(each, name) !== undefined);
    if (conjunct === undefined) return undefined;
    used.add(conjunct);
    values[name] = equalityOn(conjunct, name) as AttributeValue;
  }
  return { values, rest: conjuncts.filter((each) => !used.has(each)) };
}

function planQuery(
  partitionKeys: readonly KeyAttribute[],
  sortKeys: readonly KeyAttribute[],
  { where, orderBy }: BoundSelect,
): QueryPlan | undefined {
  const partitions = planPartitions(partitionKeys, where);
  if (partitions === undefined) return undefined;
  validateOrder(orderBy, partitionKeys, sortKeys);
  const { prefix, last, rest } = planSortTerms(sortKeys, partitions.rest);
  const ofPartition = (terms: readonly KeyConditionTerm[]): readonly KeyCondition[] =>
    (last.length === 0 ? [[]] : last.map((term) => [term])).map((lastTerms) => ({
      kind: 'keyCondition',
      terms: [...terms, ...prefix, ...lastTerms],
    }));
  return {
    kind: 'query',
    partitions: orderPartitions(partitions.terms, partitionKeys, orderBy).map(ofPartition),
    filter: allOf(rest),
    reverse: isReverse(sortKeys, orderBy),
  };
}

/**
 * An ORDER BY that does not name the sort key has it descend, even `ORDER BY pk ASC`. Source: seen on the service, says
 * DynamoDbPartiQLHandler.java of https://github.com/floci-io/floci.
 */
function isReverse(sortKeys: readonly KeyAttribute[], orderBy: readonly OrderKey[]): boolean {
  if (orderBy.length === 0 || sortKeys.length === 0) return false;
  return orderBy.find(({ name }) => sortKeys.some((key) => key.name === name))?.descending !== false;
}

interface Partitions {
  /** The terms that say what each partition key is. */
  readonly terms: readonly (readonly KeyConditionTerm[])[];
  readonly rest: readonly Condition[];
}

function planPartitions(partitionKeys: readonly KeyAttribute[], where: Condition | undefined): Partitions | undefined {
  const conjuncts = conjunctsOf(where);
  const equalities = equalitiesOn(partitionKeys, conjuncts);
  if (equalities !== undefined) {
    const terms = partitionKeys.map(({ name }) => equalityTerm(name, equalities.values[name] as AttributeValue));
    return { terms: [terms], rest: equalities.rest };
  }
  const [partitionKey, ...more] = partitionKeys;
  if (partitionKey === undefined || more.length > 0) return undefined;
  const values = valuesOn(where, partitionKey.name);
  if (values === undefined) return undefined;
  if (values.length > MAX_PARTITIONS) throw validationError(STATEMENT.tooManyPartitions(values.length));
  return { terms: values.map((value) => [equalityTerm(partitionKey.name, value)]), rest: conjuncts };
}

function equalityTerm(attributeName: string, value: AttributeValue): KeyConditionTerm {
  return { attributeName, operator: '=', operands: [value] };
}

/** Sort keys are used from the left by equality; the first without one may have bounds. */
function planSortTerms(
  sortKeys: readonly KeyAttribute[],
  conjuncts: readonly Condition[],
): {
  readonly prefix: readonly KeyConditionTerm[];
  readonly last: readonly KeyConditionTerm[];
  readonly rest: readonly Condition[];
} {
  const prefix: KeyConditionTerm[] = [];
  let rest = conjuncts;
  for (const { name } of sortKeys) {
    const found = equalitiesOn([{ name, type: 'S' }], rest);
    if (found === undefined) {
      const bounds = rest.filter((each) => termOn(each, name) !== undefined);
      const last = bounds.map((each) => termOn(each, name) as KeyConditionTerm);
      return { prefix, last, rest: rest.filter((each) => !bounds.includes(each)) };
    }
    prefix.push(equalityTerm(name, found.values[name] as AttributeValue));
    rest = found.rest;
  }
  return { prefix, last: [], rest };
}

/** Partition key by partition key, whatever place in the ORDER BY the partition key has. */
function orderPartitions(
  partitions: readonly (readonly KeyConditionTerm[])[],
  [partitionKey]: readonly KeyAttribute[],
  orderBy: readonly OrderKey[],
): readonly (readonly KeyConditionTerm[])[] {
  const order = orderBy.find(({ name }) => name === partitionKey?.name);
  if (order === undefined) {
    if (orderBy.length > 0 && partitions.length > 1) throw validationError(STATEMENT.orderWithoutPartitionKey);
    return partitions;
  }
  const sign = order.descending ? -1 : 1;
  const valueOf = (terms: readonly KeyConditionTerm[]) => terms[0]?.operands[0] as AttributeValue;
  return partitions.toSorted((left, right) => sign * (compareValues(valueOf(left), valueOf(right)) ?? 0));
}

function validateOrder(
  orderBy: readonly OrderKey[],
  partitionKeys: readonly KeyAttribute[],
  sortKeys: readonly KeyAttribute[],
): void {
  const names = new Set([...partitionKeys, ...sortKeys].map(({ name }) => name));
  const other = orderBy.find(({ name }) => !names.has(name));
  if (other !== undefined) throw validationError(STATEMENT.orderNotKey(other.name));
}
