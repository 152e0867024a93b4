import type { OwnCase } from './case.js';

/** `k`, `g` and `v` of seven rows, of which one has no `g`. */
const rows =
  "UNNEST([STRUCT('a' AS k, 1 AS g, 10 AS v), ('b', 3, 20), ('c', 3, NULL), ('d', NULL, 40), ('e', 1, 50), ('b', 3, 60), ('f', 2, 70)])";
const none = "(SELECT 'a' AS k, 1 AS g, 1 AS v FROM UNNEST([1]) WHERE FALSE)";

export const aggregateCases: OwnCase[] = [
  {
    name: 'names pivot columns that begin with an alias',
    sql: 'SELECT * FROM (SELECT 2020 AS y, 5 AS v) PIVOT(SUM(v) AS s FOR y IN (2020, -1, NULL, 3 AS three))',
    columns: ['s_2020 INTEGER', 's_minus_1 INTEGER', 's_NULL INTEGER', 's_three INTEGER'],
    rows: [[5, null, null, null]],
  },
  {
    name: 'names pivot columns of numbers without an alias',
    sql: 'SELECT * FROM (SELECT 2020 AS y, 5 AS v) PIVOT(SUM(v) FOR y IN (2020, -1, NULL))',
    columns: ['_2020 INTEGER', 'minus_1 INTEGER', 'NULL INTEGER'],
    rows: [[5, null, null]],
  },
  {
    name: 'names pivot columns of decimals',
    sql: "SELECT * FROM (SELECT NUMERIC '1.5' AS y, 5 AS v) PIVOT(SUM(v) AS s, COUNT(*) AS n FOR y IN (NUMERIC '1.5', NUMERIC '-0.25'))",
    columns: [
      's_1_point_5 INTEGER',
      'n_1_point_5 INTEGER',
      's_minus_0_point_25 INTEGER',
      'n_minus_0_point_25 INTEGER',
    ],
    rows: [[5, 1, null, 0]],
  },
  {
    name: 'names pivot columns of dates with and without an alias',
    sql: "SELECT * FROM (SELECT DATE '2024-01-02' AS y, 5 AS v) PIVOT(SUM(v) FOR y IN (DATE '2024-01-02', DATE '0999-12-31'))",
    columns: ['_2024_01_02 INTEGER', '_0999_12_31 INTEGER'],
    rows: [[5, null]],
  },
  {
    name: 'names pivot columns of texts and truth values',
    sql: "SELECT * FROM (SELECT 'Q1' AS y, TRUE AS b, 5 AS v) PIVOT(SUM(v) AS s FOR y IN ('Q1', '', '1st'))",
    columns: ['b BOOLEAN', 's_Q1 INTEGER', 's__empty_string_value INTEGER', 's_1st INTEGER'],
    rows: [[true, 5, null, null]],
  },
  {
    name: 'names pivot columns of truth values',
    sql: 'SELECT * FROM (SELECT TRUE AS y, 5 AS v) PIVOT(SUM(v) FOR y IN (TRUE, FALSE))',
    columns: ['true INTEGER', 'false INTEGER'],
    rows: [[5, null]],
  },
  {
    name: 'names pivot columns of structs by the names of their fields',
    sql: "SELECT * FROM (SELECT STRUCT(1 AS a, 'x' AS b) AS p, 5 AS v) PIVOT(SUM(v) FOR p IN (STRUCT(1 AS a, 'x' AS b), STRUCT(2 AS a, 'y' AS b)))",
    columns: ['a_1_b_x INTEGER', 'a_2_b_y INTEGER'],
    rows: [[5, null]],
  },
  {
    name: 'names pivot columns of pairs that begin with a number',
    sql: "SELECT * FROM (SELECT 1 AS a, DATE '2024-01-02' AS b, 5 AS v) PIVOT(SUM(v) FOR (a, b) IN ((1, DATE '2024-01-02')))",
    columns: ['_1_2024_01_02 INTEGER'],
    rows: [[5]],
  },
  {
    name: 'wants an alias for pivot values of other types',
    sql: "SELECT * FROM (SELECT TIMESTAMP '2024-01-02' AS y, 5 AS v) PIVOT(SUM(v) FOR y IN (TIMESTAMP '2024-01-02'))",
    error: 'PIVOT values of type TIMESTAMP must specify an alias',
  },
  {
    name: 'wants an alias for pivot values that are computed',
    sql: 'SELECT * FROM (SELECT 2 AS y, 5 AS v) PIVOT(SUM(v) FOR y IN (1 + 1))',
    error:
      'Generating an implicit alias for this PIVOT value is not supported; please provide an explicit alias',
  },
  {
    name: 'collects the rows of the greatest and the least key',
    sql: `SELECT ARRAY_AGG(k HAVING MAX g), ARRAY_AGG(k HAVING MIN g), ARRAY_AGG(DISTINCT k HAVING MAX g), ARRAY_AGG(v IGNORE NULLS HAVING MAX g) FROM ${rows}`,
    rows: [
      [
        ['b', 'c', 'b'],
        ['a', 'e'],
        ['b', 'c'],
        [20, 60],
      ],
    ],
  },
  {
    name: 'orders and limits the rows of the greatest key',
    sql: `SELECT ARRAY_AGG(k HAVING MAX g ORDER BY k DESC LIMIT 2), STRING_AGG(k, '-' HAVING MAX g ORDER BY v DESC), STRING_AGG(DISTINCT k HAVING MIN g ORDER BY k DESC) FROM ${rows}`,
    rows: [[['c', 'b'], 'b-b-c', 'e,a']],
  },
  {
    name: 'joins the arrays of the greatest and the least key',
    sql: `SELECT ARRAY_CONCAT_AGG([k, 'x'] HAVING MAX g), ARRAY_CONCAT_AGG([k] HAVING MIN g) FROM ${rows}`,
    rows: [
      [
        ['b', 'x', 'c', 'x', 'b', 'x'],
        ['a', 'e'],
      ],
    ],
  },
  {
    name: 'collects by groups the rows of the greatest key of each',
    sql: `SELECT g, ARRAY_AGG(k HAVING MAX v), ARRAY_CONCAT_AGG([k] HAVING MIN v) FROM ${rows} GROUP BY g ORDER BY g`,
    rows: [
      [null, ['d'], ['d']],
      [1, ['e'], ['a']],
      [2, ['f'], ['f']],
      [3, ['b'], ['b']],
    ],
  },
  {
    name: 'takes no rows where all keys are NULL',
    sql: `SELECT ARRAY_AGG(k HAVING MAX CAST(NULL AS INT64)), COUNT(k HAVING MIN CAST(NULL AS INT64)), SUM(g HAVING MAX CAST(NULL AS INT64)) FROM ${rows}`,
    rows: [[[], 0, null]],
  },
  {
    name: 'counts nothing where there are no rows of a key',
    sql: `SELECT COUNT(k HAVING MIN g), COUNT(* HAVING MAX g), COUNTIF(v > 0 HAVING MAX g), COUNT(DISTINCT k HAVING MAX g), SUM(v HAVING MAX g), ARRAY_AGG(k HAVING MAX g), STRING_AGG(k HAVING MAX g) FROM ${none}`,
    rows: [[0, 0, 0, 0, null, [], null]],
  },
  {
    name: 'reduces the rows of the greatest key',
    sql: `SELECT SUM(v HAVING MAX g), AVG(v HAVING MAX g), COUNT(v HAVING MAX g), COUNTIF(v > 30 HAVING MAX g), MIN(k HAVING MAX g), LOGICAL_OR(v = 60 HAVING MAX g), ANY_VALUE(k HAVING MIN v) FROM ${rows}`,
    rows: [[80, 40, 2, 1, 'b', true, 'a']],
  },
  {
    name: 'interpolates between NULL and a value',
    sql: 'SELECT DISTINCT PERCENTILE_CONT(x, 0.1 RESPECT NULLS) OVER (), PERCENTILE_CONT(x, 0.4 RESPECT NULLS) OVER (), PERCENTILE_CONT(x, 0 RESPECT NULLS) OVER (), PERCENTILE_DISC(x, 0 RESPECT NULLS) OVER () FROM UNNEST([NULL, NULL, 1, 2]) AS x',
    rows: [[null, 1, null, null]],
  },
  {
    name: 'weighs the texts of APPROX_TOP_SUM, those of no weight last',
    sql: "SELECT APPROX_TOP_SUM(x, w, 3) FROM UNNEST([STRUCT('a' AS x, CAST(NULL AS INT64) AS w), ('b', 0), ('b', NULL), ('c', 2), (NULL, 1)])",
    rows: [
      [
        [
          { value: 'c', sum: 2 },
          { value: null, sum: 1 },
          { value: 'b', sum: 0 },
        ],
      ],
    ],
  },
  {
    name: 'refuses negative weights of APPROX_TOP_SUM among others',
    sql: 'SELECT APPROX_TOP_SUM(x, w, 1) FROM UNNEST([STRUCT(1 AS x, 1.0 AS w), (2, -0.5)])',
    error: 'APPROX_TOP_SUM does not support negative or NaN weights',
  },
  {
    name: 'refuses NaN as a weight of APPROX_TOP_SUM',
    sql: "SELECT APPROX_TOP_SUM(x, CAST('nan' AS FLOAT64), 1) FROM UNNEST([1]) AS x",
    error: 'APPROX_TOP_SUM does not support negative or NaN weights',
  },
  {
    name: 'groups all rows into one where GROUP BY ALL finds no keys',
    sql: "SELECT 'a' AS x, 1 + 1 AS y FROM UNNEST([1, 2]) GROUP BY ALL",
    rows: [['a', 2]],
  },
  {
    name: 'groups no rows into one where GROUP BY ALL finds no keys',
    sql: `SELECT 'a' AS x FROM ${none} GROUP BY ALL`,
    rows: [['a']],
  },
  {
    name: 'groups by all keys that are there, and leaves constants out',
    sql: `SELECT g, 'c' AS c, COUNT(*) FROM ${rows} GROUP BY ALL ORDER BY g`,
    rows: [
      [null, 'c', 1],
      [1, 'c', 2],
      [2, 'c', 1],
      [3, 'c', 3],
    ],
  },
  {
    name: 'counts with GROUP BY ALL over a lone aggregate',
    sql: `SELECT COUNT(*) FROM ${none} GROUP BY ALL`,
    rows: [[0]],
  },
  {
    name: 'adds up each of several equal intervals once',
    sql: 'SELECT SUM(DISTINCT i), COUNT(DISTINCT i) FROM UNNEST([INTERVAL 1 MONTH, INTERVAL 30 DAY, INTERVAL 720 HOUR, INTERVAL 1 DAY]) AS i',
    rows: [['0-1 1 0:0:0', 2]],
  },
  {
    name: 'adds up distinct intervals that share a part',
    sql: "SELECT SUM(DISTINCT i), AVG(DISTINCT i) FROM UNNEST([INTERVAL 1 DAY, INTERVAL '1 1' DAY TO HOUR, INTERVAL 1 DAY]) AS i",
    rows: [['0-0 2 1:0:0', '0-0 1 0:30:0']],
  },
  {
    name: 'adds up BIGNUMERIC within its range',
    sql: "SELECT SUM(x), AVG(x) FROM UNNEST([BIGNUMERIC '5.7e38', BIGNUMERIC '-5.7e38', BIGNUMERIC '1.5']) AS x",
    rows: [['1.5', '0.5']],
  },
  {
    name: 'refuses sums of BIGNUMERIC below its range',
    sql: "SELECT SUM(x) FROM UNNEST([BIGNUMERIC '-5.7e38', BIGNUMERIC '-5.7e38']) AS x",
    error: 'BIGNUMERIC overflow: SUM',
  },
  {
    name: 'takes no row as that of an extreme that is NaN',
    sql: "SELECT COUNT(DISTINCT x HAVING MAX y), MAX(x HAVING MIN y), SUM(x HAVING MAX y), ANY_VALUE(x HAVING MIN y), MAX_BY(x, y), MIN_BY(x, y), SUM(x HAVING MIN z), ANY_VALUE(x HAVING MIN z), ARRAY_AGG(x HAVING MAX z) FROM UNNEST([STRUCT(1 AS x, 2.0 AS y, 3.5 AS z), (2, CAST('nan' AS FLOAT64), 2.5)])",
    rows: [[0, null, null, null, null, null, 2, 2, [1]]],
  },
  {
    name: 'gives NULL for the first none of a list',
    sql: "SELECT ARRAY_AGG(x LIMIT 0) IS NULL, STRING_AGG(x LIMIT 0), STRING_AGG(x ORDER BY x LIMIT 0), STRING_AGG(CAST(x AS BYTES) LIMIT 0), ARRAY_CONCAT_AGG([x] LIMIT 0) IS NULL, STRING_AGG(x, '-' ORDER BY x DESC LIMIT 2) FROM UNNEST(['a', 'b', 'c']) AS x",
    rows: [[true, null, null, null, true, 'c-b']],
  },
  {
    name: 'refuses NULL as a separator',
    sql: "SELECT STRING_AGG('s', NULL)",
    error: 'Argument 2 to STRING_AGG must be non-NULL',
  },
  {
    name: 'refuses a separator of bytes that is NULL',
    sql: "SELECT STRING_AGG(b'b', CAST(NULL AS BYTES))",
    error: 'Argument 2 to STRING_AGG must be non-NULL',
  },
  {
    name: 'sorts NaN below all numbers in frames of a range',
    sql: "SELECT x, COUNT(*) OVER (ORDER BY x RANGE BETWEEN UNBOUNDED PRECEDING AND 1 FOLLOWING), COUNT(*) OVER (ORDER BY x DESC RANGE BETWEEN UNBOUNDED PRECEDING AND 1 FOLLOWING), SUM(x) OVER (ORDER BY x RANGE BETWEEN 1 PRECEDING AND 1.5 FOLLOWING), COUNT(*) OVER (ORDER BY x DESC RANGE BETWEEN 1.5 PRECEDING AND CURRENT ROW) FROM UNNEST([1.0, 2.5, 9.0, NULL, CAST('nan' AS FLOAT64)]) AS x ORDER BY x",
    rows: [
      [null, 1, 5, null, 1],
      ['NaN', 2, 4, 'NaN', 1],
      [1, 3, 3, 3.5, 2],
      [2.5, 4, 2, 2.5, 1],
      [9, 5, 1, 9, 1],
    ],
  },
  {
    name: 'counts nothing in frames that end before they begin',
    sql: 'SELECT x, COUNT(*) OVER (ORDER BY x RANGE BETWEEN 1 PRECEDING AND 2 PRECEDING), COUNT(*) OVER (ORDER BY x RANGE BETWEEN 2 FOLLOWING AND 1 FOLLOWING), COUNT(x) OVER (ORDER BY x RANGE BETWEEN 1 PRECEDING AND 2 PRECEDING), COUNT(*) OVER (ORDER BY x ROWS BETWEEN 1 PRECEDING AND 3 PRECEDING), SUM(x) OVER (ORDER BY x RANGE BETWEEN 1 PRECEDING AND 2 PRECEDING) FROM UNNEST([1, 2, 4, 5]) AS x ORDER BY x',
    rows: [
      [1, 0, 0, 0, 0, null],
      [2, 0, 0, 0, 0, null],
      [4, 0, 0, 0, 0, null],
      [5, 0, 0, 0, 0, null],
    ],
  },
  {
    name: 'takes NaN for the least of percentiles',
    sql: "SELECT DISTINCT PERCENTILE_CONT(x, 0) OVER (), PERCENTILE_CONT(x, 0.5) OVER (), PERCENTILE_DISC(x, 0) OVER (), PERCENTILE_DISC(x, 0.5) OVER (), PERCENTILE_CONT(x, 0 RESPECT NULLS) OVER (), PERCENTILE_CONT(x, 0.25 RESPECT NULLS) OVER (), PERCENTILE_DISC(x, 1) OVER () FROM UNNEST([1.0, 2.0, 3.0, CAST('nan' AS FLOAT64), NULL]) AS x",
    rows: [['NaN', 1.5, 'NaN', 1, null, 'NaN', 3]],
  },
  {
    name: 'takes statistics of exact numbers exactly',
    sql: `SELECT VARIANCE(x), STDDEV(x), VAR_POP(x), VARIANCE(DISTINCT x), VARIANCE(b), STDDEV_POP(b), VARIANCE(DISTINCT b), VARIANCE(1.5), VAR_POP(NUMERIC '1.5')
      FROM UNNEST([STRUCT(NUMERIC '1000000000000.000000001' AS x, BIGNUMERIC '100000000000000000000.5' AS b),
        (NUMERIC '1000000000000.000000003', BIGNUMERIC '100000000000000000001.5'), (NULL, NULL)])`,
    rows: [[2e-18, 1.4142135623730951e-9, 1e-18, 0, 0.5, 0.5, 0, 0, 0]],
  },
  {
    name: 'takes the variance of exact numbers of each window, and NULL of too few',
    sql: `SELECT n, VARIANCE(x) OVER (ORDER BY n ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)
      FROM UNNEST([STRUCT(1 AS n, NUMERIC '1000000000000.000000001' AS x), (2, NUMERIC '1000000000000.000000003')]) ORDER BY n`,
    rows: [
      [1, null],
      [2, 2e-18],
    ],
  },
  {
    name: 'knows no spread of a single value, whatever it is',
    sql: "SELECT STDDEV_SAMP(x), VARIANCE(x), COVAR_SAMP(x, x), STDDEV_POP(x), STDDEV_SAMP(2.0), COVAR_POP(x, x) FROM UNNEST([CAST('inf' AS FLOAT64), NULL]) AS x",
    rows: [[null, null, null, 'NaN', 0, 'NaN']],
  },
  {
    name: 'counts equal intervals together',
    sql: 'SELECT APPROX_TOP_COUNT(i, 1)[0].count FROM UNNEST([INTERVAL 30 DAY, INTERVAL 1 MONTH, INTERVAL 720 HOUR, INTERVAL 1 DAY]) AS i',
    rows: [[3]],
  },
  {
    name: 'refuses sums of intervals beyond their range',
    sql: 'SELECT SUM(i) FROM UNNEST([INTERVAL 10000 YEAR, INTERVAL 1 MONTH]) AS i',
    error: "Interval field months '120001' is out of range -120000 to 120000",
  },
  {
    name: 'refuses sketches of values of two types',
    sql: "SELECT HLL_COUNT.MERGE(x) FROM (SELECT HLL_COUNT.INIT(x) AS x FROM UNNEST([1]) AS x UNION ALL SELECT HLL_COUNT.INIT(x) FROM UNNEST(['a']) AS x)",
    error: 'Invalid or incompatible sketch in HLL_COUNT.MERGE',
  },
  ...(
    [
      ['LAG(x, -1) OVER (ORDER BY x)', 'The offset to the function LAG must not be negative'],
      ['LEAD(x, CAST(NULL AS INT64)) OVER (ORDER BY x)', 'The offset to the function LEAD must not be null'],
      ['NTH_VALUE(x, 0) OVER (ORDER BY x)', 'The N value for the NthValue function must be positive'],
      ['NTH_VALUE(x, NULL) OVER (ORDER BY x)', 'The N value for the NthValue function must not be null'],
      [
        'NTILE(NULL) OVER (ORDER BY x)',
        'The N value (number of buckets) for the NTILE function must not be null',
      ],
      [
        'NTILE(0) OVER (ORDER BY x)',
        'The N value (number of buckets) for the NTILE function must be positive',
      ],
      ['IS_FIRST(-1) OVER (ORDER BY x)', 'The argument to the function IS_FIRST must not be negative'],
      ['IS_LAST(NULL) OVER (ORDER BY x)', 'The argument to the function IS_LAST must not be null'],
      ['SUM(x) OVER (ORDER BY x ROWS NULL PRECEDING)', 'Window framing expression cannot be null'],
      ['APPROX_TOP_COUNT(x, 0)', 'The second argument to APPROX_TOP_COUNT function must be positive'],
      [
        'APPROX_TOP_SUM(x, x, 100001)',
        'The third argument to APPROX_TOP_SUM function cannot be greater than 100000',
      ],
      ['APPROX_QUANTILES(x, NULL)', 'The second argument to APPROX_QUANTILES function must not be null'],
    ] as const
  ).map(
    ([sql, error]): OwnCase => ({
      name: `refuses ${sql}`,
      sql: `SELECT ${sql} FROM UNNEST([1, 2]) AS x`,
      error,
    }),
  ),
  {
    name: 'takes numbers that are computed for each row as places of windows',
    sql: 'SELECT x, LAG(x, x - 1) OVER (ORDER BY x), NTH_VALUE(x, 2) OVER (ORDER BY x), LEAD(x, 1, -5) OVER (ORDER BY x) FROM UNNEST([1, 2, 3]) AS x ORDER BY x',
    rows: [
      [1, 1, null, 2],
      [2, 1, 2, 3],
      [3, 1, 2, -5],
    ],
  },
];
