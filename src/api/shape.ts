/**
 * The first thing that happens to a request's body: it is checked against the shape of its operation's input.
 *
 * In two phases, as DynamoDB does: the JSON's types (`shape-serialization.ts`), then the constraints that the service
 * model states (`shape-constraints.ts`). Both are compiled from the model at an operation's first request.
 */
import { checkBatch } from './shape-batch.ts';
import { compileConstraintCheck } from './shape-constraints.ts';
import { findInputShapeName } from './shape-model.ts';
import { compileSerializationCheck } from './shape-serialization.ts';

type InputCheck = (body: unknown) => void;

const inputChecks = new Map<string, InputCheck>();

/**
 * Checks `body`, the parsed JSON of a request, against the input of `operationName`, an operation of the service model.
 *
 * Afterwards the body is an object of the input's shape: required members are there, types, lengths, patterns, ranges
 * and enums are right. Members that were null have been removed from it. Members that the model doesn't know are still
 * there. Of attribute values only the JSON types are right, and null may stand in place of a whole one in a map or
 * a list. Throws SerializationException or ValidationException.
 */
export function validateInput(operationName: string, body: unknown): void {
  let check = inputChecks.get(operationName);
  if (check === undefined) {
    check = compileInputCheck(operationName);
    inputChecks.set(operationName, check);
  }
  check(body);
}

function compileInputCheck(operationName: string): InputCheck {
  const shapeName = findInputShapeName(operationName);
  const checkTypes = compileSerializationCheck(shapeName);
  const checkConstraints = compileConstraintCheck(shapeName);
  return (body) => {
    checkTypes(body);
    checkConstraints(body);
    if (operationName === 'BatchGetItem' || operationName === 'BatchWriteItem') checkBatch(operationName, body);
  };
}
