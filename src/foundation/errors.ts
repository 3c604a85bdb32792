/**
 * The errors an API caller can see, by the exact names AWS gives them.
 *
 * An `ApiFault` is plain data, so that it can cross threads as a procedure's output;
 * an `ApiError` carries one up the stack of an operation. Anything else that is thrown
 * is a fault of ours and reaches the caller as InternalServerError.
 */

/** The namespace in front of an error's name in `__type`, by kind of error. */
const NAMESPACE = {
  modelled: 'com.amazonaws.dynamodb.v20120810#',
  validation: 'com.amazon.coral.validate#',
  service: 'com.amazon.coral.service#',
} as const;

interface ErrorKind {
  readonly namespace: keyof typeof NAMESPACE;
  readonly statusCode: number;
  /** The member that carries the text on the wire. */
  readonly textMember: 'message' | 'Message';
}

const MODELLED: ErrorKind = { namespace: 'modelled', statusCode: 400, textMember: 'message' };
/** Modelled errors whose text's member is spelt with a capital in the service model. */
const MODELLED_CAPITAL: ErrorKind = { ...MODELLED, textMember: 'Message' };
const SERVICE: ErrorKind = { namespace: 'service', statusCode: 400, textMember: 'Message' };

/** Every error name that can be answered, with how it goes over the wire. */
const ERROR_KINDS = {
  AccessDeniedException: SERVICE,
  ConditionalCheckFailedException: MODELLED,
  DuplicateItemException: MODELLED,
  ExpiredIteratorException: MODELLED,
  IdempotentParameterMismatchException: MODELLED_CAPITAL,
  InvalidParameterValueException: MODELLED,
  ItemCollectionSizeLimitExceededException: MODELLED,
  InternalServerError: { ...MODELLED, statusCode: 500 },
  LimitExceededException: MODELLED,
  ResourceConflictException: MODELLED,
  ResourceInUseException: MODELLED,
  ResourceNotFoundException: MODELLED,
  TableNotFoundException: MODELLED,
  TransactionCanceledException: MODELLED_CAPITAL,
  TransactionConflictException: MODELLED,
  TrimmedDataAccessException: MODELLED,
  ValidationException: { namespace: 'validation', statusCode: 400, textMember: 'message' },
  IncompleteSignatureException: SERVICE,
  InvalidSignatureException: SERVICE,
  MissingAuthenticationTokenException: SERVICE,
  SerializationException: SERVICE,
  UnknownOperationException: SERVICE,
  UnrecognizedClientException: SERVICE,
  MalformedHttpRequestException: SERVICE,
  RequestTimeoutException: { ...SERVICE, statusCode: 408 },
  RequestEntityTooLargeException: { ...SERVICE, statusCode: 413 },
  ServiceUnavailable: { ...SERVICE, statusCode: 503 },
} as const satisfies Record<string, ErrorKind>;

export type ApiErrorName = keyof typeof ERROR_KINDS;

/** An error as data: structured-cloneable, so a procedure can return it from another thread. */
export interface ApiFault {
  readonly name: ApiErrorName;
  /** The text; absent where DynamoDB sends none (UnknownOperationException). */
  readonly message?: string;
  /** Further members of the error's body, such as `Item` of ConditionalCheckFailedException. */
  readonly members?: Readonly<Record<string, unknown>>;
  /** A fault of one action of a transaction that refuses the request instead of being a reason to cancel it. */
  readonly refusesTransaction?: boolean;
}

/** Thrown anywhere below an operation to answer the caller with `fault`. */
export class ApiError extends Error {
  readonly fault: ApiFault;

  constructor(fault: ApiFault) {
    super(fault.message ?? fault.name);
    this.name = fault.name;
    this.fault = fault;
  }
}

/** A ValidationException with DynamoDB's own text. */
export function validationError(message: string): ApiError {
  return new ApiError({ name: 'ValidationException', message });
}

/** A SerializationException: the body is not of the operation's shape. */
export function serializationError(message: string): ApiError {
  return new ApiError({ name: 'SerializationException', message });
}

/** How `fault` goes over the wire: the HTTP status and the JSON body's members in order. */
export function wireFault(fault: ApiFault): { statusCode: number; body: Record<string, unknown> } {
  const kind: ErrorKind = ERROR_KINDS[fault.name];
  const body: Record<string, unknown> = { __type: NAMESPACE[kind.namespace] + fault.name };
  if (fault.message !== undefined) body[kind.textMember] = fault.message;
  return { statusCode: kind.statusCode, body: { ...body, ...fault.members } };
}
