/** What the tests of the operations on tags share. */
import { type Tag, ListTagsOfResourceCommand } from '@aws-sdk/client-dynamodb';
import { validation } from './errors.ts';
import type { TestServer } from './server.ts';

/** The ARN of the table called `name` on a test server. */
export function arnOf(name: string): string {
  return `arn:aws:dynamodb:us-east-1:000000000000:table/${name}`;
}

/** The tags that a table has, as an object. */
export async function tagsOf(server: TestServer, table: string): Promise<Record<string, string>> {
  const { Tags = [] } = await server.client.send(new ListTagsOfResourceCommand({ ResourceArn: arnOf(table) }));
  return Object.fromEntries(Tags.map(({ Key, Value }) => [Key, Value]));
}

/** As many tags, k1 to k<count>. */
export function numberedTags(count: number, value = 'v'): Tag[] {
  return Array.from({ length: count }, (_, i) => ({ Key: `k${i + 1}`, Value: value }));
}

const INVALID = 'One or more parameter values were invalid: ';
const BASE = 'arn:aws:dynamodb:us-east-1:000000000000';
const DENIED = { name: 'AccessDeniedException', message: 'Access is denied' };

function notFound(arn: string): { readonly name: string; readonly message: string } {
  return { name: 'ResourceNotFoundException', message: `Requested resource not found: ResourceArn: ${arn} not found` };
}

/**
 * What each ResourceArn that names no table of ours is answered with, by all operations on tags. `table` is one that is
 * there. Source: public records of what the service answered.
 */
export function refusedArns(table: string): (readonly [arn: string, error: object])[] {
  const index = `${BASE}:table/${table}/index/by-color`;
  const stream = `${BASE}:table/${table}/stream/2026-01-01T00:00:00.000`;
  const elsewhere = `arn:aws:dynamodb:eu-west-1:000000000000:table/${table}`;
  const backup = `${BASE}:table/${table}/backup/01489602797149-73d8d5bc`;
  return [
    [table, validation(`${INVALID}ARNs must start with 'arn:': ${table}`)],
    ['arn:aws', validation(`${INVALID}Second colon partition not found: arn:aws`)],
    ['arn:aws:dynamodb', validation(`${INVALID}Third colon vendor not found: arn:aws:dynamodb`)],
    [
      'arn:aws:dynamodb:us-east-1',
      validation(`${INVALID}Fourth colon (region/namespace delimiter) not found: arn:aws:dynamodb:us-east-1`),
    ],
    [BASE, validation(`${INVALID}Fifth colon (namespace/relative-id delimiter) not found: ${BASE}`)],
    [`arn:aws:s3:us-east-1:000000000000:table/${table}`, DENIED],
    [`arn:aws:dynamodb:us-east-1:111111111111:table/${table}`, DENIED],
    // The account counts before the region.
    [`arn:aws:dynamodb:eu-west-1:111111111111:table/${table}`, DENIED],
    [elsewhere, validation(`Invalid TableArn: Invalid ResourceArn provided as input ${elsewhere}`)],
    [
      index,
      validation(
        `${INVALID}Invalid resource arn provided, only table or stream is accepted. Provided resource arn: ${index}`,
      ),
    ],
    [backup, validation(`${INVALID}Provided Arn is not a DynamoDB resource arn: ${backup}`)],
    [
      `${BASE}:global-table/x`,
      validation(`${INVALID}Provided Arn is not a DynamoDB resource arn: ${BASE}:global-table/x`),
    ],
    [stream, notFound(stream)],
    [arnOf('missing'), notFound(arnOf('missing'))],
    [arnOf(table.toUpperCase()), notFound(arnOf(table.toUpperCase()))],
  ];
}
