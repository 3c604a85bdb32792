/** Puts a request's parameters into a statement and runs every check that needs no table. */
import type { Condition, ConditionTemplate, DocumentPath, Update } from '../expressions/ast.ts';
import { type Bindings, bindCondition, bindUpdate } from '../expressions/bind.ts';
import { invalidExpressionText } from '../expressions/messages.ts';
import { validateCondition, validateUpdate } from '../expressions/validate-operands.ts';
import { unreachable } from '../foundation/assert.ts';
import { ApiError, validationError } from '../foundation/errors.ts';
import { type AttributeValue, type Item, emptyItem } from '../values/attribute-value.ts';
import type { ExistsStatement, OrderKey, ParsedStatement, Returning, SelectStatement } from './ast.ts';
import { STATEMENT } from './messages.ts';
import { bindItem, bindValue, readParameters } from './value-template.ts';

export interface BoundSelect {
  readonly kind: 'select';
  readonly tableName: string;
  readonly indexName: string | undefined;
  /** Undefined for `*`. */
  readonly paths: readonly DocumentPath[] | undefined;
  readonly where: Condition | undefined;
  readonly orderBy: readonly OrderKey[];
}

export interface BoundInsert {
  readonly kind: 'insert';
  readonly tableName: string;
  readonly item: Item;
}

export interface BoundUpdate {
  readonly kind: 'update';
  readonly tableName: string;
  readonly update: Update;
  readonly where: Condition | undefined;
  readonly returning: Returning | undefined;
}

export interface BoundDelete {
  readonly kind: 'delete';
  readonly tableName: string;
  readonly where: Condition | undefined;
  readonly returning: Returning | undefined;
}

/** `EXISTS(SELECT ...)`. */
export interface BoundExists {
  readonly kind: 'exists';
  readonly tableName: string;
  readonly where: Condition | undefined;
}

export type BoundWrite = BoundInsert | BoundUpdate | BoundDelete;
export type BoundStatement = BoundSelect | BoundWrite | BoundExists;

/** `parsed` with `rawParameters`, as the caller sent them, in the place of its `?`. Throws ValidationException. */
export function bindStatement(parsed: ParsedStatement, rawParameters: readonly unknown[] = []): BoundStatement {
  const parameters = readParameters(rawParameters, parsed.parameterCount);
  const bindings: Bindings = { names: {}, values: bindValues(parsed, parameters) };
  const { statement } = parsed;
  switch (statement.kind) {
    case 'select':
      return bindSelect(statement, bindings);
    case 'exists':
      return bindExists(statement, bindings);
    case 'insert':
      return { kind: 'insert', tableName: statement.tableName, item: bindItem(statement.item, parameters) };
    case 'update': {
      const update = bindUpdate(statement.actions, bindings);
      inWordsOfStatements('UpdateExpression', () => validateUpdate(update));
      validateSetActions(update);
      return { ...statement, update, where: bindWhere(statement.where, bindings) };
    }
    case 'delete': {
      const { returning } = statement;
      if (returning !== undefined && returning !== 'ALL_OLD') throw validationError(STATEMENT.returningOfDelete);
      return { ...statement, where: bindWhere(statement.where, bindings) };
    }
    default:
      return unreachable(statement);
  }
}

function bindValues(parsed: ParsedStatement, parameters: readonly AttributeValue[]): Item {
  const values = emptyItem();
  for (const [i, value] of parsed.values.entries()) values[`:${i}`] = bindValue(value, parameters);
  return values;
}

function bindSelect(statement: SelectStatement, bindings: Bindings): BoundSelect {
  if (statement.orderBy.length > 0 && statement.where === undefined) {
    throw validationError(STATEMENT.orderWithoutWhere);
  }
  return { ...statement, where: bindWhere(statement.where, bindings) };
}

function bindExists({ select }: ExistsStatement, bindings: Bindings): BoundExists {
  if (select.indexName !== undefined) throw validationError(STATEMENT.indexInTransaction);
  return { kind: 'exists', tableName: select.tableName, where: bindWhere(select.where, bindings) };
}

function bindWhere(template: ConditionTemplate | undefined, bindings: Bindings): Condition | undefined {
  if (template === undefined) return undefined;
  const condition = bindCondition(template, bindings);
  inWordsOfStatements('ConditionExpression', () => validateCondition('ConditionExpression', condition));
  return condition;
}

/** ADD and DELETE of a statement come from set_add and set_delete, which know no numbers. */
function validateSetActions({ actions }: Update): void {
  for (const action of actions) {
    if (action.kind === 'add' && 'N' in action.value.value) throw validationError(STATEMENT.setExpected('set_add'));
  }
}

/** Runs `check`, whose errors name a parameter that statements don't have: that name is left out. */
function inWordsOfStatements(name: 'ConditionExpression' | 'UpdateExpression', check: () => void): void {
  try {
    check();
  } catch (error) {
    const prefix = invalidExpressionText(name, '');
    if (error instanceof ApiError && error.message.startsWith(prefix)) {
      throw validationError(error.message.slice(prefix.length));
    }
    throw error;
  }
}
