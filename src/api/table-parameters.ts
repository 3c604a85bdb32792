/** What CreateTable and UpdateTable share of their parameters: from the wire to what tables/ knows. */
import type {
  AttributeDefinition,
  KeySchemaElement as WireKeySchemaElement,
  OnDemandThroughput as WireOnDemandThroughput,
  Projection,
  ProvisionedThroughput as WireProvisionedThroughput,
  SSESpecification,
  StreamSpecification,
  WarmThroughput as WireWarmThroughput,
} from '@aws-sdk/client-dynamodb';
import { validationError } from '../foundation/errors.ts';
import { keepLong } from '../foundation/long.ts';
import type { KeySchemaElement } from '../tables/key-schema.ts';
import { TABLE_MESSAGES } from '../tables/messages.ts';
import type { KeyAttribute, OnDemandThroughput, ProvisionedThroughput } from '../tables/table.ts';
import type { CapacityRequest, IndexRequest } from '../tables/table-request.ts';
import type { EncryptionRequest, StreamRequest } from '../tables/table-settings.ts';

/** The members of a table or global index that say what it can take. */
interface WireCapacity {
  readonly ProvisionedThroughput?: WireProvisionedThroughput | undefined;
  readonly OnDemandThroughput?: WireOnDemandThroughput | undefined;
  readonly WarmThroughput?: WireWarmThroughput | undefined;
}

/** A local or global index, as a request to create it says; the shape's check has required what an index needs. */
interface WireIndex extends WireCapacity {
  readonly IndexName: string | undefined;
  readonly KeySchema: readonly WireKeySchemaElement[] | undefined;
  readonly Projection: Projection | undefined;
}

export function indexRequestOf(index: WireIndex): IndexRequest {
  return {
    name: index.IndexName as string,
    keySchema: (index.KeySchema ?? []).map(keySchemaElementOf),
    projectionType: index.Projection?.ProjectionType,
    nonKeyAttributes: index.Projection?.NonKeyAttributes,
    ...capacityRequestOf(index),
  };
}

export function capacityRequestOf(capacity: WireCapacity): CapacityRequest {
  return {
    provisionedThroughput: throughputOf(capacity.ProvisionedThroughput),
    onDemandThroughput: onDemandThroughputOf(capacity.OnDemandThroughput),
    warmThroughput: capacity.WarmThroughput && {
      ...(capacity.WarmThroughput.ReadUnitsPerSecond !== undefined && {
        readUnitsPerSecond: keepLong(capacity.WarmThroughput.ReadUnitsPerSecond),
      }),
      ...(capacity.WarmThroughput.WriteUnitsPerSecond !== undefined && {
        writeUnitsPerSecond: keepLong(capacity.WarmThroughput.WriteUnitsPerSecond),
      }),
    },
  };
}

function throughputOf(throughput: WireProvisionedThroughput | undefined): ProvisionedThroughput | undefined {
  if (throughput === undefined) return undefined;
  return {
    readCapacityUnits: throughput.ReadCapacityUnits as number,
    writeCapacityUnits: throughput.WriteCapacityUnits as number,
  };
}

function onDemandThroughputOf(throughput: WireOnDemandThroughput | undefined): OnDemandThroughput | undefined {
  if (throughput === undefined) return undefined;
  const { MaxReadRequestUnits, MaxWriteRequestUnits } = throughput;
  return {
    ...(MaxReadRequestUnits !== undefined && { maxReadRequestUnits: keepLong(MaxReadRequestUnits) }),
    ...(MaxWriteRequestUnits !== undefined && { maxWriteRequestUnits: keepLong(MaxWriteRequestUnits) }),
  };
}

export function keySchemaElementOf({ AttributeName, KeyType }: WireKeySchemaElement): KeySchemaElement {
  return { name: AttributeName as string, keyType: KeyType as KeySchemaElement['keyType'] };
}

export function keyAttributeOf({ AttributeName, AttributeType }: AttributeDefinition): KeyAttribute {
  return { name: AttributeName as string, type: AttributeType as KeyAttribute['type'] };
}

export function streamRequestOf(stream: StreamSpecification | undefined): StreamRequest | undefined {
  return stream && { isEnabled: stream.StreamEnabled === true, viewType: stream.StreamViewType };
}

export function encryptionRequestOf(encryption: SSESpecification | undefined): EncryptionRequest | undefined {
  return encryption && { isEnabled: encryption.Enabled, type: encryption.SSEType, keyId: encryption.KMSMasterKeyId };
}

/** Turns away what this server doesn't have yet: the first of `asked` that a request asks for. */
export function refuseUnsupported(asked: readonly (readonly [what: string, isAsked: boolean])[]): void {
  for (const [what, isAsked] of asked) if (isAsked) throw validationError(TABLE_MESSAGES.notSupported(what));
}
