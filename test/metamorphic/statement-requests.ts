/** ExecuteStatement and BatchExecuteStatement of statements on one item: what is sent, and what is answered. */
import { describeUnits } from './capacity.ts';
import type { Database } from './database.ts';
import type { Draw } from './draw.ts';
import { type Fault, attempt } from './errors.ts';
import { CAPACITY, distinctKeys } from './item-writes.ts';
import { type Operation, type Target, operationOf } from './operation.ts';
import { drawFittingKey } from './random-values.ts';
import { type DrawnStatement, drawReadStatement, drawWriteStatement } from './statements.ts';

/** A statement on an item of the table, which must be what it is taken to be. */
export function drawExecuteStatement(draw: Draw, target: Target): Operation {
  const statement = (draw.once(5) ? drawReadStatement : drawWriteStatement)(draw, target);
  const capacity = draw.oneOf(CAPACITY);
  const input = { ...statement.members, ReturnConsumedCapacity: capacity };
  return operationOf('ExecuteStatement', input, (database) => {
    const { items, units } = statement.run(database);
    return { Items: items, ConsumedCapacity: describeUnits(statement.table, units, capacity) };
  });
}

const STATEMENTS_MAX = 6;

/** Statements on different items of the table, as they run side by side: reads, or writes. */
export function drawBatchStatements(draw: Draw, target: Target): Operation {
  const { schema, keys = [] } = target;
  const others = Array.from({ length: draw.below(STATEMENTS_MAX) }, () => drawFittingKey(draw, schema));
  const drawOne = draw.once(2) ? drawReadStatement : drawWriteStatement;
  const statements = distinctKeys([...keys, ...others]).map((key) => drawOne(draw, { ...target, keys: [key] }));
  const capacity = draw.oneOf(CAPACITY);
  const input = { Statements: statements.map(({ members }) => members), ReturnConsumedCapacity: capacity };
  return operationOf('BatchExecuteStatement', input, (database) => {
    const outcomes = statements.map((statement) => runInBatch(database, statement));
    const consumed = outcomes.flatMap(({ units }, i) =>
      units === undefined ? [] : [describeUnits(statements[i]?.table ?? '', units, capacity)],
    );
    const isAsked = capacity === 'TOTAL' || capacity === 'INDEXES';
    return { Responses: outcomes.map(({ response }) => response), ConsumedCapacity: isAsked ? consumed : undefined };
  });
}

/** What a statement is answered among others, and what it takes; undefined for one that fails. */
function runInBatch(database: Database, statement: DrawnStatement) {
  const outcome = attempt(() => statement.run(database));
  if ('fault' in outcome) return { response: describeFault(outcome.fault, statement.table), units: undefined };
  const { items, units } = outcome.value;
  return { response: { TableName: statement.table, ...(items[0] && { Item: items[0] }) }, units };
}

/** The table is named in errors that depend on what it holds. */
function describeFault({ __type: type, message, ['Item']: item }: Fault, table: string): object {
  const name = type.slice(type.indexOf('#') + 1);
  const isValidation = name === 'ValidationException';
  const Code = isValidation ? 'ValidationError' : name.replace(/Exception$/, '');
  const error = { Code, Message: message, ...(item !== undefined && { Item: item }) };
  return { Error: error, ...(!isValidation && { TableName: table }) };
}
