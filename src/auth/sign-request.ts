/** Signs requests to servers such as this one, with Signature Version 4: what `authenticate.ts` verifies. */
import type { SignedService } from './authenticate.ts';
import type { Credential } from './credentials.ts';
import { computeSignature, deriveSigningKey } from './signature-v4.ts';

export interface UnsignedRequest {
  readonly method: string;
  readonly url: URL;
  /** Lower-case names; without `host`, which goes with the URL. All of them are signed. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Signer {
  readonly credential: Credential;
  readonly region: string;
  readonly service: SignedService;
  readonly nowMs: number;
}

/** The headers of `request` and those that sign it; `host` is not among them. */
export function signRequest(request: UnsignedRequest, signer: Signer): Record<string, string> {
  const { credential, region, service, nowMs } = signer;
  const { accessKeyId, secretAccessKey, sessionToken } = credential;
  const date = new Date(nowMs).toISOString().replaceAll(/[-:]|\.\d+/g, '');
  const day = date.slice(0, 8);
  const scope = `${day}/${region}/${service}/aws4_request`;
  const sent: Record<string, string> = { ...request.headers, 'x-amz-date': date };
  if (sessionToken !== undefined) sent['x-amz-security-token'] = sessionToken;
  const headers: Record<string, string> = { ...sent, host: request.url.host };
  const signedHeaderNames = Object.keys(headers).toSorted();
  const signedHeaders = signedHeaderNames.join(';');
  const { method, url } = request;
  const signature = computeSignature(
    { method, url: url.pathname + url.search, headers, rawHeaders: Object.entries(headers).flat() },
    {
      signedHeaderNames,
      signedHeaders,
      query: url.search === '' ? undefined : url.searchParams,
      date,
      scope,
      signingKey: deriveSigningKey(secretAccessKey, day, region, service),
      body: Buffer.from(request.body),
    },
  );
  const claim = `Credential=${accessKeyId}/${scope}, SignedHeaders=${signedHeaders}, Signature=${signature}`;
  return { ...sent, authorization: `AWS4-HMAC-SHA256 ${claim}` };
}
