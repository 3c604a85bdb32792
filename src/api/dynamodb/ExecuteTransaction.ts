import type { ExecuteTransactionCommandInput, ParameterizedStatement } from '@aws-sdk/client-dynamodb';
import { validationError } from '../../foundation/errors.ts';
import { LIMITS } from '../../foundation/limits.ts';
import { TRANSACTION_MESSAGES } from '../../items/messages.ts';
import type { RequestToken } from '../../items/request-tokens.ts';
import { type BoundStatement, bindStatement } from '../../partiql/bind.ts';
import { STATEMENT } from '../../partiql/messages.ts';
import { parseStatement } from '../../partiql/parse-statement.ts';
import { type TransactedRead, runReadTransaction, runWriteTransaction } from '../../partiql/run-transaction.ts';
import { attributeValueSizeBytes } from '../../values/size.ts';
import { type AttributeValue, parseAttributeValue } from '../../values/attribute-value.ts';
import { hashRequest } from '../../values/canonical-hash.ts';
import { type Answer, JsonText } from '../answer.ts';
import { describeReplayConsumption, describeTransactionConsumption } from '../describe-consumption.ts';
import type { OperationContext } from '../operation-context.ts';
import type { Operation } from '../operation.ts';
import { resolveTableName } from '../table-name.ts';

/**
 * Runs up to 100 PartiQL statements on different items, all of them or none: all SELECT, or all INSERT, UPDATE, DELETE
 * and EXISTS. Source: API reference, ExecuteTransaction.
 */
export const ExecuteTransaction: Operation<ExecuteTransactionCommandInput> = {
  name: 'ExecuteTransaction',

  async run(context, input) {
    const members = (input.TransactStatements ?? []).map((member) => readMember(context, member));
    validateSize(members);
    const reads = members.flatMap(({ tableName, statement }) =>
      statement.kind === 'select' ? [{ tableName, select: statement }] : [],
    );
    if (reads.length === 0) return await answerWrites(context, input, members);
    if (reads.length < members.length) throw validationError(STATEMENT.transactionMixed);
    return await answerReads(context, input, reads);
  },
};

interface Member {
  readonly tableName: string;
  readonly statement: BoundStatement;
  readonly returnItemOnFailure: boolean;
  /** Of the statement's text and the values of its parameters. */
  readonly sizeBytes: number;
  /** All that the member says, its values in canonical form, for comparing requests. */
  readonly asked: object;
}

function readMember(context: OperationContext, member: ParameterizedStatement): Member {
  const text = member.Statement as string;
  const parameters: readonly AttributeValue[] = (member.Parameters ?? []).map(parseAttributeValue);
  const statement = bindStatement(parseStatement(text), parameters);
  if ('returning' in statement && statement.returning !== undefined) {
    throw validationError(STATEMENT.returningInTransaction);
  }
  const returns = member.ReturnValuesOnConditionCheckFailure;
  return {
    tableName: resolveTableName(context, statement.tableName),
    statement,
    returnItemOnFailure: returns === 'ALL_OLD',
    sizeBytes: parameters.reduce((sum, value) => sum + attributeValueSizeBytes(value), Buffer.byteLength(text)),
    asked: { text, parameters, returns },
  };
}

function validateSize(members: readonly Member[]): void {
  const sizeBytes = members.reduce((sum, member) => sum + member.sizeBytes, 0);
  if (sizeBytes > LIMITS.transactionSizeBytes) throw validationError(TRANSACTION_MESSAGES.tooLarge);
}

async function answerReads(
  context: OperationContext,
  input: ExecuteTransactionCommandInput,
  reads: readonly TransactedRead[],
): Promise<Answer> {
  const results = await runReadTransaction(context, reads);
  return {
    Responses: results.map(({ itemJson }) => new JsonText(describeItem(itemJson))),
    ConsumedCapacity: describeTransactionConsumption(
      'read',
      reads.map(({ select }) => select.tableName),
      results.map(({ consumption }) => consumption),
      input.ReturnConsumedCapacity,
    ),
  };
}

/** As TransactGetItems answers it. */
function describeItem(itemJson: string | undefined): string {
  return itemJson === undefined || itemJson === '{}' ? '{}' : `{"Item":${itemJson}}`;
}

async function answerWrites(
  context: OperationContext,
  input: ExecuteTransactionCommandInput,
  members: readonly Member[],
): Promise<Answer> {
  const writes = members.flatMap(({ statement, ...member }) =>
    statement.kind === 'select' ? [] : [{ ...member, statement }],
  );
  const outcome = await runWriteTransaction(context, writes, readToken(input.ClientRequestToken, members));
  const names = members.map(({ statement }) => statement.tableName);
  const asked = input.ReturnConsumedCapacity;
  const ConsumedCapacity =
    outcome.kind === 'replayed'
      ? describeReplayConsumption(names, outcome.chargedSizesBytes, asked)
      : describeTransactionConsumption(
          'write',
          names,
          outcome.results.map(({ consumption }) => consumption),
          asked,
        );
  return { Responses: members.map(() => ({})), ConsumedCapacity };
}

function readToken(token: string | undefined, members: readonly Member[]): RequestToken | undefined {
  if (token === undefined) return undefined;
  const requestHash = hashRequest(members.map(({ asked }) => asked));
  return { operation: 'ExecuteTransaction', token, requestHash };
}
