/** The ARNs of tables, and the parts of any. Source: "Amazon Resource Names (ARNs)" in the AWS General Reference. */

/** Where the server stands, as ARNs name it. */
export interface ArnScope {
  readonly region: string;
  readonly accountId: string;
}

/** The partition of AWS in which this server stands. */
export const ARN_PARTITION = 'aws';

/** The ARN of the table called `name`. */
export function formatTableArn({ region, accountId }: ArnScope, name: string): string {
  return `arn:${ARN_PARTITION}:dynamodb:${region}:${accountId}:table/${name}`;
}

/** The ARN of the stream of a table with the ARN `tableArn`, by its label. */
export function formatStreamArn(tableArn: string, label: string): string {
  return `${tableArn}/stream/${label}`;
}

/** `arn:partition:service:region:accountId:resource`. */
export interface Arn extends ArnScope {
  readonly partition: string;
  readonly service: string;
  /** All that follows the fifth colon, colons included. */
  readonly resource: string;
}

/** What keeps a text from being an ARN: the first colon that it lacks, counted from 1. */
export type MissingColon = 1 | 2 | 3 | 4 | 5;

/** The parts of `text`, whatever they say, or what it lacks. */
export function parseArn(text: string): Arn | MissingColon {
  const [prefix, partition, service, region, accountId, ...resource] = text.split(':');
  if (prefix !== 'arn' || partition === undefined) return 1;
  if (service === undefined) return 2;
  if (region === undefined) return 3;
  if (accountId === undefined) return 4;
  if (resource.length === 0) return 5;
  return { partition, service, region, accountId, resource: resource.join(':') };
}
