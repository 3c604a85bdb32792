/**
 * Who sends a request: the step between the HTTP front and the operations.
 *
 * It has two halves. All that needs no body (form, headers signed, age, scope, access key) admits a request before its
 * body is read, so that strangers can't make the server hold bodies; the signature itself is verified once the body is
 * there, because its hash is part of what was signed. Texts and their order are those of the service.
 */
import { timingSafeEqual } from 'node:crypto';
import { ApiError } from '../foundation/errors.ts';
import type { Credential, Credentials } from './credentials.ts';
import { claimedAccessKeyId, incompleteSignature } from './authorization.ts';
import type { SignatureClaim, SignedRequest } from './authorization.ts';
import { computeSignature, deriveSigningKey } from './signature-v4.ts';
import type { SigningKey } from './signature-v4.ts';

/** Who sent a request. */
interface Caller {
  /** Verified when the server has credentials; as claimed when it accepts any. */
  readonly accessKeyId: string;
}

/** A request whose body may be read. */
export interface Admission {
  /** Who the claim says it is; proven once `verifySignature` has returned. */
  readonly caller: Caller;
  /** Throws InvalidSignatureException unless the caller signed the request with `body`, the body's bytes as sent. */
  verifySignature(body: Uint8Array): void;
}

/** The services that requests are signed for, as credential scopes name them. */
export type SignedService = 'dynamodb' | 'lambda';

/**
 * Admits the request that made `claim`, or throws the service's error for all that is wrong without a look at the
 * body. `nowMs` is the time to judge the signature's age by; `service`, DynamoDB by default, is what is asked for.
 */
export type Admit = (
  request: SignedRequest,
  claim: SignatureClaim,
  nowMs: number,
  service?: SignedService,
) => Admission;

/** Admits any claim that is well-formed, whatever its signature. */
export const admitAnyCaller: Admit = (_request, claim) => ({
  caller: { accessKeyId: claimedAccessKeyId(claim) },
  verifySignature: acceptAnySignature,
});

function acceptAnySignature(): void {}

/** How far the signer's clock may be from ours. */
const CLOCK_SKEW_MINUTES = 5;
const MINUTE_MS = 60_000;
/** A presigned request lives at most a week. */
const MAX_EXPIRES_SECONDS = 604_800;
const TERMINATOR = 'aws4_request';
/** Signing keys and parsed header lists kept; a key of an access key lives for a day. */
const MAX_CACHED = 4_096;

/** A credential text that was found valid, with what verifying by it takes. */
interface VerifiedScope {
  readonly caller: Caller;
  readonly sessionToken: string | undefined;
  readonly service: SignedService;
  /** `YYYYMMDD`. */
  readonly date: string;
  /** The credential without its access key id. */
  readonly text: string;
  readonly signingKey: SigningKey;
}

interface Verifier {
  readonly credentials: Credentials;
  readonly region: string;
  /** By the credential's whole text. Only valid ones come in, so that strangers can't fill it. */
  readonly scopes: Map<string, VerifiedScope>;
  /** By the text of SignedHeaders, of verified requests only. */
  readonly headerLists: Map<string, readonly string[]>;
}

/** Admits claims made with one of `credentials` for this region and for the service that is asked for. */
export function createSignatureVerifier(credentials: Credentials, region: string): Admit {
  const verifier: Verifier = { credentials, region, scopes: new Map(), headerLists: new Map() };
  return (request, claim, nowMs, service = 'dynamodb') => admitClaim(verifier, request, claim, nowMs, service);
}

function admitClaim(
  verifier: Verifier,
  request: SignedRequest,
  claim: SignatureClaim,
  nowMs: number,
  service: SignedService,
): Admission {
  if (claim.algorithm !== 'AWS4-HMAC-SHA256') {
    throw incompleteSignature(`Unsupported AWS 'algorithm': '${claim.algorithm}'.`);
  }
  const signedHeaderNames = verifier.headerLists.get(claim.signedHeaders) ?? splitSignedHeaders(claim);
  if (service === 'dynamodb') requireSignedTarget(signedHeaderNames);
  const date = normalizeDate(claim);
  validateAge(claim, date, nowMs);
  const known = recall(verifier.scopes, claim.credential);
  const scope = known?.service === service ? known : validateScope(verifier, claim.credential, date, service);
  if (!date.startsWith(scope.date)) throw invalidSignature(describeDateMismatch(scope.date, date));
  if (scope.sessionToken !== claim.securityToken) throw unrecognizedClient();
  return {
    caller: scope.caller,
    verifySignature(body) {
      const { signedHeaders, query } = claim;
      const { signingKey, text } = scope;
      const input = { signedHeaderNames, signedHeaders, query, date, scope: text, signingKey, body };
      if (!equalText(computeSignature(request, input), claim.signature)) throw invalidSignature(MISMATCH);
      remember(verifier.scopes, claim.credential, scope);
      remember(verifier.headerLists, claim.signedHeaders, signedHeaderNames);
    },
  };
}

const MISMATCH =
  'The request signature we calculated does not match the signature you provided. ' +
  'Check your AWS Secret Access Key and signing method. Consult the service documentation for details.';

function splitSignedHeaders(claim: SignatureClaim): readonly string[] {
  const names = claim.signedHeaders.split(';');
  if (!names.includes('host')) {
    throw invalidSignature("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.");
  }
  return names;
}

/** A target that is not signed could be exchanged for another on the way, so it must be, as every SDK has it. */
function requireSignedTarget(names: readonly string[]): void {
  if (names.includes('x-amz-target')) return;
  throw invalidSignature("'x-amz-target' must be a 'SignedHeader' in the AWS Authorization.");
}

const BASIC_DATE = /^\d{8}T\d{6}Z$/;

/** The time of signing in ISO 8601's basic format; a Date header may also hold HTTP's own format. */
function normalizeDate(claim: SignatureClaim): string {
  if (BASIC_DATE.test(claim.date)) return claim.date;
  const parsedMs = claim.date.endsWith(' GMT') ? Date.parse(claim.date) : Number.NaN;
  if (!Number.isNaN(parsedMs)) return formatBasicDate(parsedMs);
  throw incompleteSignature(
    `Date must be in ISO-8601 'basic format'. Got '${claim.date}'. See http://en.wikipedia.org/wiki/ISO_8601`,
  );
}

function formatBasicDate(timeMs: number): string {
  return new Date(timeMs).toISOString().replaceAll(/[-:]|\.\d+/g, '');
}

function parseBasicDate(text: string): number {
  const part = (from: number, to: number): number => Number(text.slice(from, to));
  return Date.UTC(part(0, 4), part(4, 6) - 1, part(6, 8), part(9, 11), part(11, 13), part(13, 15));
}

function validateAge(claim: SignatureClaim, date: string, nowMs: number): void {
  const signedMs = parseBasicDate(date);
  const skewMs = CLOCK_SKEW_MINUTES * MINUTE_MS;
  const lifeMs = claim.presigned === false ? skewMs : parseExpires(claim.presigned.expires) * 1_000;
  if (signedMs < nowMs - lifeMs) {
    const [oldest, now] = [formatBasicDate(nowMs - lifeMs), formatBasicDate(nowMs)];
    const lifeText = lifeMs % MINUTE_MS === 0 ? `${lifeMs / MINUTE_MS} min.` : `${lifeMs / 1_000} sec.`;
    throw invalidSignature(`Signature expired: ${date} is now earlier than ${oldest} (${now} - ${lifeText})`);
  }
  if (signedMs > nowMs + skewMs) {
    const [newest, now] = [formatBasicDate(nowMs + skewMs), formatBasicDate(nowMs)];
    throw invalidSignature(
      `Signature not yet current: ${date} is still later than ${newest} (${now} + ${CLOCK_SKEW_MINUTES} min.)`,
    );
  }
}

/** Seconds that a presigned request lives; without X-Amz-Expires it is as short-lived as a header's. */
function parseExpires(expires: string | undefined): number {
  if (expires === undefined) return (CLOCK_SKEW_MINUTES * MINUTE_MS) / 1_000;
  if (!/^\d{1,9}$/.test(expires)) throw incompleteSignature('X-Amz-Expires should be a number');
  const seconds = Number(expires);
  if (seconds > MAX_EXPIRES_SECONDS) {
    throw incompleteSignature(
      'X-Amz-Expires must be less than a week (in seconds) that is X-Amz-Expires must be less than 604800',
    );
  }
  return seconds;
}

/** Checks the credential's parts and makes the signing key; does not touch the cache. */
function validateScope(verifier: Verifier, text: string, requestDate: string, wanted: SignedService): VerifiedScope {
  const parts = text.split('/');
  const [accessKeyId = '', date = '', region = '', service = '', terminator = ''] = parts;
  if (parts.length !== 5) {
    throw incompleteSignature(
      `Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '${text}'`,
    );
  }
  // The spaces at the end of all but the last are the service's own, and stay where the last does not apply.
  let problems = '';
  if (region !== verifier.region) problems += `Credential should be scoped to a valid region, not '${region}'. `;
  if (service !== wanted) problems += `Credential should be scoped to correct service: '${wanted}'. `;
  if (terminator !== TERMINATOR) {
    problems += `Credential should be scoped with a valid terminator: '${TERMINATOR}', not '${terminator}'. `;
  }
  if (date !== requestDate.slice(0, 8)) problems += describeDateMismatch(date, requestDate);
  if (problems !== '') throw invalidSignature(problems);
  const credential = verifier.credentials.get(accessKeyId);
  if (credential === undefined) throw unrecognizedClient();
  return createScope(credential, text, date, region, wanted);
}

function createScope(
  credential: Credential,
  text: string,
  date: string,
  region: string,
  service: SignedService,
): VerifiedScope {
  return {
    caller: { accessKeyId: credential.accessKeyId },
    sessionToken: credential.sessionToken,
    service,
    date,
    text: text.slice(credential.accessKeyId.length + 1),
    signingKey: deriveSigningKey(credential.secretAccessKey, date, region, service),
  };
}

function describeDateMismatch(scopeDate: string, requestDate: string): string {
  return (
    `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: ` +
    `'${scopeDate}' != '${requestDate.slice(0, 8)}', from '${requestDate}'.`
  );
}

function invalidSignature(message: string): ApiError {
  return new ApiError({ name: 'InvalidSignatureException', message });
}

function unrecognizedClient(): ApiError {
  const message = 'The security token included in the request is invalid.';
  return new ApiError({ name: 'UnrecognizedClientException', message });
}

/** Compares without telling by its duration where the texts differ. */
function equalText(expected: string, given: string): boolean {
  return (
    expected.length === given.length && timingSafeEqual(Buffer.from(expected, 'latin1'), Buffer.from(given, 'latin1'))
  );
}

/** A Map keeps the order of insertion, so what is put in anew on use is the last to be dropped. */
function recall<Value>(cache: Map<string, Value>, key: string): Value | undefined {
  const value = cache.get(key);
  if (value === undefined) return undefined;
  cache.delete(key);
  cache.set(key, value);
  return value;
}

function remember<Value>(cache: Map<string, Value>, key: string, value: Value): void {
  if (cache.has(key)) return;
  if (cache.size >= MAX_CACHED) {
    for (const oldest of cache.keys()) {
      cache.delete(oldest);
      break;
    }
  }
  cache.set(key, value);
}
