/** The servers that are compared, each behind HTTP like any other client's. */
import { createSeededRandom } from '../seeded-random.ts';
import type { Answer } from './errors.ts';
import type { Operation } from './operation.ts';

export interface Server {
  readonly name: string;
  /** Resolves with what was answered, but for the members that say when, where and how often. */
  send(operation: Operation): Promise<Answer>;
  /** What DescribeTable counts of a table, and of its indexes by their names. */
  counts(table: string): Promise<ReadonlyMap<string | undefined, Counts>>;
}

export interface Counts {
  readonly items: number;
  readonly sizeBytes: number;
}

const HEADERS = {
  'content-type': 'application/x-amz-json-1.0',
  'x-amz-date': '20260101T000000Z',
  authorization:
    'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/dynamodb/aws4_request, ' +
    `SignedHeaders=host;x-amz-date, Signature=${'0'.repeat(64)}`,
};

/** What is different on every server, or may come late. */
const PASSING: ReadonlySet<string> = new Set([
  'CreationDateTime',
  'IndexSizeBytes',
  'ItemCount',
  'LastUpdateToPayPerRequestDateTime',
  'TableId',
  'TableSizeBytes',
]);

/** The server called `name` in reports. Of its nodes, which may be several, every call asks another or the same. */
export function serverAt(name: string, endpoints: readonly string[]): Server {
  const random = createSeededRandom(0);
  async function call(operation: string, input: object): Promise<{ readonly status: number; readonly text: string }> {
    const headers = { ...HEADERS, 'x-amz-target': `DynamoDB_20120810.${operation}` };
    const endpoint = endpoints[Math.floor(random() * endpoints.length)] as string;
    const response = await fetch(endpoint, { method: 'POST', headers, body: JSON.stringify(input) });
    return { status: response.status, text: await response.text() };
  }
  return {
    name,
    async send(operation) {
      const { status, text } = await call(operation.name, operation.input);
      return { status, body: JSON.parse(text, (member, value: unknown) => (PASSING.has(member) ? undefined : value)) };
    },
    async counts(table) {
      const { text } = await call('DescribeTable', { TableName: table });
      return describedCounts((JSON.parse(text) as { readonly Table: DescribedTable }).Table);
    },
  };
}

interface DescribedIndex {
  readonly IndexName: string;
  readonly ItemCount: number;
  readonly IndexSizeBytes: number;
}

interface DescribedTable {
  readonly ItemCount: number;
  readonly TableSizeBytes: number;
  readonly LocalSecondaryIndexes?: readonly DescribedIndex[];
  readonly GlobalSecondaryIndexes?: readonly DescribedIndex[];
}

function describedCounts(table: DescribedTable): ReadonlyMap<string | undefined, Counts> {
  const indexes = [...(table.LocalSecondaryIndexes ?? []), ...(table.GlobalSecondaryIndexes ?? [])];
  return new Map<string | undefined, Counts>([
    [undefined, { items: table.ItemCount, sizeBytes: table.TableSizeBytes }],
    ...indexes.map((index) => [index.IndexName, { items: index.ItemCount, sizeBytes: index.IndexSizeBytes }] as const),
  ]);
}
