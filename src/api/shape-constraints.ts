/**
 * The second phase of the check of a request's body: required members, lengths, patterns, ranges and enums.
 *
 * Values are of the right JSON types by now (`shape-serialization.ts`). Violations are gathered over the whole input in
 * the order in which DynamoDB reports them. What hangs under a shape without any constraint is not walked at all, and
 * attribute values are such.
 */
import { validationError } from '../foundation/errors.ts';
import { findShape } from './shape-model.ts';
import type { ListShape, MapShape, NumberShape, Shape, StringShape, StructureShape } from './shape-types.ts';
import type { JsonObject } from './shape-attribute-value.ts';
import { REPORTED_LAST } from './shape-overrides.ts';
import { formatMemberName, formatValue } from './shape-text.ts';

const MAX_VIOLATIONS = 10;

/** One rule on a value, with the words in which DynamoDB states it. */
interface Constraint {
  readonly text: string;
  holds(value: unknown): boolean;
}

/** The way to a value from the input; a chain, since only the ways to violations are ever printed. */
interface Path {
  readonly from: Path | undefined;
  /** A member's printed name, an element's position from 1, or a map's key. */
  readonly step: string | number;
  readonly kind: 'member' | 'element';
}

/** The input itself, which no path names. */
const INPUT: Path = { from: undefined, step: '', kind: 'member' };

/** Adds to `violations` what is wrong inside a value that stands at `path`. */
type InnerCheck = (value: unknown, path: Path, violations: string[]) => void;

interface CompiledShape {
  readonly shapeName: string;
  /** The rules on the value itself, in the order in which a list of rules names them. */
  readonly constraints: readonly Constraint[];
  /** What looks inside the value; undefined where nothing inside is constrained. */
  readonly checkInside: InnerCheck | undefined;
}

const compiled = new Map<string, CompiledShape>();

/**
 * The check for an operation's input of the structure called `shapeName`; it throws a ValidationException that names up
 * to 10 violations.
 */
export function compileConstraintCheck(shapeName: string): (input: unknown) => void {
  const { checkInside } = compileNamed(shapeName);
  return (input) => {
    const violations: string[] = [];
    checkInside?.(input, INPUT, violations);
    if (violations.length > 0) throw validationError(describeViolations(violations));
  };
}

function describeViolations(violations: readonly string[]): string {
  const errors = violations.length === 1 ? 'error' : 'errors';
  return `${violations.length} validation ${errors} detected: ${violations.join('; ')}`;
}

function report(violations: string[], value: string, path: Path, text: string): void {
  if (violations.length === MAX_VIOLATIONS) return;
  violations.push(`Value ${value} at '${formatPath(path)}' failed to satisfy constraint: ${text}`);
}

function reportNull(violations: string[], path: Path): void {
  report(violations, 'null', path, 'Member must not be null');
}

function formatPath({ from, step, kind }: Path): string {
  const printed = kind === 'member' ? `${step}` : `${step}.member`;
  return from === undefined || from === INPUT ? printed : `${formatPath(from)}.${printed}`;
}

function compileNamed(shapeName: string): CompiledShape {
  const known = compiled.get(shapeName);
  if (known !== undefined) return known;
  const shape = findShape(shapeName);
  const made = { shapeName, constraints: compileConstraints(shape), checkInside: compileInside(shapeName, shape) };
  compiled.set(shapeName, made);
  return made;
}

function compileConstraints(shape: Shape): Constraint[] {
  switch (shape.type) {
    case 'string':
      return extend(shape, [...compileLength(shape), ...compilePattern(shape), ...compileEnum(shape)]);
    case 'list':
    case 'map':
      return compileLength(shape);
    case 'integer':
    case 'long':
    case 'double':
      return compileRange(shape);
    default:
      return [];
  }
}

/** `constraints`, which values hold as well that only this server takes. */
function extend({ extension }: StringShape, constraints: readonly Constraint[]): Constraint[] {
  if (extension === undefined) return [...constraints];
  const expression = new RegExp(`^(?:${extension})$`, 'u');
  return constraints.map(({ text, holds }) => ({
    text,
    holds: (value) => expression.test(value as string) || holds(value),
  }));
}

function compileLength({ min, max }: StringShape | ListShape | MapShape): Constraint[] {
  const constraints: Constraint[] = [];
  if (max !== undefined) {
    const text = `Member must have length less than or equal to ${max}`;
    constraints.push({ text, holds: (value) => measureLength(value) <= max });
  }
  if (min !== undefined) {
    const text = `Member must have length greater than or equal to ${min}`;
    constraints.push({ text, holds: (value) => measureLength(value) >= min });
  }
  return constraints;
}

function measureLength(value: unknown): number {
  if (typeof value === 'string' || Array.isArray(value)) return value.length;
  return Object.keys(value as JsonObject).length;
}

function compileRange({ min, max }: NumberShape): Constraint[] {
  const constraints: Constraint[] = [];
  if (max !== undefined) {
    const text = `Member must have value less than or equal to ${max}`;
    constraints.push({ text, holds: (value) => (value as number) <= max });
  }
  if (min !== undefined) {
    const text = `Member must have value greater than or equal to ${min}`;
    constraints.push({ text, holds: (value) => (value as number) >= min });
  }
  return constraints;
}

/** No shape with a pattern allows more; what is longer breaks its length, and some patterns take cubic time. */
const MAX_MATCHED_LENGTH = 65_536;

function compilePattern({ pattern, max }: StringShape): Constraint[] {
  if (pattern === undefined) return [];
  // Java's class is not in this language; its other notations are.
  const expression = new RegExp(`^(?:${pattern.replaceAll('\\p{Print}', '[ -~]')})$`, 'u');
  const text = `Member must satisfy regular expression pattern: ${pattern}`;
  const longest = max ?? MAX_MATCHED_LENGTH;
  return [{ text, holds: (value) => (value as string).length > longest || expression.test(value as string) }];
}

function compileEnum(shape: StringShape): Constraint[] {
  if (shape.enum === undefined) return [];
  const values: ReadonlySet<unknown> = new Set(shape.enum);
  const text = `Member must satisfy enum value set: [${shape.enum.join(', ')}]`;
  return [{ text, holds: (value) => values.has(value) }];
}

function compileInside(shapeName: string, shape: Shape): InnerCheck | undefined {
  if (shapeName === 'AttributeValue') return undefined;
  if (shape.type === 'structure') return compileStructure(shape);
  if (shape.type === 'list') return compileList(shapeName, shape);
  if (shape.type === 'map') return compileMap(shapeName, shape);
  return undefined;
}

function compileStructure(structure: StructureShape): InnerCheck | undefined {
  const members = Object.entries(structure.members)
    .map(([name, member]) => compileMember(name, structure.required.includes(name), compileNamed(member)))
    .filter(({ required, shape }) => required || isConstrained(shape))
    .toSorted((one, other) => Number(REPORTED_LAST.has(one.name)) - Number(REPORTED_LAST.has(other.name)));
  if (members.length === 0) return undefined;
  return (value, path, violations) => {
    for (const { name, printedName, required, shape } of members) {
      const part = (value as JsonObject)[name];
      if (part === undefined && !required) continue;
      const partPath: Path = { from: path, step: printedName, kind: 'member' };
      if (part === undefined) reportNull(violations, partPath);
      else checkPart(shape, part, partPath, violations);
    }
  };
}

interface CompiledMember {
  readonly name: string;
  readonly printedName: string;
  readonly required: boolean;
  readonly shape: CompiledShape;
}

function compileMember(name: string, required: boolean, shape: CompiledShape): CompiledMember {
  return { name, printedName: formatMemberName(name), required, shape };
}

function isConstrained({ constraints, checkInside }: CompiledShape): boolean {
  return constraints.length > 0 || checkInside !== undefined;
}

function checkPart(shape: CompiledShape, value: unknown, path: Path, violations: string[]): void {
  const { shapeName, constraints, checkInside } = shape;
  // Of the rules on one value, the last is reported first: a pattern before a length.
  for (let index = constraints.length - 1; index >= 0; index--) {
    const { holds, text } = constraints[index]!;
    if (!holds(value)) report(violations, `'${formatValue(shapeName, value)}'`, path, text);
  }
  checkInside?.(value, path, violations);
}

/** Rules on elements themselves are reported of the list, as one; what is wrong inside an element, of the element. */
function compileList(shapeName: string, shape: ListShape): InnerCheck | undefined {
  if (shape.member === 'AttributeValue') return undefined;
  const { constraints, checkInside } = compileNamed(shape.member);
  return (list, path, violations) => {
    const elements = list as readonly unknown[];
    if (!holdOfAll(constraints, elements)) {
      const text = `Member must satisfy constraint: ${describeAll(constraints)}`;
      report(violations, `'${formatValue(shapeName, list)}'`, path, text);
    }
    for (let index = 0; index < elements.length; index++) {
      checkElement(checkInside, elements[index], { from: path, step: index + 1, kind: 'element' }, violations);
    }
  };
}

/** As with lists: rules on keys and on values themselves are reported of the map. */
function compileMap(shapeName: string, shape: MapShape): InnerCheck | undefined {
  const keyConstraints = compileNamed(shape.key).constraints;
  if (shape.value === 'AttributeValue' && keyConstraints.length === 0) return undefined;
  const { constraints, checkInside } = compileNamed(shape.value);
  return (value, path, violations) => {
    const map = value as JsonObject;
    const keys = Object.keys(map);
    const reportMap = (text: string): void => report(violations, `'${formatValue(shapeName, map)}'`, path, text);
    if (!holdOfAll(keyConstraints, keys)) reportMap(`Map keys must satisfy constraint: ${describeAll(keyConstraints)}`);
    if (!holdOfAll(constraints, Object.values(map))) {
      reportMap(`Map value must satisfy constraint: ${describeAll(constraints)}`);
    }
    for (const key of keys) checkElement(checkInside, map[key], { from: path, step: key, kind: 'element' }, violations);
  };
}

function checkElement(checkInside: InnerCheck | undefined, value: unknown, path: Path, violations: string[]): void {
  if (value === null) reportNull(violations, path);
  else checkInside?.(value, path, violations);
}

/** Whether all elements keep all rules. Null is passed over: it is reported where it stands. */
function holdOfAll(constraints: readonly Constraint[], elements: readonly unknown[]): boolean {
  if (constraints.length === 0) return true;
  return elements.every((element) => element === null || constraints.every(({ holds }) => holds(element)));
}

/** All rules of a shape in one, as the texts of lists and maps state those of their elements. */
function describeAll(constraints: readonly Constraint[]): string {
  return `[${constraints.map(({ text }) => text).join(', ')}]`;
}
