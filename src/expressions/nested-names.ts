/** Which attributes at the top of an item an expression looks into, by paths of more than one element. */
import { unreachable } from '../foundation/assert.ts';
import type { Condition, DocumentPath, Operand, Projection, Update, UpdateValue } from './ast.ts';

type VisitPath = (path: DocumentPath) => void;

/** Calls `visit` with every document path in a condition, or in one of its operands. */
export function visitConditionPaths(node: Condition | Operand, visit: VisitPath): void {
  switch (node.kind) {
    case 'and':
    case 'or':
      for (const part of node.conditions) visitConditionPaths(part, visit);
      return;
    case 'not':
      return visitConditionPaths(node.condition, visit);
    case 'comparison':
      visitConditionPaths(node.left, visit);
      return visitConditionPaths(node.right, visit);
    case 'between':
      for (const operand of [node.operand, node.lower, node.upper]) visitConditionPaths(operand, visit);
      return;
    case 'in':
      for (const operand of [node.operand, ...node.candidates]) visitConditionPaths(operand, visit);
      return;
    case 'call':
      for (const operand of node.operands) visitConditionPaths(operand, visit);
      return;
    case 'path':
      return visit(node.path);
    case 'size':
      return visitConditionPaths(node.operand, visit);
    case 'value':
      return;
    default:
      return unreachable(node);
  }
}

function visitUpdateValuePaths(value: UpdateValue, visit: VisitPath): void {
  switch (value.kind) {
    case 'path':
      return visit(value.path);
    case 'value':
      return;
    case 'arithmetic':
      visitUpdateValuePaths(value.left, visit);
      return visitUpdateValuePaths(value.right, visit);
    case 'listAppend':
      visitUpdateValuePaths(value.first, visit);
      return visitUpdateValuePaths(value.second, visit);
    case 'ifNotExists':
      visit(value.path.path);
      return visitUpdateValuePaths(value.fallback, visit);
    default:
      return unreachable(value);
  }
}

function visitUpdatePaths({ actions }: Update, visit: VisitPath): void {
  for (const action of actions) {
    visit(action.path.path);
    if (action.kind === 'set') visitUpdateValuePaths(action.value, visit);
  }
}

/** The expressions of one kind of request, those that it has. */
export interface LookingExpressions {
  readonly condition?: Condition | undefined;
  readonly update?: Update | undefined;
  readonly projection?: Projection | undefined;
}

/** The names of the attributes that any of the expressions looks into; none without a path that is nested. */
export function nestedAttributeNames({ condition, update, projection }: LookingExpressions): ReadonlySet<string> {
  const names = new Set<string>();
  const visit: VisitPath = (path) => {
    if (path.length > 1) names.add(path[0] as string);
  };
  if (update !== undefined) visitUpdatePaths(update, visit);
  if (condition !== undefined) visitConditionPaths(condition, visit);
  for (const path of projection?.paths ?? []) visit(path);
  return names;
}
