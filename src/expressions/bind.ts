/**
 * Puts a request's names and values in the place of placeholders. That all of them are defined has been checked before.
 *
 * This runs for every request, so it copies no more than it must: what holds no placeholder is shared with the
 * template.
 */
import { unreachable } from '../foundation/assert.ts';
import type { AttributeValue } from '../values/attribute-value.ts';
import type {
  Condition,
  ConditionTemplate,
  DocumentPath,
  Operand,
  OperandTemplate,
  PathOperand,
  PathReference,
  Update,
  UpdateAction,
  UpdateActionTemplate,
  UpdateValue,
  UpdateValueTemplate,
  ValueOperand,
  ValuePlaceholder,
} from './ast.ts';

/** What placeholders stand for, by their whole text (`#n`, `:v`). */
export interface Bindings {
  readonly names: Readonly<Record<string, string>>;
  readonly values: Readonly<Record<string, AttributeValue>>;
}

/** The condition that a template and a request's bindings make. */
export function bindCondition(template: ConditionTemplate, bindings: Bindings): Condition {
  switch (template.kind) {
    case 'and':
    case 'or':
      return { kind: template.kind, conditions: template.conditions.map((part) => bindCondition(part, bindings)) };
    case 'not':
      return { kind: 'not', condition: bindCondition(template.condition, bindings) };
    case 'comparison':
      return {
        kind: 'comparison',
        operator: template.operator,
        left: bindOperand(template.left, bindings),
        right: bindOperand(template.right, bindings),
      };
    case 'between':
      return {
        kind: 'between',
        operand: bindOperand(template.operand, bindings),
        lower: bindOperand(template.lower, bindings),
        upper: bindOperand(template.upper, bindings),
      };
    case 'in':
      return {
        kind: 'in',
        operand: bindOperand(template.operand, bindings),
        candidates: template.candidates.map((candidate) => bindOperand(candidate, bindings)),
      };
    case 'call':
      return {
        kind: 'call',
        name: template.name,
        operands: template.operands.map((operand) => bindOperand(operand, bindings)),
      };
    default:
      return unreachable(template);
  }
}

function bindOperand(template: OperandTemplate, bindings: Bindings): Operand {
  if (template.kind === 'size') return { kind: 'size', operand: bindOperand(template.operand, bindings) };
  return template.kind === 'placeholder' ? bindValue(template, bindings) : bindPathOperand(template, bindings);
}

function bindValue(template: ValuePlaceholder, bindings: Bindings): ValueOperand {
  return { kind: 'value', value: bindings.values[template.name] as AttributeValue };
}

function bindPathOperand(template: PathReference, bindings: Bindings): PathOperand {
  return template.kind === 'path' ? template : { kind: 'path', path: bindPath(template, bindings) };
}

/** The document path that a reference and a request's bindings make. */
export function bindPath(template: PathReference, bindings: Bindings): DocumentPath {
  if (template.kind === 'path') return template.path;
  return template.elements.map((element) =>
    typeof element === 'string' && element.startsWith('#') ? (bindings.names[element] as string) : element,
  );
}

/** The update that its actions' templates and a request's bindings make. */
export function bindUpdate(templates: readonly UpdateActionTemplate[], bindings: Bindings): Update {
  return { kind: 'update', actions: templates.map((template) => bindAction(template, bindings)) };
}

function bindAction(template: UpdateActionTemplate, bindings: Bindings): UpdateAction {
  const path = bindPathOperand(template.path, bindings);
  switch (template.kind) {
    case 'set':
      return { kind: 'set', path, value: bindUpdateValue(template.value, bindings) };
    case 'remove':
      return { kind: 'remove', path };
    case 'add':
    case 'delete':
      return { kind: template.kind, path, value: bindValue(template.value, bindings) };
    default:
      return unreachable(template);
  }
}

function bindUpdateValue(template: UpdateValueTemplate, bindings: Bindings): UpdateValue {
  switch (template.kind) {
    case 'placeholder':
      return bindValue(template, bindings);
    case 'path':
    case 'pathTemplate':
      return bindPathOperand(template, bindings);
    case 'arithmetic':
      return {
        kind: 'arithmetic',
        operator: template.operator,
        left: bindUpdateValue(template.left, bindings),
        right: bindUpdateValue(template.right, bindings),
      };
    case 'ifNotExists':
      return {
        kind: 'ifNotExists',
        path: bindPathOperand(template.path, bindings),
        fallback: bindUpdateValue(template.fallback, bindings),
      };
    case 'listAppend':
      return {
        kind: 'listAppend',
        first: bindUpdateValue(template.first, bindings),
        second: bindUpdateValue(template.second, bindings),
      };
    default:
      return unreachable(template);
  }
}
