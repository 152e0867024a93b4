import { createHash } from 'node:crypto';
import { bytes, decimal, float, integer, list, text, type Udf, udf } from '../duck/scalar-function.js';
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

export const numberUdfs: Udf[] = [
  udf('bq_numeric_multiply', [decimal, decimal], decimal, (a, b) => numeric.multiply(a, b, 'NUMERIC')),
  udf('bq_numeric_divide', [decimal, decimal], decimal, (a, b) => numeric.divide(a, b, 'NUMERIC')),
  udf('bq_safe_numeric', [decimal, text, decimal], decimal, (a, operator, b) =>
    numeric.safeArithmetic(a, operator, b, 'NUMERIC'),
  ),
  udf('bq_safe_big', [big, text, big], big, (a, operator, b) =>
    numeric.safeArithmetic(a, operator, b, 'BIGNUMERIC'),
  ),
  udf('bq_numeric_div', [decimal, decimal], decimal, (a, b) => numeric.divideWhole(a, b, 'NUMERIC')),
  udf('bq_numeric_mod', [decimal, decimal], decimal, (a, b) => numeric.remainder(a, b, 'NUMERIC')),
  udf('bq_numeric_round', [decimal, integer, text], decimal, (value, digits, mode) =>
    numeric.roundDecimal(value, digits, roundingMode(mode), 'NUMERIC'),
  ),
  udf('bq_numeric_parse', [text], decimal, (value) => numeric.parseLenient(value, 'NUMERIC')),
  udf('bq_numeric_cast', [text], decimal, (value) => numeric.parseStrict(value, 'NUMERIC')),
  udf('bq_numeric_from_double', [float], decimal, (value) => numeric.fromDouble(value, 'NUMERIC')),
  udf('bq_big_multiply', [big, big], big, (a, b) => numeric.multiply(a, b, 'BIGNUMERIC')),
  udf('bq_big_divide', [big, big], big, (a, b) => numeric.divide(a, b, 'BIGNUMERIC')),
  udf('bq_big_div', [big, big], big, (a, b) => numeric.divideWhole(a, b, 'BIGNUMERIC')),
  udf('bq_big_mod', [big, big], big, (a, b) => numeric.remainder(a, b, 'BIGNUMERIC')),
  udf('bq_big_round', [big, integer, text], big, (value, digits, mode) =>
    numeric.roundDecimal(value, digits, roundingMode(mode), 'BIGNUMERIC'),
  ),
  udf('bq_big_parse', [text], big, (value) => numeric.parseLenient(value, 'BIGNUMERIC')),
  udf('bq_big_cast', [text], big, (value) => numeric.parseStrict(value, 'BIGNUMERIC')),
  udf('bq_big_from_double', [float], big, (value) => numeric.fromDouble(value, 'BIGNUMERIC')),
  udf('bq_big_to_double', [big], float, (value) => numeric.toDouble(value, 38)),
  udf('bq_big_text', [big], text, (value) => numeric.decimalText(value, 38)),

  udf('bq_cbrt', [float], float, Math.cbrt),
  udf('bq_bit_count_bytes', [bytes], integer, (value) =>
    BigInt(value.reduce((sum, byte) => sum + byte.toString(2).replaceAll('0', '').length, 0)),
  ),
  udf('bq_sha512', [bytes], bytes, (value) => createHash('sha512').update(value).digest()),
  udf('bq_first_places', [list(text)], list(integer), firstPlaces),
  udf('bq_quantile_places', [integer, integer], list(integer), quantilePlaces),
  udf('bq_top_places', [list(text), integer], list(integer), (texts, limit) =>
    topRanked(texts, undefined, limit).map(({ place }) => place),
  ),
  udf('bq_top_counts', [list(text), integer], list(integer), (texts, limit) =>
    topRanked(texts, undefined, limit).map(({ total }) => BigInt(total)),
  ),
  udf('bq_top_sum_places', [list(text), list(float), integer], list(integer), (texts, weights, limit) =>
    topRanked(texts, weights, limit).map(({ place }) => place),
  ),
  udf('bq_top_sums', [list(text), list(float), integer], list(float), (texts, weights, limit) =>
    topRanked(texts, weights, limit).map(({ total }) => total),
  ),
  udf('bq_hll_init_integers', [list(integer), integer, integer], bytes, (values, count, precision) =>
    hll.hllInit(present(values), count, precision),
  ),
  udf('bq_hll_init_texts', [list(text), integer, integer], bytes, (values, count, precision) =>
    hll.hllInit(present(values), count, precision),
  ),
  udf('bq_hll_init_bytes', [list(bytes), integer, integer], bytes, (values, count, precision) =>
    hll.hllInit(present(values), count, precision),
  ),
  udf('bq_hll_merge', [list(bytes), text], bytes, (sketches, name) => hll.hllMerge(present(sketches), name)),
  udf('bq_hll_extract', [list(bytes), text], integer, (sketches, name) =>
    hll.hllExtract(present(sketches), name),
  ),

  udf('bq_ip_from_string', [text], bytes, net.ipFromString),
  udf('bq_safe_ip_from_string', [text], bytes, net.parseIp),
  udf('bq_ip_to_string', [bytes], text, net.ipToString),
  udf('bq_ip_net_mask', [integer, integer], bytes, net.ipNetMask),
  udf('bq_ip_trunc', [bytes, integer], bytes, net.ipTrunc),
  udf('bq_ipv4_from_int64', [integer], bytes, net.ipv4FromInt64),
  udf('bq_ipv4_to_int64', [bytes], integer, net.ipv4ToInt64),
  udf('bq_host', [text], text, net.host),
  udf('bq_public_suffix', [text], text, net.publicSuffix),
  udf('bq_reg_domain', [text], text, net.registeredDomain),
];

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
