/**
 * The trees that expressions are made of: plain, read-only data tagged by `kind`, so that they can be posted to another
 * thread.
 *
 * A tree exists in two states. Parsers give templates, whose leaves may be placeholders (`#n`, `:v`) and which are
 * cached by text; `bind.ts` puts a request's names and values in their place. Evaluators see bound trees only.
 */
import type { AttributeValue } from '../values/attribute-value.ts';

/** A step of a document path: an attribute name or a list index. */
export type PathElement = string | number;

/** Where a value lies in an item; the first element is the name of an attribute at the top. */
export type DocumentPath = readonly PathElement[];

export interface PathOperand {
  readonly kind: 'path';
  readonly path: DocumentPath;
}

export interface ValueOperand {
  readonly kind: 'value';
  readonly value: AttributeValue;
}

/** A document path some of whose names are `#` placeholders; literal names never begin with `#`. */
export interface PathTemplate {
  readonly kind: 'pathTemplate';
  readonly elements: DocumentPath;
}

/** A `:` placeholder, colon included. */
export interface ValuePlaceholder {
  readonly kind: 'placeholder';
  readonly name: string;
}

export type PathReference = PathOperand | PathTemplate;

/** What conditions compare. */
export type Operand = PathOperand | ValueOperand | { readonly kind: 'size'; readonly operand: Operand };

export type OperandTemplate =
  | PathReference
  | ValuePlaceholder
  | { readonly kind: 'size'; readonly operand: OperandTemplate };

export type Comparator = '=' | '<>' | '<' | '<=' | '>' | '>=';

/** The functions that are conditions by themselves. */
export type ConditionFunction =
  | 'attribute_exists'
  | 'attribute_not_exists'
  | 'attribute_type'
  | 'begins_with'
  | 'contains';

/** A condition over operands of one state; `and` and `or` hold two or more conditions. */
export type ConditionOf<O> =
  | { readonly kind: 'and'; readonly conditions: readonly ConditionOf<O>[] }
  | { readonly kind: 'or'; readonly conditions: readonly ConditionOf<O>[] }
  | { readonly kind: 'not'; readonly condition: ConditionOf<O> }
  | { readonly kind: 'comparison'; readonly operator: Comparator; readonly left: O; readonly right: O }
  | { readonly kind: 'between'; readonly operand: O; readonly lower: O; readonly upper: O }
  | { readonly kind: 'in'; readonly operand: O; readonly candidates: readonly O[] }
  | { readonly kind: 'call'; readonly name: ConditionFunction; readonly operands: readonly O[] };

/** A ConditionExpression or FilterExpression, bound. */
export type Condition = ConditionOf<Operand>;

export type ConditionTemplate = ConditionOf<OperandTemplate>;

/** What a SET action computes, over paths `P` and values `V` of one state. */
export type UpdateValueOf<P, V> =
  | P
  | V
  | {
      readonly kind: 'arithmetic';
      readonly operator: '+' | '-';
      readonly left: UpdateValueOf<P, V>;
      readonly right: UpdateValueOf<P, V>;
    }
  | { readonly kind: 'ifNotExists'; readonly path: P; readonly fallback: UpdateValueOf<P, V> }
  | { readonly kind: 'listAppend'; readonly first: UpdateValueOf<P, V>; readonly second: UpdateValueOf<P, V> };

export type UpdateValue = UpdateValueOf<PathOperand, ValueOperand>;

/** One action of an update; its path is what it writes. */
export type UpdateActionOf<P, V> =
  | { readonly kind: 'set'; readonly path: P; readonly value: UpdateValueOf<P, V> }
  | { readonly kind: 'remove'; readonly path: P }
  | { readonly kind: 'add'; readonly path: P; readonly value: V }
  | { readonly kind: 'delete'; readonly path: P; readonly value: V };

export type UpdateAction = UpdateActionOf<PathOperand, ValueOperand>;

/**
 * An UpdateExpression, bound: its actions in the order of the text. No two paths overlap. Or, in the legacy form,
 * AttributeUpdates: errors have other words then, and what is added may also be a list.
 */
export interface Update {
  readonly kind: 'update';
  readonly form?: 'legacy';
  readonly actions: readonly UpdateAction[];
}

export type UpdateValueTemplate = UpdateValueOf<PathReference, ValuePlaceholder>;
export type UpdateActionTemplate = UpdateActionOf<PathReference, ValuePlaceholder>;

/** A ProjectionExpression, bound: the paths in the order of the text, no two of which overlap. */
export interface Projection {
  readonly kind: 'projection';
  readonly paths: readonly DocumentPath[];
}

export type KeyOperator = '=' | '<' | '<=' | '>' | '>=' | 'BETWEEN' | 'begins_with';

/** One condition on one key attribute; BETWEEN has two operands, the others one. */
export interface KeyConditionTerm {
  readonly attributeName: string;
  readonly operator: KeyOperator;
  readonly operands: readonly AttributeValue[];
}

/** A KeyConditionExpression, bound: terms on different attributes, all of which must hold, in the order of the text. */
export interface KeyCondition {
  readonly kind: 'keyCondition';
  readonly terms: readonly KeyConditionTerm[];
}

/** The parameters that hold expressions, as the API and its error texts name them. */
export type ExpressionName =
  | 'UpdateExpression'
  | 'ConditionExpression'
  | 'KeyConditionExpression'
  | 'FilterExpression'
  | 'ProjectionExpression';
