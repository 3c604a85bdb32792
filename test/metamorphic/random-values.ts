/** Values and items drawn by chance: few different ones, so that they meet, and those at the limits among them. */
import { createSeededRandom } from '../seeded-random.ts';
import type { Draw } from './draw.ts';
import type { Target } from './operation.ts';
import { type Key, type KeyAttribute, type Schema, indexesOf, keyAttributesOf } from './schemas.ts';
import { type Item, type Type, type Value, canonicalValue, textOf } from './values.ts';

const WORDS = ['one', 'two', 'three', '', 'é', 'thre'];
const NUMBERS = ['0', '1', '-1', '2', '-1.5', '0.25', '10', '1e2', '007', '-0.0', '1e20'];
const EXTREME_NUMBERS = ['9.9e125', '-1E+125', '1e-130', '12345678901234567890123456789012345678'];
const BINARIES = ['', 'AA==', 'AAA=', 'AP8=', '/w=='];

/** Bytes that no store can make smaller, the same ones every time. */
function incompressibleBytes(count: number): Buffer {
  const random = createSeededRandom(count);
  return Buffer.from(Array.from({ length: count }, () => Math.floor(random() * 256)));
}

/** Keys of the largest sizes there can be; zeros grow when they are encoded. */
const KEY_CHOICES = {
  partition: {
    S: ['a', 'b', 'é\u0000', incompressibleBytes(1024).toString('hex')],
    N: ['0', '-12.5', '1e100', '3'],
    B: ['AA==', '/wD/', 'YQ==', incompressibleBytes(1024).toString('base64')],
  },
  sort: {
    S: ['a', 'a\u0000', 'ab', 'b', '\uffff', '\u{1f600}', incompressibleBytes(512).toString('hex')],
    N: ['-12.5', '-12', '0', '0.001', '3', '10', '1e100'],
    B: ['AA==', 'AAA=', 'AP8=', 'YQ==', '/w==', Buffer.alloc(1024).toString('base64')],
  },
} as const;

const LONG_CHARACTERS = 100;

/** A value for a key attribute of a table or of its indexes. */
export function drawKeyValue(draw: Draw, { partition }: Key, { name, type }: KeyAttribute): Value {
  const role = name === partition.name ? 'partition' : 'sort';
  const choices: readonly string[] = KEY_CHOICES[role][type];
  const drawn = draw.oneOf(choices);
  // Several attributes of one key have a limit together: few of them are long.
  const text = drawn.length > LONG_CHARACTERS && !draw.once(3) ? (choices[0] as string) : drawn;
  return { [type]: text } as unknown as Value;
}

const SCALAR_TYPES = ['S', 'N', 'B', 'BOOL', 'NULL'] as const;
const ALL_TYPES = [...SCALAR_TYPES, 'SS', 'NS', 'BS', 'L', 'M'] as const;

/** A value of `type`, or of any; `depth` is how many lists and maps it may have inside each other. */
export function drawValue(draw: Draw, type: Type = draw.oneOf(ALL_TYPES), depth = 2): Value {
  switch (type) {
    case 'S':
      return { S: draw.oneOf(WORDS) };
    case 'N':
      return { N: draw.oneOf(draw.once(12) ? EXTREME_NUMBERS : NUMBERS) };
    case 'B':
      return { B: draw.oneOf(BINARIES) };
    case 'BOOL':
      return { BOOL: draw.once(2) };
    case 'NULL':
      return { NULL: true };
    case 'SS':
    case 'NS':
    case 'BS':
      return { [type]: drawMembers(draw, type) } as unknown as Value;
    case 'L':
      return { L: draw.upTo(3, () => drawElement(draw, depth)) };
    case 'M':
      return { M: drawMap(draw, depth) };
  }
}

function drawElement(draw: Draw, depth: number): Value {
  return drawValue(draw, depth > 1 ? undefined : draw.oneOf(SCALAR_TYPES), depth - 1);
}

/** One to three members, no two of which are equal. */
function drawMembers(draw: Draw, type: 'SS' | 'NS' | 'BS'): readonly string[] {
  const choices = { SS: WORDS, NS: NUMBERS, BS: BINARIES }[type];
  const wrap = (text: string): Value => ({ [type[0] as string]: text }) as unknown as Value;
  const members = [draw.oneOf(choices), ...draw.upTo(2, () => draw.oneOf(choices))];
  return [...new Map(members.map((member) => [textOf(canonicalValue(wrap(member))), member])).values()];
}

/** A map of the names that document paths look for. */
function drawMap(draw: Draw, depth: number): Item {
  const attributes = [
    ...draw.upTo(1, () => ['city', drawValue(draw, 'S')] as const),
    ...draw.upTo(1, () => ['total', drawValue(draw, 'N')] as const),
    ...draw.upTo(1, () => ['__proto__', drawElement(draw, depth)] as const),
    ...draw.upTo(1, () => ['stops', drawElement(draw, depth)] as const),
  ];
  return Object.fromEntries(attributes);
}

/** The attributes that are in no key, with the type that each mostly has. Some names need placeholders. */
const ATTRIBUTES: readonly (readonly [name: string, type: Type])[] = [
  ['remark', 'S'],
  ['amt', 'N'],
  ['visits', 'N'],
  ['tags', 'SS'],
  ['marks', 'NS'],
  ['blobs', 'BS'],
  ['steps', 'L'],
  ['info', 'M'],
  ['name', 'BOOL'],
  ['odd.é-name', 'B'],
  ['__proto__', 'M'],
];

const PADDING_BYTES = [10, 600, 1_500, 4_000];
const BULKY_PADDING_BYTES = [1_000, 120_000, 200_000, 407_500];

/** What an item has besides its key: index keys, mostly of the type they must be, and others. */
export function drawAttributes(draw: Draw, schema: Schema): Item {
  const attributes: [string, Value][] = [];
  for (const [name, type] of ATTRIBUTES) if (draw.once(3)) attributes.push([name, drawTyped(draw, type)]);
  for (const attribute of indexKeyAttributes(schema)) {
    if (draw.once(4)) continue;
    attributes.push([attribute.name, draw.once(40) ? drawValue(draw) : drawKeyValue(draw, schema, attribute)]);
  }
  if (schema.bulky || draw.once(8)) attributes.push(['padding', drawPadding(draw, schema)]);
  return Object.fromEntries(attributes);
}

export function drawTyped(draw: Draw, type: Type): Value {
  return drawValue(draw, draw.once(6) ? undefined : type);
}

/** Text that makes an item large. */
export function drawPadding(draw: Draw, schema: Schema): Value {
  return { S: 'x'.repeat(draw.oneOf(schema.bulky ? BULKY_PADDING_BYTES : PADDING_BYTES)) };
}

/** The key of an item of a table, now and then one that does not fit. */
export function drawKey(draw: Draw, { schema, keys }: Target): Item {
  const key = keys === undefined ? drawFittingKey(draw, schema) : draw.oneOf(keys);
  return draw.once(40) ? drawMisfit(draw, key) : key;
}

export function drawFittingKey(draw: Draw, schema: Schema): Item {
  return Object.fromEntries(
    keyAttributesOf(schema).map((attribute) => [attribute.name, drawKeyValue(draw, schema, attribute)]),
  );
}

/** The attributes of the keys of indexes that are in no key of the table. */
export function indexKeyAttributes(schema: Schema): readonly KeyAttribute[] {
  const own = new Set(keyAttributesOf(schema).map(({ name }) => name));
  const all = new Map(indexesOf(schema).flatMap((index) => keyAttributesOf(index).map((each) => [each.name, each])));
  return [...all.values()].filter(({ name }) => !own.has(name));
}

/** `key` with an attribute too few, too many, of another type, empty or too large. */
function drawMisfit(draw: Draw, key: Item): Item {
  const name = draw.oneOf(Object.keys(key));
  const others = Object.entries(key).filter(([other]) => other !== name);
  if (draw.once(4)) return Object.fromEntries(others);
  if (draw.once(4)) return { ...key, surplus: { S: 'x' } };
  const value = draw.oneOf<Value>([{ S: '' }, { B: '' }, { BOOL: true }, { S: 'x'.repeat(2049) }, { N: '1' }]);
  return { ...key, [name]: value };
}
