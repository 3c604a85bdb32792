import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { ApiError } from '../foundation/errors.ts';
import { admitAnyCaller, createSignatureVerifier } from './authenticate.ts';
import { parseAuthorization } from './authorization.ts';
import type { SignedRequest } from './authorization.ts';
import { computeSignature, deriveSigningKey } from './signature-v4.ts';

const SECRET = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
const BODY = Buffer.from('{"TableName":"t"}');
const NOW_MS = Date.parse('2026-01-02T03:04:05Z');
const MINUTE_MS = 60_000;

const credentials = new Map([
  ['AKIDEXAMPLE', { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: SECRET }],
  ['ASIATOKEN', { accessKeyId: 'ASIATOKEN', secretAccessKey: SECRET, sessionToken: 'tok/en+==' }],
]);
const verifier = createSignatureVerifier(credentials, 'us-east-1');

interface Signing {
  readonly credential?: string;
  readonly date?: string;
  readonly signedHeaders?: string;
  readonly headers?: Record<string, string>;
  readonly omit?: string;
  readonly authorization?: (text: string) => string;
  readonly url?: string;
}

/** A request signed as `signing` says, by an arithmetic that the public test suite vouches for. */
function signedRequest(signing: Signing = {}): SignedRequest {
  const { credential = 'AKIDEXAMPLE/20260102/us-east-1/dynamodb/aws4_request', date = '20260102T030405Z' } = signing;
  const { signedHeaders = 'host;x-amz-date;x-amz-target', url = '/' } = signing;
  const headers: Record<string, string> = {
    host: 'localhost:8000',
    'x-amz-date': date,
    'x-amz-target': 'DynamoDB_20120810.GetItem',
    ...signing.headers,
  };
  const [, scopeDate = '', region = '', service = ''] = credential.split('/');
  const rawHeaders = Object.entries(headers).flat();
  const request = { method: 'POST', url, headers, rawHeaders };
  const signature = computeSignature(request, {
    signedHeaderNames: signedHeaders.split(';'),
    signedHeaders,
    query: url.includes('?') ? new URLSearchParams(url.slice(2)) : undefined,
    date,
    scope: credential.slice(credential.indexOf('/') + 1),
    signingKey: deriveSigningKey(SECRET, scopeDate, region, service),
    body: BODY,
  });
  const text = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${signedHeaders}, Signature=${signature}`;
  headers['authorization'] = signing.authorization?.(text) ?? text;
  if (signing.omit !== undefined) delete headers[signing.omit];
  return request;
}

function verify(request: SignedRequest, nowMs: number = NOW_MS, body: Uint8Array = BODY): string {
  const { caller, verifySignature } = verifier(request, parseAuthorization(request), nowMs);
  verifySignature(body);
  return caller.accessKeyId;
}

function assertRefused(run: () => unknown, name: string, message: string): void {
  assert.throws(run, (error: unknown) => {
    assert.ok(error instanceof ApiError);
    assert.deepEqual({ name: error.fault.name, message: error.fault.message }, { name, message });
    return true;
  });
}

const MISMATCH =
  'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.';

/** Refused before there is a body. */
function assertNotAdmitted(request: SignedRequest, name: string, message: string, nowMs: number = NOW_MS): void {
  assertRefused(() => verifier(request, parseAuthorization(request), nowMs), name, message);
}

function assertMismatch(request: SignedRequest, body: Uint8Array = BODY): void {
  assertRefused(() => verify(request, NOW_MS, body), 'InvalidSignatureException', MISMATCH);
}

function assertAccepted(request: SignedRequest, nowMs: number = NOW_MS): void {
  assert.equal(verify(request, nowMs), 'AKIDEXAMPLE');
}

function bare(headers: Record<string, string>, url = '/'): SignedRequest {
  return { method: 'POST', url, headers, rawHeaders: Object.entries(headers).flat() };
}

function acceptAny(request: SignedRequest): string {
  const { caller, verifySignature } = admitAnyCaller(request, parseAuthorization(request), NOW_MS);
  verifySignature(BODY);
  return caller.accessKeyId;
}

describe('a claim', () => {
  test('must be there', () => {
    const text = 'Request is missing Authentication Token';
    assertRefused(() => acceptAny(bare({})), 'MissingAuthenticationTokenException', text);
    assertRefused(() => acceptAny(bare({}, '/?a=b')), 'MissingAuthenticationTokenException', text);
  });

  test('may not be there twice', () => {
    const text = "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.";
    const request = bare({ authorization: 'x' }, '/?X-Amz-Algorithm=y');
    assertRefused(() => acceptAny(request), 'InvalidSignatureException', text);
  });

  test('in a header must have its parts', () => {
    const all =
      "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. Authorization=";
    const cases: [Record<string, string>, string][] = [
      [{ authorization: 'AWS4-HMAC-SHA256' }, `${all}AWS4-HMAC-SHA256`],
      [{ authorization: '' }, all],
      [
        { authorization: 'AWS4-HMAC-SHA256 Credential=a, SignedHeaders=b', date: 'x' },
        "Authorization header requires 'Signature' parameter. Authorization=AWS4-HMAC-SHA256 Credential=a, SignedHeaders=b",
      ],
      [
        { authorization: 'AWS4-HMAC-SHA256 Credential=a, SignedHeaders=b, Signature=c' },
        "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. Authorization=AWS4-HMAC-SHA256 Credential=a, SignedHeaders=b, Signature=c",
      ],
      [
        { authorization: 'Bearer token' },
        "'token' not a valid key=value pair (missing equal-sign) in Authorization header: 'Bearer token'.",
      ],
      [
        { authorization: 'AWS4-HMAC-SHA256 Credential= a/b, SignedHeaders=b, Signature=c' },
        "'a/b' not a valid key=value pair (missing equal-sign) in Authorization header: 'AWS4-HMAC-SHA256 Credential= a/b, SignedHeaders=b, Signature=c'.",
      ],
    ];
    for (const [headers, text] of cases) {
      assertRefused(() => acceptAny(bare(headers)), 'IncompleteSignatureException', text);
    }
  });

  test('in a query must have its parts', () => {
    assertRefused(
      () => acceptAny(bare({}, '/?X-Amz-Algorithm')),
      'IncompleteSignatureException',
      "AWS query-string parameters must include 'X-Amz-Algorithm'. AWS query-string parameters must include 'X-Amz-Credential'. AWS query-string parameters must include 'X-Amz-Signature'. AWS query-string parameters must include 'X-Amz-SignedHeaders'. AWS query-string parameters must include 'X-Amz-Date'. Re-examine the query-string parameters.",
    );
  });

  test('is read in any order and spacing, and believed where no credentials are configured', () => {
    const forms = [
      'AWS4-HMAC-SHA256 Credential=me/1/2/3/4, SignedHeaders=b, Signature=c',
      'AWS4-HMAC-SHA256 Credential=me/1/2/3/4,SignedHeaders=b,Signature=c',
      'AWS4-HMAC-SHA256  Signature=c,  Credential=me/1/2/3/4 SignedHeaders=b',
      'AWS4-HMAC-SHA256 Credential=me, SignedHeaders=b, Signature=c',
    ];
    for (const authorization of forms) assert.equal(acceptAny(bare({ authorization, 'x-amz-date': 'x' })), 'me');
    const query = 'X-Amz-Algorithm=a&X-Amz-Credential=me%2F1&X-Amz-Signature=c&X-Amz-SignedHeaders=d&X-Amz-Date=e';
    assert.equal(acceptAny(bare({}, `/?${query}`)), 'me');
  });
});

test('whatever stands in the header or the query, the outcome is a claim or an error of the service', () => {
  const part = fc.constantFrom(
    'AWS4-HMAC-SHA256',
    ' ',
    ',',
    '=',
    'Credential=',
    'SignedHeaders=',
    'Signature=',
    '/',
    '%',
  );
  const text = fc.array(fc.oneof(part, fc.string()), { maxLength: 12 }).map((parts) => parts.join(''));
  fc.assert(
    fc.property(text, fc.boolean(), (claim, inHeader) => {
      const headers: Record<string, string> = { host: 'h', 'x-amz-date': '20260102T030405Z' };
      if (inHeader) headers['authorization'] = claim;
      try {
        verify(bare(headers, inHeader ? '/' : `/?X-Amz-Algorithm=${claim}`));
        assert.fail('nothing was signed');
      } catch (error) {
        assert.ok(error instanceof ApiError);
      }
    }),
    { numRuns: 500 },
  );
});

describe('a signature', () => {
  test('that is right tells who calls, again and again', () => {
    for (let i = 0; i < 3; i++) assertAccepted(signedRequest());
    assertAccepted(signedRequest({ authorization: (text) => text.replaceAll(', ', ',') }));
    assertAccepted(signedRequest({ url: '/?b=2&a=%2B1&a=' }));
  });

  test('of the official signer is right', () => {
    const signedHeaders = 'content-type;host;x-amz-content-sha256;x-amz-date;x-amz-target';
    const signature = '71caa651e1ef2ebf90f10abbcb52ba85e2c67af17c7c0ee6739a245295010c13';
    const credential = 'AKIDEXAMPLE/20260102/us-east-1/dynamodb/aws4_request';
    const headers = {
      host: 'localhost:8000',
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': 'DynamoDB_20120810.GetItem',
      'x-amz-date': '20260102T030405Z',
      'x-amz-content-sha256': 'f28af92fc15f446717e10364e12f5128ef4611dfaeb8469b0ca93776dd9d3f5a',
      authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${signedHeaders}, Signature=${signature}`,
    };
    assertAccepted({ method: 'POST', url: '/', headers, rawHeaders: [] });
  });

  test('that is wrong, or over another request, is refused', () => {
    assertMismatch(
      signedRequest({ authorization: (text) => text.replace(/.$/, (last) => (last === '0' ? '1' : '0')) }),
    );
    assertMismatch(signedRequest({ authorization: (text) => text.slice(0, -1) }));
    assertMismatch(signedRequest(), Buffer.from('{"TableName":"u"}'));
    const request = signedRequest();
    request.headers['x-amz-target'] = 'DynamoDB_20120810.DeleteItem';
    assertMismatch(request);
  });

  test('must cover the host and the target', () => {
    assertNotAdmitted(
      signedRequest({ signedHeaders: 'x-amz-date;x-amz-target' }),
      'InvalidSignatureException',
      "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
    );
    assertNotAdmitted(
      signedRequest({ signedHeaders: 'host;x-amz-date' }),
      'InvalidSignatureException',
      "'x-amz-target' must be a 'SignedHeader' in the AWS Authorization.",
    );
  });

  test('of an unknown access key is refused', () => {
    const credential = 'AKIDOTHER/20260102/us-east-1/dynamodb/aws4_request';
    const text = 'The security token included in the request is invalid.';
    assertNotAdmitted(signedRequest({ credential }), 'UnrecognizedClientException', text);
  });

  test('of a temporary access key needs its session token, and no other one may have one', () => {
    const credential = 'ASIATOKEN/20260102/us-east-1/dynamodb/aws4_request';
    const headers = { 'x-amz-security-token': 'tok/en+==' };
    assert.equal(verify(signedRequest({ credential, headers })), 'ASIATOKEN');
    const text = 'The security token included in the request is invalid.';
    const other = { 'x-amz-security-token': 'other' };
    for (const signing of [{ credential }, { credential, headers: other }, { headers }]) {
      assertNotAdmitted(signedRequest(signing), 'UnrecognizedClientException', text);
    }
  });

  test('for another region, service, terminator or day is refused, all told at once', () => {
    const credential = 'AKIDEXAMPLE/20260101/eu-west-1/s3/aws5_request';
    assertNotAdmitted(
      signedRequest({ credential }),
      'InvalidSignatureException',
      "Credential should be scoped to a valid region, not 'eu-west-1'. " +
        "Credential should be scoped to correct service: 'dynamodb'. " +
        "Credential should be scoped with a valid terminator: 'aws4_request', not 'aws5_request'. " +
        "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20260101' != '20260102', from '20260102T030405Z'.",
    );
  });

  test('of a credential that was used before is refused on another day', () => {
    const midnightMs = Date.parse('2026-01-02T23:59:00Z');
    assertAccepted(signedRequest({ date: '20260102T235900Z' }), midnightMs);
    assertRefused(
      () => verify(signedRequest({ date: '20260103T000100Z' }), midnightMs),
      'InvalidSignatureException',
      "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20260102' != '20260103', from '20260103T000100Z'.",
    );
  });

  test('of a malformed credential, algorithm or date is refused', () => {
    assertNotAdmitted(
      signedRequest({ credential: 'AKIDEXAMPLE/20260102' }),
      'IncompleteSignatureException',
      "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got 'AKIDEXAMPLE/20260102'",
    );
    assertNotAdmitted(
      signedRequest({ authorization: (text) => text.replace('SHA256', 'SHA1') }),
      'IncompleteSignatureException',
      "Unsupported AWS 'algorithm': 'AWS4-HMAC-SHA1'.",
    );
    assertNotAdmitted(
      signedRequest({ date: '201' }),
      'IncompleteSignatureException',
      "Date must be in ISO-8601 'basic format'. Got '201'. See http://en.wikipedia.org/wiki/ISO_8601",
    );
  });

  test('is good for 5 minutes before and after its time', () => {
    assertAccepted(signedRequest(), NOW_MS + 5 * MINUTE_MS);
    assertAccepted(signedRequest(), NOW_MS - 5 * MINUTE_MS);
    assertNotAdmitted(
      signedRequest(),
      'InvalidSignatureException',
      'Signature expired: 20260102T030405Z is now earlier than 20260102T030406Z (20260102T030906Z - 5 min.)',
      NOW_MS + 5 * MINUTE_MS + 1_000,
    );
    assertNotAdmitted(
      signedRequest(),
      'InvalidSignatureException',
      'Signature not yet current: 20260102T030405Z is still later than 20260102T030404Z (20260102T025904Z + 5 min.)',
      NOW_MS - 5 * MINUTE_MS - 1_000,
    );
  });

  test('may take its time from the Date header', () => {
    const headers = { date: 'Fri, 02 Jan 2026 03:04:05 GMT' };
    const request = signedRequest({ headers, signedHeaders: 'date;host;x-amz-target', omit: 'x-amz-date' });
    assertAccepted(request);
  });
});

describe('a presigned request', () => {
  const query = {
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': 'AKIDEXAMPLE/20260102/us-east-1/dynamodb/aws4_request',
    'X-Amz-Date': '20260102T030405Z',
    'X-Amz-Expires': '3600',
    'X-Amz-SignedHeaders': 'content-type;host;x-amz-target',
    // As the official signer made it.
    'X-Amz-Signature': 'f0ec000d9b35c66db5ebe7149b122064b7d9bf5bb57aa649203825e3219005b6',
  };
  const presigned = (changes: Record<string, string> = {}): SignedRequest => ({
    method: 'POST',
    url: `/?${new URLSearchParams({ ...query, ...changes }).toString()}`,
    headers: {
      host: 'localhost:8000',
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': 'DynamoDB_20120810.GetItem',
    },
    rawHeaders: [],
  });

  test('is good until it expires', () => {
    assertAccepted(presigned());
    assertAccepted(presigned(), NOW_MS + 60 * MINUTE_MS);
    assertNotAdmitted(
      presigned(),
      'InvalidSignatureException',
      'Signature expired: 20260102T030405Z is now earlier than 20260102T030505Z (20260102T040505Z - 60 min.)',
      NOW_MS + 61 * MINUTE_MS,
    );
  });

  test('can not be changed', () => {
    for (const changes of [{ 'X-Amz-Expires': '7200' }, { Extra: '1' }] as Record<string, string>[]) {
      assertMismatch(presigned(changes));
    }
  });

  test('lives a week at most', () => {
    const week = 'X-Amz-Expires must be less than a week (in seconds) that is X-Amz-Expires must be less than 604800';
    for (const [expires, text] of Object.entries({ soon: 'X-Amz-Expires should be a number', 604801: week })) {
      const request = presigned({ 'X-Amz-Expires': expires });
      assertNotAdmitted(request, 'IncompleteSignatureException', text);
    }
  });
});
