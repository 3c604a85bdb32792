/**
 * The parameters of the API's first version, which expressions replaced ("Legacy conditional parameters" in the
 * developer guide). Each becomes the tree that the expression in its place would have given, so that conditions,
 * updates and projections are evaluated in one way only.
 *
 * What is different is said in each file: names are whole, a dot in one is part of it, and none reaches into a map or
 * a list; some operators and actions take fewer types than their twins, or more; and the texts of errors.
 */

/** How a legacy condition compares an attribute with its values. */
export type ComparisonOperator =
  | 'EQ'
  | 'NE'
  | 'LE'
  | 'LT'
  | 'GE'
  | 'GT'
  | 'NOT_NULL'
  | 'NULL'
  | 'CONTAINS'
  | 'NOT_CONTAINS'
  | 'BEGINS_WITH'
  | 'IN'
  | 'BETWEEN';

export type ConditionalOperator = 'AND' | 'OR';

/** A condition as the caller sent it; attribute values are not yet canonical. */
export interface RawCondition {
  readonly ComparisonOperator?: ComparisonOperator | undefined;
  readonly AttributeValueList?: readonly unknown[] | undefined;
}

/** A condition of Expected, which has an older form too: a value to equal, or that there is none. */
export interface RawExpected extends RawCondition {
  readonly Value?: unknown;
  readonly Exists?: boolean | undefined;
}

export interface RawAttributeUpdate {
  readonly Action?: 'PUT' | 'DELETE' | 'ADD' | undefined;
  readonly Value?: unknown;
}

/** What a caller names attributes by. */
export type ByName<T> = Readonly<Record<string, T>>;

/** The legacy members of a request, as the caller sent them; their shape has been checked. */
export interface LegacyParameters {
  readonly AttributeUpdates?: ByName<RawAttributeUpdate> | undefined;
  readonly AttributesToGet?: readonly string[] | undefined;
  readonly ConditionalOperator?: ConditionalOperator | undefined;
  readonly Expected?: ByName<RawExpected> | undefined;
  readonly KeyConditions?: ByName<RawCondition> | undefined;
  readonly QueryFilter?: ByName<RawCondition> | undefined;
  readonly ScanFilter?: ByName<RawCondition> | undefined;
}

export type LegacyName = keyof LegacyParameters;
