import { trimEndOf } from '../../../core/trim.js';
import { BIGNUMERIC_SCALE } from '../syntax/types.js';
import { floatText } from './float-text.js';

/** NUMERIC: 38 digits, 9 of them decimals. */
export const NUMERIC_SCALE = 9;
const NUMERIC_LIMIT = 10n ** 38n;
/** BIGNUMERIC holds ±2^255 × 10^-38. */
const BIGNUMERIC_LIMIT = 2n ** 255n;
const BIGNUMERIC_UNIT = 10n ** BigInt(BIGNUMERIC_SCALE);

class NumericOverflow extends Error {}

/** A decimal without trailing zeros, as BigQuery prints NUMERIC. */
export function trimDecimal(text: string): string {
  const trimmed = text.includes('.') ? trimEndOf(trimEndOf(text, '0'), '.') : text;
  return trimmed === '-0' || trimmed === '' ? '0' : trimmed;
}

/** The decimal text of a BIGNUMERIC from the integer that stores it. */
export function unscale(text: string): string {
  return decimalText(BigInt(text), BIGNUMERIC_SCALE);
}

export function decimalText(scaled: bigint, scale: number): string {
  const negative = scaled < 0n;
  const digits = (negative ? -scaled : scaled).toString().padStart(scale + 1, '0');
  return trimDecimal(`${negative ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`);
}

/** a ÷ b, rounded half away from zero. */
export function divideRounded(a: bigint, b: bigint): bigint {
  const negative = a < 0n !== b < 0n;
  const x = a < 0n ? -a : a;
  const y = b < 0n ? -b : b;
  const quotient = (2n * x + y) / (2n * y);
  return negative ? -quotient : quotient;
}

/** Reads decimal text into an integer scaled by 10^scale, rounding half away from zero; undefined when it is no number. */
function parseScaled(text: string, scale: number): bigint | undefined {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/.exec(text);
  if (!match) return undefined;
  const [, sign, whole = '', fraction = '', exponent = '0'] = match;
  if (whole === '' && fraction === '') return undefined;
  const shift = scale + Number(exponent) - fraction.length;
  // Wider than any value that could fit; keeps the power below small.
  if (shift > 400) return /[1-9]/.test(whole + fraction) ? 10n ** 400n : 0n;
  if (shift < -5000) return 0n;
  const digits = BigInt(whole + fraction);
  const scaled = shift >= 0 ? digits * 10n ** BigInt(shift) : divideRounded(digits, 10n ** BigInt(-shift));
  return sign === '-' ? -scaled : scaled;
}

/** PARSE_NUMERIC and PARSE_BIGNUMERIC: spaces and commas are passed over, and the sign may stand at either end. */
export function parseLenient(text: string, kind: 'NUMERIC' | 'BIGNUMERIC'): bigint {
  const fail = (): never => {
    throw new Error(`Invalid input to PARSE_${kind}: "${text}"`);
  };
  const match = /^([+-]?)\s*([\d,]*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?(?:\s*([+-]))?$/.exec(text.trim());
  if (!match) return fail();
  const [, before = '', whole = '', fraction = '', exponent = '0', after = ''] = match;
  if (before !== '' && after !== '') return fail();
  const digits = whole.replaceAll(',', '');
  if (digits === '' && fraction === '') return fail();
  const scaled = parseScaled(
    `${before}${after}${digits}.${fraction}e${exponent}`,
    kind === 'NUMERIC' ? NUMERIC_SCALE : BIGNUMERIC_SCALE,
  );
  return checkRange(scaled ?? fail(), kind, text);
}

/** CAST(… AS NUMERIC): spaces around only. */
export function parseStrict(text: string, kind: 'NUMERIC' | 'BIGNUMERIC'): bigint {
  const scaled = parseScaled(text.trim(), kind === 'NUMERIC' ? NUMERIC_SCALE : BIGNUMERIC_SCALE);
  if (scaled === undefined || !fits(scaled, kind)) throw new Error(`Invalid ${kind} value: ${text}`);
  return scaled;
}

function fits(scaled: bigint, kind: DecimalKind): boolean {
  return kind === 'NUMERIC'
    ? scaled < NUMERIC_LIMIT && scaled > -NUMERIC_LIMIT
    : scaled < BIGNUMERIC_LIMIT && scaled >= -BIGNUMERIC_LIMIT;
}

export function checkRange(scaled: bigint, kind: DecimalKind, shown: string): bigint {
  if (!fits(scaled, kind))
    throw new NumericOverflow(`${kind === 'NUMERIC' ? 'numeric' : 'BIGNUMERIC'} overflow: ${shown}`);
  return scaled;
}

export type DecimalKind = 'NUMERIC' | 'BIGNUMERIC';

export function unitOf(kind: DecimalKind): bigint {
  return kind === 'NUMERIC' ? 10n ** BigInt(NUMERIC_SCALE) : BIGNUMERIC_UNIT;
}

export function multiply(a: bigint, b: bigint, kind: DecimalKind): bigint {
  return checkRange(divideRounded(a * b, unitOf(kind)), kind, `${show(a, kind)} * ${show(b, kind)}`);
}

export function divide(a: bigint, b: bigint, kind: DecimalKind): bigint {
  if (b === 0n) throw new Error(`division by zero: ${show(a, kind)} / ${show(b, kind)}`);
  return checkRange(divideRounded(a * unitOf(kind), b), kind, `${show(a, kind)} / ${show(b, kind)}`);
}

/** The four operations, NULL where the result does not fit or the divisor is zero. */
export function safeArithmetic(a: bigint, operator: string, b: bigint, kind: DecimalKind): bigint | null {
  try {
    switch (operator) {
      case '+':
        return checkRange(a + b, kind, '');
      case '-':
        return checkRange(a - b, kind, '');
      case '*':
        return multiply(a, b, kind);
      default:
        return b === 0n ? null : divide(a, b, kind);
    }
  } catch (error) {
    if (error instanceof NumericOverflow) return null;
    throw error;
  }
}

export function show(value: bigint, kind: DecimalKind): string {
  return decimalText(value, kind === 'NUMERIC' ? NUMERIC_SCALE : BIGNUMERIC_SCALE);
}

/** DIV: the whole part of the quotient. */
export function divideWhole(a: bigint, b: bigint, kind: DecimalKind): bigint {
  if (b === 0n) throw new Error(`division by zero: DIV(${show(a, kind)}, ${show(b, kind)})`);
  return checkRange((a / b) * unitOf(kind), kind, `DIV(${show(a, kind)}, ${show(b, kind)})`);
}

export function remainder(a: bigint, b: bigint, kind: DecimalKind): bigint {
  if (b === 0n) throw new Error(`division by zero: MOD(${show(a, kind)}, ${show(b, kind)})`);
  return a % b;
}

export type Rounding = 'ROUND_HALF_AWAY_FROM_ZERO' | 'ROUND_HALF_EVEN' | 'TRUNC' | 'CEIL' | 'FLOOR';

/** Rounds to `digits` decimals; negative digits round left of the point. */
export function roundDecimal(value: bigint, digits: bigint, rounding: Rounding, kind: DecimalKind): bigint {
  const scale = BigInt(kind === 'NUMERIC' ? NUMERIC_SCALE : BIGNUMERIC_SCALE);
  if (digits >= scale) return value;
  if (scale - digits > 80n) return 0n;
  const step = 10n ** (scale - digits);
  const negative = value < 0n;
  const magnitude = negative ? -value : value;
  let quotient = magnitude / step;
  const rest = magnitude % step;
  const half = rest * 2n - step;
  switch (rounding) {
    case 'ROUND_HALF_AWAY_FROM_ZERO':
      if (half >= 0n) quotient += 1n;
      break;
    case 'ROUND_HALF_EVEN':
      if (half > 0n || (half === 0n && quotient % 2n === 1n)) quotient += 1n;
      break;
    case 'CEIL':
      if (rest > 0n && !negative) quotient += 1n;
      break;
    case 'FLOOR':
      if (rest > 0n && negative) quotient += 1n;
      break;
    case 'TRUNC':
  }
  return checkRange((negative ? -quotient : quotient) * step, kind, `ROUND(${show(value, kind)}, ${digits})`);
}

/** A BIGNUMERIC that NUMERIC holds without loss, for what DuckDB does with decimals only. */
export function exactNumeric(value: bigint): bigint {
  const step = BIGNUMERIC_UNIT / unitOf('NUMERIC');
  if (value % step !== 0n || !fits(value / step, 'NUMERIC')) {
    throw new Error(
      'RANGE frames over BIGNUMERIC values that NUMERIC does not hold are not supported by this emulator',
    );
  }
  return value / step;
}

/** A BIGNUMERIC as BIGNUMERIC(precision, scale) holds it. */
export function fitted(value: bigint, precision: bigint, scale: bigint): bigint {
  const rounded = roundDecimal(value, scale, 'ROUND_HALF_AWAY_FROM_ZERO', 'BIGNUMERIC');
  const limit = BIGNUMERIC_UNIT * 10n ** (precision - scale);
  if (rounded < limit && rounded > -limit) return rounded;
  throw new NumericOverflow(`BIGNUMERIC overflow: ${show(value, 'BIGNUMERIC')}`);
}

/** The nearest double, from the decimal text so that no digit is lost on the way. */
export function toDouble(scaled: bigint, scale: number): number {
  return Number(decimalText(scaled, scale));
}

const DOUBLE_BITS = 64;

/** The double of a fraction of integers, to the last bit or the one before; `b` is positive. */
function quotient(a: bigint, b: bigint): number {
  const bits = (value: bigint): number => value.toString(2).length;
  const shift = Math.max(0, DOUBLE_BITS + bits(b) - bits(a));
  return Number((a << BigInt(shift)) / b) / 2 ** shift;
}

/**
 * (Σx² − (Σx)² / n) / (n − `lost`), of exact sums of numbers that are held as integers of `unit`; `lost` is 1 for a
 * sample and 0 for a whole population. Null where there are too few.
 */
export function variance(
  squares: bigint,
  sum: bigint,
  count: bigint,
  lost: bigint,
  unit: bigint,
): number | null {
  if (count <= lost) return null;
  return quotient(count * squares - sum * sum, count * (count - lost) * unit * unit);
}

/** The nearest decimal of a finite double; half away from zero on its exact value. */
export function fromDouble(value: number, kind: DecimalKind): bigint {
  const name = kind === 'NUMERIC' ? 'numeric' : kind;
  if (!Number.isFinite(value)) {
    throw new Error(`Illegal conversion of non-finite floating point number to ${name}: ${floatText(value)}`);
  }
  let mantissa = value;
  let power = 0;
  while (!Number.isInteger(mantissa) && power < 1100) {
    mantissa *= 2;
    power += 1;
  }
  const scaled = divideRounded(BigInt(mantissa) * unitOf(kind), 1n << BigInt(power));
  if (!fits(scaled, kind)) throw new NumericOverflow(`${name} out of range: ${floatText(value)}`);
  return scaled;
}
