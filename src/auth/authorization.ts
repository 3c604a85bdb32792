/** What a request claims about its signer, from the Authorization header or from a presigned query. */
import type { IncomingMessage } from 'node:http';
import { ApiError } from '../foundation/errors.ts';

/** The part of a request that its signature is found in and computed from. */
export type SignedRequest = Pick<IncomingMessage, 'method' | 'url' | 'headers' | 'rawHeaders'>;

/** A claim by form only: nothing of it is verified. */
export interface SignatureClaim {
  readonly algorithm: string;
  /** Well-formed: access key id, date, region, service and terminator between slashes. Not checked here. */
  readonly credential: string;
  /** Names of headers between semicolons. */
  readonly signedHeaders: string;
  readonly signature: string;
  /** X-Amz-Date as it stands in the request, or the Date header where there is none. */
  readonly date: string;
  readonly securityToken: string | undefined;
  /** The query's parameters; undefined when the request has no query. */
  readonly query: URLSearchParams | undefined;
  /** For a presigned query: X-Amz-Expires as it stands there, or undefined. `false`: the claim is in the header. */
  readonly presigned: false | { readonly expires: string | undefined };
}

/**
 * Finds the request's claim.
 *
 * Throws MissingAuthenticationTokenException when there is none, InvalidSignatureException when there are two, and
 * IncompleteSignatureException when a part is missing or malformed, with the texts of the service.
 */
export function parseAuthorization(request: SignedRequest): SignatureClaim {
  const header = request.headers.authorization;
  const url = request.url ?? '/';
  const queryStart = url.indexOf('?');
  const query = queryStart < 0 ? undefined : new URLSearchParams(url.slice(queryStart + 1));
  if (query?.has('X-Amz-Algorithm') === true) {
    if (header === undefined) return parseQuery(query);
    const message = "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.";
    throw new ApiError({ name: 'InvalidSignatureException', message });
  }
  if (header !== undefined) return parseHeader(request, header, query);
  throw new ApiError({
    name: 'MissingAuthenticationTokenException',
    message: 'Request is missing Authentication Token',
  });
}

/** Who the claim says it is: what stands before the first slash of the credential. */
export function claimedAccessKeyId(claim: SignatureClaim): string {
  const slash = claim.credential.indexOf('/');
  return slash < 0 ? claim.credential : claim.credential.slice(0, slash);
}

/** An IncompleteSignatureException with the service's text. */
export function incompleteSignature(message: string): ApiError {
  return new ApiError({ name: 'IncompleteSignatureException', message });
}

/** The form that every SDK writes, so that the common case costs one match. */
const USUAL_HEADER = /^(AWS4-HMAC-SHA256) Credential=([^\s,=]+), ?SignedHeaders=([^\s,=]+), ?Signature=([^\s,=]+)$/;

function parseHeader(request: SignedRequest, header: string, query: URLSearchParams | undefined): SignatureClaim {
  const { headers } = request;
  const date = textOf(headers['x-amz-date']) ?? headers.date;
  const usual = USUAL_HEADER.exec(header);
  const [, algorithm = '', credential = '', signedHeaders = '', signature = ''] = usual ?? splitHeader(header);
  if (usual === null || date === undefined) validateHeader(header, { credential, signature, signedHeaders }, date);
  return {
    algorithm,
    credential,
    signedHeaders,
    signature,
    date: date ?? '',
    securityToken: textOf(headers['x-amz-security-token']),
    query,
    presigned: false,
  };
}

/** Reads `header` in any order and spacing, into the order of USUAL_HEADER's groups. */
function splitHeader(header: string): (string | undefined)[] {
  const [algorithm, ...pairs] = header.split(/[\s,]+/).filter((part) => part !== '');
  const values = new Map<string, string>();
  for (const pair of pairs) {
    const equals = pair.indexOf('=');
    if (equals < 0) {
      throw incompleteSignature(
        `'${pair}' not a valid key=value pair (missing equal-sign) in Authorization header: '${header}'.`,
      );
    }
    values.set(pair.slice(0, equals), pair.slice(equals + 1));
  }
  return [header, algorithm, values.get('Credential'), values.get('SignedHeaders'), values.get('Signature')];
}

function validateHeader(
  header: string,
  parts: { readonly credential: string; readonly signature: string; readonly signedHeaders: string },
  date: string | undefined,
): void {
  const problems: string[] = [];
  if (parts.credential === '') problems.push("Authorization header requires 'Credential' parameter.");
  if (parts.signature === '') problems.push("Authorization header requires 'Signature' parameter.");
  if (parts.signedHeaders === '') problems.push("Authorization header requires 'SignedHeaders' parameter.");
  if (date === undefined) {
    problems.push("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.");
  }
  if (problems.length > 0) throw incompleteSignature(`${problems.join(' ')} Authorization=${header}`);
}

function parseQuery(query: URLSearchParams): SignatureClaim {
  const part = (name: string): string => query.get(name) ?? '';
  const required = ['X-Amz-Algorithm', 'X-Amz-Credential', 'X-Amz-Signature', 'X-Amz-SignedHeaders', 'X-Amz-Date'];
  const problems = required
    .filter((name) => part(name) === '')
    .map((name) => `AWS query-string parameters must include '${name}'.`);
  if (problems.length > 0) throw incompleteSignature(`${problems.join(' ')} Re-examine the query-string parameters.`);
  return {
    algorithm: part('X-Amz-Algorithm'),
    credential: part('X-Amz-Credential'),
    signedHeaders: part('X-Amz-SignedHeaders'),
    signature: part('X-Amz-Signature'),
    date: part('X-Amz-Date'),
    securityToken: query.get('X-Amz-Security-Token') ?? undefined,
    query,
    presigned: { expires: query.get('X-Amz-Expires') ?? undefined },
  };
}

function textOf(value: string | string[] | undefined): string | undefined {
  return typeof value === 'object' ? value.join(', ') : value;
}
