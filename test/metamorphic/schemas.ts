/** The tables there can be: keys of all types, indexes of all kinds and projections. */
import type { KeyType } from './values.ts';

export interface KeyAttribute {
  readonly name: string;
  readonly type: KeyType;
}

export interface Key {
  readonly partition: KeyAttribute;
  readonly sort?: KeyAttribute;
}

export interface IndexSchema extends Key {
  readonly name: string;
  /** The attributes of its partition key, and of its sort key, behind the first. */
  readonly morePartition?: readonly KeyAttribute[];
  readonly moreSort?: readonly KeyAttribute[];
  /** The names of what it holds besides the keys, or the projection's type. */
  readonly projection: 'ALL' | 'KEYS_ONLY' | readonly string[];
}

export interface Schema extends Key {
  readonly local?: readonly IndexSchema[];
  readonly global?: readonly IndexSchema[];
  /** Whether capacity is bought ahead. */
  readonly provisioned?: boolean;
  /** Whether items are so large that pages end because of them. */
  readonly bulky?: boolean;
}

const PK: KeyAttribute = { name: 'pk', type: 'S' };
const SK: KeyAttribute = { name: 'sk', type: 'N' };
const GRADE: KeyAttribute = { name: 'grade', type: 'N' };
const LABEL: KeyAttribute = { name: 'label', type: 'S' };
const CODE: KeyAttribute = { name: 'code', type: 'B' };

const FEW_KEYED: readonly Schema[] = [
  {
    partition: PK,
    sort: SK,
    local: [{ name: 'local', partition: PK, sort: GRADE, projection: ['remark', 'info'] }],
    global: [
      { name: 'global', partition: LABEL, sort: GRADE, projection: 'ALL' },
      { name: 'hash', partition: LABEL, projection: 'KEYS_ONLY' },
    ],
  },
  {
    partition: { name: 'pk', type: 'B' },
    sort: { name: 'sk', type: 'S' },
    local: [
      { name: 'local', partition: { name: 'pk', type: 'B' }, sort: CODE, projection: 'KEYS_ONLY' },
      { name: 'whole', partition: { name: 'pk', type: 'B' }, sort: LABEL, projection: 'ALL' },
    ],
    global: [
      {
        name: 'global',
        partition: { name: 'sk', type: 'S' },
        sort: { name: 'pk', type: 'B' },
        projection: ['amt', 'tags'],
      },
    ],
    provisioned: true,
  },
  {
    partition: { name: 'pk', type: 'N' },
    global: [{ name: 'global', partition: CODE, sort: LABEL, projection: 'ALL' }],
  },
  { partition: PK, sort: { name: 'sk', type: 'B' } },
  {
    partition: PK,
    sort: { name: 'sk', type: 'S' },
    local: [{ name: 'local', partition: PK, sort: GRADE, projection: 'KEYS_ONLY' }],
    global: [{ name: 'global', partition: LABEL, projection: 'ALL' }],
    bulky: true,
  },
];

/** Every global index has more than one attribute in some part of its key. */
const MANY_KEYED: Schema = {
  partition: PK,
  sort: SK,
  local: [{ name: 'local', partition: PK, sort: LABEL, projection: 'ALL' }],
  global: [
    {
      name: 'both',
      partition: LABEL,
      morePartition: [{ name: 'tier', type: 'N' }],
      sort: GRADE,
      moreSort: [CODE, { name: 'stage', type: 'S' }],
      projection: 'ALL',
    },
    { name: 'hash', partition: LABEL, morePartition: [GRADE], projection: ['remark', 'tags'] },
    { name: 'range', partition: PK, sort: { name: 'stage', type: 'S' }, moreSort: [GRADE], projection: 'KEYS_ONLY' },
    {
      name: 'turned',
      partition: SK,
      sort: CODE,
      moreSort: [LABEL, { name: 'tier', type: 'N' }],
      projection: ['info'],
    },
  ],
};

/** Those with many keys come twice as often. */
export const SCHEMAS: readonly Schema[] = [...FEW_KEYED, MANY_KEYED, MANY_KEYED];

/** What keys of indexes can be made of besides the table's key: one name has one type in all tables. */
export const INDEX_KEYS: readonly KeyAttribute[] = [
  GRADE,
  LABEL,
  CODE,
  { name: 'tier', type: 'N' },
  { name: 'stage', type: 'S' },
  { name: 'amt', type: 'N' },
];

export function indexesOf({ local = [], global = [] }: Schema): readonly IndexSchema[] {
  return [...local, ...global];
}

/** A key as all of its attributes. */
export interface WholeKey {
  readonly partitions: readonly KeyAttribute[];
  readonly sorts: readonly KeyAttribute[];
}

export function wholeKeyOf(key: Key | IndexSchema): WholeKey {
  const { partition, morePartition = [], sort, moreSort = [] }: Key & Partial<IndexSchema> = key;
  return { partitions: [partition, ...morePartition], sorts: sort === undefined ? [] : [sort, ...moreSort] };
}

/** The partition key, then the sort key if there is one. */
export function keyAttributesOf(key: Key): readonly KeyAttribute[] {
  const { partitions, sorts } = wholeKeyOf(key);
  return [...partitions, ...sorts];
}
