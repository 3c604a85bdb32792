/**
 * Which operation a request asks for by its method and path, and how its input is put together from the parts of the
 * request. Source: the bindings of the service models (`http` and `locations` of `service-model-lambda.json`).
 */
import { assert } from '../foundation/assert.ts';
import type { Operation } from './operation.ts';
import { findHttpBinding, findInputShapeName, findShape } from './shape-model.ts';
import type { HttpBinding, StructureShape } from './shape-types.ts';

/** An operation that was asked for by method and path. */
export interface RestCall {
  readonly operation: Operation;
  /** Of the answer, where it is no error. */
  readonly statusCode: number;
  /** Whether the operation has input in the request's body; what else is sent there is not looked at. */
  readonly hasBody: boolean;
  /** The operation's input: of `body` what stands there, and what the path and the query say. */
  completeInput(body: object): object;
}

/** The call of a request; undefined where method and path are of none. `url` is as in the request line. */
export type FindRestCall = (method: string, url: string) => RestCall | undefined;

interface Route {
  readonly operation: Operation;
  readonly binding: HttpBinding;
  readonly input: StructureShape;
  /** Matches the path; its groups are `labels`. */
  readonly path: RegExp;
  readonly labels: readonly string[];
}

/** A finder of calls of `operations`, all of which the service models must bind to methods and paths. */
export function createRestRoutes(operations: readonly Operation[]): FindRestCall {
  const routes = operations.map(compileRoute);
  return (method, url) => {
    const queryStart = url.indexOf('?');
    const path = queryStart < 0 ? url : url.slice(0, queryStart);
    for (const route of routes) {
      const match = route.binding.method === method ? route.path.exec(path) : null;
      if (match !== null) return makeCall(route, match.slice(1), queryStart < 0 ? '' : url.slice(queryStart + 1));
    }
    return undefined;
  };
}

function compileRoute(operation: Operation): Route {
  const binding = findHttpBinding(operation.name);
  const input = findShape(findInputShapeName(operation.name));
  assert(input.type === 'structure', 'an input is a structure');
  const labels = [...binding.uri.matchAll(/\{(\w+)\}/g)].map(([, label = '']) => label);
  // Clients differ in whether they end a path in a slash, and the service takes both.
  const path = new RegExp(`^${binding.uri.replaceAll(/\{\w+\}/g, '([^/]+)')}/?$`);
  return { operation, binding, input, path, labels };
}

function makeCall({ operation, binding, input, labels }: Route, values: readonly string[], query: string): RestCall {
  return {
    operation,
    statusCode: binding.statusCode,
    hasBody: Object.keys(input.members).some((member) => input.locations?.[member] === undefined),
    completeInput: (body) => ({
      ...body,
      ...Object.fromEntries(labels.map((label, index) => [label, decodeLabel(values[index] ?? '')])),
      ...readQuery(input, query),
    }),
  };
}

/** What is no valid encoding stands for itself: it names nothing that there is. */
function decodeLabel(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The members of `input` that stand in the query; of one that is there twice, the first. */
function readQuery(input: StructureShape, query: string): Record<string, unknown> {
  const parameters = new URLSearchParams(query);
  const located = Object.entries(input.locations ?? {}).filter(
    ([member, location]) => location === 'querystring' && parameters.has(member),
  );
  return Object.fromEntries(
    located.map(([member]) => [member, readParameter(input.members[member] ?? '', parameters.get(member) ?? '')]),
  );
}

/** A text that is no number stays one, which the check of the input's types then tells of. */
function readParameter(shapeName: string, text: string): unknown {
  return findShape(shapeName).type === 'integer' && /^-?\d{1,15}$/.test(text) ? Number(text) : text;
}
