/** What a request consumed as answers report it. Source: the ConsumedCapacity type of the API reference. */
import type { ReturnConsumedCapacity } from '@aws-sdk/client-dynamodb';
import { type Consumption, mergeConsumption } from '../capacity/consumed-capacity.ts';

/**
 * The ConsumedCapacity of an answer, or undefined where the request asked for none. `nameOrArn` is the table as the
 * request names it: who asked by ARN is answered with the ARN (API reference, ConsumedCapacity).
 */
export function describeConsumption(
  consumption: Consumption,
  asked: ReturnConsumedCapacity | undefined,
  nameOrArn: string = consumption.tableName,
): object | undefined {
  if (asked !== 'TOTAL' && asked !== 'INDEXES') return undefined;
  const { table, localIndexes, globalIndexes } = consumption;
  const total = { TableName: nameOrArn, CapacityUnits: table + sumUnits(localIndexes) + sumUnits(globalIndexes) };
  if (asked === 'TOTAL') return total;
  return {
    ...total,
    Table: { CapacityUnits: table },
    ...(localIndexes.size > 0 && { LocalSecondaryIndexes: describeIndexes(localIndexes) }),
    ...(globalIndexes.size > 0 && { GlobalSecondaryIndexes: describeIndexes(globalIndexes) }),
  };
}

/**
 * The ConsumedCapacity of a batch's answer, one for each table in the order of the request. `consumptions[i]` is of an
 * item of the table that the request names `namesOrArns[i]`.
 */
export function describeBatchConsumption(
  namesOrArns: readonly string[],
  consumptions: readonly Consumption[],
  asked: ReturnConsumedCapacity | undefined,
): object[] | undefined {
  if (asked !== 'TOTAL' && asked !== 'INDEXES') return undefined;
  const named = consumptions.map((each, i) => ({ ...each, tableName: namesOrArns[i] ?? each.tableName }));
  return mergeConsumption(named).map((each) => describeConsumption(each, asked) as object);
}

function sumUnits(byName: ReadonlyMap<string, number>): number {
  let sum = 0;
  for (const units of byName.values()) sum += units;
  return sum;
}

function describeIndexes(byName: ReadonlyMap<string, number>): object {
  return Object.fromEntries([...byName].map(([name, units]) => [name, { CapacityUnits: units }]));
}
