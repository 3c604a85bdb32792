/** What a request consumed as answers report it. Source: the ConsumedCapacity type of the API reference. */
import type { ReturnConsumedCapacity } from '@aws-sdk/client-dynamodb';
import {
  type Consumption,
  inTransaction,
  mergeConsumption,
  noConsumption,
  readUnits,
} from '../capacity/consumed-capacity.ts';

/**
 * The ConsumedCapacity of an answer, or undefined where the request asked for none. `nameOrArn` is the table as the
 * request names it: who asked by ARN is answered with the ARN (API reference, ConsumedCapacity).
 */
export function describeConsumption(
  consumption: Consumption,
  asked: ReturnConsumedCapacity | undefined,
  nameOrArn: string = consumption.tableName,
  describe: DescribeUnits = describeUnits,
): object | undefined {
  if (asked !== 'TOTAL' && asked !== 'INDEXES') return undefined;
  const { table, localIndexes, globalIndexes } = consumption;
  const total = { TableName: nameOrArn, ...describe(table + sumUnits(localIndexes) + sumUnits(globalIndexes)) };
  if (asked === 'TOTAL') return total;
  return {
    ...total,
    Table: describe(table),
    ...(localIndexes.size > 0 && { LocalSecondaryIndexes: describeIndexes(localIndexes, describe) }),
    ...(globalIndexes.size > 0 && { GlobalSecondaryIndexes: describeIndexes(globalIndexes, describe) }),
  };
}

/** Units as the members of an answer. */
type DescribeUnits = (units: number) => object;

const describeUnits: DescribeUnits = (units) => ({ CapacityUnits: units });

/** Transactions, and nothing else, say of which kind the units are. Source: public comparisons with the service. */
const DESCRIBE_KIND: Readonly<Record<'read' | 'write', DescribeUnits>> = {
  read: (units) => ({ CapacityUnits: units, ReadCapacityUnits: units }),
  write: (units) => ({ CapacityUnits: units, WriteCapacityUnits: units }),
};

/**
 * The ConsumedCapacity of a batch's answer, one for each table in the order of the request. `consumptions[i]` is of an
 * item of the table that the request names `namesOrArns[i]`.
 */
export function describeBatchConsumption(
  namesOrArns: readonly string[],
  consumptions: readonly Consumption[],
  asked: ReturnConsumedCapacity | undefined,
  describe: DescribeUnits = describeUnits,
): object[] | undefined {
  if (asked !== 'TOTAL' && asked !== 'INDEXES') return undefined;
  const named = consumptions.map((each, i) => ({ ...each, tableName: namesOrArns[i] ?? each.tableName }));
  return mergeConsumption(named).map((each) => describeConsumption(each, asked, each.tableName, describe) as object);
}

/**
 * As `describeBatchConsumption`, of a transaction. `consumptions` are those of its actions outside of one: what they
 * cost more in a transaction is added here.
 */
export function describeTransactionConsumption(
  kind: 'read' | 'write',
  namesOrArns: readonly string[],
  consumptions: readonly Consumption[],
  asked: ReturnConsumedCapacity | undefined,
): object[] | undefined {
  return describeBatchConsumption(namesOrArns, consumptions.map(inTransaction), asked, DESCRIBE_KIND[kind]);
}

/** The same for a write transaction that was carried out before: it is charged as a read of the items it wrote. */
export function describeReplayConsumption(
  namesOrArns: readonly string[],
  chargedSizesBytes: readonly number[],
  asked: ReturnConsumedCapacity | undefined,
): object[] | undefined {
  const consumptions = namesOrArns.map((nameOrArn, i) => ({
    ...noConsumption(nameOrArn),
    table: readUnits(chargedSizesBytes[i] ?? 0, true),
  }));
  return describeTransactionConsumption('read', namesOrArns, consumptions, asked);
}

function sumUnits(byName: ReadonlyMap<string, number>): number {
  let sum = 0;
  for (const units of byName.values()) sum += units;
  return sum;
}

function describeIndexes(byName: ReadonlyMap<string, number>, describe: DescribeUnits): object {
  return Object.fromEntries([...byName].map(([name, units]) => [name, describe(units)]));
}
