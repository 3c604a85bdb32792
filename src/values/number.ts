/**
 * DynamoDB's Number: up to 38 significant decimal digits, magnitude 1E-130 to 9.99...E125, sign and zero; exact.
 *
 * Outside this file a number is its canonical text: plain digits without exponent, sign only when negative, no
 * leading or trailing zeros beyond those that give the magnitude (`5`, `-0.05`, `1200`).
 * Source: "Data types: Number" in the developer guide.
 */
import { validationError } from '../foundation/errors.ts';
import { LIMITS } from '../foundation/limits.ts';

/**
 * A number taken apart: `0.d1d2d3...` times ten to `exponent + 1`, so `exponent` is the power of ten of the first
 * digit. `digits` has no leading or trailing zeros and is empty for zero.
 */
export interface Decimal {
  readonly negative: boolean;
  readonly digits: string;
  readonly exponent: number;
}

const ZERO: Decimal = { negative: false, digits: '', exponent: 0 };
const PLAIN_INTEGER = /^(?:0|-?[1-9]\d{0,37})$/;
const NUMBER_TEXT = /^([+-]?)(?:(\d+)(?:\.(\d*))?|\.(\d+))(?:[eE]([+-]?\d+))?$/;

/** The canonical text of any number a caller may write; throws the ValidationException for what is not one. */
export function parseNumber(text: string): string {
  return PLAIN_INTEGER.test(text) ? text : formatDecimal(parseDecimal(text));
}

/** Takes apart any number a caller may write, canonical text included; errors as `parseNumber`. */
export function parseDecimal(text: string): Decimal {
  if (text === '') throw validationError('The parameter cannot be converted to a numeric value');
  const match = NUMBER_TEXT.exec(text);
  if (match === null) throw validationError(`The parameter cannot be converted to a numeric value: ${text}`);
  const integer = match[2] ?? '';
  const fraction = match[3] ?? match[4] ?? '';
  const power = match[5] === undefined ? 0 : Number(match[5]);
  return normalizeDecimal(match[1] === '-', integer + fraction, power - fraction.length);
}

/** The decimal `digits` times ten to `power`, trimmed and checked against the range and precision. */
function normalizeDecimal(negative: boolean, digits: string, power: number): Decimal {
  let first = 0;
  while (first < digits.length && digits.charCodeAt(first) === 0x30) first++;
  let end = digits.length;
  while (end > first && digits.charCodeAt(end - 1) === 0x30) end--;
  // A zero has the magnitude its last digit was written at: `0e126` overflows although it is zero.
  const exponent = first === end ? power : power + digits.length - first - 1;
  if (exponent > LIMITS.numberMaxExponent) {
    throw validationError('Number overflow. Attempting to store a number with magnitude larger than supported range');
  }
  if (first === end) return ZERO;
  if (exponent < LIMITS.numberMinExponent) {
    throw validationError('Number underflow. Attempting to store a number with magnitude smaller than supported range');
  }
  if (end - first > LIMITS.numberSignificantDigits) {
    throw validationError('Attempting to store more than 38 significant digits in a Number');
  }
  return { negative, digits: digits.slice(first, end), exponent };
}

/** The canonical text of `decimal`. */
export function formatDecimal(decimal: Decimal): string {
  const { digits, exponent } = decimal;
  if (digits === '') return '0';
  const sign = decimal.negative ? '-' : '';
  const integerLength = exponent + 1;
  if (integerLength <= 0) return `${sign}0.${'0'.repeat(-integerLength)}${digits}`;
  if (digits.length <= integerLength) return sign + digits + '0'.repeat(integerLength - digits.length);
  return `${sign}${digits.slice(0, integerLength)}.${digits.slice(integerLength)}`;
}

/** The exact sum of two canonical numbers; throws the ValidationException when it leaves the range or the precision. */
export function addNumbers(left: string, right: string): string {
  return addDecimals(parseDecimal(left), parseDecimal(right));
}

/** The exact difference of two canonical numbers; errors as `addNumbers`. */
export function subtractNumbers(left: string, right: string): string {
  const subtrahend = parseDecimal(right);
  return addDecimals(parseDecimal(left), { ...subtrahend, negative: !subtrahend.negative });
}

function addDecimals(left: Decimal, right: Decimal): string {
  const power = Math.min(lastDigitPower(left), lastDigitPower(right));
  const sum = scaledInteger(left, power) + scaledInteger(right, power);
  const digits = (sum < 0n ? -sum : sum).toString();
  return formatDecimal(normalizeDecimal(sum < 0n, digits, power));
}

/** The power of ten of the last digit. */
function lastDigitPower(decimal: Decimal): number {
  return decimal.digits === '' ? 0 : decimal.exponent - decimal.digits.length + 1;
}

/** `decimal` as an integer count of ten to `power`, which is at most its last digit's. */
function scaledInteger(decimal: Decimal, power: number): bigint {
  if (decimal.digits === '') return 0n;
  const magnitude = BigInt(decimal.digits) * 10n ** BigInt(lastDigitPower(decimal) - power);
  return decimal.negative ? -magnitude : magnitude;
}

/** Below, at or above zero as `left` is less than, equal to or greater than `right`; both canonical. */
export function compareNumbers(left: string, right: string): number {
  if (left === right) return 0;
  // Up to 15 digits a double is exact.
  if (left.length <= 15 && right.length <= 15) return Number(left) - Number(right);
  return compareDecimals(parseDecimal(left), parseDecimal(right));
}

function compareDecimals(left: Decimal, right: Decimal): number {
  const leftSign = decimalSign(left);
  const rightSign = decimalSign(right);
  if (leftSign !== rightSign) return leftSign - rightSign;
  if (left.exponent !== right.exponent) return (left.exponent - right.exponent) * leftSign;
  if (left.digits === right.digits) return 0;
  return left.digits < right.digits ? -leftSign : leftSign;
}

function decimalSign(decimal: Decimal): -1 | 0 | 1 {
  if (decimal.digits === '') return 0;
  return decimal.negative ? -1 : 1;
}
