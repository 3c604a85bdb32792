/** The texts of errors about tags and the ARNs that name what is tagged, worded as DynamoDB words them. */
import type { MissingColon } from './arn.ts';

const INVALID = 'One or more parameter values were invalid: ';

const MISSING_COLONS: Readonly<Record<MissingColon, string>> = {
  1: "ARNs must start with 'arn:'",
  2: 'Second colon partition not found',
  3: 'Third colon vendor not found',
  4: 'Fourth colon (region/namespace delimiter) not found',
  5: 'Fifth colon (namespace/relative-id delimiter) not found',
};

/** Source: public records of what the service answered. */
export const TAG_MESSAGES = {
  none: 'Atleast one Tag needs to be provided as Input.',
  noKey: 'Atleast one Tag Key needs to be provided as Input.',
  invalidKey: (key: string | undefined) => `The Tag Key provided is invalid, Key: ${key ?? 'null'}`,
  invalidValue: (value: string | undefined) => `The Tag Value provided is invalid, Value: ${value ?? 'null'}`,
  reservedKey: (key: string) => `Tag Key cannot be prefixed with aws:, Key: ${key}`,
  duplicateKey: (key: string) => `Duplicate Tag Keys provided as input: Duplicate Tag Key found ${key}`,
  tooMany: 'Number of Tags exceed the current limit for the provided ResourceArn',
  /** Our wording. */
  unknownToken: `${INVALID}NextToken is not one that ListTagsOfResource gave out`,
} as const;

/** What names no resource that can be tagged. Source: as above. */
export const RESOURCE_ARN_MESSAGES = {
  malformed: (missing: MissingColon, arn: string) => `${INVALID}${MISSING_COLONS[missing]}: ${arn}`,
  noTable: (arn: string) => `${INVALID}Provided Arn is not a DynamoDB resource arn: ${arn}`,
  index: (arn: string) =>
    `${INVALID}Invalid resource arn provided, only table or stream is accepted. Provided resource arn: ${arn}`,
  elsewhere: (arn: string) => `Invalid TableArn: Invalid ResourceArn provided as input ${arn}`,
  notFound: (arn: string) => `Requested resource not found: ResourceArn: ${arn} not found`,
  denied: 'Access is denied',
} as const;
