import { bytes, decimal, float, integer, text, udf } from '../duck/scalar-function.js';
import { decimalFunction, decimalLog, decimalPower } from '../values/decimal-math.js';
import * as numeric from '../values/numeric.js';

/** BIGNUMERIC travels as the decimal text of its scaled integer, since functions cannot take a BIGNUM. */
const big = {
  type: text.type,
  read: (value: unknown): bigint => BigInt(value as string),
  write: (value: bigint): string => value.toString(),
};

export const mathUdfs = {
  numeric_multiply: udf([decimal, decimal], decimal, (a, b) => numeric.multiply(a, b, 'NUMERIC')),
  numeric_divide: udf([decimal, decimal], decimal, (a, b) => numeric.divide(a, b, 'NUMERIC')),
  safe_numeric: udf([decimal, text, decimal], decimal, (a, operator, b) =>
    numeric.safeArithmetic(a, operator, b, 'NUMERIC'),
  ),
  safe_big: udf([big, text, big], big, (a, operator, b) =>
    numeric.safeArithmetic(a, operator, b, 'BIGNUMERIC'),
  ),
  numeric_div: udf([decimal, decimal], decimal, (a, b) => numeric.divideWhole(a, b, 'NUMERIC')),
  numeric_mod: udf([decimal, decimal], decimal, (a, b) => numeric.remainder(a, b, 'NUMERIC')),
  numeric_round: udf([decimal, integer, text], decimal, (value, digits, mode) =>
    numeric.roundDecimal(value, digits, roundingMode(mode), 'NUMERIC'),
  ),
  numeric_parse: udf([text], decimal, (value) => numeric.parseLenient(value, 'NUMERIC')),
  numeric_cast: udf([text], decimal, (value) => numeric.parseStrict(value, 'NUMERIC')),
  numeric_from_double: udf([float], decimal, (value) => numeric.fromDouble(value, 'NUMERIC')),
  numeric_function: udf([text, decimal], decimal, (name, x) => decimalFunction(name, x, 'NUMERIC')),
  numeric_log: udf([decimal, decimal], decimal, (x, base) => decimalLog(x, base, 'NUMERIC')),
  numeric_power: udf([decimal, decimal], decimal, (x, y) => decimalPower(x, y, 'NUMERIC')),
  big_function: udf([text, big], big, (name, x) => decimalFunction(name, x, 'BIGNUMERIC')),
  big_log: udf([big, big], big, (x, base) => decimalLog(x, base, 'BIGNUMERIC')),
  big_power: udf([big, big], big, (x, y) => decimalPower(x, y, 'BIGNUMERIC')),
  big_check: udf([big, text], big, (value, shown) => numeric.checkRange(value, 'BIGNUMERIC', shown)),
  big_to_numeric: udf([big], decimal, numeric.exactNumeric),
  big_fitted: udf([big, integer, integer], big, (value, precision, scale) =>
    numeric.fitted(value, precision, scale),
  ),
  numeric_units: udf([decimal], big, (value) => value),
  numeric_square: udf([decimal], big, (value) => value * value),
  big_square: udf([big], big, (value) => value * value),
  // Σx², Σx, n, 1 for a sample, the type
  variance: udf([big, big, integer, integer, text], float, (squares, sum, count, lost, kind) =>
    numeric.variance(squares, sum, count, lost, numeric.unitOf(kind as numeric.DecimalKind)),
  ),
  big_multiply: udf([big, big], big, (a, b) => numeric.multiply(a, b, 'BIGNUMERIC')),
  big_divide: udf([big, big], big, (a, b) => numeric.divide(a, b, 'BIGNUMERIC')),
  big_div: udf([big, big], big, (a, b) => numeric.divideWhole(a, b, 'BIGNUMERIC')),
  big_mod: udf([big, big], big, (a, b) => numeric.remainder(a, b, 'BIGNUMERIC')),
  big_round: udf([big, integer, text], big, (value, digits, mode) =>
    numeric.roundDecimal(value, digits, roundingMode(mode), 'BIGNUMERIC'),
  ),
  big_parse: udf([text], big, (value) => numeric.parseLenient(value, 'BIGNUMERIC')),
  big_cast: udf([text], big, (value) => numeric.parseStrict(value, 'BIGNUMERIC')),
  big_from_double: udf([float], big, (value) => numeric.fromDouble(value, 'BIGNUMERIC')),
  big_to_double: udf([big], float, (value) => numeric.toDouble(value, 38)),
  big_text: udf([big], text, (value) => numeric.decimalText(value, 38)),

  cbrt: udf([float], float, Math.cbrt),
  bit_count_bytes: udf([bytes], integer, (value) =>
    BigInt(value.reduce((sum, byte) => sum + byte.toString(2).replaceAll('0', '').length, 0)),
  ),
};

const MODES: ReadonlySet<string> = new Set([
  'ROUND_HALF_AWAY_FROM_ZERO',
  'ROUND_HALF_EVEN',
  'TRUNC',
  'CEIL',
  'FLOOR',
]);

function roundingMode(mode: string): numeric.Rounding {
  if (!MODES.has(mode)) throw new Error(`Invalid rounding mode: ${mode}`);
  return mode as numeric.Rounding;
}
