import type { OwnCase } from './case.js';

export const conversionCases: OwnCase[] = [
  {
    name: 'lets SAFE cover the function alone',
    sql: "SELECT SAFE.PARSE_DATE('%Y-%m-%d', CONCAT('20', CAST(1 / 0 AS STRING)))",
    error: 'division by zero: 1 / 0',
  },
  {
    name: 'lets SAFE cover the function alone where its argument is a column',
    sql: 'SELECT SAFE.SQRT(1 / x) FROM UNNEST([0.0]) AS x',
    error: 'division by zero: 1 / 0',
  },
  {
    name: 'lets SAFE cover the outer of two functions alone',
    sql: "SELECT SAFE.LN(CAST('x' AS FLOAT64))",
    error: 'Bad double value: x',
  },
  {
    name: 'lets SAFE cover both of two functions that have it',
    sql: "SELECT SAFE.LN(SAFE.SQRT(-1)), SAFE.SUBSTR('abc', SAFE_CAST('x' AS INT64)), SAFE.LN(SAFE_DIVIDE(1, 0))",
    rows: [[null, null, null]],
  },
  {
    name: 'lets SAFE cover what the function says of constants',
    sql: "SELECT SAFE.SQRT(-1), SAFE.LN(0), SAFE.SUBSTR('abc', 1, -1), SAFE.TIMESTAMP_SECONDS(253402300800), SAFE.DATE(2023, 2, 29), SAFE.PARSE_JSON('{')",
    rows: [[null, null, null, null, null, null]],
  },
  {
    name: 'lets SAFE cover patterns that are none',
    sql: "SELECT SAFE.REGEXP_CONTAINS('a', '('), SAFE.REGEXP_EXTRACT('a', '['), SAFE.REGEXP_REPLACE('a', '*', ''), SAFE.REGEXP_EXTRACT_ALL('a', 'a{2,1}'), SAFE.REGEXP_INSTR('a', '(a)(b)'), SAFE.REGEXP_CONTAINS(b'a', b'(')",
    rows: [[null, null, null, [], null, null]],
  },
  {
    name: 'refuses SAFE before aggregates',
    sql: 'SELECT SAFE.SUM(x) FROM UNNEST([1]) AS x',
    error: 'Function SUM does not support SAFE error mode',
  },
  {
    name: 'lets SAFE_CAST cover the cast alone',
    sql: "SELECT SAFE_CAST(ERROR('e') AS STRING)",
    error: 'e',
  },
  {
    name: 'lets SAFE_CAST cover the cast alone where its operand is computed by row',
    sql: 'SELECT SAFE_CAST(10 / x AS INT64) FROM UNNEST([0]) AS x',
    error: 'division by zero: 10 / 0',
  },
  {
    name: 'lets SAFE_CAST cover casts of all kinds',
    sql: "SELECT SAFE_CAST('a' AS INT64), SAFE_CAST('1' || x AS INT64), SAFE_CAST('2024-02-30' AS DATE), SAFE_CAST(1e30 AS INT64), SAFE_CAST('abc' AS STRING(2)), SAFE_CAST(b'\\xff' AS STRING), SAFE_CAST(CAST('5' AS INT64) AS STRING) FROM UNNEST(['x']) AS x",
    rows: [[null, null, null, null, null, null, '5']],
  },
  {
    name: 'keeps all digits of a literal that is cast to a decimal',
    sql: 'SELECT CAST(1.234567890123456789 AS BIGNUMERIC), CAST(-12345678901234567890.123456789 AS NUMERIC), CAST(1e-9 AS NUMERIC), SAFE_CAST(0.1234567895 AS NUMERIC)',
    rows: [['1.234567890123456789', '-12345678901234567890.123456789', '0.000000001', '0.12345679']],
  },
  {
    name: 'rounds the double of a column that is cast to a decimal',
    sql: 'SELECT CAST(x AS BIGNUMERIC) = CAST(0.1 AS BIGNUMERIC), CAST(x AS NUMERIC) FROM UNNEST([0.1]) AS x',
    rows: [[false, '0.1']],
  },
  {
    name: 'refuses literals beyond the decimal they are cast to',
    sql: 'SELECT CAST(1e40 AS NUMERIC)',
    error: /numeric out of range: 1e\+40|Invalid NUMERIC value: 1e40/,
  },
  {
    name: 'rounds items and fields to the parameters of their types',
    sql: "SELECT CAST([NUMERIC '1.25', NULL] AS ARRAY<NUMERIC(5, 1)>)[OFFSET(0)], CAST(STRUCT(NUMERIC '1.25' AS a, 'ab' AS b) AS STRUCT<a NUMERIC(5, 1), b STRING(2)>), CAST(BIGNUMERIC '1.2345' AS BIGNUMERIC(5, 3)), CAST(NULL AS STRUCT<a NUMERIC(5, 1)>)",
    rows: [['1.3', { a: '1.3', b: 'ab' }, '1.235', null]],
  },
  {
    name: 'refuses items beyond the parameters of their type',
    sql: "SELECT CAST(['ab', 'abc'] AS ARRAY<STRING(2)>)",
    error: 'maximum length of STRING type is 2, found 3',
  },
  {
    name: 'refuses a BIGNUMERIC beyond its precision',
    sql: "SELECT CAST(BIGNUMERIC '12345.6' AS BIGNUMERIC(5, 1))",
    error: 'BIGNUMERIC overflow: 12345.6',
  },
  {
    name: 'says of text that is cast what is wrong with it',
    sql: "SELECT CAST('abc' AS INT64)",
    error: 'Bad int64 value: abc',
  },
  {
    name: 'says of text that is cast to a date what is wrong with it',
    sql: "SELECT CAST('2024-02-30' AS DATE)",
    error: "Invalid date: '2024-02-30'",
  },
  {
    name: 'says where text is no date that it has to become by itself',
    sql: "SELECT DATE '2024-01-01' < 'soon'",
    error: 'Could not cast literal "soon" to type DATE at [1:28]',
  },
  {
    name: 'does not ask a cast that is not reached',
    sql: "SELECT IF(x > 0, 1, CAST('abc' AS INT64)), CASE WHEN x = 1 THEN DATE '2024-01-01' ELSE CAST('x' AS DATE) END, COALESCE(x, CAST('y' AS INT64)) FROM UNNEST([1]) AS x",
    rows: [[1, '2024-01-01', 1]],
  },
  {
    name: 'gives NULL of a type that type in set operations',
    sql: "SELECT CAST(NULL AS NUMERIC) AS a, CAST(NULL AS STRING) AS b, NULL AS c UNION ALL SELECT 1.5, 'x', DATE '2024-01-01'",
    columns: ['a NUMERIC', 'b STRING', 'c DATE'],
    unordered: true,
    rows: [
      [null, null, null],
      ['1.5', 'x', '2024-01-01'],
    ],
  },
  {
    name: 'refuses NULL of another type in a set operation',
    sql: 'SELECT CAST(NULL AS STRING) UNION ALL SELECT 1',
    error: 'Column 1 in UNION ALL has incompatible types: STRING, INT64',
  },
  {
    name: 'refuses NULL of another type beside values',
    sql: 'SELECT COALESCE(CAST(NULL AS STRING), 1)',
    error: 'No matching signature for function COALESCE',
  },
  {
    name: 'widens NULL of a type as it does values',
    sql: "SELECT CAST(NULL AS INT64) AS a, CAST(NULL AS DATE) AS b UNION ALL SELECT 1.5, DATETIME '2024-01-01 00:00:00'",
    columns: ['a FLOAT', 'b DATETIME'],
    unordered: true,
    rows: [
      [null, null],
      [1.5, '2024-01-01T00:00:00'],
    ],
  },
  {
    name: 'casts NULL of every type to text and formats it',
    sql: "SELECT CAST(CAST(NULL AS DATE) AS STRING), CAST(CAST(NULL AS TIME) AS STRING), CAST(CAST(NULL AS INTERVAL) AS STRING), CAST(CAST(NULL AS NUMERIC) AS STRING), CAST(CAST(NULL AS BIGNUMERIC) AS STRING), CAST(CAST(NULL AS BYTES) AS STRING), CAST(CAST(NULL AS RANGE<DATE>) AS STRING), FORMAT('%t', CAST(NULL AS DATETIME)), FORMAT_TIMESTAMP('%F', NULL), CAST(CAST(NULL AS TIMESTAMP) AS STRING FORMAT 'YYYY')",
    rows: [[null, null, null, null, null, null, null, 'NULL', null, null]],
  },
  {
    name: 'takes the type of its place for ERROR',
    sql: "SELECT IF(x, 'a', ERROR('e')), CASE WHEN x THEN DATE '2024-01-01' ELSE ERROR('e') END, COALESCE(NUMERIC '1', ERROR('e')), IFNULL([1], ERROR('e')), IF(x, STRUCT(1 AS a), ERROR('e')) FROM UNNEST([TRUE]) AS x",
    columns: ['f0_ STRING', 'f1_ DATE', 'f2_ NUMERIC', 'f3_ INTEGER*', 'f4_ RECORD'],
    rows: [['a', '2024-01-01', '1', [1], { a: 1 }]],
  },
  {
    name: 'fails with the message of ERROR wherever it is reached',
    sql: "SELECT IF(x IS NULL, ERROR(CONCAT('no ', 'x')), x) FROM UNNEST([CAST(NULL AS STRING)]) AS x",
    error: 'no x',
  },
  {
    name: 'fails with ERROR as an operand',
    sql: "SELECT 1 + ERROR('operand')",
    error: 'operand',
  },
  {
    name: 'fails with ERROR in a set operation',
    sql: "SELECT 'a' AS x UNION ALL SELECT ERROR('input')",
    error: 'input',
  },
  {
    name: 'fails with ERROR cast to a type',
    sql: "SELECT CAST(ERROR('cast') AS DATE)",
    error: 'cast',
  },
  {
    name: 'has the type INT64 for ERROR alone',
    sql: "SELECT x, ERROR('never') AS e FROM UNNEST([1]) AS x WHERE FALSE",
    columns: ['x INTEGER', 'e INTEGER'],
    rows: [],
  },
  {
    name: 'reads JSON arrays strictly',
    sql: "SELECT INT64_ARRAY(JSON '[1, -2, 3.0]'), BOOL_ARRAY(JSON '[true, false]'), FLOAT64_ARRAY(JSON '[1, 2.5]'), STRING_ARRAY(JSON '[\"a\", \"\"]'), INT64_ARRAY(JSON '[]'), INT64_ARRAY(NULL)",
    rows: [[[1, -2, 3], [true, false], [1, 2.5], ['a', ''], [], []]],
  },
  ...[
    "INT64_ARRAY(JSON 'null')",
    "BOOL_ARRAY(JSON 'true')",
    "FLOAT64_ARRAY(JSON '{}')",
    'STRING_ARRAY(JSON \'"a"\')',
  ].map(
    (call): OwnCase => ({
      name: `refuses ${call}`,
      sql: `SELECT ${call}`,
      error: 'The provided JSON input is not an array',
    }),
  ),
  {
    name: 'refuses NULL in a JSON array of integers',
    sql: "SELECT INT64_ARRAY(JSON '[1, null]')",
    error: 'The provided JSON input is not an integer',
  },
  {
    name: 'reads JSON arrays laxly',
    sql: "SELECT LAX_INT64_ARRAY(JSON '10'), LAX_INT64_ARRAY(JSON 'null'), JSON_VALUE_ARRAY(JSON '1'), JSON_QUERY_ARRAY('{}')",
    rows: [[[], [], [], []]],
  },
  {
    name: 'formats a time in a zone given as an offset',
    sql: "SELECT CAST(t AS STRING FORMAT 'YYYY-MM-DD HH24:MI' AT TIME ZONE '-08:00'), CAST(t AS STRING FORMAT 'HH24:MI TZH:TZM' AT TIME ZONE '+5:30'), CAST(t AS STRING FORMAT 'HH24:MI TZH:TZM' AT TIME ZONE 'America/New_York') FROM (SELECT TIMESTAMP '2024-07-02 03:04:05+00' AS t)",
    rows: [['2024-07-01 19:04', '08:34 +05:30', '23:04 -04:00']],
  },
  {
    name: 'formats a time in the zone of each row',
    sql: "SELECT CAST(TIMESTAMP '2024-01-02 03:04:05+00' AS STRING FORMAT 'HH24:MI TZH' AT TIME ZONE z) FROM UNNEST(['-08:00', 'UTC', 'Asia/Tokyo', NULL]) AS z WITH OFFSET AS o ORDER BY o",
    rows: [['19:04 -08'], ['03:04 +00'], ['12:04 +09'], [null]],
  },
  {
    name: 'refuses a zone that is none when it formats a time',
    sql: "SELECT CAST(TIMESTAMP '2024-01-02 03:04:05+00' AS STRING FORMAT 'HH24:MI' AT TIME ZONE 'Nowhere/Land')",
    error: 'Invalid time zone: Nowhere/Land',
  },
  {
    name: 'gives NULL for a zone that is none in SAFE_CAST',
    sql: "SELECT SAFE_CAST(TIMESTAMP '2024-01-02 03:04:05+00' AS STRING FORMAT 'HH24:MI' AT TIME ZONE '-25:00')",
    rows: [[null]],
  },
];
