/**
 * Requests that operations take, drawn by chance from the service model: an operation that is new to the registry is
 * covered by itself. What the model does not say of members (keys, expressions, statements) is drawn to fit the tables.
 */
import type { Draw } from '../metamorphic/draw.ts';
import { drawValue } from '../metamorphic/random-values.ts';
import { findInputShapeName, findShape } from '../../src/api/shape-model.ts';
import type { NumberShape, StringShape, StructureShape } from '../../src/api/shape-types.ts';
import { type FuzzTable, type KeyAttribute, MADE_TABLES, TABLES, drawKey, tableArn } from './fuzz-tables.ts';
import { type Expressions, createExpressions, drawAttributeName } from './valid-expressions.ts';
import { type Statement, drawStatement } from './valid-statements.ts';

/** Texts from answers that continue a page, to be sent back or to be made wrong. */
export interface Tokens {
  readonly nextTokens: readonly NextToken[];
  readonly startKeys: readonly StartKey[];
  readonly streams: readonly StreamTokens[];
}

/** A NextToken with the statement it belongs to. */
export interface NextToken {
  readonly statement: string;
  readonly token: string;
}

/** A LastEvaluatedKey with what was read. */
export interface StartKey {
  readonly table: string;
  readonly index: string | undefined;
  readonly key: unknown;
}

/** A shard of a stream, an iterator of it, and the number of one of its records. */
export interface StreamTokens {
  readonly streamArn: string;
  readonly shardId: string;
  readonly iterator: string;
  readonly sequenceNumber: string;
}

/** What the members of one structure have in common. */
interface Scope {
  readonly draw: Draw;
  readonly tokens: Tokens;
  readonly operation: string;
  /** Whether the statements of the request write; there are none that do both. */
  readonly writes: boolean;
  readonly table: FuzzTable;
  readonly index: string | undefined;
  readonly expressions: Expressions;
  readonly statement: Statement;
}

/** An input for `operation`, which is one of the service model. */
export function drawRequest(draw: Draw, operation: string, tokens: Tokens): Record<string, unknown> {
  const scope = scopeOf({ draw, operation, tokens, writes: draw.once(2) }, draw.oneOf(TABLES));
  return drawShape(scope, findInputShapeName(operation), '') as Record<string, unknown>;
}

function scopeOf(request: Pick<Scope, 'draw' | 'operation' | 'tokens' | 'writes'>, table: FuzzTable): Scope {
  const { draw, operation, tokens, writes } = request;
  const indexes = Object.keys(table.indexes);
  const index = indexes.length > 0 && draw.once(3) ? draw.oneOf(indexes) : undefined;
  const issued = !writes && draw.once(6) ? draw.oneOf(tokens.nextTokens) : undefined;
  const statement =
    issued === undefined ? drawStatement(draw, table, writes) : { text: issued.statement, parameters: [] };
  return { draw, tokens, operation, writes, table, index, expressions: createExpressions(draw), statement };
}

function drawShape(scope: Scope, name: string, member: string): unknown {
  const special = BY_SHAPE[name] ?? BY_MEMBER[member];
  if (special !== undefined) return special(scope);
  const { draw } = scope;
  const shape = findShape(name);
  switch (shape.type) {
    case 'structure':
      return drawStructure(scope, shape);
    case 'list': {
      const count = Math.min(draw.once(12) ? (shape.min ?? 0) : 1 + draw.below(3), shape.max ?? Infinity);
      return Array.from({ length: count }, () => drawShape(scope, shape.member, member));
    }
    case 'map':
      return { [drawAttributeName(draw)]: drawShape(scope, shape.value, member) };
    case 'string':
      return drawText(draw, shape);
    case 'boolean':
      return draw.once(2);
    case 'blob':
      return draw.oneOf(['', 'AA==', '/wD/']);
    case 'timestamp':
      return 1_700_000_000 + draw.below(1_000);
    default:
      return drawNumber(draw, shape);
  }
}

function drawText(draw: Draw, { enum: values, min = 0 }: StringShape): string {
  if (values !== undefined) return draw.oneOf(values);
  return 'abcdefghij'
    .repeat(4)
    .slice(0, Math.max(min, draw.below(6)))
    .padEnd(min, 'k');
}

function drawNumber(draw: Draw, { min = 0, max = Infinity }: NumberShape): number {
  return draw.once(8) && Number.isFinite(max) ? max : Math.min(max, min + draw.below(5));
}

const EXPRESSION_MEMBERS = /Expression$/;
const LEGACY_MEMBERS =
  /^(AttributesToGet|Expected|ConditionalOperator|AttributeUpdates|KeyConditions|QueryFilter|ScanFilter)$/;
/** Members without which a request is refused although the model does not require them. */
const ALWAYS = /^(Key|Value|KeySchema|BillingMode|KeyConditionExpression|KeyConditions|UpdateExpression)$/;
/** Members that follow from others, which are drawn before. */
const DERIVED: Readonly<Record<string, (scope: Scope) => unknown>> = {
  ExpressionAttributeNames: ({ expressions }) => (isEmpty(expressions.names) ? undefined : expressions.names),
  ExpressionAttributeValues: ({ expressions }) => (isEmpty(expressions.values) ? undefined : expressions.values),
  AttributeDefinitions: () => DEFINITIONS,
  Parameters: ({ statement }) => (statement.parameters.length === 0 ? undefined : statement.parameters),
};

function isEmpty(members: object): boolean {
  return Object.keys(members).length === 0;
}

function drawStructure(outer: Scope, shape: StructureShape): Record<string, unknown> {
  const { draw } = outer;
  const names = Object.keys(shape.members);
  // One level of a request speaks of one table.
  const isOwn = names.includes('TableName') || names.includes('Statement');
  const scope = isOwn ? scopeOf(outer, draw.oneOf(TABLES)) : outer;
  const chosen = isChoice(shape) ? [draw.oneOf(names)] : chooseMembers(draw, shape);
  const entries = chosen
    .filter((name) => !(name in DERIVED))
    .map((name) => [name, drawShape(scope, shape.members[name] as string, name)] as const);
  const derived = names
    .filter((name) => name in DERIVED)
    .map((name) => [name, DERIVED[name]?.(scope)] as const)
    .filter(([, value]) => value !== undefined);
  return Object.fromEntries([...entries, ...derived]);
}

/** Whether exactly one of the members is to be there, as in an action of a transaction. */
function isChoice({ members, required }: StructureShape): boolean {
  const shapes = Object.values(members);
  return required.length === 0 && shapes.length > 1 && shapes.every((name) => findShape(name).type === 'structure');
}

function chooseMembers(draw: Draw, { members, required }: StructureShape): string[] {
  const share = draw.oneOf([0, 0.1, 0.5]);
  const [legacy, both] = [draw.once(4), draw.once(40)];
  return Object.keys(members).filter((name) => {
    if (required.includes(name)) return !draw.once(200);
    if (!both && (legacy ? EXPRESSION_MEMBERS : LEGACY_MEMBERS).test(name)) return false;
    return ALWAYS.test(name) || draw.below(100) < share * 100;
  });
}

const DEFINITIONS = [
  { AttributeName: 'pk', AttributeType: 'S' },
  { AttributeName: 'sk', AttributeType: 'N' },
];
const KEY_SCHEMA = [
  { AttributeName: 'pk', KeyType: 'HASH' },
  { AttributeName: 'sk', KeyType: 'RANGE' },
];

const BY_MEMBER: Readonly<Record<string, (scope: Scope) => unknown>> = {
  ExclusiveStartKey: drawStartKey,
  ExclusiveStartTableName: ({ draw }) => draw.oneOf(['Aaa', 'FuzzPlain', 'Zzz']),
  BillingMode: ({ draw }) => (draw.once(4) ? 'PROVISIONED' : 'PAY_PER_REQUEST'),
};

const BY_SHAPE: Readonly<Record<string, (scope: Scope) => unknown>> = {
  TableArn: drawTableName,
  TableName: drawTableName,
  ResourceArnString: ({ table }) => tableArn(table.name),
  IndexName: ({ draw, table, index }) => index ?? draw.oneOf([...Object.keys(table.indexes), 'made-index']),
  KeySchema: () => KEY_SCHEMA,
  SimpleKeySchema: () => KEY_SCHEMA,
  TagKeyString: ({ draw }) => draw.oneOf(['team', 'cost-center', 'a b']),
  TimeToLiveAttributeName: () => 'expires',
  AttributeName: ({ draw }) => drawAttributeName(draw),
  AttributeValue: ({ draw }) => drawValue(draw),
  Key: ({ draw, table }) => drawKey(draw, table.key),
  PutItemInputAttributeMap: drawItem,
  ConditionExpression: ({ expressions }) => expressions.condition(),
  UpdateExpression: ({ expressions }) => expressions.update(),
  ProjectionExpression: ({ expressions }) => expressions.projection(),
  KeyExpression: ({ expressions, ...scope }) => expressions.keyCondition(keyOf(scope)),
  KeyConditions: drawKeyConditions,
  PartiQLStatement: ({ statement }) => statement.text,
  PartiQLNextToken: ({ statement, tokens }) =>
    tokens.nextTokens.find((issued) => issued.statement === statement.text)?.token ?? 'none',
  StreamArn: ({ draw, tokens }) => draw.oneOf(tokens.streams)?.streamArn,
  ShardId: ({ draw, tokens }) => draw.oneOf(tokens.streams)?.shardId,
  ShardIterator: ({ draw, tokens }) => draw.oneOf(tokens.streams)?.iterator,
  SequenceNumber: ({ draw, tokens }) => draw.oneOf(tokens.streams)?.sequenceNumber,
  BatchGetRequestMap: (scope) => drawPerTable(scope, 'KeysAndAttributes'),
  BatchWriteItemRequestMap: (scope) => drawPerTable(scope, 'WriteRequests'),
};

function keyOf({ table, index = '' }: Pick<Scope, 'table' | 'index'>): readonly KeyAttribute[] {
  return table.indexes[index] ?? table.key;
}

function drawTableName({ draw, operation, table }: Scope): string {
  const name = operation === 'CreateTable' || operation === 'DeleteTable' ? draw.oneOf(MADE_TABLES) : table.name;
  return draw.once(8) ? tableArn(name) : name;
}

function drawItem({ draw, table }: Scope): Record<string, unknown> {
  const names = draw.upTo(5, () => drawAttributeName(draw)).filter((name) => name !== 'color' && name !== 'weight');
  const rest = names.map((name) => [name, drawValue(draw)] as const);
  const indexed = draw.once(2) ? drawKey(draw, Object.values(table.indexes).flat()) : {};
  return { ...Object.fromEntries(rest), ...indexed, ...drawKey(draw, table.key) };
}

function drawKeyConditions(scope: Scope): Record<string, unknown> {
  const { draw } = scope;
  const [partition, sort] = keyOf(scope).map(({ name, values }) => {
    const condition = { AttributeValueList: [draw.oneOf(values)], ComparisonOperator: 'EQ' };
    return { [name]: condition };
  });
  return { ...partition, ...(draw.once(2) && sort) };
}

function drawPerTable(scope: Scope, shape: string): Record<string, unknown> {
  const { draw } = scope;
  const tables = TABLES.filter(() => draw.once(2));
  const chosen = tables.length > 0 ? tables : [draw.oneOf(TABLES)];
  return Object.fromEntries(chosen.map((table) => [table.name, drawShape(scopeOf(scope, table), shape, '')]));
}

function drawStartKey({ draw, table, index, tokens }: Scope): unknown {
  const fitting = tokens.startKeys.filter((each) => each.table === table.name && each.index === index);
  return draw.oneOf(fitting)?.key ?? { ...drawKey(draw, keyOf({ table, index })), ...drawKey(draw, table.key) };
}
