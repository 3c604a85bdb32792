/**
 * Derives the shapes of every operation's input from a published service model, for `src/api/shape-model.ts`.
 *
 *     node scripts/derive-service-model.ts <service-2.json or .json.gz> <release it came with> <output.json>
 *
 * The models are those of botocore (Apache-2.0; see NOTICE): `botocore/data/dynamodb/2012-08-10/service-2.json.gz`
 * gives `src/api/service-model-dynamodb.json`, `dynamodbstreams` gives `service-model-streams.json`. Shapes are sorted
 * by name and members keep the model's order, so that the output changes only where the model does. Documentation,
 * outputs and errors are left out. Format the output with oxfmt.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

interface ShapeReference {
  readonly shape: string;
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
  readonly metadata: { readonly serviceId: string; readonly apiVersion: string };
  readonly operations: Readonly<Record<string, { readonly input?: ShapeReference }>>;
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

function deriveModel(model: PublishedModel, release: string): unknown {
  const operations = Object.keys(model.operations).toSorted();
  const inputs = operations.map((name) => [name, inputShapeOf(model, name)] as const);
  const shapeNames = findReachable(
    model,
    inputs.map(([, shape]) => shape),
  );
  return {
    origin: `${model.metadata.serviceId} ${model.metadata.apiVersion}, from ${release} (Apache-2.0)`,
    operations: Object.fromEntries(inputs),
    shapes: Object.fromEntries(shapeNames.map((name) => [name, deriveShape(shapeOf(model, name))])),
  };
}

const [modelPath, release, outputPath] = process.argv.slice(2);
if (modelPath === undefined || release === undefined || outputPath === undefined) {
  console.error('usage: node scripts/derive-service-model.ts <service-2.json[.gz]> <release> <output.json>');
  process.exit(1);
}
writeFileSync(outputPath, `${JSON.stringify(deriveModel(readModel(modelPath), release))}\n`);
