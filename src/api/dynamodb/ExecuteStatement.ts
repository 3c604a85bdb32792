import type { ExecuteStatementCommandInput } from '@aws-sdk/client-dynamodb';
import { validationError } from '../../foundation/errors.ts';
import { type BoundSelect, type BoundWrite, bindStatement } from '../../partiql/bind.ts';
import { STATEMENT } from '../../partiql/messages.ts';
import { decodeNextToken, encodeNextToken, fingerprintOf } from '../../partiql/next-token.ts';
import { parseStatement } from '../../partiql/parse-statement.ts';
import { readSelect } from '../../partiql/read-select.ts';
import { runWriteStatement } from '../../partiql/run-write.ts';
import { type Answer, JsonText } from '../answer.ts';
import { describeConsumption } from '../describe-consumption.ts';
import type { OperationContext } from '../operation-context.ts';
import type { Operation } from '../operation.ts';
import { resolveTableName } from '../table-name.ts';

/** Runs one PartiQL statement. Source: API reference, ExecuteStatement. */
export const ExecuteStatement: Operation<ExecuteStatementCommandInput> = {
  name: 'ExecuteStatement',

  async run(context, input) {
    const statement = bindStatement(parseStatement(input.Statement as string), input.Parameters);
    if (statement.kind === 'exists') throw validationError(STATEMENT.existsOutsideTransaction);
    if (statement.kind === 'select') return await answerSelect(context, input, statement);
    return await answerStatementWrite(context, input, statement);
  },
};

async function answerSelect(
  context: OperationContext,
  input: ExecuteStatementCommandInput,
  select: BoundSelect,
): Promise<Answer> {
  // Most statements are asked for one page alone.
  const fingerprint = () => fingerprintOf(input.Statement as string, input.Parameters);
  const { itemsJson, next, consumption } = await readSelect(context, {
    select,
    tableName: resolveTableName(context, select.tableName),
    consistent: input.ConsistentRead === true,
    limit: input.Limit,
    start: input.NextToken === undefined ? undefined : decodeNextToken(fingerprint(), input.NextToken),
  });
  return {
    Items: itemsJson.map((json) => new JsonText(json)),
    NextToken: next && encodeNextToken(fingerprint(), next),
    ConsumedCapacity: describeConsumption(consumption, input.ReturnConsumedCapacity, select.tableName),
    LastEvaluatedKey: next?.key,
  };
}

async function answerStatementWrite(
  context: OperationContext,
  input: ExecuteStatementCommandInput,
  statement: BoundWrite,
): Promise<Answer> {
  const tableName = resolveTableName(context, statement.tableName);
  const returnItem = input.ReturnValuesOnConditionCheckFailure === 'ALL_OLD';
  const { attributesJson, consumption } = await runWriteStatement(context, tableName, statement, returnItem);
  return {
    Items: attributesJson === undefined ? [] : [new JsonText(attributesJson)],
    ConsumedCapacity: describeConsumption(consumption, input.ReturnConsumedCapacity, statement.tableName),
  };
}
