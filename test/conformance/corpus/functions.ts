import type { OwnCase } from './case.js';

export const functionCases: OwnCase[] = [
  {
    name: 'refuses arrays that are too long',
    sql: 'SELECT ARRAY_LENGTH(GENERATE_ARRAY(1, 1048576))',
    error: 'Cannot generate arrays with more than 1048575 elements.',
  },
  {
    name: 'generates arrays up to the limit',
    sql: 'SELECT ARRAY_LENGTH(GENERATE_ARRAY(1, 1048575)), GENERATE_ARRAY(9223372036854775806, 9223372036854775807)[OFFSET(1)]',
    rows: [[1048575, 9223372036854775807n]],
  },
  {
    name: 'refuses sums of days beyond the last one',
    sql: "SELECT DATE '9999-12-31' + 1",
    error: 'Adding 1 DAY to date 9999-12-31 causes overflow',
  },
  {
    name: 'refuses times beyond the last day',
    sql: "SELECT DATETIME '9999-12-31 10:00:00' + INTERVAL 1 DAY",
    error: 'Adding an INTERVAL to datetime 9999-12-31 10:00:00 causes overflow',
  },
  {
    name: 'adds intervals to dates and times',
    sql: "SELECT DATE '2024-01-31' + INTERVAL 1 MONTH, INTERVAL 1 HOUR + TIMESTAMP '2024-01-01 00:00:00+00', DATETIME '2024-01-01' - INTERVAL 1 SECOND, DATE '2024-01-01' - 1",
    columns: ['f0_ DATETIME', 'f1_ TIMESTAMP', 'f2_ DATETIME', 'f3_ DATE'],
    rows: [['2024-02-29T00:00:00', '2024-01-01T01:00:00+00:00', '2023-12-31T23:59:59', '2023-12-31']],
  },
  {
    name: 'refuses days out of range since 1970',
    sql: 'SELECT DATE_FROM_UNIX_DATE(10000000)',
    error: 'DATE_FROM_UNIX_DATE range is -719162 to 2932896 but saw 10000000',
  },
  {
    name: 'refuses sums beyond NUMERIC',
    sql: "SELECT SUM(x) FROM UNNEST([NUMERIC '99999999999999999999999999999.999999999', 1]) AS x",
    error: 'numeric overflow: SUM',
  },
  {
    name: 'joins arrays by a separator of each row',
    sql: "SELECT ARRAY_TO_STRING(['a', NULL, 'b'], s), ARRAY_TO_STRING(['a', NULL], s, 'N'), ARRAY_TO_STRING([], s), ARRAY_TO_STRING(['a'], NULL) FROM UNNEST(['-', NULL]) AS s ORDER BY s DESC",
    rows: [
      ['a-b', 'a-N', '', null],
      [null, null, null, null],
    ],
  },
  {
    name: 'keeps the type of NUMERIC percentiles',
    sql: "SELECT PERCENTILE_CONT(x, 0.5) OVER () FROM UNNEST([NUMERIC '1', 2]) AS x LIMIT 1",
    columns: ['f0_ NUMERIC'],
    rows: [['1.5']],
  },
  {
    name: 'wants a constant separator of STRING_AGG',
    sql: "SELECT STRING_AGG(x, s) FROM UNNEST(['a', 'b']) AS x, UNNEST(['-']) AS s",
    error: 'Argument 2 to STRING_AGG must be a literal or query parameter at [1:22]',
  },
  {
    name: 'wants a constant number of top values',
    sql: 'SELECT APPROX_TOP_COUNT(x, x) FROM UNNEST([1]) AS x',
    error: 'Argument 2 to APPROX_TOP_COUNT must be a literal or query parameter at [1:28]',
  },
  { name: 'takes SAFE before what cannot fail', sql: 'SELECT SAFE.RAND() < 1', rows: [[true]] },
  {
    name: 'refuses NUMERICs rounded out of range',
    sql: "SELECT CEIL(NUMERIC '99999999999999999999999999999.999999999')",
    error: 'numeric overflow',
  },
  {
    name: 'keeps the type of text joined with NULL',
    sql: "SELECT CONCAT('a', NULL), 'a' || NULL, b'a' || NULL, CONCAT(1, NULL)",
    columns: ['f0_ STRING', 'f1_ STRING', 'f2_ BYTES', 'f3_ STRING'],
    rows: [[null, null, null, null]],
  },
  {
    name: 'takes text beside a number for a date',
    sql: "SELECT 1 + '2024-01-01'",
    columns: ['f0_ DATE'],
    rows: [['2024-01-02']],
  },
  {
    name: 'refuses text that is no date beside a number',
    sql: "SELECT 1 + 'a'",
    error: 'Could not cast literal "a" to type DATE at [1:12]',
  },
  {
    name: 'refuses a LIKE pattern that ends in an escape',
    sql: "SELECT 'abc' LIKE 'a\\\\'",
    error: 'LIKE pattern ends with a backslash',
  },
  {
    name: 'ends REGEXP_EXTRACT_ALL with the text, whatever its pattern is',
    sql: "SELECT REGEXP_EXTRACT_ALL('abc', '^b*'), REGEXP_EXTRACT_ALL('é😀b', 'b*'), REGEXP_EXTRACT_ALL('abc', 'x*|$'), (SELECT REGEXP_EXTRACT_ALL('abc', p) FROM UNNEST(['b*']) AS p), REGEXP_EXTRACT_ALL('abc', '(b)*'), REGEXP_EXTRACT_ALL('acabc', 'a(b)?c')",
    rows: [[[''], ['', '', 'b'], ['', '', ''], ['', 'b', ''], ['', 'b', ''], ['', 'b']]],
  },
  {
    name: 'tells a group that is absent from an empty one, whatever the group is',
    sql: "SELECT REGEXP_EXTRACT('ac', 'a(b*)?c'), REGEXP_EXTRACT('ac', '^a([0-9]+)?'), REGEXP_EXTRACT('a1c', r'a([^\\]]+)?c'), REGEXP_EXTRACT('ac', 'a(b|)|x'), REGEXP_EXTRACT('a', 'a|(b)'), REGEXP_EXTRACT('a', r'a(\\b)?')",
    rows: [['', null, '1', '', null, '']],
  },
  {
    name: 'ends REGEXP_EXTRACT_ALL with the text',
    sql: "SELECT REGEXP_EXTRACT_ALL('aab', 'a*'), REGEXP_EXTRACT_ALL('', 'a*'), REGEXP_EXTRACT_ALL('abc', '$'), REGEXP_EXTRACT_ALL('xay', '')",
    rows: [[['aa', ''], [''], [''], ['', '', '']]],
  },
  {
    name: 'gives NULL for a group that took no part in the match',
    sql: "SELECT REGEXP_EXTRACT('b', '(a)?b'), REGEXP_EXTRACT('b', '(a*)b'), REGEXP_EXTRACT('ab', '(a)?b')",
    rows: [[null, '', 'a']],
  },
  {
    name: 'refuses what RE2 cannot parse',
    sql: "SELECT REGEXP_CONTAINS('a', r'(?=a)')",
    error: 'Cannot parse regular expression: invalid perl operator: (?=',
  },
  {
    name: 'refuses references to groups that are not there',
    sql: "SELECT REGEXP_REPLACE('abc', 'b', r'\\1')",
    error:
      'Invalid REGEXP_REPLACE pattern: Rewrite schema requests 1 matches, but the regexp only has 0 parenthesized subexpressions.',
  },
  {
    name: 'refuses odd escapes in replacements',
    sql: "SELECT REGEXP_REPLACE('abc', 'b', r'\\x')",
    error: "Invalid REGEXP_REPLACE pattern: Rewrite schema error: '\\' must be followed by a digit or '\\'.",
  },
  {
    name: 'formats with an empty format',
    sql: "SELECT FORMAT_DATE('', DATE '2024-02-05'), FORMAT_DATE('', NULL)",
    rows: [['', null]],
  },
  {
    name: 'makes dates and times of text',
    sql: "SELECT DATETIME('2024-01-01 01:02:03'), DATETIME('2024-01-01'), TIME('01:02:03'), DATE('2024-01-01')",
    columns: ['f0_ DATETIME', 'f1_ DATETIME', 'f2_ TIME', 'f3_ DATE'],
    rows: [['2024-01-01T01:02:03', '2024-01-01T00:00:00', '01:02:03', '2024-01-01']],
  },
  {
    name: 'refuses days after the last one',
    sql: "SELECT DATE_ADD(DATE '9999-12-31', INTERVAL 1 DAY)",
    error: 'Adding 1 DAY to date 9999-12-31 causes overflow',
  },
  {
    name: 'refuses months before the first one',
    sql: "SELECT DATE_SUB(DATE '0001-01-01', INTERVAL 1 MONTH)",
    error: 'Subtracting 1 MONTH from date 0001-01-01 causes overflow',
  },
  {
    name: 'turns dates out of range to NULL with SAFE',
    sql: "SELECT SAFE.DATE_ADD(DATE '9999-12-31', INTERVAL 1 DAY), SAFE.DATE(2024, 2, 30)",
    rows: [[null, null]],
  },
  {
    name: 'refuses days that no month has',
    sql: 'SELECT DATE(2024, 2, 30)',
    error: 'Input calculates to invalid date: 2024-02-30',
  },
  {
    name: 'divides intervals part by part',
    sql: 'SELECT INTERVAL 10 DAY / 3, INTERVAL 1 MONTH / 2, INTERVAL 10 YEAR / 3, AVG(i) FROM UNNEST([INTERVAL 1 DAY, INTERVAL 2 DAY]) i',
    rows: [['0-0 3 8:0:0', '0-0 15 0:0:0', '3-4 0 0:0:0', '0-0 1 12:0:0']],
  },
  {
    name: 'knows no correlation of a single pair',
    sql: 'SELECT CORR(x, x) FROM UNNEST([1.0]) x',
    rows: [[null]],
  },
  {
    name: 'aggregates the rows of the greatest and the least key',
    sql: "SELECT SUM(x HAVING MAX y), AVG(x HAVING MIN y), COUNT(DISTINCT x HAVING MAX y), STRING_AGG(CAST(x AS STRING), '-' HAVING MAX y), MAX(x HAVING MIN y) FROM UNNEST([STRUCT(1 AS x, 1 AS y), (2, 3), (5, 3), (9, NULL)])",
    columns: ['f0_ INTEGER', 'f1_ FLOAT', 'f2_ INTEGER', 'f3_ STRING', 'f4_ INTEGER'],
    rows: [[7, 1, 2, '2-5', 1]],
  },
  {
    name: 'refuses text that is no truth value',
    sql: "SELECT CAST('t' AS BOOL)",
    error: 'Bad bool value: t',
  },
  {
    name: 'refuses doubles beyond INT64',
    sql: 'SELECT CAST(1e30 AS INT64)',
    error: 'int64 out of range: 1e+30',
  },
  {
    name: 'refuses NaN as an integer',
    sql: "SELECT CAST(CAST('nan' AS FLOAT64) AS INT64)",
    error: 'Illegal conversion of non-finite floating point number to an integer: nan',
  },
  {
    name: 'refuses doubles beyond NUMERIC',
    sql: 'SELECT CAST(1e40 AS NUMERIC)',
    error: 'numeric out of range: 1e+40',
  },
  {
    name: 'shows the operands of a NUMERIC overflow',
    sql: "SELECT NUMERIC '99999999999999999999999999999.999999999' + 1",
    error: 'numeric overflow: 99999999999999999999999999999.999999999 + 1',
  },
  {
    name: 'refuses no buckets',
    sql: 'SELECT NTILE(0) OVER (ORDER BY x) FROM UNNEST([1]) x',
    error: 'The N value (number of buckets) for the NTILE function must be positive',
  },
  {
    name: 'refuses products beyond FLOAT64',
    sql: 'SELECT x * 10 FROM UNNEST([1e307, 1e308]) AS x',
    error: 'double overflow: 1e+308 * 10',
    reason: 'invalidQuery',
  },
  {
    name: 'names the operation that overflows within a longer one',
    sql: 'SELECT 1 - (2 + x * x - 3) / 4 FROM UNNEST([1e200]) AS x',
    error: 'double overflow: 1e+200 * 1e+200',
  },
  {
    name: 'refuses an overflow that a division would hide',
    sql: 'SELECT 1 / (x + x) FROM UNNEST([1e308]) AS x',
    error: 'double overflow: 1e+308 + 1e+308',
  },
  {
    name: 'refuses a quotient beyond FLOAT64',
    sql: 'SELECT x / 0.1, x / y FROM UNNEST([1e308]) AS x, UNNEST([1.0]) AS y',
    error: 'double overflow: 1e+308 / 0.1',
  },
  {
    name: 'tells a division by zero from an overflow',
    sql: 'SELECT (x + x) * 2 - x / (y - y) FROM UNNEST([1.5]) AS x, UNNEST([2.0]) AS y',
    error: 'division by zero: 1.5 / 0',
  },
  {
    name: 'computes on with infinities and NaN that were given',
    sql: "SELECT TO_JSON_STRING([x * 2, -x - 1, x - x, 1 / x, x + y * 2, x + CAST(NULL AS FLOAT64)]) FROM UNNEST([CAST('-inf' AS FLOAT64)]) AS x, UNNEST([1.5]) AS y",
    rows: [['["-Infinity","Infinity","NaN",-0,"-Infinity",null]']],
  },
  {
    name: 'keeps NULL in long sums of FLOAT64',
    sql: 'SELECT x + x * 2 - x / 4 + x * x * x - x + x * 2 + x * 3 - x / 8 + x, 1 + y * 2 FROM UNNEST([8.0]) AS x, UNNEST([CAST(NULL AS FLOAT64)]) AS y',
    rows: [[573, null]],
  },
  {
    name: 'gives NULL for overflows under SAFE',
    sql: 'SELECT SAFE_MULTIPLY(x, 10), SAFE.EXP(x), SAFE.POW(x, 2), SAFE_ADD(x, x) FROM UNNEST([1e308]) AS x',
    rows: [[null, null, null, null]],
  },
  {
    name: 'refuses functions that overflow',
    sql: 'SELECT COSH(x) FROM UNNEST([1000.0]) AS x',
    error: 'Floating point overflow in function: COSH(1000)',
  },
  {
    name: 'refuses rounding beyond FLOAT64',
    sql: 'SELECT ROUND(x, -308) FROM UNNEST([1.2e308, 1.7e308]) AS x',
    error: 'Floating point overflow in function: ROUND(1.7e+308, -308)',
  },
  {
    name: 'refuses roots of negative numbers',
    sql: 'SELECT SQRT(x) FROM UNNEST([-2.5]) AS x',
    error: 'Argument to SQRT cannot be negative: -2.5',
  },
  {
    name: 'refuses powers that are not real',
    sql: 'SELECT POW(x, 0.5) FROM UNNEST([-8.0]) AS x',
    error: 'Floating point error in function: POW(-8, 0.5)',
  },
  {
    name: 'gives NaN for functions at infinities outside of their domain',
    sql: "SELECT TO_JSON_STRING([ACOS(x), ACOSH(-x), ASIN(x), ATANH(x), COS(x), SIN(-x), TAN(x), COT(x), CSC(x), SEC(x), LN(-x), LOG10(-x), LOG(-x, 2), LOG(2, x)]) FROM UNNEST([CAST('inf' AS FLOAT64)]) AS x",
    rows: [[JSON.stringify(new Array(14).fill('NaN'))]],
  },
  {
    name: 'gives NaN for NaN',
    sql: "SELECT TO_JSON_STRING([ACOS(x), ACOSH(x), ASIN(x), ATANH(x), COS(x), COT(x), LN(x), LOG10(x), LOG(x, 2), LOG(2, x), SQRT(x), EXP(x), POW(x, 2)]) FROM UNNEST([CAST('nan' AS FLOAT64)]) AS x",
    rows: [[JSON.stringify(new Array(13).fill('NaN'))]],
  },
  {
    name: 'computes functions at infinities within their domain',
    sql: "SELECT TO_JSON_STRING([ACOSH(x), LN(x), LOG(x, 2), LOG(x, 0.5), COSH(-x), EXP(x), EXP(-x), COTH(x), CSCH(x), SECH(x), POW(x, -1), POW(0.5, -x), SQRT(x)]) FROM UNNEST([CAST('inf' AS FLOAT64)]) AS x",
    rows: [
      [
        '["Infinity","Infinity","Infinity","-Infinity","Infinity","Infinity",0,1,0,0,0,"Infinity","Infinity"]',
      ],
    ],
  },
  {
    name: 'refuses sums beyond FLOAT64',
    sql: 'SELECT SUM(x) FROM UNNEST([1e308, 1e308]) AS x',
    error: 'double overflow',
  },
  {
    name: 'refuses running sums beyond FLOAT64',
    sql: 'SELECT SUM(x) OVER (ORDER BY x) FROM UNNEST([1e308, 1.1e308]) AS x',
    error: 'double overflow',
  },
  {
    name: 'adds up infinities that were given',
    sql: "SELECT TO_JSON_STRING([SUM(x), AVG(x), SUM(-x), SUM(y), AVG(y), SUM(z)]) FROM UNNEST([STRUCT(CAST('inf' AS FLOAT64) AS x, CAST('inf' AS FLOAT64) AS y, CAST('nan' AS FLOAT64) AS z), STRUCT(1, CAST('-inf' AS FLOAT64), 1)])",
    rows: [['["Infinity","Infinity","-Infinity","NaN","NaN","NaN"]']],
  },
  {
    name: 'averages the largest numbers',
    sql: 'SELECT AVG(x), SUM(y) FROM UNNEST([STRUCT(1e308 AS x, 1e308 AS y), STRUCT(1e308, 1e308), STRUCT(1e308, -1e308), STRUCT(NULL, -1e308)])',
    rows: [[1e308, 0]],
  },
  {
    name: 'adds up infinities in a script',
    sql: "DECLARE first FLOAT64 DEFAULT (SELECT SUM(x) FROM UNNEST([CAST('inf' AS FLOAT64), 1]) AS x); CREATE TEMP TABLE t AS SELECT SUM(x) AS total FROM UNNEST([CAST('-inf' AS FLOAT64), 1]) AS x; SELECT TO_JSON_STRING([a, b]) FROM (SELECT total AS b FROM t), (SELECT first AS a)",
    rows: [['["Infinity","-Infinity"]']],
  },
  {
    name: 'finds the bucket of a point',
    sql: "SELECT RANGE_BUCKET(x, [0, 10, 20, 20, 40]), RANGE_BUCKET(CAST(x AS FLOAT64), [1.5]), RANGE_BUCKET(CAST('nan' AS FLOAT64), [1.5]), RANGE_BUCKET(x, []), RANGE_BUCKET(CAST(x AS STRING), ['2', '3']) FROM UNNEST([20, -1, NULL]) AS x",
    rows: [
      [4, 1, null, 0, 1],
      [0, 0, null, 0, 0],
      [null, null, null, null, null],
    ],
  },
  {
    name: 'refuses bounds of buckets that are not in order',
    sql: 'SELECT RANGE_BUCKET(30, [10, 30, 20, 40, 50])',
    error:
      'Elements in input array to RANGE_BUCKET must be in ascending order. Nonconforming elements found at position 2 and 3',
  },
  {
    name: 'refuses NULL as the bound of a bucket',
    sql: 'SELECT RANGE_BUCKET(80, [1, NULL, 20])',
    error: 'Elements in input array to RANGE_BUCKET cannot be null. Null element found at position 2',
  },
  {
    name: 'patterns of bytes with a zero byte',
    sql: "SELECT REGEXP_CONTAINS(b'a\\x00b', b'a\\x00'), REGEXP_REPLACE(b'a\\x00b', b'\\x00', b'-'), REGEXP_EXTRACT('a\\x00b', '\\x00(.)')",
    rows: [[true, 'YS1i', 'b']],
  },
  {
    name: 'refuses buckets of months and days',
    sql: "SELECT TIMESTAMP_BUCKET(TIMESTAMP '2024-01-01', INTERVAL '1-2 3 4:5:6' YEAR TO SECOND)",
    error: 'does not support a bucket width of months together with days or a time',
  },
  {
    name: 'finds no NULL among the values of an array',
    sql: 'SELECT ARRAY_INCLUDES_ALL([1, 2], [1, NULL]), ARRAY_INCLUDES_ALL([1, NULL], [NULL]), ARRAY_INCLUDES_ANY([1, NULL], [NULL]), ARRAY_INCLUDES_ANY([1, NULL], [NULL, 1])',
    rows: [[false, false, false, true]],
  },
  {
    name: 'finds all of several values, repeated ones too, and all of none',
    sql: 'SELECT ARRAY_INCLUDES_ALL([1, 2, NULL], [2, 1, 1]), ARRAY_INCLUDES_ALL([1], [1, 2]), ARRAY_INCLUDES_ALL([1], []), ARRAY_INCLUDES_ANY([1], [])',
    rows: [[true, false, true, false]],
  },
  {
    name: 'finds nothing in a NULL array, nor values of one',
    sql: 'SELECT ARRAY_INCLUDES_ALL(CAST(NULL AS ARRAY<INT64>), [1, NULL]), ARRAY_INCLUDES_ALL([1], CAST(NULL AS ARRAY<INT64>)), ARRAY_INCLUDES_ANY(CAST(NULL AS ARRAY<FLOAT64>), [1.5]), ARRAY_INCLUDES_ALL(CAST(NULL AS ARRAY<FLOAT64>), [1.5]), ARRAY_INCLUDES_ALL([1.5], CAST(NULL AS ARRAY<FLOAT64>))',
    rows: [[null, null, null, null, null]],
  },
  {
    name: 'finds no NaN among the values of an array',
    sql: "SELECT ARRAY_INCLUDES_ALL([nan, 1], [nan]), ARRAY_INCLUDES_ANY([nan, 1], [nan]), ARRAY_INCLUDES_ANY([nan, 1], [nan, 1]), ARRAY_INCLUDES_ALL([nan, 1, NULL], [1]) FROM (SELECT CAST('nan' AS FLOAT64) AS nan)",
    rows: [[false, false, true, true]],
  },
  {
    name: 'finds structs in an array field by field',
    sql: "SELECT ARRAY_INCLUDES_ALL([(1, 'a'), (2, s)], [(2, s)]), ARRAY_INCLUDES_ANY([(1, 'a'), (2, s)], [(2, s), (1, 'a')]), ARRAY_INCLUDES_ANY([(1, 'a')], [(3, s)]) FROM UNNEST(['b', NULL]) AS s WITH OFFSET AS o ORDER BY o",
    rows: [
      [true, true, false],
      [false, true, false],
    ],
  },
  {
    name: 'compares NaN and NULL in BETWEEN as in the two comparisons',
    sql: `SELECT x BETWEEN a AND b, x NOT BETWEEN a AND b FROM (
        SELECT 1 AS n, nan AS x, 1.0 AS a, NULL AS b FROM nans UNION ALL SELECT 2, 1, nan, NULL FROM nans UNION ALL
        SELECT 3, 1, NULL, nan FROM nans UNION ALL SELECT 4, nan, NULL, 1 FROM nans UNION ALL
        SELECT 5, nan, NULL, NULL FROM nans UNION ALL SELECT 6, NULL, 1, nan FROM nans UNION ALL
        SELECT 7, nan, nan, nan FROM nans UNION ALL SELECT 8, 2, 1, NULL UNION ALL SELECT 9, 2, 3, NULL UNION ALL SELECT 10, 2, 1, 3)
      ORDER BY n`.replaceAll('nans', "(SELECT CAST('nan' AS FLOAT64) AS nan)"),
    rows: [
      [false, true],
      [false, true],
      [false, true],
      [false, true],
      [null, null],
      [null, null],
      [false, true],
      [null, null],
      [false, true],
      [true, false],
    ],
  },
  {
    name: 'compares NaN with literals in BETWEEN',
    sql: "SELECT x BETWEEN 1 AND NULL, x BETWEEN NULL AND 1, x BETWEEN 1 AND 5, 1 BETWEEN x AND NULL FROM UNNEST([CAST('nan' AS FLOAT64), 2]) AS x WITH OFFSET AS o ORDER BY o",
    rows: [
      [false, false, false, false],
      [null, false, true, false],
    ],
  },
  {
    name: 'measures distances of sparse vectors',
    sql: "SELECT COSINE_DISTANCE([(1, 1.0), (2, 2.0)], [(2, 4.0), (1, 3.0)]), EUCLIDEAN_DISTANCE([('a', 10.0), ('b', 30.0)], [('b', 26.0), ('c', 3.0), ('a', 10.0)]), EUCLIDEAN_DISTANCE([(1, 3)], [(2, 4)]), EUCLIDEAN_DISTANCE([(1, 3.0)], CAST(NULL AS ARRAY<STRUCT<INT64, FLOAT64>>))",
    rows: [[0.01613008990009257, 5, 5, null]],
  },
  {
    name: 'measures distances of sparse vectors whose fields have names',
    sql: 'SELECT EUCLIDEAN_DISTANCE(a, [STRUCT(5 AS x, 2.5 AS y)]) FROM (SELECT [STRUCT(5 AS dimension, 1.5 AS magnitude), (6, 0.0)] AS a)',
    rows: [[1]],
  },
  {
    name: 'refuses sparse vectors with a dimension twice',
    sql: 'SELECT COSINE_DISTANCE([(1, 1.0), (1, 2.0)], [(2, 4.0)])',
    error: 'Duplicate index 1 found in the input array',
  },
  {
    name: 'refuses sparse vectors with NULL in them',
    sql: 'SELECT EUCLIDEAN_DISTANCE([(1, NULL)], [(2, 4.0)])',
    error: 'NULL struct field',
  },
  {
    name: 'refuses the angle to a sparse vector of zeros',
    sql: 'SELECT COSINE_DISTANCE([(1, 1.0)], [(2, 0.0)])',
    error: 'Cannot compute cosine distance against zero vector',
  },
  {
    name: 'refuses sparse vectors with dimensions of another type',
    sql: 'SELECT COSINE_DISTANCE([(1.5, 1.0)], [(2.5, 1.0)])',
    error: 'No matching signature for function COSINE_DISTANCE',
  },
  {
    name: 'compares NULL and NaN to NULL',
    sql: "SELECT a < b, b > a, a <= b, b >= a, a = b, b = a, a != b, b != a, NOT (a < b), (a < b) IS NULL, (a = b AND TRUE) IS NULL, a < b OR b = a FROM (SELECT CAST(NULL AS FLOAT64) AS a, CAST('nan' AS FLOAT64) AS b)",
    rows: [[null, null, null, null, null, null, null, null, null, true, true, null]],
  },
  {
    name: 'compares NaN to FALSE, and by != to TRUE',
    sql: "SELECT a < b, b > a, a <= b, b < b, a = b, b = b, a != b, b != b, NOT (a < b), IF(a < b, 1, 2), CASE WHEN b = b THEN 1 WHEN b > a OR a > b THEN 2 ELSE 3 END FROM (SELECT 1.0 AS a, CAST('nan' AS FLOAT64) AS b)",
    rows: [[false, false, false, false, false, false, true, true, true, 2, 3]],
  },
  {
    name: 'joins and filters by comparisons of NaN and NULL',
    sql: "WITH t AS (SELECT x FROM UNNEST([1.0, CAST('nan' AS FLOAT64), NULL]) AS x) SELECT (SELECT COUNT(*) FROM t AS a JOIN t AS b ON a.x = b.x), (SELECT COUNT(b.x) FROM t AS a LEFT JOIN t AS b ON a.x = b.x AND (a.x < 5 OR b.x > 100)), (SELECT COUNT(*) FROM t AS a JOIN t AS b ON a.x != b.x), (SELECT COUNT(*) FROM t AS a, t AS b WHERE a.x <= b.x), (SELECT COUNT(*) FROM t AS a, t AS b WHERE NOT (a.x <= b.x)), (SELECT COUNTIF(a.x < b.x) FROM t AS a, t AS b)",
    rows: [[1, 1, 3, 1, 3, 0]],
  },
  {
    name: 'refuses intervals beyond their range',
    sql: 'SELECT MAKE_INTERVAL(year => 10000, month => 1)',
    error: "Interval field months '120001' is out of range -120000 to 120000",
  },
  {
    name: 'looks for keys of JSON in arrays, in a mode of any case, and leaves paths that are NULL out',
    sql: "SELECT JSON_KEYS(JSON '[{\"a\":{\"b\":1}}]', 1, mode => 'Lax'), JSON_KEYS(JSON '[[{\"a\":{\"b\":1}}]]', 2, mode => 'lax Recursive'), JSON_REMOVE(JSON '[1,2]', NULL), JSON_REMOVE(JSON '[1,2]', NULL, '$[0]')",
    rows: [[['a'], ['a', 'a.b'], '[1,2]', '[2]']],
  },
  ...(
    [
      ["JSON_KEYS(JSON '{}', 1, mode => 'loose')", 'Invalid JSON mode specified'],
      [
        "FLOAT64(JSON '18', wide_number_mode => 'roundish')",
        'Invalid `wide_number_mode` specified: roundish',
      ],
      ['JSON_OBJECT(CAST(NULL AS ARRAY<STRING>), [1])', 'The keys array cannot be NULL'],
      ["JSON_OBJECT(['a'], CAST(NULL AS ARRAY<INT64>))", 'The values array cannot be NULL'],
      [
        "JSON_ARRAY_APPEND(JSON '{}', '$.a', append_each_element => false, 10)",
        'must not specify positional arguments after named arguments',
      ],
      ["CAST(12 AS STRING FORMAT ',99')", "Error in format string: Unexpected ','"],
      ["CAST(12 AS STRING FORMAT '9.9,9')", "Error in format string: Unexpected ','"],
      ["ARRAY<STRING(2)>['abc']", 'maximum length of STRING type is 2, found 3'],
      ["STRUCT<a STRING(2)>('abc')", 'maximum length of STRING type is 2, found 3'],
    ] as const
  ).map(([sql, error]): OwnCase => ({ name: `refuses ${sql}`, sql: `SELECT ${sql}`, error })),
  {
    name: 'refuses a mode of UNNEST that is not written out',
    sql: 'SELECT * FROM UNNEST([1], [2], mode => CAST(NULL AS STRING))',
    error: 'A mode of UNNEST that is not a literal',
    reason: 'notImplemented',
  },
  {
    name: 'fits values to the parameters of types in constructors',
    sql: "SELECT ARRAY<NUMERIC(10, 1)>[1234.12, 2], STRUCT<a NUMERIC(5, 2)>(1.239).a, ARRAY<STRUCT<x STRING(2)>>[STRUCT('ab')][0].x, SAFE_CAST(12 AS STRING FORMAT ',99')",
    rows: [[['1234.1', '2'], '1.24', 'ab', null]],
  },
  {
    name: 'splits nothing into one nothing',
    sql: "SELECT ARRAY_LENGTH(SPLIT(b'', b'')), ARRAY_LENGTH(SPLIT(b'', b',')), ARRAY_LENGTH(SPLIT('', '')), ARRAY_LENGTH(SPLIT('')), SPLIT(b'ab', b'')",
    rows: [[1, 1, 1, 1, ['YQ==', 'Yg==']]],
  },
  {
    name: 'joins text with the text of other values',
    sql: "SELECT 'n=' || 5, 5 || 'x' || 1.5, 'd ' || DATE '2024-01-02', TRUE || '!', 'b' || BIGNUMERIC '1.5' || NUMERIC '2', 'x' || NULL, 'i' || INTERVAL 1 DAY",
    rows: [['n=5', '5x1.5', 'd 2024-01-02', 'true!', 'b1.52', null, 'i0-0 1 0:0:0']],
  },
  {
    name: 'refuses to join what is no text with its like',
    sql: 'SELECT 1 || 2',
    error: 'No matching signature for operator ||',
  },
  {
    name: 'refuses to join text with bytes',
    sql: "SELECT 'a' || b'b'",
    error: 'No matching signature for operator ||',
  },
  {
    name: 'reads numbers beyond the range of FLOAT64 as infinities, and writes places as calls',
    sql: "SELECT 12e345, -12e345, 1e-400, FORMAT('%T', ST_GEOGPOINT(1, 2)), FORMAT('%t', ST_GEOGPOINT(1, 2))",
    rows: [['Infinity', '-Infinity', 0, 'ST_GEOGFROMTEXT("POINT(1 2)")', 'POINT(1 2)']],
  },
  {
    name: 'takes places as parameters',
    sql: 'SELECT ST_AREA(@g) > 0, ST_NUMPOINTS(@g), ST_ASTEXT(@p)',
    parameters: [
      { name: 'g', type: 'GEOGRAPHY', value: 'POLYGON((0 0, 1 0, 1 1, 0 1, 0 0))' },
      { name: 'p', type: 'GEOGRAPHY', value: 'POINT(1 2)' },
    ],
    rows: [[true, 5, 'POINT(1 2)']],
  },
];
