import { describe, expect, it } from 'vitest';
import { useCompilerLab } from './compile-harness.js';

const FRUIT = `UNNEST(['apple', 'pear', 'banana', 'pear']) AS fruit`;
const NUMBERS = 'UNNEST([2, 1, -2, 3, -2, 1, 2]) AS x';
const PAIRS = `UNNEST([STRUCT('a' AS k, 3 AS v), ('b', NULL), ('c', 1), ('d', 3), (CAST(NULL AS STRING), 9)])`;

const cases: [sql: string, rows: string[]][] = [
  [`SELECT COUNT(*), COUNT(x), COUNT(DISTINCT x) FROM UNNEST([1, 4, NULL, 4]) AS x`, ['4 | 3 | 2']],
  [
    `SELECT COUNTIF(x < 0), SUM(x), AVG(x), MIN(x), MAX(x) FROM ${NUMBERS}`,
    ['2 | 5 | 0.7142857142857143 | -2 | 3'],
  ],
  [
    `SELECT SUM(x), AVG(x), SUM(DISTINCT x) FROM UNNEST([NUMERIC '1', 2, 2, 5]) AS x`,
    ['NUMERIC "10" | NUMERIC "2.5" | NUMERIC "8"'],
  ],
  [`SELECT AVG(x) FROM UNNEST([BIGNUMERIC '1', 2]) AS x`, ['BIGNUMERIC "1.5"']],
  [`SELECT SUM(x), AVG(x), COUNT(x) FROM UNNEST(CAST([] AS ARRAY<INT64>)) AS x`, ['NULL | NULL | 0']],
  [
    `SELECT MIN(x), MAX(x) FROM UNNEST([1.5, CAST('nan' AS FLOAT64), -2]) AS x`,
    ['CAST("nan" AS FLOAT64) | CAST("nan" AS FLOAT64)'],
  ],
  [`SELECT MIN(x), MIN(-x) FROM UNNEST([1.5, -2]) AS x`, ['-2.0 | -1.5']],
  [`SELECT ARRAY_AGG(x) FROM ${NUMBERS}`, ['[2, 1, -2, 3, -2, 1, 2]']],
  [`SELECT ARRAY_AGG(DISTINCT x) FROM ${NUMBERS}`, ['[2, 1, -2, 3]']],
  [`SELECT ARRAY_AGG(DISTINCT x ORDER BY x DESC LIMIT 2) FROM ${NUMBERS}`, ['[3, 2]']],
  [`SELECT ARRAY_AGG(x IGNORE NULLS) FROM UNNEST([NULL, 1, NULL, 2]) AS x`, ['[1, 2]']],
  [`SELECT ARRAY_AGG(x LIMIT 3) FROM ${NUMBERS}`, ['[2, 1, -2]']],
  [`SELECT ARRAY_AGG(x) FROM UNNEST(CAST([] AS ARRAY<INT64>)) AS x`, ['NULL']],
  [
    `SELECT ARRAY_CONCAT_AGG(x ORDER BY ARRAY_LENGTH(x)) FROM UNNEST([STRUCT([1, 2, 3] AS x), STRUCT([4])])`,
    ['[4, 1, 2, 3]'],
  ],
  [`SELECT STRING_AGG(fruit, ' & ') FROM ${FRUIT}`, ['"apple & pear & banana & pear"']],
  [`SELECT STRING_AGG(DISTINCT fruit, ' & ') FROM ${FRUIT}`, ['"apple & pear & banana"']],
  [
    `SELECT STRING_AGG(fruit, ' & ' ORDER BY LENGTH(fruit)) FROM ${FRUIT}`,
    ['"pear & pear & apple & banana"'],
  ],
  [`SELECT STRING_AGG(fruit, ',' ORDER BY fruit LIMIT 2) FROM ${FRUIT}`, ['"apple,banana"']],
  [`SELECT STRING_AGG(b, b'-') FROM UNNEST([b'a', NULL, b'\\xff']) AS b`, ['b"a-\\xff"']],
  [`SELECT ANY_VALUE(k HAVING MAX v), ANY_VALUE(k HAVING MIN v) FROM ${PAIRS}`, ['NULL | "c"']],
  [`SELECT MAX_BY(k, v), MIN_BY(k, v) FROM ${PAIRS} WHERE k IS NOT NULL`, ['"a" | "c"']],
  [`SELECT LOGICAL_AND(x > 0), LOGICAL_OR(x > 2) FROM ${NUMBERS}`, ['false | true']],
  [`SELECT BIT_AND(x), BIT_OR(x), BIT_XOR(x) FROM UNNEST([0xF001, 0x00A1]) AS x`, ['1 | 61601 | 61600']],
  [
    `SELECT STDDEV_POP(x), STDDEV(x), VAR_POP(x), VARIANCE(x) FROM UNNEST([10, 14, 18, NULL]) AS x`,
    ['3.265986323710904 | 4.0 | 10.666666666666666 | 16.0'],
  ],
  [`SELECT STDDEV_SAMP(x), COVAR_POP(x, x), CORR(x, x) FROM UNNEST([10]) AS x`, ['NULL | 0.0 | NULL']],
  [
    `SELECT SUM(i) FROM UNNEST([INTERVAL 1 DAY, INTERVAL '1:30' HOUR TO MINUTE]) AS i`,
    ['INTERVAL "0-0 1 1:30:0" YEAR TO SECOND'],
  ],
  [`SELECT APPROX_COUNT_DISTINCT(x) FROM ${NUMBERS}`, ['4']],
  [`SELECT APPROX_QUANTILES(x, 2) FROM UNNEST([1, 1, 1, 4, 5, 6, 7, 8, 9, 10]) AS x`, ['[1, 5, 10]']],
  [
    `SELECT APPROX_QUANTILES(DISTINCT x, 2) FROM UNNEST([1, 1, 1, 4, 5, 6, 7, 8, 9, 10]) AS x`,
    ['[1, 6, 10]'],
  ],
  [
    `SELECT TO_JSON_STRING(APPROX_QUANTILES(DISTINCT x, 2 RESPECT NULLS)) FROM UNNEST([NULL, NULL, 1, 1, 4, 5, 6, 7, 8, 9, 10]) AS x`,
    ['"[null,6,10]"'],
  ],
  [
    `SELECT APPROX_TOP_COUNT(x, 2) FROM UNNEST([NULL, 'pear', 'pear', 'pear', 'apple', NULL]) AS x`,
    ['[("pear", 3), (NULL, 2)]'],
  ],
  [
    `SELECT APPROX_TOP_SUM(x, w, 2) FROM UNNEST([STRUCT('apple' AS x, 3 AS w), ('pear', 2), ('banana', 5), ('pear', 4)])`,
    ['[("pear", 6), ("banana", 5)]'],
  ],
  [
    `SELECT TO_HEX(HLL_COUNT.INIT(n)) FROM UNNEST([1, 2, 3, 4, 5, 6]) AS n`,
    ['"087010061802200882071a1006180f20143212a3a605c1d102c88419e2af0c8877ebfea101"'],
  ],
  [
    `SELECT HLL_COUNT.MERGE(s) FROM (SELECT HLL_COUNT.INIT(n) AS s FROM UNNEST(['a', 'b', 'a']) AS n UNION ALL SELECT HLL_COUNT.INIT(n) FROM UNNEST(['b', 'c']) AS n)`,
    ['3'],
  ],
  [`SELECT HLL_COUNT.EXTRACT(HLL_COUNT.INIT(n)) FROM UNNEST(GENERATE_ARRAY(1, 1000)) AS n`, ['1000']],
  [
    `SELECT SAFE_DIVIDE(SUM(x), COUNT(*)), SAFE_ADD(MAX(x), 1), SAFE.SUBSTR(MAX('abc'), 2) FROM ${NUMBERS}`,
    ['0.7142857142857143 | 4 | "bc"'],
  ],
];

const notFinite: [sql: string, rows: string[]][] = [
  [
    `SELECT VAR_POP(x), STDDEV(x), COVAR_SAMP(x, 1), CORR(x, x) FROM UNNEST([10, 14, CAST('Infinity' AS FLOAT64)]) AS x`,
    [Array(4).fill('CAST("nan" AS FLOAT64)').join(' | ')],
  ],
];

const windows: [sql: string, rows: string[]][] = [
  [
    `SELECT PERCENTILE_DISC(x, 0.5) OVER (), PERCENTILE_DISC(x, 0) OVER (), PERCENTILE_DISC(x, 0.91) OVER (), PERCENTILE_CONT(x, p) OVER () FROM UNNEST(GENERATE_ARRAY(1, 10)) AS x, (SELECT 0.9 AS p) LIMIT 1`,
    ['5 | 1 | 10 | 9.1'],
  ],
  [
    `SELECT x, ROW_NUMBER() OVER w, RANK() OVER w, DENSE_RANK() OVER w FROM UNNEST([5, 5, 7]) AS x WINDOW w AS (ORDER BY x) ORDER BY 1, 2`,
    ['5 | 1 | 1 | 1', '5 | 2 | 1 | 1', '7 | 3 | 3 | 2'],
  ],
  [
    `SELECT x, NTILE(2) OVER w, PERCENT_RANK() OVER w, CUME_DIST() OVER w FROM UNNEST([1, 2, 3]) AS x WINDOW w AS (ORDER BY x) ORDER BY x`,
    ['1 | 1 | 0.0 | 0.3333333333333333', '2 | 1 | 0.5 | 0.6666666666666666', '3 | 2 | 1.0 | 1.0'],
  ],
  [
    `SELECT x, LAG(x) OVER w, LEAD(x, 1, -1) OVER w, FIRST_VALUE(x) OVER w, LAST_VALUE(x) OVER w FROM UNNEST([1, 2, 3]) AS x WINDOW w AS (ORDER BY x) ORDER BY x`,
    ['1 | NULL | 2 | 1 | 1', '2 | 1 | 3 | 1 | 2', '3 | 2 | -1 | 1 | 3'],
  ],
  [
    `SELECT x, FIRST_VALUE(x IGNORE NULLS) OVER (ORDER BY x ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) FROM UNNEST([NULL, 2, 3]) AS x ORDER BY x`,
    ['NULL | 2', '2 | 2', '3 | 2'],
  ],
  [
    `SELECT x, NTH_VALUE(x, 2) OVER (ORDER BY x) FROM UNNEST([10, 20, 30]) AS x ORDER BY x`,
    ['10 | NULL', '20 | 20', '30 | 20'],
  ],
  [
    `SELECT x, IS_FIRST(1) OVER (ORDER BY x), IS_LAST(1) OVER (ORDER BY x) FROM UNNEST([1, 2]) AS x ORDER BY x`,
    ['1 | true | false', '2 | false | true'],
  ],
  [
    `SELECT PERCENTILE_CONT(x, 0.01) OVER (), PERCENTILE_CONT(x, 0.5) OVER (), PERCENTILE_DISC(x, 0.5) OVER () FROM UNNEST([0, 3, NULL, 1, 2]) AS x LIMIT 1`,
    ['0.03 | 1.5 | 1'],
  ],
  [
    `SELECT PERCENTILE_DISC(x, 0.5 RESPECT NULLS) OVER () FROM UNNEST(['c', NULL, 'b', 'a']) AS x LIMIT 1`,
    ['"a"'],
  ],
  [
    `SELECT x, COUNTIF(x < 0) OVER (ORDER BY ABS(x) ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING) FROM UNNEST([5, -2, 3]) AS x ORDER BY ABS(x)`,
    ['-2 | 1', '3 | 1', '5 | 0'],
  ],
  [
    `SELECT x, ARRAY_AGG(x) OVER (ORDER BY x), STRING_AGG(CAST(x AS STRING)) OVER (ORDER BY x) FROM UNNEST([1, 2]) AS x ORDER BY x`,
    ['1 | [1] | "1"', '2 | [1, 2] | "1,2"'],
  ],
  [
    `SELECT x, AVG(x) OVER (ORDER BY x) FROM UNNEST([NUMERIC '1', 2]) AS x ORDER BY x`,
    ['NUMERIC "1" | NUMERIC "1"', 'NUMERIC "2" | NUMERIC "1.5"'],
  ],
];

describe('aggregate, approximate and window functions', () => {
  const lab = useCompilerLab();

  it.each([...cases, ...notFinite, ...windows])('%s', async (sql, rows) => {
    expect(await lab.rows(sql)).toEqual(rows);
  });
});
