/**
 * Roots, powers and logarithms of NUMERIC and BIGNUMERIC, right to their last digit: computed with 130 decimals,
 * rounded half away from zero at the end. Numbers are integers scaled by a power of ten.
 */

import { checkRange, type DecimalKind, divideRounded, show, unitOf } from './numeric.js';

const WORKING_SCALE = 130n;
const ONE = 10n ** WORKING_SCALE;
/** e to this is beyond BIGNUMERIC, and to its negative less than half of its last digit. */
const MAX_EXPONENT = 100n * ONE;

const times = (a: bigint, b: bigint): bigint => divideRounded(a * b, ONE);
const over = (a: bigint, b: bigint): bigint => divideRounded(a * ONE, b);

/** ln of 0 < x: x = m · 2^k with m about 1, ln m = 2 artanh((m − 1) / (m + 1)). */
function logarithm(x: bigint): bigint {
  let mantissa = x;
  let twos = 0n;
  for (; mantissa > (ONE * 3n) / 2n; mantissa = divideRounded(mantissa, 2n)) twos += 1n;
  for (; mantissa < (ONE * 3n) / 4n; mantissa *= 2n) twos -= 1n;
  return doubleArtanh(over(mantissa - ONE, mantissa + ONE)) + twos * LN_2;
}

/** 2 (z + z³/3 + z⁵/5 + …) */
function doubleArtanh(z: bigint): bigint {
  const square = times(z, z);
  let sum = 0n;
  for (let power = z, n = 1n; power !== 0n; power = times(power, square), n += 2n) sum += power / n;
  return 2n * sum;
}

const LN_2 = doubleArtanh(over(ONE, 3n * ONE));
const LN_10 = logarithm(10n * ONE);

/** Halvings of the exponent before the series, and squarings after it. */
const HALVINGS = 8n;

/** e^x for |x| ≤ MAX_EXPONENT: 2^k · e^r with r below ln 2. */
function exponential(x: bigint): bigint {
  let twos = x / LN_2;
  if (x < 0n) twos -= 1n;
  const rest = (x - twos * LN_2) / 2n ** HALVINGS;
  let sum = ONE;
  for (let term = rest, n = 1n; term !== 0n; n += 1n, term = times(term, rest) / n) sum += term;
  for (let i = 0n; i < HALVINGS; i += 1n) sum = times(sum, sum);
  return twos >= 0n ? sum * 2n ** twos : divideRounded(sum, 2n ** -twos);
}

/** The whole root of a number that is not negative, rounded. */
function root(value: bigint, degree: 2n | 3n): bigint {
  // Twice the root has one more binary digit, by which it is rounded.
  const wide = value * 2n ** degree;
  if (wide === 0n) return 0n;
  let guess = 1n << (BigInt(wide.toString(2).length) / degree + 1n);
  for (;;) {
    const next = ((degree - 1n) * guess + wide / guess ** (degree - 1n)) / degree;
    if (next >= guess) return (guess + 1n) >> 1n;
    guess = next;
  }
}

/** x^n by squaring; undefined as soon as it is beyond BIGNUMERIC for sure. */
function wholePower(base: bigint, exponent: bigint): bigint | undefined {
  let result = ONE;
  let square = base;
  for (let left = exponent; left > 0n; left /= 2n) {
    if (left % 2n === 1n) result = times(result, square);
    if (result > ONE * 10n ** 40n) return undefined;
    if (left > 1n) square = times(square, square);
    if (square > ONE * 10n ** 90n) return undefined;
  }
  return result;
}

function widened(value: bigint, kind: DecimalKind): bigint {
  return value * (ONE / unitOf(kind));
}

function narrowed(value: bigint, kind: DecimalKind, shown: string): bigint {
  return checkRange(divideRounded(value, ONE / unitOf(kind)), kind, shown);
}

function overflow(kind: DecimalKind, shown: string): never {
  throw new Error(`${kind === 'NUMERIC' ? 'numeric' : kind} overflow: ${shown}`);
}

/** SQRT, CBRT, EXP, LN, LOG and LOG10 of one argument. */
export function decimalFunction(name: string, x: bigint, kind: DecimalKind): bigint {
  const shown = `${name}(${show(x, kind)})`;
  switch (name) {
    case 'SQRT':
      if (x < 0n) throw new Error(`SQRT is undefined for negative value: ${shown}`);
      return root(x * unitOf(kind), 2n);
    case 'CBRT': {
      const magnitude = root((x < 0n ? -x : x) * unitOf(kind) ** 2n, 3n);
      return x < 0n ? -magnitude : magnitude;
    }
    case 'EXP': {
      const exponent = widened(x, kind);
      if (exponent > MAX_EXPONENT) return overflow(kind, shown);
      return exponent < -MAX_EXPONENT ? 0n : narrowed(exponential(exponent), kind, shown);
    }
    default: {
      const function_ = name === 'LOG' ? 'LN' : name;
      if (x <= 0n) {
        throw new Error(
          `${function_} is undefined for zero or negative value: ${function_}(${show(x, kind)})`,
        );
      }
      const natural = logarithm(widened(x, kind));
      return narrowed(name === 'LOG10' ? over(natural, LN_10) : natural, kind, shown);
    }
  }
}

export function decimalLog(x: bigint, base: bigint, kind: DecimalKind): bigint {
  const shown = `LOG(${show(x, kind)}, ${show(base, kind)})`;
  if (x <= 0n || base <= 0n || base === unitOf(kind)) {
    throw new Error(`LOG is undefined for zero or negative value, or when base equals 1: ${shown}`);
  }
  const quotient = over(logarithm(widened(x, kind)), logarithm(widened(base, kind)));
  return narrowed(quotient, kind, shown);
}

export function decimalPower(x: bigint, y: bigint, kind: DecimalKind): bigint {
  const unit = unitOf(kind);
  const shown = `POW(${show(x, kind)}, ${show(y, kind)})`;
  if (y === 0n) return unit;
  if (x === 0n) {
    if (y < 0n) throw new Error(`division by zero: ${shown}`);
    return 0n;
  }
  const whole = y % unit === 0n;
  if (x < 0n && !whole) {
    throw new Error(`Negative ${kind} value cannot be raised to a fractional power: ${shown}`);
  }
  const magnitude = widened(x < 0n ? -x : x, kind);
  let result: bigint | undefined;
  if (whole) {
    const exponent = y / unit;
    result = exponent > 0n ? wholePower(magnitude, exponent) : wholePower(over(ONE, magnitude), -exponent);
  } else {
    const exponent = times(widened(y, kind), logarithm(magnitude));
    if (exponent < -MAX_EXPONENT) return 0n;
    result = exponent > MAX_EXPONENT ? undefined : exponential(exponent);
  }
  if (result === undefined) return overflow(kind, shown);
  const negative = x < 0n && (y / unit) % 2n !== 0n;
  return narrowed(negative ? -result : result, kind, shown);
}
