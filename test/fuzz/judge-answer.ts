/** What every answer must be, whatever was sent: a result or a modelled error of the caller's, and well-formed. */
import * as dynamodb from '@aws-sdk/client-dynamodb';
import * as streams from '@aws-sdk/client-dynamodb-streams';
import { isUtf8 } from 'node:buffer';
import { crc32, gunzipSync, inflateSync } from 'node:zlib';
import type { FuzzInput } from './draw-input.ts';
import type { Answer, Outcome } from './send-input.ts';

/** What the server itself says in the name of the service, apart from the errors of the API's model. */
const SERVICE_ERRORS: ReadonlySet<string> = new Set([
  'AccessDeniedException',
  'IncompleteSignatureException',
  'InvalidSignatureException',
  'MalformedHttpRequestException',
  'MissingAuthenticationTokenException',
  'RequestEntityTooLargeException',
  'RequestTimeoutException',
  'SerializationException',
  'UnknownOperationException',
  'UnrecognizedClientException',
]);

/** Says what is wrong with `outcome`; undefined if nothing is. */
export function findFault(input: FuzzInput, { answer, received, failure }: Outcome): string | undefined {
  if (failure !== undefined) return failure;
  if (received !== undefined) return findFaultOfBytes(received);
  if (answer === undefined) return 'neither an answer nor a failure';
  return (
    findFaultOfHead(answer) ?? ('method' in input && input.method === 'POST' ? findFaultOfBody(answer) : undefined)
  );
}

/** Answers follow each other here, and whether there is one at all is up to HTTP. */
function findFaultOfBytes(received: Buffer): string | undefined {
  const text = received.toString('latin1');
  if (text !== '' && !text.startsWith('HTTP/1.1 ')) return `not HTTP: ${text.slice(0, 200)}`;
  const statuses = [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
  return statuses.every(isExpectedStatus) ? undefined : text.slice(0, 2_000);
}

function isExpectedStatus(status: number): boolean {
  return status === 100 || status === 200 || (status >= 400 && status < 500);
}

function findFaultOfHead({ status, headers, body }: Answer): string | undefined {
  if (!isExpectedStatus(status)) return `status ${status}: ${body.toString().slice(0, 2_000)}`;
  if (!/^[A-Z0-9]{52}$/.test(String(headers['x-amzn-requestid']))) return 'no request id';
  return undefined;
}

function findFaultOfBody({ status, headers, body }: Answer): string | undefined {
  if (headers['x-amz-crc32'] !== String(crc32(body))) return 'the CRC-32 is not that of the body';
  const bytes = decompressed(headers['content-encoding'], body);
  if (!isUtf8(bytes)) return 'the body is not UTF-8';
  const text = bytes.toString();
  if (status === 404) return text === '<UnknownOperationException/>\n' ? undefined : `404: ${text}`;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return `not an object: ${text.slice(0, 2_000)}`;
    return status === 200 ? undefined : findFaultOfError(value as Record<string, unknown>);
  } catch {
    return `not JSON: ${text.slice(0, 2_000)}`;
  }
}

function decompressed(encoding: string | undefined, body: Buffer): Buffer {
  if (encoding === 'gzip') return gunzipSync(body);
  return encoding === 'deflate' ? inflateSync(body) : body;
}

/** Signs of a fault of the program in a text that was made for callers. */
const SLIP =
  /\[object \w+\]|\bundefined\b|is not a function|Cannot (read|set|convert)|not iterable|node:internal|\.ts:\d/;

function findFaultOfError(error: Record<string, unknown>): string | undefined {
  const [space, name = ''] = String(error['__type']).split('#');
  if (!isKnownError(space, name)) return `not a modelled error: ${JSON.stringify(error).slice(0, 2_000)}`;
  const text = error['message'] ?? error['Message'];
  if (text === undefined) return undefined;
  return typeof text === 'string' && text !== '' && !SLIP.test(text) ? undefined : `its text: ${String(text)}`;
}

function isKnownError(space: string | undefined, name: string): boolean {
  if (space === 'com.amazon.coral.service') return SERVICE_ERRORS.has(name);
  if (space === 'com.amazon.coral.validate') return name === 'ValidationException';
  const isModelled = name in dynamodb || name in streams;
  return space === 'com.amazonaws.dynamodb.v20120810' && name !== 'InternalServerError' && isModelled;
}
