/**
 * The trees that statements are made of. Conditions and updates are those of `expressions/`, as templates: each value of
 * the text stands in them as the placeholder `:n`, `n` being its place in `ParsedStatement.values`.
 */
import type { ConditionTemplate, DocumentPath, UpdateActionTemplate } from '../expressions/ast.ts';
import type { AttributeValue } from '../values/attribute-value.ts';

/** A value of the text, `?` included; positions count from 0. */
export type ValueTemplate =
  | { readonly kind: 'constant'; readonly value: AttributeValue }
  /** The digits as written. */
  | { readonly kind: 'number'; readonly text: string }
  | { readonly kind: 'parameter'; readonly position: number }
  | { readonly kind: 'list'; readonly elements: readonly ValueTemplate[] }
  | { readonly kind: 'set'; readonly elements: readonly ValueTemplate[] }
  | { readonly kind: 'tuple'; readonly members: readonly (readonly [name: string, value: ValueTemplate])[] };

export interface OrderKey {
  readonly name: string;
  readonly descending: boolean;
}

export interface SelectStatement {
  readonly kind: 'select';
  readonly tableName: string;
  readonly indexName: string | undefined;
  /** Undefined for `*`. */
  readonly paths: readonly DocumentPath[] | undefined;
  readonly where: ConditionTemplate | undefined;
  readonly orderBy: readonly OrderKey[];
}

export interface InsertStatement {
  readonly kind: 'insert';
  readonly tableName: string;
  readonly item: ValueTemplate;
}

/** What RETURNING asks for, as ReturnValues names it. */
export type Returning = 'ALL_OLD' | 'ALL_NEW' | 'UPDATED_OLD' | 'UPDATED_NEW';

export interface UpdateStatement {
  readonly kind: 'update';
  readonly tableName: string;
  readonly actions: readonly UpdateActionTemplate[];
  readonly where: ConditionTemplate | undefined;
  readonly returning: Returning | undefined;
}

export interface DeleteStatement {
  readonly kind: 'delete';
  readonly tableName: string;
  readonly where: ConditionTemplate | undefined;
  readonly returning: Returning | undefined;
}

/** `EXISTS(SELECT ...)`: a check in a transaction that writes. */
export interface ExistsStatement {
  readonly kind: 'exists';
  readonly select: SelectStatement;
}

export type Statement = SelectStatement | InsertStatement | UpdateStatement | DeleteStatement | ExistsStatement;

/** A statement with all that its text holds. */
export interface ParsedStatement {
  readonly statement: Statement;
  readonly values: readonly ValueTemplate[];
  /** How many `?` it has. */
  readonly parameterCount: number;
}
