/** The ARNs of tables. */

/** Where the server stands, as ARNs name it. */
export interface ArnScope {
  readonly region: string;
  readonly accountId: string;
}

/** The ARN of the table called `name`. */
export function formatTableArn({ region, accountId }: ArnScope, name: string): string {
  return `arn:aws:dynamodb:${region}:${accountId}:table/${name}`;
}

/** The ARN of the stream of a table with the ARN `tableArn`, by its label. */
export function formatStreamArn(tableArn: string, label: string): string {
  return `${tableArn}/stream/${label}`;
}
