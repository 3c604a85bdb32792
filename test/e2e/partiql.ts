/** What the tests of PartiQL share. */
import { ExecuteStatementCommand } from '@aws-sdk/client-dynamodb';
import type {
  AttributeValue,
  ExecuteStatementCommandInput,
  ExecuteStatementCommandOutput,
} from '@aws-sdk/client-dynamodb';
import type { TestServer } from './server.ts';

type Options = Omit<ExecuteStatementCommandInput, 'Statement' | 'Parameters'>;

/** Runs one statement with its parameters. */
export function execute(
  server: TestServer,
  statement: string,
  parameters?: AttributeValue[],
  options: Options = {},
): Promise<ExecuteStatementCommandOutput> {
  const Parameters = parameters === undefined ? {} : { Parameters: parameters };
  return server.client.send(new ExecuteStatementCommand({ ...options, Statement: statement, ...Parameters }));
}

/** The pages of a SELECT in order, until one has no NextToken. */
export async function selectPages(
  server: TestServer,
  statement: string,
  options: Options = {},
): Promise<ExecuteStatementCommandOutput[]> {
  const pages: ExecuteStatementCommandOutput[] = [];
  let NextToken: string | undefined;
  do {
    const page = await execute(server, statement, undefined, { ...options, NextToken });
    pages.push(page);
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  return pages;
}
