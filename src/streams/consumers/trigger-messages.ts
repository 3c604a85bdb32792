/** The texts of errors about triggers, which Lambda calls event source mappings, worded as Lambda words them. */
export const TRIGGER_MESSAGES = {
  notFound: 'The resource you requested does not exist.',
  streamNotFound: (streamArn: string) => `Stream not found: ${streamArn}`,
  /** The spaces inside the quotation marks are Lambda's. Functions are told by their names, without qualifiers. */
  exists: (streamArn: string, functionArn: string, uuid: string) =>
    `The event source arn (" ${streamArn} ") and function (" ${nameFunction(functionArn)} ") provided mapping already ` +
    `exists. Please update or delete the existing mapping with UUID ${uuid}`,
} as const;

function nameFunction(functionArn: string): string {
  return /^arn:aws:lambda:[^:]*:[^:]*:function:(.*)$/.exec(functionArn)?.[1] ?? functionArn;
}
