/** The texts of errors of the Lambda API, worded as Lambda words them unless said otherwise. */
export const LAMBDA_MESSAGES = {
  sourceUnrecognized: 'Unrecognized event source.',
  startingPositionMissing:
    "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: " +
    'Member must not be null.',
  startingPositionUnsupported: (streamArn: string) => `Unsupported starting position for arn type: ${streamArn}`,
  recordAge: 'MaximumRecordAgeInSeconds must be either -1 (forever) or between 60 and 604800 (inclusive)',
  filterPattern: 'Invalid filter pattern definition.',
  unsupported: (parameter: string) => `Unsupported ${parameter} parameter for given event source mapping type.`,
  functionNameTooLong: (name: string) =>
    `1 validation error detected: Value '${name}' at 'functionName' failed to satisfy constraint: ` +
    'Member must have length less than or equal to 64',
  otherRegion: (region: string, own: string) =>
    `Functions from '${region}' are not reachable in this region ('${own}')`,

  // What follows is about what Lambda itself has, or about what only this server has, and in our own words.
  functionDenied: 'Functions of other accounts are not reachable.',
  tooManyFilters: (limit: number) => `FilterCriteria can have at most ${limit} filters.`,
  marker: 'The Marker is not one that this operation has answered.',
  tumblingWindow: 'TumblingWindowInSeconds must be 0: this server has no tumbling windows.',
  tags: 'Tags are not supported by this server.',
  destination: (destination: string) =>
    `The destination ${destination} is not one of this server's: give a URL or a function, lambda:NAME@URL, to be told of what was ` +
    'not delivered.',
  noEndpoint: (name: string) =>
    `Function not found: ${name}. This server was started without --lambda-endpoint, the URL of a server with ` +
    'functions; name one in lambda:NAME@URL.',
  functionMalformed: (text: string) =>
    `The function ${text} is not of the form https://HOST/PATH, lambda:NAME@URL or file:PATH.`,
  urlCredentials: 'URLs must not hold a user name or a password, which whoever lists event source mappings would see.',
  noFolder: 'Files are not functions on this server: it was started without --functions, the folder of such files.',
  fileOutside: (path: string) => `The file ${path} is not in the folder of functions of this server.`,
} as const;
