/** Queries and Scans drawn by chance. */
import { drawCondition } from './conditions.ts';
import type { Draw } from './draw.ts';
import { type DrawnProjection, drawAttributesToGet, drawProjection } from './item-reads.ts';
import { CAPACITY } from './item-writes.ts';
import { drawKeyCondition } from './key-conditions.ts';
import { drawLegacyConditions } from './legacy-conditions.ts';
import type { Operation, Target } from './operation.ts';
import { type PageRequest, type Select, pageOperation } from './page-reads.ts';
import type { PagedReading } from './paged-reading.ts';
import { type Placeholders, createPlaceholders } from './placeholders.ts';
import { drawKey } from './random-values.ts';
import { type IndexSchema, indexesOf } from './schemas.ts';

const SELECTS: readonly (Select | undefined)[] = [
  undefined,
  undefined,
  undefined,
  'ALL_ATTRIBUTES',
  'ALL_PROJECTED_ATTRIBUTES',
  'SPECIFIC_ATTRIBUTES',
  'COUNT',
];

/** All pages of a Query. */
export function drawQuery(draw: Draw, target: Target): PagedReading {
  return drawReading(draw, target, drawIndex(draw, target), 'Query');
}

/** All pages of a Scan, in several segments now and then. */
export function drawScan(draw: Draw, target: Target): readonly PagedReading[] {
  const reading = drawReading(draw, target, drawIndex(draw, target), 'Scan');
  const total = draw.oneOf([undefined, undefined, 1, 2, 5]);
  if (total === undefined) return [reading];
  return Array.from({ length: total }, (_, i) => ({
    request: segmentOf(reading.request, i, total),
    whole: segmentOf(reading.whole, i, total),
  }));
}

/** All pages of a Scan of `index`. */
export function drawScanOf(draw: Draw, target: Target, index: IndexSchema): PagedReading {
  return drawReading(draw, target, index, 'Scan');
}

function segmentOf(request: PageRequest, segment: number, total: number): PageRequest {
  return { ...request, members: { ...request.members, Segment: segment, TotalSegments: total } };
}

/** One page of everything, as long as it is not more than a page holds. Its items can be told apart. */
export function drawSinglePage(draw: Draw, target: Target): Operation {
  const operation = draw.once(3) ? 'Scan' : 'Query';
  const { request } = drawReading(draw, target, drawIndex(draw, target), operation, noProjection);
  return pageOperation({ ...request, limit: undefined });
}

/** One page of a Query of a table, behind any key whether it is there or not. */
export function drawPageBehindKey(draw: Draw, target: Target): Operation {
  const { request } = drawReading(draw, target, undefined, 'Query');
  return pageOperation({ ...request, index: undefined }, drawKey(draw, target));
}

function drawIndex(draw: Draw, { schema }: Target): IndexSchema | undefined {
  return draw.oneOf([undefined, ...indexesOf(schema)]);
}

function noProjection(): DrawnProjection {
  return { paths: undefined, members: {} };
}

function drawReading(
  draw: Draw,
  { table, schema }: Target,
  drawnIndex: IndexSchema | undefined,
  operation: 'Query' | 'Scan',
  drawPaths: DrawPaths = drawProjection,
): PagedReading {
  const placeholders = createPlaceholders(draw);
  const key = drawnIndex ?? schema;
  const legacy = draw.once(4);
  const keyCondition = operation === 'Query' ? drawKeyCondition(draw, placeholders, schema, key) : undefined;
  const whole: PageRequest = {
    table,
    index: draw.once(60) ? 'absent' : drawnIndex?.name,
    keyCondition,
    reverse: operation === 'Query' && draw.once(2),
    filter: undefined,
    select: undefined,
    projection: undefined,
    limit: undefined,
    consistent: draw.once(drawnIndex === undefined ? 2 : 20),
    capacity: 'INDEXES',
    legacy,
    members: legacy ? { KeyConditions: keyCondition?.keyConditions } : placeholders.members(),
  };
  const { filter, projection, members } = legacy
    ? drawLegacyRest(draw, operation, drawPaths)
    : drawRest(draw, placeholders, drawPaths);
  const request: PageRequest = {
    ...whole,
    filter,
    select: draw.once(20) || projection === undefined ? draw.oneOf(SELECTS) : undefined,
    projection,
    limit: draw.oneOf([undefined, 1, 2, 3, 7]),
    capacity: draw.oneOf(CAPACITY),
    members: { ...whole.members, ...members },
  };
  return { request, whole };
}

type DrawPaths = (draw: Draw, placeholders: Placeholders) => DrawnProjection;

/** A filter and a projection, as expressions. */
function drawRest(draw: Draw, placeholders: Placeholders, drawPaths: DrawPaths) {
  const filter = draw.once(3) ? drawCondition(draw, placeholders) : undefined;
  const { paths: projection, members } = drawPaths(draw, placeholders);
  return { filter, projection, members: { ...members, ...placeholders.members() } };
}

/** The same by the parameters that are older than expressions. */
function drawLegacyRest(draw: Draw, operation: 'Query' | 'Scan', drawPaths: DrawPaths) {
  const filter = draw.once(3) ? drawLegacyConditions(draw, `${operation}Filter`) : undefined;
  const projects = drawPaths !== noProjection && draw.once(3);
  const { paths: projection, members } = projects ? drawAttributesToGet(draw) : noProjection();
  return { filter, projection, members: { ...members, ...filter?.members } };
}
