/**
 * Derives the shapes of every operation's input from a published service model, for `src/api/shape-model.ts`.
 *
 *     node scripts/derive-service-model.ts <service-2.json[.gz]> <release it came with> <output.json> [operations]
 *
 * The models are those of botocore (Apache-2.0; see NOTICE): `botocore/data/dynamodb/2012-08-10/service-2.json.gz`
 * gives `src/api/service-model-dynamodb.json`, `dynamodbstreams` gives `service-model-streams.json`, and of `lambda` the
 * operations whose names match the regular expression `EventSourceMappings?$` give `service-model-lambda.json`. Shapes
 * are sorted by name and members keep the model's order, so that the output changes only where the model does.
 * Documentation, outputs and errors are left out. Format the output with oxfmt.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

interface ShapeReference {
  readonly shape: string;
  /** Where the member stands if not in the body; of a service that is told its operations by method and path. */
  readonly location?: string;
  readonly locationName?: string;
}

interface PublishedOperation {
  readonly input?: ShapeReference;
  readonly http?: { readonly method: string; readonly requestUri: string; readonly responseCode?: number };
}

/** A shape as service-2.json has it, as far as it is of use here. */
interface PublishedShape {
  readonly type: string;
  readonly required?: readonly string[];
  readonly members?: Readonly<Record<string, ShapeReference>>;
  readonly member?: ShapeReference;
  readonly key?: ShapeReference;
  readonly value?: ShapeReference;
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: string;
  readonly enum?: readonly string[];
}

interface PublishedModel {
  readonly metadata: { readonly serviceId: string; readonly apiVersion: string; readonly protocol: string };
  readonly operations: Readonly<Record<string, PublishedOperation>>;
  readonly shapes: Readonly<Record<string, PublishedShape>>;
}

type DerivedShape = Readonly<Record<string, unknown>>;

function readModel(path: string): PublishedModel {
  const bytes = readFileSync(path);
  return JSON.parse((path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')) as PublishedModel;
}

/** `shape` with references by name only and nothing that a check of the input does not need. */
function deriveShape(shape: PublishedShape): DerivedShape {
  const { type, required, members, member, key, value, min, max, pattern } = shape;
  const names =
    members && Object.fromEntries(Object.entries(members).map(([name, reference]) => [name, reference.shape]));
  const derived = {
    type,
    required: type === 'structure' ? (required ?? []) : undefined,
    members: names,
    locations: members && deriveLocations(members),
    member: member?.shape,
    key: key?.shape,
    value: value?.shape,
    min,
    max,
    pattern,
    enum: shape.enum,
  };
  return Object.fromEntries(Object.entries(derived).filter(([, part]) => part !== undefined));
}

/** Of each member that does not stand in the body, where it stands; undefined where all do. */
function deriveLocations(members: Readonly<Record<string, ShapeReference>>): DerivedShape | undefined {
  const located = Object.entries(members).filter(([, { location }]) => location !== undefined);
  for (const [name, { locationName }] of located) {
    if (locationName !== name) throw new Error(`member ${name} is called ${locationName} where it stands`);
  }
  return located.length === 0 ? undefined : Object.fromEntries(located.map(([name, { location }]) => [name, location]));
}

/** How the operations of a service are told by method and path; undefined for one that is told them by a header. */
function deriveHttp(model: PublishedModel, operations: readonly string[]): DerivedShape | undefined {
  if (!model.metadata.protocol.startsWith('rest-')) return undefined;
  const entries = operations.map((name) => {
    const http = model.operations[name]?.http;
    if (http === undefined) throw new Error(`operation ${name} has no path`);
    return [name, { method: http.method, uri: http.requestUri, statusCode: http.responseCode ?? 200 }] as const;
  });
  return Object.fromEntries(entries);
}

function shapeOf(model: PublishedModel, name: string): PublishedShape {
  const shape = model.shapes[name];
  if (shape === undefined) throw new Error(`the model has no shape ${name}`);
  return shape;
}

function inputShapeOf(model: PublishedModel, operation: string): string {
  const input = model.operations[operation]?.input;
  if (input === undefined) throw new Error(`operation ${operation} has no input shape`);
  return input.shape;
}

function referencesOf(shape: PublishedShape): string[] {
  const references = [shape.member, shape.key, shape.value, ...Object.values(shape.members ?? {})];
  return references.flatMap((reference) => (reference === undefined ? [] : [reference.shape]));
}

/** The names of `roots` and of all shapes that can be reached from them, sorted. */
function findReachable(model: PublishedModel, roots: readonly string[]): string[] {
  const found = new Set(roots);
  // A set's iterator also visits what is added while it runs.
  for (const name of found) {
    for (const reference of referencesOf(shapeOf(model, name))) found.add(reference);
  }
  return [...found].toSorted();
}

function deriveModel(model: PublishedModel, release: string, wanted: RegExp): unknown {
  const operations = Object.keys(model.operations)
    .filter((name) => wanted.test(name))
    .toSorted();
  const http = deriveHttp(model, operations);
  const inputs = operations.map((name) => [name, inputShapeOf(model, name)] as const);
  const shapeNames = findReachable(
    model,
    inputs.map(([, shape]) => shape),
  );
  return {
    origin: `${model.metadata.serviceId} ${model.metadata.apiVersion}, from ${release} (Apache-2.0)`,
    operations: Object.fromEntries(inputs),
    ...(http && { http }),
    shapes: Object.fromEntries(shapeNames.map((name) => [name, deriveShape(shapeOf(model, name))])),
  };
}

const [modelPath, release, outputPath, wanted = ''] = process.argv.slice(2);
if (modelPath === undefined || release === undefined || outputPath === undefined) {
  console.error(
    'usage: node scripts/derive-service-model.ts <service-2.json[.gz]> <release> <output.json> [operations]',
  );
  process.exit(1);
}
writeFileSync(outputPath, `${JSON.stringify(deriveModel(readModel(modelPath), release, new RegExp(wanted, 'u')))}\n`);
