import type { ListEventSourceMappingsRequest } from '@aws-sdk/client-lambda';
import { type TriggerRecord, listTriggers } from '../../streams/consumers/trigger-record.ts';
import type { Operation } from '../operation.ts';
import { describeMapping } from './describe-mapping.ts';
import { nameFunction } from './function-name.ts';
import { invalidParameter } from './invalid-parameter.ts';
import { LAMBDA_MESSAGES } from './messages.ts';
import { isTriggerUuid } from './require-trigger.ts';

/** Mappings in one answer, whatever MaxItems asks for. Source: API reference, ListEventSourceMappings. */
const MAX_ITEMS = 100;

/** Lists event source mappings, a page at a time. Source: API reference, ListEventSourceMappings. */
export const ListEventSourceMappings: Operation<ListEventSourceMappingsRequest> = {
  name: 'ListEventSourceMappings',

  async run(context, input) {
    const { EventSourceArn: streamArn, FunctionName: functionName, Marker: marker, MaxItems: maxItems } = input;
    const functionArn = functionName === undefined ? undefined : nameFunction(context, functionName);
    const limit = Math.min(maxItems ?? MAX_ITEMS, MAX_ITEMS);
    const page: TriggerRecord[] = [];
    for await (const trigger of listTriggers(context.engine, marker ? decodeMarker(marker) : undefined)) {
      if (streamArn !== undefined && trigger.streamArn !== streamArn) continue;
      if (functionArn !== undefined && trigger.functionArn !== functionArn) continue;
      page.push(trigger);
      // One more than is answered tells whether there is another page.
      if (page.length > limit) break;
    }
    const answered = page.slice(0, limit);
    const last = page.length > limit ? answered.at(-1) : undefined;
    return {
      NextMarker: last && encodeMarker(last.uuid),
      EventSourceMappings: await Promise.all(answered.map((trigger) => describeMapping(context, trigger))),
    };
  },
};

/** Callers are to hand markers back and to make none themselves, so they don't look like UUIDs. */
function encodeMarker(uuid: string): string {
  return Buffer.from(uuid).toString('base64');
}

function decodeMarker(marker: string): string {
  const uuid = Buffer.from(marker, 'base64').toString('latin1');
  if (!isTriggerUuid(uuid)) throw invalidParameter(LAMBDA_MESSAGES.marker);
  return uuid;
}
