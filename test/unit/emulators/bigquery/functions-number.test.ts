import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FunctionLab, openLab } from './functions-harness.js';

const cases: [expression: string, literal: string][] = [
  ['ABS(-5)', '5'],
  [`ABS(BIGNUMERIC '-1.5')`, 'BIGNUMERIC "1.5"'],
  ['ROUND(2.5)', '3.0'],
  ['ROUND(-2.5)', '-3.0'],
  ['ROUND(1234.5678, -2)', '1200.0'],
  [`ROUND(NUMERIC '2.25', 1)`, 'NUMERIC "2.3"'],
  [`ROUND(NUMERIC '2.25', 1, 'ROUND_HALF_EVEN')`, 'NUMERIC "2.2"'],
  ['ROUND(5)', '5.0'],
  ['TRUNC(2.567, 1)', '2.5'],
  [`CEIL(NUMERIC '1.2')`, 'NUMERIC "2"'],
  ['DIV(7, -2)', '-3'],
  ['MOD(-7, 3)', '-1'],
  [`MOD(NUMERIC '7.5', 2)`, 'NUMERIC "1.5"'],
  ['SAFE_DIVIDE(7.0, 0)', 'NULL'],
  ['SAFE_ADD(9223372036854775807, 1)', 'NULL'],
  ['SAFE_NEGATE(-9223372036854775808)', 'NULL'],
  ['GREATEST(1, NULL, 2)', 'NULL'],
  ['LEAST(1, 2.5)', '1.0'],
  ['IEEE_DIVIDE(1, 0)', 'CAST("inf" AS FLOAT64)'],
  ['SQRT(CAST(NULL AS FLOAT64))', 'NULL'],
  ['SAFE.SQRT(-1)', 'NULL'],
  ['SAFE.COTH(0)', 'NULL'],
  ['LN(EXP(1.0))', '1.0'],
  ['LOG(8, 2)', '3.0'],
  ['POW(2, 10)', '1024.0'],
  ['RANGE_BUCKET(20, [0, 10, 20, 30, 40])', '3'],
  ['COSINE_DISTANCE([1.0, 2.0], [3.0, 4.0])', '0.01613008990009257'],
  ['BIT_COUNT(-1)', '64'],
  [`BIT_COUNT(b'\\xff\\x01')`, '9'],
  ['PARSE_NUMERIC("  1,2,,3,.45 + ")', 'NUMERIC "123.45"'],
  ['PARSE_BIGNUMERIC("12.34e-1-")', 'BIGNUMERIC "-1.234"'],
  ['PI_BIGNUMERIC()', 'BIGNUMERIC "3.1415926535897932384626433832795028842"'],
  ['SIGN(-2.5)', '-1.0'],
  ['SIGN(5)', '1'],
  ['ZEROIFNULL(NULL)', '0'],
  ['DIV(1, 0)', 'ERROR: Invalid Input Error: division by zero: DIV(1, 0)'],
  ['NULLIFZERO(5)', '5'],
  ['EXP(1000)', 'ERROR: Invalid Input Error: Floating point error in function: EXP(1000)'],
  ['SAFE.POW(10, 400)', 'NULL'],
  ['COSH(1)', '1.5430806348152437'],
  [`SAFE_MULTIPLY(NUMERIC '99999999999999999999999999999', NUMERIC '10')`, 'NULL'],
  [`SAFE_DIVIDE(NUMERIC '10', NUMERIC '4')`, 'NUMERIC "2.5"'],
  [`SAFE_SUBTRACT(BIGNUMERIC '1.5', 1)`, 'BIGNUMERIC "0.5"'],
  ['SAFE_MULTIPLY(9223372036854775807, 2)', 'NULL'],
];

describe('numeric functions', () => {
  let lab: FunctionLab;
  beforeAll(async () => {
    lab = await openLab();
  });
  afterAll(() => lab.close());

  it.each(cases)('%s is %s', async (expression, literal) => {
    expect(await lab.evaluate(expression)).toBe(literal);
  });
});
