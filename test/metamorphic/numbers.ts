/** DynamoDB's numbers as the model reckons them: integers that count ten to the -130, the smallest step there is. */
import { validationError } from './errors.ts';

const FRACTION_DIGITS = 130;
const SIGNIFICANT_DIGITS_MAX = 38;
const OVERFLOW = 10n ** BigInt(126 + FRACTION_DIGITS);

function scale(text: string): bigint {
  const [, sign = '', integer = '', fraction = '', power = '0'] =
    /^([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  const digits = BigInt(integer + fraction) * 10n ** BigInt(FRACTION_DIGITS - fraction.length + Number(power));
  return sign === '-' ? -digits : digits;
}

function unscale(scaled: bigint): string {
  const digits = `${scaled < 0n ? -scaled : scaled}`.padStart(FRACTION_DIGITS + 1, '0');
  const integer = digits.slice(0, -FRACTION_DIGITS);
  const fraction = digits.slice(-FRACTION_DIGITS).replace(/0+$/, '');
  return (scaled < 0n ? '-' : '') + integer + (fraction === '' ? '' : `.${fraction}`);
}

/** The text of a number as answers have it. */
export function canonicalNumber(text: string): string {
  return unscale(scale(text));
}

/** The sum of `left` and `sign` times `right`. Throws the ValidationException where it is out of range or precision. */
export function addNumbers(left: string, right: string, sign: 1 | -1): string {
  const sum = scale(left) + BigInt(sign) * scale(right);
  if (sum >= OVERFLOW || sum <= -OVERFLOW) {
    throw validationError('Number overflow. Attempting to store a number with magnitude larger than supported range');
  }
  if (`${sum}`.replace(/^-?0*|0+$/g, '').length > SIGNIFICANT_DIGITS_MAX) {
    throw validationError('Attempting to store more than 38 significant digits in a Number');
  }
  return unscale(sum);
}

/** Below, at or above zero as `left` is less than, equal to or greater than `right`. */
export function compareNumbers(left: string, right: string): number {
  const difference = scale(left) - scale(right);
  return difference < 0n ? -1 : Number(difference > 0n);
}

/** A byte, one more below zero, and one for each two digits in front of the point and behind it, outer zeros aside. */
export function numberSizeBytes(text: string): number {
  const canonical = canonicalNumber(text);
  const [integer = '', fraction] = canonical.replace('-', '').split('.');
  const before = fraction === undefined ? integer.replace(/0+$/, '') : integer.replace(/^0$/, '');
  const behind = before === '' ? (fraction ?? '').replace(/^0+/, '') : (fraction ?? '');
  return 1 + Number(canonical.startsWith('-')) + Math.ceil(before.length / 2) + Math.ceil(behind.length / 2);
}
