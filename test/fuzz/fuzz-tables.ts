/** The tables that inputs are about, and the one that no input names, by which the run sees that the server is well. */
import type { CreateTableCommandInput } from '@aws-sdk/client-dynamodb';
import { INDEXED_TABLE } from '../e2e/indexed-table.ts';
import type { Draw } from '../metamorphic/draw.ts';

type KeyType = 'S' | 'N' | 'B';

/** A key attribute with values that its items have. */
export interface KeyAttribute {
  readonly name: string;
  readonly values: readonly Readonly<Partial<Record<KeyType, string>>>[];
}

/** A table or an index: its key, from the partition key on. */
interface Keyed {
  readonly key: readonly [KeyAttribute, ...KeyAttribute[]];
}

export interface FuzzTable extends Keyed {
  readonly name: string;
  readonly definition: Partial<CreateTableCommandInput>;
  readonly indexes: Readonly<Record<string, Keyed['key']>>;
}

const TEXTS: KeyAttribute['values'] = [{ S: 'a' }, { S: 'b' }, { S: 'é\u0000' }, { S: 'k'.repeat(1_024) }];
const NUMBERS: KeyAttribute['values'] = [{ N: '0' }, { N: '-12.5' }, { N: '3' }, { N: '1e100' }];
const BINARIES: KeyAttribute['values'] = [{ B: 'AA==' }, { B: '/wD/' }, { B: 'YQ==' }];

const PK: KeyAttribute = { name: 'pk', values: TEXTS };
const SK: KeyAttribute = { name: 'sk', values: NUMBERS };
const COLOR: KeyAttribute = { name: 'color', values: [{ S: 'red' }, { S: 'blue' }] };
const WEIGHT: KeyAttribute = { name: 'weight', values: NUMBERS };

export const TABLES: readonly [FuzzTable, ...FuzzTable[]] = [
  {
    name: 'FuzzIndexed',
    key: [PK, SK],
    definition: {
      ...INDEXED_TABLE,
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
    },
    indexes: {
      'by-color': [COLOR, WEIGHT],
      keys: [{ name: 'code', values: BINARIES }],
      include: [COLOR],
      'by-weight': [PK, WEIGHT],
    },
  },
  {
    name: 'FuzzPlain',
    key: [PK],
    definition: {
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
    },
    indexes: {},
  },
  {
    name: 'FuzzBinary',
    key: [
      { name: 'id', values: BINARIES },
      { name: 'range', values: TEXTS.slice(0, 3) },
    ],
    definition: {
      AttributeDefinitions: [
        { AttributeName: 'id', AttributeType: 'B' },
        { AttributeName: 'range', AttributeType: 'S' },
      ],
      KeySchema: [
        { AttributeName: 'id', KeyType: 'HASH' },
        { AttributeName: 'range', KeyType: 'RANGE' },
      ],
    },
    indexes: {},
  },
];

/** Names of the tables that inputs create and delete. */
export const MADE_TABLES = ['Made-1', 'Made-2', 'Made-3'] as const;

/** The table that no input names. */
export const ANCHOR_TABLE = 'Anchor';

const ARN_PREFIX = 'arn:aws:dynamodb:us-east-1:000000000000:table/';

export function tableArn(name: string): string {
  return ARN_PREFIX + name;
}

/** The key of one of the items of a table or of an index with `key`. */
export function drawKey(draw: Draw, key: readonly KeyAttribute[]): Record<string, unknown> {
  return Object.fromEntries(key.map(({ name, values }) => [name, draw.oneOf(values)]));
}
