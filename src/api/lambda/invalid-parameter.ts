import { ApiError } from '../../foundation/errors.ts';

/** An InvalidParameterValueException: one of the parameters in the request is invalid. */
export function invalidParameter(message: string): ApiError {
  return new ApiError({ name: 'InvalidParameterValueException', message });
}
