/** Sends requests of the workload through the SDK, and tells what became of them. */
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type ReturnValue,
  TransactionCanceledException,
} from '@aws-sdk/client-dynamodb';
import {
  BatchGetCommand,
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  TransactGetCommand,
  TransactWriteCommand,
  type TransactWriteCommandInput,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import assert from 'node:assert/strict';
import { outageOf } from '../cluster/outage.ts';
import type { Outcome, Reason, Request } from './history.ts';
import type { Action, Condition, ItemState } from './items.ts';
import { COLLECTION_QUERY, type WireItem, hotItemOf, nameOf, placeOf } from './tables.ts';

type Documents = DynamoDBDocumentClient;

/** Rejects only with what no client should ever meet. */
export async function send(client: Documents, request: Request): Promise<Outcome> {
  try {
    return await sendUnguarded(client, request);
  } catch (error) {
    return outcomeOfError(request, error);
  }
}

async function sendUnguarded(client: Documents, request: Request): Promise<Outcome> {
  switch (request.kind) {
    case 'GetItem': {
      const { Item } = await client.send(new GetCommand({ ...placeOf(request.name), ConsistentRead: true }));
      return { kind: 'read', items: [stateOf(Item)] };
    }
    case 'Query': {
      const { Items = [] } = await client.send(new QueryCommand(COLLECTION_QUERY));
      return readByName(request.names, Items);
    }
    case 'BatchGetItem':
      return await batchGet(client, request.names);
    case 'TransactGetItems': {
      const TransactItems = request.names.map((name) => ({ Get: placeOf(name) }));
      const { Responses = [] } = await client.send(new TransactGetCommand({ TransactItems }));
      return { kind: 'read', items: request.names.map((_name, i) => stateOf(Responses[i]?.Item)) };
    }
    case 'Write':
      return await write(client, request);
    case 'TransactWriteItems':
      await client.send(new TransactWriteCommand(transactionInput(request)));
      return { kind: 'written' };
  }
}

async function batchGet(client: Documents, names: readonly string[]): Promise<Outcome> {
  const RequestItems: Record<string, { Keys: WireItem[]; ConsistentRead: boolean }> = {};
  for (const { TableName, Key } of names.map(placeOf)) {
    (RequestItems[TableName] ??= { Keys: [], ConsistentRead: true }).Keys.push(Key);
  }
  const { Responses = {}, UnprocessedKeys } = await client.send(new BatchGetCommand({ RequestItems }));
  assert.deepEqual(UnprocessedKeys, {}, 'a few small items are read at once');
  return readByName(names, Object.values(Responses).flat());
}

async function write(client: Documents, request: Extract<Request, { readonly kind: 'Write' }>): Promise<Outcome> {
  const { action, returnsItemOnFailure } = request;
  const ReturnValues: ReturnValue = request.returnValues ?? 'NONE';
  const { name, kind } = action;
  const { TableName, Key } = placeOf(name);
  const common = {
    ...conditionInput(action.condition),
    ...(returnsItemOnFailure && { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const }),
    TableName,
    ReturnValues,
  };
  assert(kind !== 'check', 'only transactions check');
  const returned = async (): Promise<{ Attributes?: WireItem | undefined }> => {
    if (kind === 'put') return await client.send(new PutCommand({ ...common, Item: putItem(Key, action) }));
    if (kind === 'delete') return await client.send(new DeleteCommand({ ...common, Key }));
    return await client.send(new UpdateCommand({ ...common, Key, ...updateInput(action) }));
  };
  const item = stateOf((await returned()).Attributes);
  if (ReturnValues === 'NONE') return { kind: 'written' };
  return { kind: 'written', [ReturnValues === 'ALL_OLD' ? 'before' : 'after']: { item } };
}

function transactionInput(
  request: Extract<Request, { readonly kind: 'TransactWriteItems' }>,
): TransactWriteCommandInput {
  const failure = request.returnsItemsOnFailure ? { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const } : {};
  const TransactItems = request.actions.map((action) => {
    const { TableName, Key } = placeOf(action.name);
    const common = { ...failure, ...conditionInput(action.condition), TableName };
    switch (action.kind) {
      case 'put':
        return { Put: { ...common, Item: putItem(Key, action) } };
      case 'update':
        return { Update: { ...common, Key, ...updateInput(action) } };
      case 'delete':
        return { Delete: { ...common, Key } };
      case 'check': {
        const { ConditionExpression } = common;
        assert(ConditionExpression !== undefined, 'a check has a condition');
        return { ConditionCheck: { ...common, ConditionExpression, Key } };
      }
    }
  });
  return { TransactItems, ClientRequestToken: request.token };
}

function putItem(Key: WireItem, { tag, team }: Extract<Action, { readonly kind: 'put' }>): Record<string, unknown> {
  return { ...Key, tag, n: 0, log: [tag], ...(team !== undefined && { team }) };
}

interface ExpressionInput {
  readonly ConditionExpression?: string;
  readonly ExpressionAttributeValues?: Record<string, unknown>;
}

function conditionInput(condition: Condition | undefined): ExpressionInput {
  switch (condition?.kind) {
    case undefined:
      return {};
    case 'exists':
      return { ConditionExpression: 'attribute_exists(pk)' };
    case 'missing':
      return { ConditionExpression: 'attribute_not_exists(pk)' };
    case 'tagIs':
      return { ConditionExpression: 'tag = :is', ExpressionAttributeValues: { ':is': condition.tag } };
    case 'below':
      return { ConditionExpression: 'n < :n', ExpressionAttributeValues: { ':n': condition.n } };
    case 'notBelow':
      return {
        ConditionExpression: 'attribute_not_exists(pk) OR n >= :n',
        ExpressionAttributeValues: { ':n': condition.n },
      };
  }
}

function updateInput({ tag, team, condition }: Extract<Action, { readonly kind: 'update' }>) {
  const sets = 'SET tag = :tag, #log = list_append(if_not_exists(#log, :none), :tags)';
  return {
    UpdateExpression: `${sets}${team === undefined ? ' REMOVE team' : ', team = :team'} ADD n :one`,
    ExpressionAttributeNames: { '#log': 'log' },
    ExpressionAttributeValues: {
      ...conditionInput(condition).ExpressionAttributeValues,
      ':tag': tag,
      ':tags': [tag],
      ':none': [],
      ':one': 1,
      ...(team !== undefined && { ':team': team }),
    },
  };
}

function outcomeOfError(request: Request, error: unknown): Outcome {
  if (error instanceof ConditionalCheckFailedException) {
    assert(request.kind === 'Write' && request.action.condition !== undefined, 'there was a condition');
    return { kind: 'failed', reasons: [failureOf(error.Item, request.returnsItemOnFailure)] };
  }
  const outage = outageOf(error);
  const isUnsent = (error as { code?: unknown } | undefined)?.code === 'ECONNREFUSED';
  const isWrite = request.kind === 'Write' || request.kind === 'TransactWriteItems';
  if (outage === 'conflict' || (outage !== undefined && (isUnsent || !isWrite))) return { kind: 'refused' };
  if (outage !== undefined) return { kind: 'unknown' };
  if (!(error instanceof TransactionCanceledException) || request.kind !== 'TransactWriteItems') throw error;
  const reasons = error.CancellationReasons ?? [];
  assert.equal(reasons.length, request.actions.length, 'each action has its reason');
  return {
    kind: 'failed',
    reasons: reasons.map(({ Code, Item }): Reason => {
      if (Code === 'None' && Item === undefined) return { isFailed: false };
      if (Code !== 'ConditionalCheckFailed') throw error;
      return failureOf(Item, request.returnsItemsOnFailure);
    }),
  };
}

function failureOf(item: Record<string, AttributeValue> | undefined, isAsked: boolean): Reason {
  if (isAsked) return { isFailed: true, shown: { item: stateOf(item && plainItem(item)) } };
  assert.equal(item, undefined, 'no item is shown unasked');
  return { isFailed: true };
}

/** What the document client would make of it, which leaves items in errors as they come. */
function plainItem(item: Record<string, AttributeValue>): WireItem {
  const plain = ({ S, N, L }: AttributeValue): unknown => S ?? (L === undefined ? Number(N) : L.map(plain));
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, plain(value)]));
}

function stateOf(item: WireItem | undefined): ItemState {
  return item === undefined ? undefined : hotItemOf(item);
}

function readByName(names: readonly string[], found: readonly WireItem[]): Outcome {
  const items = new Map(found.map((item) => [nameOf(item), hotItemOf(item)]));
  assert(items.size === found.length && found.every((item) => names.includes(nameOf(item))), 'only what was asked for');
  return { kind: 'read', items: names.map((name) => items.get(name)) };
}
