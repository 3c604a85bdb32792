import assert from 'node:assert/strict';
import type { IncomingHttpHeaders } from 'node:http';
import { describe, test } from 'node:test';
import { computeSignature, deriveSigningKey } from './signature-v4.ts';

interface Vector {
  readonly name: string;
  readonly method: string;
  readonly url: string;
  /** Besides Host and X-Amz-Date. */
  readonly headers: readonly string[];
  readonly signedHeaders: string;
  readonly body: string;
  readonly signature: string;
}

const DATE = '20150830T123600Z';
const COMMON_HEADERS = ['Host', 'example.amazonaws.com', 'X-Amz-Date', DATE];
const UNRESERVED = '-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const GET = { method: 'GET', url: '/', headers: [], signedHeaders: 'host;x-amz-date', body: '' };
const POST = { ...GET, method: 'POST' };

/** Of AWS's public Signature Version 4 test suite. */
const VECTORS: readonly Vector[] = [
  { ...GET, name: 'get-vanilla', signature: '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31' },
  { ...POST, name: 'post-vanilla', signature: '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b' },
  {
    ...GET,
    name: 'get-vanilla-query-order-key-case',
    url: '/?Param2=value2&Param1=value1',
    signature: 'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
  },
  {
    ...GET,
    name: 'get-vanilla-query-unreserved',
    url: `/?${UNRESERVED}=${UNRESERVED}`,
    signature: '9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197',
  },
  {
    ...GET,
    name: 'get-vanilla-utf8-query',
    url: '/?%E1%88%B4=bar',
    signature: '2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04',
  },
  {
    ...GET,
    name: 'get-unreserved',
    url: `/${UNRESERVED}`,
    signature: '07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f',
  },
  {
    ...GET,
    name: 'get-space',
    url: '/example space/',
    signature: '652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741',
  },
  {
    ...GET,
    name: 'get-utf8',
    url: '/ሴ',
    signature: '8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85',
  },
  {
    ...GET,
    name: 'get-slashes',
    url: '//example//',
    signature: '9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84',
  },
  {
    ...GET,
    name: 'get-slash-pointless-dot',
    url: '/./example',
    signature: 'ef75d96142cf21edca26f06005da7988e4f8dc83a165a80865db7089db637ec5',
  },
  {
    ...GET,
    name: 'get-relative-relative',
    url: '/example1/example2/../..',
    signature: '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31',
  },
  {
    ...GET,
    name: 'get-header-value-trim',
    headers: ['My-Header1', 'value1', 'My-Header2', '"a   b   c"'],
    signedHeaders: 'host;my-header1;my-header2;x-amz-date',
    signature: 'acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736',
  },
  {
    ...GET,
    name: 'get-header-key-duplicate',
    headers: ['My-Header1', 'value2', 'My-Header1', 'value2', 'My-Header1', 'value1'],
    signedHeaders: 'host;my-header1;x-amz-date',
    signature: 'c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea',
  },
  {
    ...POST,
    name: 'post-x-www-form-urlencoded',
    headers: ['Content-Type', 'application/x-www-form-urlencoded'],
    signedHeaders: 'content-type;host;x-amz-date',
    body: 'Param1=value1',
    signature: 'ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a',
  },
];

/** As Node's parser gives them: repeated headers joined. */
function joinHeaders(rawHeaders: readonly string[]): IncomingHttpHeaders {
  const headers: Record<string, string> = {};
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = String(rawHeaders[i]).toLowerCase();
    headers[name] = name in headers ? `${headers[name]}, ${rawHeaders[i + 1]}` : String(rawHeaders[i + 1]);
  }
  return headers;
}

function sign(vector: Vector): string {
  const { method, url, signedHeaders } = vector;
  const rawHeaders = [...vector.headers, ...COMMON_HEADERS];
  const query = url.indexOf('?');
  return computeSignature(
    { method, url, headers: joinHeaders(rawHeaders), rawHeaders },
    {
      signedHeaderNames: signedHeaders.split(';'),
      signedHeaders,
      query: query < 0 ? undefined : new URLSearchParams(url.slice(query + 1)),
      date: DATE,
      scope: '20150830/us-east-1/service/aws4_request',
      signingKey: deriveSigningKey('wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY', '20150830', 'us-east-1', 'service'),
      body: Buffer.from(vector.body),
    },
  );
}

describe('the public test suite', () => {
  for (const vector of VECTORS) {
    test(vector.name, () => assert.equal(sign(vector), vector.signature));
  }
});

test('what is signed changes the signature', () => {
  const vanilla = sign({ ...GET, name: '', signature: '' });
  const changes: Partial<Vector>[] = [{ method: 'PUT' }, { url: '/?a=b' }, { signedHeaders: 'host' }, { body: ' ' }];
  for (const change of changes) assert.notEqual(sign({ ...GET, name: '', signature: '', ...change }), vanilla);
});
