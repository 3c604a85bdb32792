/** Errors as `assert.rejects` compares them with what the SDK throws. */
interface ExpectedError {
  readonly name: string;
  readonly message: string;
}

export function validation(message: string): ExpectedError {
  return { name: 'ValidationException', message };
}

export const CONDITION_FAILED: ExpectedError = {
  name: 'ConditionalCheckFailedException',
  message: 'The conditional request failed',
};

export const TABLE_NOT_FOUND: ExpectedError = {
  name: 'ResourceNotFoundException',
  message: 'Requested resource not found',
};
