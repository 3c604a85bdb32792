/**
 * The shapes of every operation's input, as the published service models state them.
 *
 * A request's body is checked against its operation's shape before anything else looks at it (`shape.ts`). The data
 * are `service-model-*.json`, made by `scripts/derive-service-model.ts`; where DynamoDB itself departs from its
 * published model, `shape-overrides.ts` says how.
 */
import { assert } from '../foundation/assert.ts';
import dynamodb from './service-model-dynamodb.json' with { type: 'json' };
import lambda from './service-model-lambda.json' with { type: 'json' };
import streams from './service-model-streams.json' with { type: 'json' };
import { applyOverrides } from './shape-overrides.ts';
import type { HttpBinding, Shape } from './shape-types.ts';

interface ServiceModel {
  /** The name of the input's shape, by operation. */
  readonly operations: Readonly<Record<string, string>>;
  /** By operation; of services whose operations are not named by a header. */
  readonly http?: Readonly<Record<string, HttpBinding>>;
  readonly shapes: Readonly<Record<string, Shape>>;
}

const MODELS = [dynamodb, streams, lambda] as readonly ServiceModel[];

const SHAPES = applyOverrides(new Map(MODELS.flatMap((model) => Object.entries(model.shapes))));
const INPUT_SHAPES = new Map(MODELS.flatMap((model) => Object.entries(model.operations)));
const HTTP_BINDINGS = new Map(MODELS.flatMap((model) => Object.entries(model.http ?? {})));

/** The shape called `name`, which must be one that some operation's input uses. */
export function findShape(name: string): Shape {
  const shape = SHAPES.get(name);
  assert(shape !== undefined, `no shape ${name} in the service model`);
  return shape;
}

/** The name of the shape of `operationName`'s input; the operation must be one of the models. */
export function findInputShapeName(operationName: string): string {
  const name = INPUT_SHAPES.get(operationName);
  assert(name !== undefined, `no operation ${operationName} in the service model`);
  return name;
}

/** How `operationName` is told by method and path; the operation must be one of a model that says so. */
export function findHttpBinding(operationName: string): HttpBinding {
  const binding = HTTP_BINDINGS.get(operationName);
  assert(binding !== undefined, `no path of operation ${operationName} in the service model`);
  return binding;
}
