import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Comparator, ConditionFunction, ConditionTemplate, OperandTemplate, PathElement } from './ast.ts';
import { parseCondition } from './parse-condition.ts';
import { parseWhole } from './token-cursor.ts';

function parse(text: string): ConditionTemplate {
  return parseWhole('ConditionExpression', text, parseCondition).tree;
}

function comparison(operator: Comparator, left: string, right: string): ConditionTemplate {
  return { kind: 'comparison', operator, left: { kind: 'path', path: [left] }, right: { kind: 'path', path: [right] } };
}

test('NOT binds tighter than AND, and AND tighter than OR', () => {
  assert.deepEqual(parse('NOT a = b AND c = d or e = f AND g between h and i and j = k'), {
    kind: 'or',
    conditions: [
      {
        kind: 'and',
        conditions: [{ kind: 'not', condition: comparison('=', 'a', 'b') }, comparison('=', 'c', 'd')],
      },
      {
        kind: 'and',
        conditions: [
          comparison('=', 'e', 'f'),
          {
            kind: 'between',
            operand: { kind: 'path', path: ['g'] },
            lower: { kind: 'path', path: ['h'] },
            upper: { kind: 'path', path: ['i'] },
          },
          comparison('=', 'j', 'k'),
        ],
      },
    ],
  });
});

test('the placeholders of an expression are known', () => {
  const parsed = parseWhole('ConditionExpression', '#a.b = :v AND #c IN (:v, :w, size(#a))', parseCondition);
  assert.deepEqual([...parsed.names], ['#a', '#c']);
  assert.deepEqual([...parsed.values], [':v', ':w']);
});

const name = fc.constantFrom('a', 'bc', 'Attr_1', 'x9', '#n', '#0', '#_p');
const path: fc.Arbitrary<OperandTemplate> = fc
  .tuple(name, fc.array(fc.oneof(name, fc.nat({ max: 4_294_967_294 })), { maxLength: 3 }))
  .map(([first, rest]) => {
    const elements: PathElement[] = [first, ...rest];
    const hasPlaceholder = elements.some((element) => String(element).startsWith('#'));
    return hasPlaceholder ? { kind: 'pathTemplate', elements } : { kind: 'path', path: elements };
  });

const { operand } = fc.letrec<{ operand: OperandTemplate }>((tie) => ({
  operand: fc.oneof(
    { maxDepth: 2 },
    path,
    fc.constantFrom(':v', ':0', ':_w').map((placeholder) => ({ kind: 'placeholder' as const, name: placeholder })),
    tie('operand').map((inner) => ({ kind: 'size' as const, operand: inner })),
  ),
}));

const ARITY: Readonly<Record<ConditionFunction, number>> = {
  attribute_exists: 1,
  attribute_not_exists: 1,
  attribute_type: 2,
  begins_with: 2,
  contains: 2,
};
const call = fc
  .constantFrom(...(Object.keys(ARITY) as ConditionFunction[]))
  .chain((functionName) =>
    fc
      .array(operand, { minLength: ARITY[functionName], maxLength: ARITY[functionName] })
      .map((operands): ConditionTemplate => ({ kind: 'call', name: functionName, operands })),
  );
const leaf: fc.Arbitrary<ConditionTemplate> = fc.oneof(
  fc
    .tuple(fc.constantFrom<Comparator>('=', '<>', '<', '<=', '>', '>='), operand, operand)
    .map(([operator, left, right]): ConditionTemplate => ({ kind: 'comparison', operator, left, right })),
  fc
    .tuple(operand, operand, operand)
    .map(([value, lower, upper]): ConditionTemplate => ({ kind: 'between', operand: value, lower, upper })),
  fc
    .tuple(operand, fc.array(operand, { minLength: 1, maxLength: 3 }))
    .map(([value, candidates]): ConditionTemplate => ({ kind: 'in', operand: value, candidates })),
  call,
);
const { condition } = fc.letrec<{ condition: ConditionTemplate }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    leaf,
    tie('condition').map((inner): ConditionTemplate => ({ kind: 'not', condition: inner })),
    fc
      .tuple(fc.constantFrom('and' as const, 'or' as const), fc.array(tie('condition'), { minLength: 2, maxLength: 3 }))
      .map(([kind, conditions]): ConditionTemplate => ({ kind, conditions })),
  ),
}));

/** Tokens of a condition, with parentheses only where the tree would be another one without. */
function printCondition(tree: ConditionTemplate): string[] {
  switch (tree.kind) {
    case 'and':
    case 'or': {
      const inParentheses = tree.kind === 'or' ? ['or'] : ['and', 'or'];
      return joinTokens(
        tree.conditions.map((part) => printPart(part, inParentheses)),
        tree.kind.toUpperCase(),
      );
    }
    case 'not':
      return ['NOT', ...printPart(tree.condition, ['and', 'or'])];
    case 'comparison':
      return [...printOperand(tree.left), tree.operator, ...printOperand(tree.right)];
    case 'between':
      return [
        ...printOperand(tree.operand),
        'BETWEEN',
        ...printOperand(tree.lower),
        'AND',
        ...printOperand(tree.upper),
      ];
    case 'in':
      return [...printOperand(tree.operand), 'IN', ...printList(tree.candidates)];
    case 'call':
      return [tree.name, ...printList(tree.operands)];
  }
}

function printPart(tree: ConditionTemplate, inParentheses: readonly string[]): string[] {
  return inParentheses.includes(tree.kind) ? ['(', ...printCondition(tree), ')'] : printCondition(tree);
}

function printOperand(tree: OperandTemplate): string[] {
  switch (tree.kind) {
    case 'placeholder':
      return [tree.name];
    case 'size':
      return ['size', ...printList([tree.operand])];
    case 'path':
    case 'pathTemplate': {
      const [first, ...rest] = tree.kind === 'path' ? tree.path : tree.elements;
      return [
        String(first),
        ...rest.flatMap((element) => (typeof element === 'number' ? ['[', String(element), ']'] : ['.', element])),
      ];
    }
  }
}

function printList(operands: readonly OperandTemplate[]): string[] {
  return ['(', ...joinTokens(operands.map(printOperand), ','), ')'];
}

function joinTokens(parts: readonly string[][], separator: string): string[] {
  return parts.flatMap((part, i) => (i === 0 ? part : [separator, ...part]));
}

const KEYWORDS = new Set(['AND', 'OR', 'NOT', 'BETWEEN', 'IN']);

test('a printed condition parses back, whatever its white space and the case of its keywords', () => {
  fc.assert(
    fc.property(
      condition,
      fc.infiniteStream(fc.constantFrom(' ', '\n', '\t ', '')),
      fc.boolean(),
      (tree, spaces, lower) => {
        let text = '';
        for (const token of printCondition(tree)) {
          const space = spaces.next().value as string;
          const isGlued = /\w$/.test(text) && /^\w/.test(token);
          text += (isGlued ? space || ' ' : space) + (lower && KEYWORDS.has(token) ? token.toLowerCase() : token);
        }
        assert.deepEqual(parse(text), tree);
      },
    ),
    { numRuns: 300 },
  );
});
