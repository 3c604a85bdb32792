/** What a Query or Scan returns of each item: the meaning of Select, ProjectionExpression and an index's projection. */
import type { Condition, Projection } from '../expressions/ast.ts';
import { LEGACY } from '../expressions/legacy/messages.ts';
import { conditionAttributeNames } from '../expressions/evaluate-condition.ts';
import { projectedAttributeNames } from '../expressions/project.ts';
import { validationError } from '../foundation/errors.ts';
import type { IndexDefinition, TableDefinition } from '../tables/table.ts';
import { projectedNames } from './index-entries.ts';
import { READ_MESSAGES } from './messages.ts';

export type Select = 'ALL_ATTRIBUTES' | 'ALL_PROJECTED_ATTRIBUTES' | 'SPECIFIC_ATTRIBUTES' | 'COUNT';

export interface Selection {
  /** No items, only their count. */
  readonly count: boolean;
  readonly projection: Projection | undefined;
  /** The index does not hold all that is asked for: read the items from the table. */
  readonly fetch: boolean;
}

/** The parameters of a Query or Scan that Select has to do with. */
interface SelectParameters {
  readonly Select?: Select | undefined;
  readonly IndexName?: string | undefined;
  readonly AttributesToGet?: readonly string[] | undefined;
  readonly ProjectionExpression?: string | undefined;
}

/**
 * Throws the ValidationException for a Select that contradicts the other parameters, first of all the attributes to
 * return. Source of that order: what the service answered in https://github.com/floci-io/floci/pull/3410.
 */
export function validateSelect(parameters: SelectParameters, verb: 'Querying' | 'Scanning'): void {
  const { Select: select, IndexName: indexName, AttributesToGet: names, ProjectionExpression: projection } = parameters;
  if (select === undefined) return;
  const projects = projection !== undefined || names !== undefined;
  if (select === 'SPECIFIC_ATTRIBUTES') {
    if (!projects) throw validationError(READ_MESSAGES.specificWithoutProjection);
    return;
  }
  if (projects) {
    throw validationError(
      names === undefined ? READ_MESSAGES.projectionWithSelect(select) : LEGACY.attributesWithSelect(select),
    );
  }
  if (select === 'ALL_PROJECTED_ATTRIBUTES' && indexName === undefined) {
    throw validationError(READ_MESSAGES.projectedWithoutIndex(verb));
  }
}

/**
 * What to return, decided by the table or index that is read. A local index that lacks attributes to return or to
 * filter by has them fetched from the table ("Local secondary indexes" in the developer guide). A global index never
 * has: what it does not hold is an error in a projection, and absent to a filter.
 */
export function resolveSelection(
  table: TableDefinition,
  index: IndexDefinition | undefined,
  select: Select | undefined,
  projection: Projection | undefined,
  filter: Condition | undefined,
): Selection {
  const count = select === 'COUNT';
  if (index === undefined || index.projection.type === 'ALL') return { count, projection, fetch: false };
  if (select === 'ALL_ATTRIBUTES') {
    if (index.kind === 'global') {
      throw validationError(READ_MESSAGES.allAttributesOfGlobalIndex(index.name));
    }
    return { count, projection, fetch: true };
  }
  const missing = projection === undefined ? [] : unprojectedNames(table, index, projectedAttributeNames(projection));
  if (index.kind === 'local') {
    const filterNames = filter === undefined ? [] : conditionAttributeNames(filter);
    const fetch = missing.length > 0 || unprojectedNames(table, index, filterNames).length > 0;
    return { count, projection: projection ?? (fetch ? indexProjection(table, index) : undefined), fetch };
  }
  if (missing.length > 0) throw validationError(READ_MESSAGES.notProjected(index.name, missing));
  return { count, projection, fetch: false };
}

/** What `index` holds of an item, as a projection of the item itself. */
function indexProjection(table: TableDefinition, index: IndexDefinition): Projection {
  return { kind: 'projection', paths: [...projectedNames(table, index)].map((name) => [name]) };
}

/** Those of `names` that `index` does not hold. */
export function unprojectedNames(table: TableDefinition, index: IndexDefinition, names: readonly string[]): string[] {
  if (index.projection.type === 'ALL') return [];
  const held = projectedNames(table, index);
  return names.filter((name) => !held.has(name));
}
