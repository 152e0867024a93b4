import { createHash } from 'node:crypto';
import { bytes, decimal, float, integer, list, text, udf } from '../duck/scalar-function.js';
import { decimalFunction, decimalLog, decimalPower } from '../values/decimal-math.js';
import * as distance from '../values/histogram-distance.js';
import * as hll from '../values/hll.js';
import * as net from '../values/net.js';
import * as numeric from '../values/numeric.js';
import { firstPlaces, quantilePlaces, topRanked } from '../values/ranking.js';

/** BIGNUMERIC travels as the decimal text of its scaled integer, since functions cannot take a BIGNUM. */
const big = {
  type: text.type,
  read: (value: unknown): bigint => BigInt(value as string),
  write: (value: bigint): string => value.toString(),
};

function present<T>(values: (T | null)[]): T[] {
  return values.filter((value): value is T => value !== null);
}

export const numberUdfs = {
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
  sha512: udf([bytes], bytes, (value) => createHash('sha512').update(value).digest()),
  first_places: udf([list(text)], list(integer), firstPlaces),
  quantile_places: udf([integer, integer], list(integer), quantilePlaces),
  histogram_divergence: udf([text, text], float, (base, study) =>
    distance.histogramDivergence(JSON.parse(base), JSON.parse(study)),
  ),
  counts_divergence: udf([text, text], float, (base, study) =>
    distance.countsDivergence(JSON.parse(base), JSON.parse(study)),
  ),
  largest_difference: udf([text, text], float, (base, study) =>
    distance.largestDifference(JSON.parse(base), JSON.parse(study)),
  ),
  top_places: udf([list(text), integer], list(integer), (texts, limit) =>
    topRanked(texts, undefined, limit).map(({ place }) => place),
  ),
  top_counts: udf([list(text), integer], list(integer), (texts, limit) =>
    topRanked(texts, undefined, limit).map(({ total }) => BigInt(total!)),
  ),
  top_sum_places: udf([list(text), list(float), integer], list(integer), (texts, weights, limit) =>
    topRanked(texts, weights, limit).map(({ place }) => place),
  ),
  top_sums: udf([list(text), list(float), integer], list(float), (texts, weights, limit) =>
    topRanked(texts, weights, limit).map(({ total }) => total),
  ),
  hll_init_integers: udf([list(integer), integer, integer], bytes, (values, count, precision) =>
    hll.hllInit(present(values), count, precision),
  ),
  hll_init_texts: udf([list(text), integer, integer], bytes, (values, count, precision) =>
    hll.hllInit(present(values), count, precision),
  ),
  hll_init_bytes: udf([list(bytes), integer, integer], bytes, (values, count, precision) =>
    hll.hllInit(present(values), count, precision),
  ),
  hll_merge: udf([list(bytes), text], bytes, (sketches, name) => hll.hllMerge(present(sketches), name)),
  hll_extract: udf([list(bytes), text], integer, (sketches, name) => hll.hllExtract(present(sketches), name)),

  ip_from_string: udf([text], bytes, net.ipFromString),
  safe_ip_from_string: udf([text], bytes, net.parseIp),
  ip_to_string: udf([bytes], text, net.ipToString),
  ip_net_mask: udf([integer, integer], bytes, net.ipNetMask),
  ip_trunc: udf([bytes, integer], bytes, net.ipTrunc),
  ipv4_from_int64: udf([integer], bytes, net.ipv4FromInt64),
  ipv4_to_int64: udf([bytes], integer, net.ipv4ToInt64),
  host: udf([text], text, net.host),
  public_suffix: udf([text], text, net.publicSuffix),
  reg_domain: udf([text], text, net.registeredDomain),
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
