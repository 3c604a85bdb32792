/**
 * The texts of errors of DynamoDB Streams. Those of DynamoDB itself come from public records of what it answered, or
 * are what the service model says of an error's message; the others say where they are from.
 */
const NOT_FOUND = 'Requested resource not found';

/** Texts that need no argument are strings, the others functions of what they name. */
export const STREAM_MESSAGES = {
  invalidArn: 'Invalid StreamArn',
  streamNotFound: (arn: string) => `${NOT_FOUND}: Stream: ${arn} not found`,
  shardNotFound: `${NOT_FOUND}: Shard does not exist`,
  trimmed: 'The data you are trying to access has been trimmed.',
  expired: 'The provided iterator exceeds the maximum age allowed.',

  /** What the API reference says of LimitExceededException. */
  tooManyRecords: 'GetRecords was called with a value of more than 1000 for the limit request parameter.',
  /** In the form of the text for an ARN; the service's own are in no public source. */
  invalidIterator: 'Invalid ShardIterator',
  invalidShardId: 'Invalid ShardId',
  invalidSequenceNumber: 'Invalid SequenceNumber',
  /** As Kinesis words them, whose shards and iterators these are. */
  sequenceNumberMissing: (type: string) => `${SEQUENCE_NUMBER_USE}Request specified ${type} and no SequenceNumber.`,
  sequenceNumberUnexpected: (type: string) =>
    `${SEQUENCE_NUMBER_USE}Request specified ${type} and also a SequenceNumber.`,
  /** Our wording. */
  incompleteFilter: 'ShardFilter needs both a Type and a ShardId',
} as const;

const SEQUENCE_NUMBER_USE =
  'Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and SequenceNumber or ' +
  '(2) TRIM_HORIZON or LATEST and no SequenceNumber. ';
