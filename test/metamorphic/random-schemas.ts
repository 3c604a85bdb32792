/** Tables and indexes drawn by chance. */
import type { Draw } from './draw.ts';
import { INDEX_KEYS, type IndexSchema, type KeyAttribute, SCHEMAS, type Schema, keyAttributesOf } from './schemas.ts';

const KEY_TYPES = ['S', 'S', 'N', 'B'] as const;

/** A table as it was thought of, or one of any keys and indexes. */
export function drawSchema(draw: Draw): Schema {
  if (draw.once(2)) return draw.oneOf(SCHEMAS);
  const partition: KeyAttribute = { name: 'pk', type: draw.oneOf(KEY_TYPES) };
  if (draw.once(4)) return withGlobalIndexes(draw, { partition, provisioned: draw.once(4) });
  const sort: KeyAttribute = { name: 'sk', type: draw.oneOf(KEY_TYPES) };
  const local = draw
    .upTo(2, () => draw.oneOf(INDEX_KEYS))
    .map((attribute, i): IndexSchema => ({
      name: `local-${i}`,
      partition,
      sort: attribute,
      projection: drawProjection(draw, [partition, sort, attribute]),
    }));
  return withGlobalIndexes(draw, { partition, sort, local, provisioned: draw.once(4), bulky: draw.once(8) });
}

/** One that is small. */
export function drawSmallSchema(draw: Draw): Schema {
  return { ...drawSchema(draw), bulky: false };
}

function withGlobalIndexes(draw: Draw, schema: Schema): Schema {
  const names = ['global', 'other', 'third.x'].slice(0, draw.below(4));
  return { ...schema, global: names.map((name) => drawGlobalIndex(draw, schema, name)) };
}

/** A global index for a table like `schema`. */
export function drawGlobalIndex(draw: Draw, schema: Schema, name: string): IndexSchema {
  const attributes = [...keyAttributesOf(schema), ...INDEX_KEYS];
  const drawn = [...new Set(Array.from({ length: 4 }, () => draw.oneOf(attributes)))];
  const [partition = INDEX_KEYS[0] as KeyAttribute, ...rest] = drawn;
  const split = draw.once(4) ? draw.below(rest.length + 1) : 0;
  const [sort, ...moreSort] = rest.slice(split, draw.once(4) ? undefined : split + draw.below(2));
  const morePartition = rest.slice(0, split);
  const keys = [
    ...keyAttributesOf(schema),
    partition,
    ...morePartition,
    ...(sort === undefined ? [] : [sort, ...moreSort]),
  ];
  return {
    name,
    partition,
    morePartition,
    ...(sort !== undefined && { sort, moreSort }),
    projection: drawProjection(draw, keys),
  };
}

const PROJECTED = ['remark', 'info', 'amt', 'tags', '__proto__', 'padding'];

/** Of attributes that are in none of `keys`. */
function drawProjection(draw: Draw, keys: readonly KeyAttribute[]): IndexSchema['projection'] {
  const others = PROJECTED.filter((name) => keys.every((key) => key.name !== name));
  const names = [...new Set([draw.oneOf(others), ...draw.upTo(2, () => draw.oneOf(others))])];
  return draw.oneOf<IndexSchema['projection']>(['ALL', 'KEYS_ONLY', names]);
}
