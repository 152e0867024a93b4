import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FunctionLab, openLab } from './functions-harness.js';

const cases: [expression: string, literal: string][] = [
  ['GENERATE_ARRAY(1, 5)', '[1, 2, 3, 4, 5]'],
  ['GENERATE_ARRAY(5, 1, -2)', '[5, 3, 1]'],
  ['GENERATE_ARRAY(0, 1, 0.25)', '[0.0, 0.25, 0.5, 0.75, 1.0]'],
  ['GENERATE_ARRAY(1, 0)', '[]'],
  ['GENERATE_ARRAY(5, NULL, 1)', 'NULL'],
  [`ARRAY_SLICE(['a', 'b', 'c', 'd', 'e'], -1, 3)`, '[]'],
  [`ARRAY_SLICE(['a', 'b', 'c', 'd', 'e'], 1, -3)`, '["b", "c"]'],
  [`ARRAY_SLICE(['a', 'b', 'c', 'd', 'e'], -3, -1)`, '["c", "d", "e"]'],
  [`ARRAY_SLICE(['a', 'b', 'c', 'd', 'e'], -30, 30)`, '["a", "b", "c", "d", "e"]'],
  [`ARRAY_SLICE(['a', 'b', 'c', 'd', 'e'], 1, -30)`, '[]'],
  [`ARRAY_SLICE(['a', 'b', 'c', 'd', 'e'], 3, 3)`, '["d"]'],
  ['ARRAY_CONCAT([1, 2], [3, 4], [5, 6])', '[1, 2, 3, 4, 5, 6]'],
  [`ARRAY_TO_STRING(['cake', 'pie', NULL], '--', 'MISSING')`, '"cake--pie--MISSING"'],
  [`ARRAY_TO_STRING(['cake', 'pie', NULL], '--')`, '"cake--pie"'],
  [`ARRAY_TO_STRING([b'prefix', b'middle', b'\\x00'], b'--')`, 'b"prefix--middle--\\x00"'],
  ['ARRAY_LENGTH(["coffee", NULL, "milk" ])', '3'],
  ['ARRAY_REVERSE([1, 2, 3])', '[3, 2, 1]'],
  [`ARRAY_FIRST(['a','b'])`, '"a"'],
  ['SAFE.ARRAY_LAST(CAST([] AS ARRAY<INT64>))', 'NULL'],
  ['ARRAY_FILTER([1, 2, 3], e -> e > 1)', '[2, 3]'],
  ['ARRAY_TRANSFORM([1, 4, 3], (e, i) -> e + i)', '[1, 5, 5]'],
  ['ARRAY_INCLUDES([1, 2, 3], 2)', 'true'],
  [`ARRAY_INCLUDES(['a', 'b'], e -> e = 'c')`, 'false'],
  ['ARRAY_IS_DISTINCT([1, 2, 2])', 'false'],
  ['ARRAY_IS_DISTINCT([1, NULL, NULL])', 'false'],
  ['ARRAY_MAX([8, 37, NULL, 4])', '37'],
  ['ARRAY_SUM([1, 2, 3])', '6'],
  ['ARRAY_AVG([1, 2])', '1.5'],
  [`ARRAY_ZIP([1, 2], ['a', 'b'])`, '[(1, "a"), (2, "b")]'],
  [`ARRAY_ZIP([1, 2], ['a'], mode => 'PAD')`, '[(1, "a"), (2, NULL)]'],
  ['GENERATE_ARRAY(GENERATE_ARRAY(0.0,1.0,0.5)[0], 1.0, GENERATE_ARRAY(0.5,1.0,0.5)[0])', '[0.0, 0.5, 1.0]'],
  [`ARRAY_TO_STRING(['q', NULL], '-', ARRAY_TO_STRING(['a',NULL],',','x'))`, '"q-a,x"'],
  ['ARRAY_FILTER([1,2,3], x -> RANGE_BUCKET(x, [0, 2]) = 2)', '[2, 3]'],
  ['ARRAY_TRANSFORM([1,2], x -> ARRAY_TRANSFORM([10, 20], y -> x + y)[0])', '[11, 12]'],
  [`ARRAY_TRANSFORM(['a','b'], (x, i) -> CONCAT(x, CAST(i AS STRING)))`, '["a0", "b1"]'],
  ['ARRAY_ZIP(ARRAY_ZIP([1],[2], (a,b) -> a+b), [3], (c,d) -> c*d)', '[9]'],
  [`ARRAY_ZIP([1, 2, 3], ['a', 'b'], (x, y) -> (y, x), mode => 'PAD')`, '[("a", 1), ("b", 2), (NULL, 3)]'],
  ['ARRAY_ZIP([1, 2], [3, 4], (x, y) -> x + y)', '[4, 6]'],
  [`[STRUCT('a' AS k, 3 AS v), (NULL, 9)]`, '[("a", 3), (NULL, 9)]'],
  [`[STRUCT(1 AS a, [1] AS b), (2, []), (3, NULL)]`, '[(1, [1]), (2, []), (3, NULL)]'],
  [`[STRUCT(1 AS a, 1.5 AS b), (2, 2)]`, '[(1, 1.5), (2, 2.0)]'],
  [`IF(true, STRUCT('a', 1), STRUCT(NULL, 2))`, '("a", 1)'],
];

describe('array functions', () => {
  let lab: FunctionLab;
  beforeAll(async () => {
    lab = await openLab();
  });
  afterAll(() => lab.close());

  it.each(cases)('%s is %s', async (expression, literal) => {
    expect(await lab.evaluate(expression)).toBe(literal);
  });
});
