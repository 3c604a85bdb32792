/** The one list of operations: what is here is there; any other target answers UnknownOperationException. */
import { BatchExecuteStatement } from './dynamodb/BatchExecuteStatement.ts';
import { BatchGetItem } from './dynamodb/BatchGetItem.ts';
import { BatchWriteItem } from './dynamodb/BatchWriteItem.ts';
import { CreateTable } from './dynamodb/CreateTable.ts';
import { DeleteItem } from './dynamodb/DeleteItem.ts';
import { DeleteTable } from './dynamodb/DeleteTable.ts';
import { DescribeContinuousBackups } from './dynamodb/DescribeContinuousBackups.ts';
import { DescribeEndpoints } from './dynamodb/DescribeEndpoints.ts';
import { DescribeLimits } from './dynamodb/DescribeLimits.ts';
import { DescribeTable } from './dynamodb/DescribeTable.ts';
import { DescribeTimeToLive } from './dynamodb/DescribeTimeToLive.ts';
import { ExecuteStatement } from './dynamodb/ExecuteStatement.ts';
import { ExecuteTransaction } from './dynamodb/ExecuteTransaction.ts';
import { GetItem } from './dynamodb/GetItem.ts';
import { ListTables } from './dynamodb/ListTables.ts';
import { ListTagsOfResource } from './dynamodb/ListTagsOfResource.ts';
import { PutItem } from './dynamodb/PutItem.ts';
import { Query } from './dynamodb/Query.ts';
import { Scan } from './dynamodb/Scan.ts';
import { TagResource } from './dynamodb/TagResource.ts';
import { TransactGetItems } from './dynamodb/TransactGetItems.ts';
import { TransactWriteItems } from './dynamodb/TransactWriteItems.ts';
import { UntagResource } from './dynamodb/UntagResource.ts';
import { UpdateItem } from './dynamodb/UpdateItem.ts';
import { UpdateTable } from './dynamodb/UpdateTable.ts';
import { UpdateTimeToLive } from './dynamodb/UpdateTimeToLive.ts';
import { CreateEventSourceMapping } from './lambda/CreateEventSourceMapping.ts';
import { DeleteEventSourceMapping } from './lambda/DeleteEventSourceMapping.ts';
import { GetEventSourceMapping } from './lambda/GetEventSourceMapping.ts';
import { ListEventSourceMappings } from './lambda/ListEventSourceMappings.ts';
import { UpdateEventSourceMapping } from './lambda/UpdateEventSourceMapping.ts';
import type { Operation } from './operation.ts';
import { DescribeStream } from './streams/DescribeStream.ts';
import { GetRecords } from './streams/GetRecords.ts';
import { GetShardIterator } from './streams/GetShardIterator.ts';
import { ListStreams } from './streams/ListStreams.ts';

const DYNAMODB_OPERATIONS: readonly Operation[] = [
  BatchExecuteStatement,
  BatchGetItem,
  BatchWriteItem,
  CreateTable,
  DeleteItem,
  DeleteTable,
  DescribeContinuousBackups,
  DescribeEndpoints,
  DescribeLimits,
  DescribeTable,
  DescribeTimeToLive,
  ExecuteStatement,
  ExecuteTransaction,
  GetItem,
  ListTables,
  ListTagsOfResource,
  PutItem,
  Query,
  Scan,
  TagResource,
  TransactGetItems,
  TransactWriteItems,
  UntagResource,
  UpdateItem,
  UpdateTable,
  UpdateTimeToLive,
];

const STREAMS_OPERATIONS: readonly Operation[] = [DescribeStream, GetRecords, GetShardIterator, ListStreams];

/** Operations by `X-Amz-Target`. */
export const OPERATIONS: ReadonlyMap<string, Operation> = new Map([
  ...DYNAMODB_OPERATIONS.map((operation) => [`DynamoDB_20120810.${operation.name}`, operation] as const),
  ...STREAMS_OPERATIONS.map((operation) => [`DynamoDBStreams_20120810.${operation.name}`, operation] as const),
]);

/** Operations of the Lambda API, which requests name by method and path (`rest-routes.ts`). */
export const LAMBDA_OPERATIONS: readonly Operation[] = [
  CreateEventSourceMapping,
  DeleteEventSourceMapping,
  GetEventSourceMapping,
  ListEventSourceMappings,
  UpdateEventSourceMapping,
];
