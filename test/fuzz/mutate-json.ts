/** JSON values made wrong by their structure. */
import type { Draw } from '../metamorphic/draw.ts';

/** A place in a value that holds another: an array's element or an object's member. */
export interface Place {
  readonly holder: Record<string, unknown> | unknown[];
  readonly key: string;
  readonly value: unknown;
}

/** All places in `root`, the outer before the inner. */
export function findPlaces(root: unknown): Place[] {
  const places: Place[] = [];
  const waiting = [root];
  for (let holder = waiting.pop(); holder !== undefined; holder = waiting.pop()) {
    if (typeof holder !== 'object' || holder === null) continue;
    for (const [key, value] of Object.entries(holder) as [string, unknown][]) {
      places.push({ holder: holder as Place['holder'], key, value });
      waiting.push(value);
    }
  }
  return places;
}

/** Puts `value` where `place` is; `__proto__` is a name like any other. */
export function setPlace({ holder, key }: Pick<Place, 'holder' | 'key'>, value: unknown): void {
  Object.defineProperty(holder, key, { value, configurable: true, enumerable: true, writable: true });
}

/** `root`, which it may change, with one to three of its places made wrong. */
export function mutateJson(draw: Draw, root: unknown): unknown {
  const boxed = [root];
  for (let changes = 1 + draw.below(3); changes > 0; changes--) {
    const places = findPlaces(boxed);
    // The whole is rarely what is made wrong: little is read of a request that is not of its shape.
    const chosen = places[draw.once(30) ? 0 : draw.below(places.length)];
    if (chosen !== undefined) draw.oneOf(MUTATIONS)(draw, chosen, places);
  }
  return boxed[0];
}

type Mutation = (draw: Draw, place: Place, places: readonly Place[]) => void;

const MUTATIONS: readonly Mutation[] = [
  (draw, place) => setPlace(place, drawHostile(draw)),
  // Of the same type, so that it comes past the first look at types.
  (draw, place) => setPlace(place, drawHostileLike(draw, place.value)),
  (draw, place) => setPlace(place, drawHostileLike(draw, place.value)),
  (draw, place) => setPlace(place, drawHostileLike(draw, place.value)),
  (draw, place) => setPlace(place, drawHostileLike(draw, place.value)),
  (_draw, place) => setPlace(place, null),
  (_draw, place) => setPlace(place, [place.value]),
  (draw, place) => setPlace(place, { [draw.oneOf(HOSTILE_NAMES)]: place.value }),
  (_draw, place) => setPlace(place, changeType(place.value)),
  (draw, place) => setPlace(place, nest(draw, place.value)),
  (draw, place) => setPlace(place, repeat(draw, place.value)),
  (draw, place, places) => setPlace(place, structuredClone(draw.oneOf(places).value)),
  (_draw, { holder, key }) => (Array.isArray(holder) ? holder.splice(Number(key), 1) : delete holder[key]),
  (draw, place) => {
    if (!Array.isArray(place.holder)) delete place.holder[place.key];
    setPlace({ holder: place.holder, key: nameFor(draw, place) }, place.value);
  },
  (draw, place) => setPlace({ holder: place.holder, key: nameFor(draw, place) }, drawHostile(draw)),
];

/** A name for a further member; an element's is the next index, as arrays have no others in JSON. */
function nameFor(draw: Draw, { holder }: Place): string {
  return Array.isArray(holder) ? String(holder.length) : draw.oneOf(HOSTILE_NAMES);
}

const HOSTILE_NAMES: readonly string[] = [
  ...'__proto__ constructor prototype toString hasOwnProperty length then toJSON S N B SS NS BS M L NULL BOOL'.split(
    ' ',
  ),
  ...'TableName tablename Key Item #n0 :v0 # : #a-b pk sk color FuzzPlain 0 -1'.split(' '),
  ['', ' ', '\u0000', '\ud800', 'é', '😀', 'n'.repeat(255), 'n'.repeat(256), 'n'.repeat(65_535), 'n'.repeat(65_536)],
].flat();

const HOSTILE_VALUES: readonly unknown[] = [
  null,
  true,
  false,
  [0, -0, 1, -1, 1.5, 1e21, 2 ** 31, 2 ** 31 - 1, -(2 ** 31), 2 ** 53, 2 ** 63, 1e308, 1_000_001],
  ['', ' ', '0', 'a', 'ALL', 'NONE', 'true', '\u0000', '\ud800', '\udc00\ud800', '__proto__', 'é', '😀', '*', '%s'],
  ['AA==', 'A', 'AA', 'A===', '/w', '_-8=', 'AA=\n=', '====', 'a\nb', '../..', 'arn:aws:dynamodb', 'arn:::::'],
  ['arn:aws:dynamodb:us-east-1:000000000000:table/FuzzPlain/index/x', 'arn:aws:dynamodb:eu-1:1:table/', 'table/x'],
  [255, 256, 1_025, 2_048, 2_049, 65_536, 409_600].map((length) => 'h'.repeat(length)),
  [[], [null], [[]], [{}]],
  {},
  { a: { S: 'a' } },
  { S: null },
  { S: 'a', N: '1' },
  { S: '' },
  { S: '\ud800' },
  { S: 'h'.repeat(2_049) },
  { S: 'h'.repeat(409_600) },
  { N: '' },
  { N: '1e126' },
  { B: '' },
  { B: 'A===' },
  { BOOL: false },
  { NULL: true },
  { L: [] },
  { M: {} },
  { M: { '': { S: '' } } },
  { SS: ['', 'a', ''] },
  { NS: ['1'] },
  { N: 1 },
  { NULL: false },
  { NULL: 'true' },
  { BOOL: 'true' },
  { SS: [] },
  { NS: ['1', '1.0'] },
  { BS: ['AA==', 'AA=='] },
  { SS: 'a' },
  { L: {} },
  { M: [] },
  { M: { ['__proto__']: { S: 'a' } } },
  { L: [null] },
  { B: '?' },
  JSON.parse('{"__proto__":{"polluted":true}}'),
  JSON.parse('{"constructor":{"prototype":{"polluted":true}}}'),
].flat();

/** One of its own, as it may be made more wrong. */
function drawHostile(draw: Draw): unknown {
  return structuredClone(draw.oneOf(HOSTILE_VALUES));
}

function drawHostileLike(draw: Draw, value: unknown): unknown {
  const kind = kindOf(value);
  const hostile = kind === 'AttributeValue' && draw.once(2) ? value : drawHostileOf(draw, kind);
  return kind === 'AttributeValue' && draw.once(2) ? nestAttributeValue(draw, hostile) : hostile;
}

function drawHostileOf(draw: Draw, kind: string): unknown {
  return structuredClone(draw.oneOf(HOSTILE_VALUES.filter((hostile) => kindOf(hostile) === kind)));
}

const TYPE_NAME = /^([SNBLM]|SS|NS|BS|NULL|BOOL)$/;

function kindOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return typeof value;
  if (Array.isArray(value)) return 'list';
  const names = Object.keys(value);
  return names.length > 0 && names.every((name) => TYPE_NAME.test(name)) ? 'AttributeValue' : 'object';
}

/** Around the 32 levels that an item may have. */
function nestAttributeValue(draw: Draw, value: unknown): unknown {
  let nested = value;
  for (let level = draw.oneOf([1, 15, 30, 31, 32, 33, 200]); level > 0; level--) {
    nested = draw.once(2) ? { L: [nested] } : { M: { [draw.oneOf(['a', '__proto__', ''])]: nested } };
  }
  return nested;
}

function changeType(value: unknown): unknown {
  switch (typeof value) {
    case 'string':
      return Number.isNaN(Number(value)) ? { S: value } : Number(value);
    case 'number':
      return String(value);
    case 'boolean':
      return String(value);
    default:
      return Array.isArray(value) ? { ...value } : value === null ? {} : Object.values(value as object);
  }
}

/** Around the 32 levels of an item, and beyond. Those of a body, which are 1,000, are a matter of its text. */
function nest(draw: Draw, value: unknown): unknown {
  const depth = draw.oneOf([2, 15, 30, 31, 32, 33, 100, 300]);
  const wrap = draw.oneOf<(inner: unknown) => unknown>([
    (inner) => [inner],
    (inner) => ({ L: [inner] }),
    (inner) => ({ M: { a: inner } }),
    (inner) => ({ ['__proto__']: inner }),
  ]);
  let nested = value;
  for (let level = 0; level < depth; level++) nested = wrap(nested);
  return nested;
}

const REPEATED_LENGTH_MAX = 500_000;

/** Around the 25, 100 and 1,000 elements that lists of requests may have. */
function repeat(draw: Draw, value: unknown): unknown {
  if (typeof value === 'string') return value.repeat(Math.min(2 + draw.below(5_000), 409_600 / (value.length + 1)));
  const count = draw.oneOf([2, 5, 26, 101, 1_001, 5_000]);
  const length = JSON.stringify(value)?.length ?? 0;
  if (length * count > REPEATED_LENGTH_MAX) return value;
  // Copies, as what is made wrong in one would be in all of them.
  const copy = (): unknown => structuredClone(value);
  if (Array.isArray(value)) return Array.from({ length: count }, copy).flat();
  if (typeof value !== 'object' || value === null) return Array.from({ length: count }, copy);
  const entries = Object.entries(value).flatMap(([name, each]: [string, unknown]) =>
    Array.from({ length: count }, (_, i) => [`${name}${i}`, structuredClone(each)] as const),
  );
  return Object.fromEntries(entries);
}
