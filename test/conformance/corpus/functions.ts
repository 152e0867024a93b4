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
    error: 'Could not cast literal "t" to type BOOL at [1:13]',
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
];
