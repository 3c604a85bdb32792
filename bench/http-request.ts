/** Calls of the API as HTTP requests, made ahead so that sending one costs next to nothing. */
import type { ApiCall } from './workloads.ts';

/** The headers of a call. The servers run without access keys: they parse the signature and don't compute it anew. */
export function encodeHeaders(operation: string): Record<string, string> {
  return {
    'X-Amz-Target': `DynamoDB_20120810.${operation}`,
    'Content-Type': 'application/x-amz-json-1.0',
    'User-Agent': 'aws-sdk-js/3 stator-bench',
    'X-Amz-Date': '20260101T000000Z',
    Authorization:
      'AWS4-HMAC-SHA256 Credential=BENCH/20260101/us-east-1/dynamodb/aws4_request, ' +
      `SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature=${'0123456789abcdef'.repeat(4)}`,
  };
}

/** The bytes of `call` for the server at `endpoint`. */
export function encodeRequest(endpoint: string, { operation, input }: ApiCall): Uint8Array {
  const body = JSON.stringify(input);
  const headers = Object.entries({
    Host: new URL(endpoint).host,
    ...encodeHeaders(operation),
    'Content-Length': String(Buffer.byteLength(body)),
  });
  const head = ['POST / HTTP/1.1', ...headers.map(([name, value]) => `${name}: ${value}`)];
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`);
}
