import type { BatchExecuteStatementCommandInput, BatchStatementRequest } from '@aws-sdk/client-dynamodb';
import type { Consumption } from '../../capacity/consumed-capacity.ts';
import { ApiError, type ApiErrorName, type ApiFault, validationError } from '../../foundation/errors.ts';
import { type BoundStatement, bindStatement } from '../../partiql/bind.ts';
import { STATEMENT } from '../../partiql/messages.ts';
import { parseStatement } from '../../partiql/parse-statement.ts';
import { readSelect } from '../../partiql/read-select.ts';
import { runWriteStatement } from '../../partiql/run-write.ts';
import { JsonText, encodeAnswer, jsonTextOrAbsent } from '../answer.ts';
import { describeConsumption } from '../describe-consumption.ts';
import type { OperationContext } from '../operation-context.ts';
import type { Operation } from '../operation.ts';
import { resolveTableName } from '../table-name.ts';

/**
 * Runs up to 25 PartiQL statements that each read or write one item; each succeeds or fails by itself.
 * Source: API reference, BatchExecuteStatement.
 */
export const BatchExecuteStatement: Operation<BatchExecuteStatementCommandInput> = {
  name: 'BatchExecuteStatement',

  async run(context, input) {
    const members = (input.Statements ?? []).map((request) => ({ request, bound: bindOrFault(request) }));
    validateKinds(members.flatMap(({ bound }) => ('fault' in bound ? [] : [bound])));

    const outcomes = await Promise.all(
      members.map(({ request, bound }) => ('fault' in bound ? bound : runMember(context, request, bound))),
    );

    const asked = input.ReturnConsumedCapacity;
    const consumed = outcomes.flatMap((outcome) =>
      'fault' in outcome ? [] : [describeConsumption(outcome.consumption, asked, outcome.nameOrArn)],
    );
    return {
      Responses: outcomes.map((outcome) => new JsonText(encodeAnswer(describeOutcome(outcome)))),
      ConsumedCapacity: asked === 'TOTAL' || asked === 'INDEXES' ? consumed : undefined,
    };
  },
};

interface Failure {
  readonly fault: ApiFault;
  /** The table as the statement names it, once that has been found. */
  readonly nameOrArn?: string | undefined;
}

interface Success {
  readonly nameOrArn: string;
  readonly itemJson: string | undefined;
  readonly consumption: Consumption;
}

function bindOrFault({ Statement: text, Parameters: parameters }: BatchStatementRequest): BoundStatement | Failure {
  try {
    return bindStatement(parseStatement(text as string), parameters);
  } catch (error) {
    if (error instanceof ApiError) return { fault: error.fault };
    throw error;
  }
}

function validateKinds(statements: readonly BoundStatement[]): void {
  const reads = statements.filter(({ kind }) => kind === 'select');
  if (reads.length > 0 && reads.length < statements.length) throw validationError(STATEMENT.batchMixed);
}

async function runMember(
  context: OperationContext,
  request: BatchStatementRequest,
  statement: BoundStatement,
): Promise<Success | Failure> {
  const nameOrArn = statement.tableName;
  try {
    return { nameOrArn, ...(await runStatement(context, request, statement)) };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const { fault } = error;
    return { fault, nameOrArn: WITHOUT_TABLE.has(fault.name) ? undefined : nameOrArn };
  }
}

/** The errors that are found before the table is used. */
const WITHOUT_TABLE: ReadonlySet<ApiErrorName> = new Set(['ResourceNotFoundException', 'ValidationException']);

async function runStatement(
  context: OperationContext,
  request: BatchStatementRequest,
  statement: BoundStatement,
): Promise<Omit<Success, 'nameOrArn'>> {
  if (statement.kind === 'exists') throw validationError(STATEMENT.existsOutsideTransaction);
  const tableName = resolveTableName(context, statement.tableName);
  if (statement.kind === 'select') {
    const consistent = request.ConsistentRead === true;
    const read = { select: statement, tableName, consistent, limit: undefined, start: undefined, onlyByKey: true };
    const { itemsJson, consumption } = await readSelect(context, read);
    return { itemJson: itemsJson[0], consumption };
  }
  const returnItem = request.ReturnValuesOnConditionCheckFailure === 'ALL_OLD';
  const { attributesJson, consumption } = await runWriteStatement(context, tableName, statement, returnItem);
  return { itemJson: attributesJson, consumption };
}

function describeOutcome(outcome: Success | Failure): { readonly [member: string]: unknown } {
  const { nameOrArn: TableName } = outcome;
  if (!('fault' in outcome)) return { TableName, Item: jsonTextOrAbsent(outcome.itemJson) };
  const { name, message, members } = outcome.fault;
  return { Error: { Code: codeOf(name), Message: message, Item: members?.['Item'] }, TableName };
}

/** An error's name as BatchStatementErrorCodeEnum has it. */
function codeOf(name: ApiErrorName): string {
  return name === 'ValidationException' ? 'ValidationError' : name.replace(/Exception$/, '');
}
