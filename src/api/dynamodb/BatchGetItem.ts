import type { BatchGetItemCommandInput, KeysAndAttributes } from '@aws-sdk/client-dynamodb';
import { type Consumption, noConsumption, readUnits } from '../../capacity/consumed-capacity.ts';
import type { Projection } from '../../expressions/ast.ts';
import { projectItem } from '../../expressions/project.ts';
import { readExpressions } from '../../expressions/read-expressions.ts';
import { validationError } from '../../foundation/errors.ts';
import { LIMITS } from '../../foundation/limits.ts';
import { keyOfKey } from '../../items/item-key.ts';
import { type Item, parseItem } from '../../values/attribute-value.ts';
import { storedAttributes, storedJson, storedSizeBytes } from '../../values/stored-item.ts';
import { JsonText, encodeAnswer } from '../answer.ts';
import { validateDistinctKeys } from '../../items/distinct-keys.ts';
import { describeConsumption } from '../describe-consumption.ts';
import { rejectLegacyParameters } from '../legacy-parameters.ts';
import type { OperationContext } from '../operation-context.ts';
import type { Operation } from '../operation.ts';
import { resolveTableName } from '../table-name.ts';

/**
 * Returns up to 100 items by their keys, 16 MB in all; the rest comes back unprocessed.
 * Source: API reference, BatchGetItem.
 */
export const BatchGetItem: Operation<BatchGetItemCommandInput> = {
  name: 'BatchGetItem',

  async run(context, input) {
    const requests = Object.entries(input.RequestItems ?? {}).map(([nameOrArn, request]) =>
      readTableRequest(context, nameOrArn, request),
    );
    if (requests.reduce((sum, { keys }) => sum + keys.length, 0) > LIMITS.batchGetItems) {
      throw validationError('Too many items requested for the BatchGetItem call');
    }

    const room: Room = { bytes: LIMITS.batchGetSizeBytes };
    const results: TableResult[] = [];
    for (const request of requests) results.push(await readTable(context, request, room));

    return {
      Responses: new JsonText(
        encodeAnswer(Object.fromEntries(results.map(({ request, items }) => [request.nameOrArn, items]))),
      ),
      UnprocessedKeys: Object.fromEntries(
        results
          .filter(({ unprocessed }) => unprocessed.length > 0)
          .map(({ request, unprocessed }) => [request.nameOrArn, { ...request.wire, Keys: unprocessed }]),
      ),
      ConsumedCapacity: describeAll(results, input.ReturnConsumedCapacity),
    };
  },
};

interface TableRequest {
  /** As the caller names the table, and so the answer. */
  readonly nameOrArn: string;
  readonly tableName: string;
  readonly wire: KeysAndAttributes;
  readonly keys: readonly Item[];
  readonly projection: Projection | undefined;
}

interface TableResult {
  readonly request: TableRequest;
  readonly items: readonly unknown[];
  readonly unprocessed: readonly Item[];
  readonly consumption: Consumption;
}

/** The item bytes that the answer can still take. */
interface Room {
  bytes: number;
}

function readTableRequest(context: OperationContext, nameOrArn: string, wire: KeysAndAttributes): TableRequest {
  rejectLegacyParameters(wire, ['AttributesToGet']);
  const keys = (wire.Keys ?? []).map(parseItem);
  const { projection } = readExpressions(wire);
  return { nameOrArn, tableName: resolveTableName(context, nameOrArn), wire, keys, projection };
}

async function readTable(context: OperationContext, request: TableRequest, room: Room): Promise<TableResult> {
  const values = await context.catalog.read(request.tableName, (table, version) => {
    const keys = request.keys.map((key) => ({ space: table.space, key: keyOfKey(table, key) }));
    validateDistinctKeys(keys);
    return context.engine.getMany(keys, version);
  });
  const consumption = noConsumption(request.nameOrArn);
  const items: unknown[] = [];
  const unprocessed: Item[] = [];
  for (const [i, value] of values.entries()) {
    const sizeBytes = value === undefined ? 0 : storedSizeBytes(value);
    if (sizeBytes > room.bytes) {
      unprocessed.push(request.keys[i] as Item);
      continue;
    }
    room.bytes -= sizeBytes;
    consumption.table += readUnits(sizeBytes, request.wire.ConsistentRead === true);
    if (value !== undefined) items.push(describeItem(value, request.projection));
  }
  return { request, items, unprocessed, consumption };
}

function describeItem(value: Uint8Array, projection: Projection | undefined): unknown {
  return projection ? projectItem(projection, storedAttributes(value)) : new JsonText(storedJson(value));
}

function describeAll(
  results: readonly TableResult[],
  asked: BatchGetItemCommandInput['ReturnConsumedCapacity'],
): object[] | undefined {
  if (asked !== 'TOTAL' && asked !== 'INDEXES') return undefined;
  return results.map(({ consumption }) => describeConsumption(consumption, asked) as object);
}
