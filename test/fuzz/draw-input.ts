/** The inputs of the fuzz test: each follows from a seed and its number alone, so that it can be sent again. */
import type { Draw } from '../metamorphic/draw.ts';
import { createDraw } from '../metamorphic/draw.ts';
import { createSeededRandom } from '../seeded-random.ts';
import { drawEncodedBody, mutateBody } from './mutate-body.ts';
import { type Headers, type RequestHead, drawHead, drawRawRequest, headersOf } from './mutate-http.ts';
import { type Place, findPlaces, mutateJson, setPlace } from './mutate-json.ts';
import { drawEdgeNumber, mutateToken, mutateWords } from './mutate-text.ts';
import { type Tokens, drawRequest } from './valid-requests.ts';

/** What is sent: a request, or bytes for a connection of their own. */
export type FuzzInput = FuzzRequest | FuzzBytes;

interface FuzzBase {
  /** What was made wrong. */
  readonly kind: Kind;
  readonly operation: string;
}

export interface FuzzRequest extends FuzzBase, RequestHead {
  readonly body: Buffer;
}

export interface FuzzBytes extends FuzzBase {
  readonly bytes: Buffer;
}

export interface InputSource {
  readonly seed: number;
  /** Of operations that the server has. */
  readonly operations: readonly string[];
  readonly tokens: Tokens;
}

/** How often each kind comes, relative to the others. */
const WEIGHTS = {
  nothing: 12,
  structure: 24,
  body: 10,
  encoding: 5,
  head: 9,
  connection: 3,
  numbers: 9,
  words: 20,
  tokens: 6,
} as const;

export type Kind = keyof typeof WEIGHTS;

const KINDS = Object.entries(WEIGHTS).flatMap(([kind, weight]) => Array.from({ length: weight }, () => kind as Kind));

/** The input with this number. */
export function drawInput({ seed, operations, tokens }: InputSource, number: number): FuzzInput {
  // Neighbours must not be alike, which the generator's own mixing sees to.
  const draw = createDraw(createSeededRandom(seed ^ Math.imul(number + 1, 0x9e3779b1)));
  const kind = draw.oneOf(KINDS);
  const isMeant = PLACES[kind];
  for (let attempt = 0; ; attempt++) {
    const operation = draw.oneOf(operations);
    // What is made wrong is a copy, so that it shares nothing with the tables that later inputs are drawn from.
    const valid = JSON.parse(JSON.stringify(drawRequest(draw, operation, tokens))) as Record<string, unknown>;
    const isFitting = isMeant === undefined || findPlaces(valid).some(isMeant);
    if (isFitting || attempt === ATTEMPTS_MAX) return DRAWS[kind](draw, { kind, operation }, valid);
  }
}

const ATTEMPTS_MAX = 100;

/** What kinds make wrong: inputs are drawn until one has that. */
const PLACES: Partial<Record<Kind, (place: Place) => boolean>> = {
  numbers: isNumberPlace,
  words: isExpressionPlace,
  tokens: isTokenPlace,
};

type DrawOfKind = (draw: Draw, base: FuzzBase, valid: Record<string, unknown>) => FuzzInput;

const DRAWS: Readonly<Record<Kind, DrawOfKind>> = {
  nothing: (_draw, base, valid) => withBody(base, JSON.stringify(valid)),
  structure: (draw, base, valid) => withBody(base, JSON.stringify(mutateJson(draw, valid)) ?? ''),
  body: (draw, base, valid) => withBody(base, mutateBody(draw, JSON.stringify(valid))),
  encoding(draw, base, valid) {
    const { encoding, body } = drawEncodedBody(draw, JSON.stringify(valid));
    return withBody(base, body, { 'content-encoding': encoding });
  },
  head(draw, base, valid) {
    return { ...base, ...drawHead(draw, base.operation), body: Buffer.from(JSON.stringify(valid)) };
  },
  connection(draw, base, valid) {
    return { ...base, bytes: drawRawRequest(draw, base.operation, Buffer.from(JSON.stringify(valid))) };
  },
  numbers(draw, base, valid) {
    changePlaces(draw, valid, isNumberPlace, () => drawEdgeNumber(draw));
    return withBody(base, JSON.stringify(valid));
  },
  words(draw, base, valid) {
    changePlaces(draw, valid, isExpressionPlace, ({ value }) => mutateWords(draw, value as string));
    return withBody(base, JSON.stringify(valid));
  },
  tokens(draw, base, valid) {
    changePlaces(draw, valid, isTokenPlace, ({ value }) =>
      typeof value === 'string' ? mutateToken(draw, value) : mutateJson(draw, value),
    );
    return withBody(base, JSON.stringify(valid));
  },
};

function withBody(base: FuzzBase, body: string | Buffer, headers: Headers = {}): FuzzRequest {
  const head = { method: 'POST', path: '/', headers: { ...headersOf(base.operation), ...headers } };
  return { ...base, ...head, body: Buffer.from(body) };
}

/** Changes up to three of the places in `root`, or anything where there is no such place. */
function changePlaces(
  draw: Draw,
  root: Record<string, unknown>,
  isMeant: (place: Place) => boolean,
  change: (place: Place) => unknown,
): void {
  const places = findPlaces(root).filter(isMeant);
  if (places.length === 0) mutateJson(draw, root);
  for (let changes = 1 + draw.below(3); changes > 0; changes--) {
    const place = draw.oneOf(places);
    if (place !== undefined) setPlace(place, change({ ...place, value: (place.holder as never)[place.key] ?? null }));
  }
}

function isNumberPlace({ holder, key, value }: Place): boolean {
  return typeof value === 'string' && (key === 'N' || (Array.isArray(holder) && /^[-+\d.eE]+$/.test(value)));
}

function isExpressionPlace({ key, value }: Place): boolean {
  return typeof value === 'string' && (key.endsWith('Expression') || key === 'Statement');
}

const TOKENS: ReadonlySet<string> = new Set([
  'ExclusiveStartKey',
  'ExclusiveStartShardId',
  'ExclusiveStartStreamArn',
  'ExclusiveStartTableName',
  'NextToken',
  'SequenceNumber',
  'ShardIterator',
]);

function isTokenPlace({ key }: Place): boolean {
  return TOKENS.has(key);
}
