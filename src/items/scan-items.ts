/** Reads of all items of a table or index, or of one of its segments, by the page. */
import type { DataContext } from './data-context.ts';
import { findIndex } from './find-index.ts';
import { READ_MESSAGES } from './messages.ts';
import { segmentRange } from './query-range.ts';
import { type Page, type PageParameters, readPage } from './read-page.ts';
import { type StartTexts, rangeBehindStart } from './starting-key.ts';

/** One of `total` equal parts of the hash space, `number` counting from 0. */
export interface Segment {
  readonly number: number;
  readonly total: number;
}

export interface ScanRequest extends PageParameters {
  readonly segment: Segment;
}

/**
 * Reads one page in the order of the partition keys' hashes. Throws ResourceNotFoundException, or the
 * ValidationException for what does not fit the table or index.
 */
export async function scanItems(context: DataContext, request: ScanRequest): Promise<Page> {
  return await context.catalog.read(request.tableName, async (table, version) => {
    const index = findIndex(table, request.indexName, request.consistent);
    const { segment, startKey } = request;
    const whole = segmentRange(segment.number, segment.total);
    const texts = startTexts(request);
    const range = rangeBehindStart({ table, index, range: whole, reverse: false, startKey }, texts);
    return await readPage(context.engine, { ...request, table, index, version, range, reverse: false });
  });
}

function startTexts({ indexName, segment }: ScanRequest): StartTexts {
  return {
    misfit: indexName === undefined ? READ_MESSAGES.startKeyMisfitTable : READ_MESSAGES.startKeyMisfit,
    outOfRange: READ_MESSAGES.startKeyOutOfSegment(segment.number, segment.total),
  };
}
