/** Every limit of the API that code checks, with its unit in its name. Source: "Quotas and limits" in the developer guide. */
export const LIMITS = {
  itemSizeBytes: 409_600,
  partitionKeySizeBytes: 2_048,
  sortKeySizeBytes: 1_024,
  attributeNameSizeBytes: 65_535,
  /** Maps and lists inside each other; a value at the top of an item stands at level 1. */
  nestingLevels: 32,
  numberSignificantDigits: 38,
  /** The power of ten of the leading digit, at most and at least. */
  numberMaxExponent: 125,
  numberMinExponent: -130,
  pageSizeBytes: 1_048_576,
  batchWriteItems: 25,
  batchGetItems: 100,
  batchGetSizeBytes: 16_777_216,
  /** Of all items that a transaction reads, and of all items, keys and values in the request for one that writes. */
  transactionSizeBytes: 4_194_304,
  globalIndexes: 20,
  localIndexes: 5,
  /** NonKeyAttributes named in all indexes of a table together. */
  projectedNonKeyAttributes: 100,
  listTablesPage: 100,
  /** Streams, or shards of one, in an answer. */
  streamsPage: 100,
  /** Records of a shard in an answer, and their bytes. */
  streamRecords: 1_000,
  streamRecordsSizeBytes: 1_048_576,
  shardIteratorAgeMs: 900_000,
  tags: 50,
  /** In UTF-16 code units, as the service's own language counts. */
  tagKeyLength: 128,
  tagValueLength: 256,
  /** How long after a change of Time to Live the next one has to wait. */
  timeToLivePauseMs: 3_600_000,
  /** An item that expired so long ago is kept: five years. */
  timeToLivePastMs: 5 * 365 * 86_400_000,
  /** Of a table with local indexes: the items of one partition key and their entries in those indexes, together. */
  itemCollectionSizeBytes: 10 * 1_073_741_824,
  /** What an account may provision by default, for reading and for writing alike: in all, and for one table. */
  accountCapacityUnits: 80_000,
  tableCapacityUnits: 40_000,
  /** The most capacity units that can be asked for. */
  capacityUnits: 1_000_000_000_000,
  /** How often throughput can be decreased on one UTC day, and how long each further decrease has to wait. */
  decreasesPerDay: 4,
  decreasePauseMs: 3_600_000,
  /** How often a table's class can change within a period. */
  tableClassUpdates: 2,
  tableClassPeriodMs: 2_592_000_000,
} as const;
