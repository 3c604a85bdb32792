/**
 * How faults go over the wire where operations are told by method and path: the name in a header, an HTTP status of
 * each error's own, and a body of the members that the service's model gives the error.
 *
 * Sources: the errors of the Lambda API reference and "Common Errors"; the public model spells their members.
 */
import type { ApiErrorName, ApiFault } from '../foundation/errors.ts';

interface RestErrorKind {
  readonly statusCode: number;
  /** The member that carries the text. */
  readonly textMember: 'message' | 'Message';
  /** Whose fault it is, as the member `Type`; absent in errors that come from before the service. */
  readonly type?: 'User' | 'Service';
}

const USER: RestErrorKind = { statusCode: 400, textMember: 'message', type: 'User' };
const FRONT: RestErrorKind = { statusCode: 400, textMember: 'message' };
const DENIED: RestErrorKind = { statusCode: 403, textMember: 'message' };

/** Those that are not answered as `FRONT`. */
const ERROR_KINDS: { readonly [name in ApiErrorName]?: RestErrorKind } = {
  AccessDeniedException: DENIED,
  IncompleteSignatureException: DENIED,
  InternalServerError: { statusCode: 500, textMember: 'Message', type: 'Service' },
  InvalidParameterValueException: USER,
  InvalidSignatureException: DENIED,
  MissingAuthenticationTokenException: DENIED,
  RequestEntityTooLargeException: { ...USER, statusCode: 413 },
  RequestTimeoutException: { ...FRONT, statusCode: 408 },
  ResourceConflictException: { ...USER, statusCode: 409 },
  ResourceInUseException: { ...USER, textMember: 'Message' },
  ResourceNotFoundException: { ...USER, statusCode: 404, textMember: 'Message' },
  SerializationException: { ...USER, textMember: 'Message' },
  ServiceUnavailable: { ...FRONT, statusCode: 503 },
  UnrecognizedClientException: DENIED,
};

/** Errors that the service calls otherwise. */
const NAMES: { readonly [name in ApiErrorName]?: string } = {
  InternalServerError: 'ServiceException',
  RequestEntityTooLargeException: 'RequestTooLargeException',
};

/** The fault's name, HTTP status and the members of its body, in order. */
export function wireRestFault({ name, message, members }: ApiFault): {
  readonly errorType: string;
  readonly statusCode: number;
  readonly body: Readonly<Record<string, unknown>>;
} {
  const { statusCode, textMember, type } = ERROR_KINDS[name] ?? FRONT;
  const body = { ...(type && { Type: type }), ...(message !== undefined && { [textMember]: message }), ...members };
  return { errorType: NAMES[name] ?? name, statusCode, body };
}
