import type { SqlCase } from './sql-case.js';

/** Queries, functions, casts, hints, and changes of rows with all their clauses. */
export const LANGUAGE_CASES: readonly SqlCase[] = [
  {
    sql: "INSERT INTO T (K, S, F, B, N, D, F3) VALUES (1, 'a', 1.5, TRUE, 1, '2020-01-01', 0.5), (2, 'b', NULL, FALSE, 2.5, '2021-01-01', NULL), (3, NULL, -1, NULL, NULL, NULL, 3)",
    rows: [],
    changed: 3,
  },
  {
    sql: 'SELECT k, S FROM T ORDER BY k',
    columns: 'k:INT64,S:STRING',
    rows: [
      ['1', 'a'],
      ['2', 'b'],
      ['3', null],
    ],
  },
  {
    sql: 'SELECT T.S AS q, F FROM T AS T WHERE T.K >= 2 ORDER BY T.K DESC LIMIT 1',
    columns: 'q:STRING,F:FLOAT64',
    rows: [[null, -1]],
  },
  {
    sql: 'SELECT * FROM T WHERE K IN (1, 3) AND S IS NULL',
    columns:
      'K:INT64,S:STRING,F:FLOAT64,B:BOOL,N:NUMERIC,D:DATE,TS:TIMESTAMP,J:JSON,BYT:BYTES,A:ARRAY<INT64>,F3:FLOAT32,DEF:STRING,G:STRING',
    rows: [['3', null, -1, null, null, null, null, null, null, null, 3, 'x', null]],
  },
  { sql: 'SELECT K FROM T WHERE K = 1 OR K = 2 ORDER BY K', columns: 'K:INT64', rows: [['1'], ['2']] },
  { sql: 'SELECT K FROM T WHERE NOT (K = 1) AND B ORDER BY K', columns: 'K:INT64', rows: [] },
  { sql: "SELECT K FROM T WHERE S = 'a' AND K = 1", columns: 'K:INT64', rows: [['1']] },
  { sql: 'SELECT K FROM T WHERE K = 1.0', columns: 'K:INT64', rows: [['1']] },
  {
    sql: "SELECT K FROM T WHERE K = '1'",
    error: ['INVALID_ARGUMENT', 'No matching signature for operator = for argument types: INT64, STRING'],
  },
  {
    sql: 'SELECT K FROM T WHERE K = NULL',
    error: ['INVALID_ARGUMENT', 'Operands of = cannot be literal NULL [at 1:27]'],
  },
  { sql: "SELECT K FROM T WHERE D > DATE '2020-06-01'", columns: 'K:INT64', rows: [['2']] },
  { sql: "SELECT K FROM T WHERE D = '2020-01-01'", columns: 'K:INT64', rows: [['1']] },
  { sql: 'SELECT K FROM T WHERE F > N ORDER BY K', columns: 'K:INT64', rows: [['1']] },
  {
    sql: 'SELECT SUM(K), AVG(N), MAX(D), MIN(F3) FROM T',
    columns: ':INT64,:NUMERIC,:DATE,:FLOAT32',
    rows: [['6', '1.75', '2021-01-01', 0.5]],
  },
  {
    sql: 'SELECT B, COUNT(*) FROM T GROUP BY B ORDER BY B',
    columns: 'B:BOOL,:INT64',
    rows: [
      [null, '1'],
      [false, '1'],
      [true, '1'],
    ],
  },
  {
    sql: 'SELECT COUNT(*), COUNT(S), COUNTIF(K > 1) FROM T',
    columns: ':INT64,:INT64,:INT64',
    rows: [['3', '2', '2']],
  },
  {
    sql: 'SELECT S FROM T GROUP BY K',
    error: [
      'INVALID_ARGUMENT',
      'SELECT list expression references column S which is neither grouped nor aggregated [at 1:8]',
    ],
  },
  {
    sql: 'SELECT K, COUNT(*) FROM T',
    error: [
      'INVALID_ARGUMENT',
      'SELECT list expression references column K which is neither grouped nor aggregated [at 1:8]',
    ],
  },
  {
    sql: 'SELECT COUNT(COUNT(*)) FROM T',
    error: ['INVALID_ARGUMENT', 'Aggregations of aggregations are not allowed [at 1:14]'],
  },
  {
    sql: 'SELECT K FROM T WHERE COUNT(*) > 1',
    error: ['INVALID_ARGUMENT', 'Aggregate function COUNT not allowed in WHERE clause [at 1:23]'],
  },
  {
    sql: 'SELECT K FROM T HAVING K > 1',
    error: [
      'INVALID_ARGUMENT',
      'SELECT list expression references column K which is neither grouped nor aggregated [at 1:8]',
    ],
  },
  { sql: 'SELECT K FROM T GROUP BY K HAVING K > 1 ORDER BY K', columns: 'K:INT64', rows: [['2'], ['3']] },
  {
    sql: 'SELECT a.K, b.K FROM T a JOIN T b ON a.K < b.K ORDER BY 1, 2',
    columns: 'K:INT64,K:INT64',
    rows: [
      ['1', '2'],
      ['1', '3'],
      ['2', '3'],
    ],
  },
  {
    sql: 'SELECT a.K FROM T a CROSS JOIN T b WHERE a.K = b.K ORDER BY 1',
    columns: 'K:INT64',
    rows: [['1'], ['2'], ['3']],
  },
  {
    sql: 'SELECT * FROM T JOIN nope USING (K)',
    error: ['INVALID_ARGUMENT', 'Table not found: nope [at 1:22]'],
  },
  {
    sql: 'SELECT K FROM T JOIN T b ON TRUE',
    error: ['INVALID_ARGUMENT', 'Column name K is ambiguous [at 1:8]'],
  },
  { sql: "SELECT 1 + 'a'", error: ['INVALID_ARGUMENT', 'Could not cast literal "a" to type DATE [at 1:12]'] },
  {
    sql: 'SELECT NOT 1',
    error: ['INVALID_ARGUMENT', 'No matching signature for operator NOT for argument types: INT64'],
  },
  { sql: 'SELECT -9223372036854775808', columns: ':INT64', rows: [['-9223372036854775808']] },
  {
    sql: 'SELECT 9223372036854775808',
    error: ['INVALID_ARGUMENT', 'Invalid integer literal: 9223372036854775808 [at 1:8]'],
  },
  {
    sql: "SELECT 0x1F, 1e3, .5, 'it''s', \"q\", r'\\n', '''m''', b'\\x01'",
    error: ['INVALID_ARGUMENT', "Syntax error: Expected end of input but got string literal 's' [at 1:27]"],
  },
  {
    sql: "SELECT 'a' || 'b', CONCAT('a', 'b', 'c'), LENGTH('äb'), BYTE_LENGTH('äb'), CHAR_LENGTH(b'a')",
    error: ['INVALID_ARGUMENT', 'No matching signature for function CHAR_LENGTH'],
  },
  {
    sql: 'SELECT 7 / 2, 7 * 2, 7 - 2, -7, ABS(-3), SIGN(-2.5), CEIL(1.2), FLOOR(-1.2), TRUNC(1.9)',
    columns: ':FLOAT64,:INT64,:INT64,:INT64,:INT64,:FLOAT64,:FLOAT64,:FLOAT64,:FLOAT64',
    rows: [[3.5, '14', '5', '-7', '3', -1, 2, -2, 1]],
  },
  {
    sql: 'SELECT 5 & 3, 5 | 3, 5 ^ 3, ~5, 1 << 3, 16 >> 2',
    columns: ':INT64,:INT64,:INT64,:INT64,:INT64,:INT64',
    rows: [['1', '7', '6', '-6', '8', '4']],
  },
  {
    sql: 'SELECT TRUE AND NULL, FALSE AND NULL, TRUE OR NULL, NOT NULL',
    columns: ':BOOL,:BOOL,:BOOL,:BOOL',
    rows: [[null, false, true, null]],
  },
  {
    sql: "SELECT CASE WHEN K = 1 THEN 'one' ELSE 'many' END c FROM T ORDER BY K",
    columns: 'c:STRING',
    rows: [['one'], ['many'], ['many']],
  },
  {
    sql: "SELECT CASE K WHEN 1 THEN 'x' END FROM T ORDER BY K",
    columns: ':STRING',
    rows: [['x'], [null], [null]],
  },
  {
    sql: "SELECT NUMERIC '1.5' * 2, NUMERIC '1' / 3, CAST(1.23 AS NUMERIC)",
    columns: ':NUMERIC,:NUMERIC,:NUMERIC',
    rows: [['3', '0.333333333', '1.23']],
  },
  {
    sql: "SELECT CAST(1.5 AS INT64), CAST(2.5 AS INT64), CAST('12' AS INT64), CAST(TRUE AS INT64), CAST(NULL AS STRING)",
    columns: ':INT64,:INT64,:INT64,:INT64,:STRING',
    rows: [['2', '3', '12', '1', null]],
  },
  {
    sql: "SELECT IEEE_DIVIDE(1, 0), IS_INF(IEEE_DIVIDE(1, 0)), IS_NAN(CAST('nan' AS FLOAT64))",
    columns: ':FLOAT64,:BOOL,:BOOL',
    rows: [['Infinity', true, true]],
  },
  {
    sql: "SELECT CAST('inf' AS FLOAT64), CAST('-inf' AS FLOAT64), CAST('nan' AS FLOAT64)",
    columns: ':FLOAT64,:FLOAT64,:FLOAT64',
    rows: [['Infinity', '-Infinity', 'NaN']],
  },
  {
    sql: "SELECT DATE_DIFF(DATE '2020-03-01', DATE '2020-02-01', DAY), DATE_SUB(DATE '2020-03-31', INTERVAL 1 MONTH), DATE_TRUNC(DATE '2020-03-31', MONTH)",
    columns: ':INT64,:DATE,:DATE',
    rows: [['29', '2020-02-29', '2020-03-01']],
  },
  {
    sql: "SELECT TIMESTAMP_ADD(TIMESTAMP '2020-01-01 00:00:00Z', INTERVAL 90 MINUTE), TIMESTAMP_DIFF(TIMESTAMP '2020-01-02 00:00:00Z', TIMESTAMP '2020-01-01 00:00:00Z', HOUR)",
    columns: ':TIMESTAMP,:INT64',
    rows: [['2020-01-01T01:30:00Z', '24']],
  },
  {
    sql: "SELECT FORMAT_TIMESTAMP('%F %T', TIMESTAMP '2020-01-01 12:00:00Z', 'UTC'), PARSE_DATE('%Y-%m-%d', '2020-01-05'), FORMAT_DATE('%d/%m', DATE '2020-01-05')",
    columns: ':STRING,:DATE,:STRING',
    rows: [['2020-01-01 12:00:00', '2020-01-05', '05/01']],
  },
  {
    sql: "SELECT UNIX_SECONDS(TIMESTAMP '1970-01-02 00:00:00Z'), TIMESTAMP_SECONDS(60), UNIX_DATE(DATE '1970-01-03')",
    columns: ':INT64,:TIMESTAMP,:INT64',
    rows: [['86400', '1970-01-01T00:01:00Z', '2']],
  },
  {
    sql: "SELECT EXTRACT(DAYOFWEEK FROM DATE '2020-05-03'), EXTRACT(HOUR FROM TIMESTAMP '2020-01-01 12:00:00Z' AT TIME ZONE 'UTC'), EXTRACT(HOUR FROM TIMESTAMP '2020-01-01 12:00:00Z')",
    columns: ':INT64,:INT64,:INT64',
    rows: [['1', '12', '4']],
  },
  {
    sql: "SELECT ARRAY_LENGTH([1,2,3]), ARRAY_REVERSE([1,2]), ARRAY_CONCAT([1],[2]), [1,2][ORDINAL(1)], GENERATE_ARRAY(1,3), ARRAY_TO_STRING(['a','b'], '-')",
    columns: ':INT64,:ARRAY<INT64>,:ARRAY<INT64>,:INT64,:ARRAY<INT64>,:STRING',
    rows: [['3', ['2', '1'], ['1', '2'], '1', ['1', '2', '3'], 'a-b']],
  },
  { sql: 'SELECT [1,2][OFFSET(5)]', error: ['OUT_OF_RANGE', 'Array index 5 is out of bounds'] },
  { sql: 'SELECT [1,2][SAFE_OFFSET(5)]', columns: ':INT64', rows: [[null]] },
  { sql: 'SELECT ARRAY(SELECT K FROM T ORDER BY K)', columns: ':ARRAY<INT64>', rows: [[['1', '2', '3']]] },
  {
    sql: "SELECT x, o FROM UNNEST(['a','b']) x WITH OFFSET o ORDER BY o",
    columns: 'x:STRING,o:INT64',
    rows: [
      ['a', '0'],
      ['b', '1'],
    ],
  },
  {
    sql: "SELECT * FROM UNNEST([STRUCT(1 AS a, 'x' AS b), (2, 'y')]) ORDER BY a",
    columns: 'a:INT64,b:STRING',
    rows: [
      ['1', 'x'],
      ['2', 'y'],
    ],
  },
  { sql: 'SELECT s.a FROM UNNEST([STRUCT(1 AS a)]) s', columns: 'a:INT64', rows: [['1']] },
  {
    sql: 'SELECT K IN (SELECT K FROM T WHERE K < 2) FROM T ORDER BY K',
    columns: ':BOOL',
    rows: [[true], [false], [false]],
  },
  {
    sql: 'SELECT (SELECT K FROM T)',
    error: ['OUT_OF_RANGE', 'Scalar subquery produced more than one element'],
  },
  {
    sql: 'SELECT (SELECT 1, 2)',
    error: [
      'INVALID_ARGUMENT',
      'Scalar subquery cannot have more than one column unless using SELECT AS STRUCT to build STRUCT values [at 1:8]',
    ],
  },
  { sql: 'WITH w AS (SELECT K FROM T WHERE K > 1) SELECT COUNT(*) FROM w', columns: ':INT64', rows: [['2']] },
  {
    sql: 'SELECT K FROM T UNION DISTINCT SELECT K FROM T ORDER BY 1',
    columns: 'K:INT64',
    rows: [['1'], ['2'], ['3']],
  },
  { sql: 'SELECT K FROM T EXCEPT DISTINCT SELECT 1 ORDER BY 1', columns: 'K:INT64', rows: [['2'], ['3']] },
  { sql: 'SELECT K FROM T INTERSECT DISTINCT SELECT 1', columns: 'K:INT64', rows: [['1']] },
  {
    sql: "SELECT SPLIT('a,b', ','), REGEXP_CONTAINS('abc', 'b'), REGEXP_REPLACE('abc', 'b', 'x'), REGEXP_EXTRACT_ALL('a1b2', r'\\d')",
    columns: ':ARRAY<STRING>,:BOOL,:STRING,:ARRAY<STRING>',
    rows: [[['a', 'b'], true, 'axc', ['1', '2']]],
  },
  {
    sql: "SELECT REGEXP_CONTAINS('abc', '(')",
    error: ['OUT_OF_RANGE', 'Cannot parse regular expression: missing ): ('],
  },
  {
    sql: "SELECT LPAD('a', 3, 'x'), RPAD('a', 3), REPEAT('ab', 2), STRPOS('abc', 'c'), SUBSTR('abc', -2), LTRIM('xxa', 'x')",
    columns: ':STRING,:STRING,:STRING,:INT64,:STRING,:STRING',
    rows: [['xxa', 'a  ', 'abab', '3', 'bc', 'a']],
  },
  {
    sql: "SELECT TO_BASE64(b'ab'), FROM_BASE64('YWI='), TO_HEX(b'ab'), FROM_HEX('6162'), SAFE_CONVERT_BYTES_TO_STRING(b'ab'), TO_CODE_POINTS('ab')",
    columns: ':STRING,:BYTES,:STRING,:BYTES,:STRING,:ARRAY<INT64>',
    rows: [['YWI=', 'YWI=', '6162', 'YWI=', 'ab', ['97', '98']]],
  },
  {
    sql: "SELECT MD5('a'), SHA1('a'), SHA512('a') IS NULL",
    columns: ':BYTES,:BYTES,:BOOL',
    rows: [['DMF1ucDxtqgxw5niaXcmYQ==', 'hvfkN/qlp/zhXR3cuerq6jd2Z7g=', false]],
  },
  {
    sql: "SELECT NORMALIZE('a'), TO_BASE32(b'a'), CODE_POINTS_TO_STRING([97])",
    columns: ':STRING,:STRING,:STRING',
    rows: [['a', 'ME======', 'a']],
  },
  {
    sql: 'SELECT GREATEST(1, 3, 2), LEAST(1.5, 2), IFNULL(NULL, 3), NULLIF(1, 2)',
    columns: ':INT64,:FLOAT64,:INT64,:INT64',
    rows: [['3', 1.5, '3', '1']],
  },
  {
    sql: 'SELECT BIT_COUNT(7), MOD(-7, 3), DIV(-7, 2), POW(2, 10), SQRT(16), EXP(0), LN(1), LOG(8, 2), LOG10(100)',
    columns: ':INT64,:INT64,:INT64,:FLOAT64,:FLOAT64,:FLOAT64,:FLOAT64,:FLOAT64,:FLOAT64',
    rows: [['3', '-1', '-3', 1024, 4, 1, 0, 3, 2]],
  },
  { sql: 'SELECT SQRT(-1)', error: ['OUT_OF_RANGE', 'Argument to SQRT cannot be negative: -1'] },
  { sql: 'SELECT LN(0)', error: ['OUT_OF_RANGE', 'Floating point error in function: LN(0)'] },
  { sql: 'SELECT MOD(1, 0)', error: ['OUT_OF_RANGE', 'division by zero: MOD(1, 0)'] },
  { sql: "SELECT SAFE.LN(0), SAFE.SUBSTR('a', 0, -1)", columns: ':FLOAT64,:STRING', rows: [[null, null]] },
  {
    sql: "SELECT JSON_QUERY(JSON '{\"a\":{\"b\":[1,2]}}', '$.a.b'), JSON_VALUE('{\"a\":1}', '$.a'), JSON '{\"a\":1}'.a, JSON_TYPE(JSON '1'), BOOL(JSON 'true'), INT64(JSON '5')",
    columns: ':JSON,:STRING,a:JSON,:STRING,:BOOL,:INT64',
    rows: [['[1,2]', '1', '1', 'number', true, '5']],
  },
  {
    sql: "SELECT JSON_OBJECT('a', 1), JSON_ARRAY(1, 'x'), JSON_SET(JSON '{}', '$.a', 1), JSON_KEYS(JSON '{\"a\":{\"b\":1}}')",
    columns: ':JSON,:JSON,:JSON,:ARRAY<STRING>',
    rows: [['{"a":1}', '[1,"x"]', '{"a":1}', ['a', 'a.b']]],
  },
  {
    sql: "SELECT PARSE_JSON('{')",
    error: [
      'OUT_OF_RANGE',
      "Invalid input to PARSE_JSON: syntax error while parsing value - unexpected end of input; last read: '{'",
    ],
  },
  {
    sql: "SELECT JSON 'x'",
    error: [
      'INVALID_ARGUMENT',
      'Invalid JSON literal: syntax error while parsing value - invalid literal: x [at 1:8]',
    ],
  },
  {
    sql: 'SELECT STDDEV(K), VARIANCE(K), BIT_AND(K), BIT_OR(K), BIT_XOR(K), LOGICAL_AND(B), LOGICAL_OR(B), ANY_VALUE(K) > 0 FROM T',
    columns: ':FLOAT64,:FLOAT64,:INT64,:INT64,:INT64,:BOOL,:BOOL,:BOOL',
    rows: [[1, 1, '0', '3', '0', false, true, true]],
  },
  {
    sql: 'SELECT ARRAY_AGG(S IGNORE NULLS) IS NOT NULL, ARRAY_CONCAT_AGG([K]) IS NOT NULL FROM T',
    columns: ':BOOL,:BOOL',
    rows: [[true, true]],
  },
  { sql: "SELECT STRING_AGG(S, '-') FROM T WHERE K = 1", columns: ':STRING', rows: [['a']] },
  {
    sql: "SELECT NET.HOST('http://www.google.com/x'), NET.IP_TO_STRING(NET.IP_FROM_STRING('1.2.3.4'))",
    columns: ':STRING,:STRING',
    rows: [['www.google.com', '1.2.3.4']],
  },
  {
    sql: 'SELECT INTERVAL 1 DAY, MAKE_INTERVAL(1, 2, 3)',
    columns: ':INTERVAL,:INTERVAL',
    rows: [['P1D', 'P1Y2M3D']],
  },
  {
    sql: 'SELECT CAST(CAST(1.1 AS FLOAT32) AS FLOAT64), CAST(1.1 AS FLOAT32) = 1.1, CAST(1 AS FLOAT32) + 1',
    columns: ':FLOAT64,:BOOL,:FLOAT64',
    rows: [[1.100000023841858, true, 2]],
  },
  {
    sql: 'SELECT F3, F3 + 1, F3 > 1 FROM T ORDER BY K',
    columns: 'F3:FLOAT32,:FLOAT64,:BOOL',
    rows: [
      [0.5, 1.5, false],
      [null, null, null],
      [3, 4, true],
    ],
  },
  { sql: 'SELECT K FROM T WHERE F3 = 0.5', columns: 'K:INT64', rows: [['1']] },
  { sql: 'SELECT 1 AS a, 2 AS a', columns: 'a:INT64,a:INT64', rows: [['1', '2']] },
  { sql: 'SELECT * FROM (SELECT 1 AS x, 2 AS y)', columns: 'x:INT64,y:INT64', rows: [['1', '2']] },
  {
    sql: 'SELECT AS STRUCT 1 AS a',
    error: [
      'UNIMPLEMENTED',
      'Unsupported query shape: A struct value cannot be returned as a column value. Rewrite the query to flatten the struct fields in the result.',
    ],
  },
  { sql: 'SELECT AS VALUE 5', columns: ':INT64', rows: [['5']] },
  {
    sql: 'SELECT t FROM T t',
    error: [
      'UNIMPLEMENTED',
      'Unsupported query shape: A struct value cannot be returned as a column value. Rewrite the query to flatten the struct fields in the result.',
    ],
  },
  { sql: 'SELECT K k2 FROM T WHERE k2 = 1', error: ['INVALID_ARGUMENT', 'Unrecognized name: k2 [at 1:26]'] },
  { sql: 'SELECT K k2 FROM T ORDER BY k2', columns: 'k2:INT64', rows: [['1'], ['2'], ['3']] },
  {
    sql: 'SELECT K FROM T ORDER BY 5',
    error: [
      'INVALID_ARGUMENT',
      'ORDER BY column number item is out of range. Column numbers go from 1 to 1 [at 1:26]',
    ],
  },
  {
    sql: 'SELECT DISTINCT A FROM T',
    error: ['INVALID_ARGUMENT', 'Column A of type ARRAY<INT64> cannot be used in SELECT DISTINCT [at 1:17]'],
  },
  {
    sql: 'SELECT J FROM T ORDER BY J',
    error: ['INVALID_ARGUMENT', 'ORDER BY does not support expressions of type JSON [at 1:26]'],
  },
  {
    sql: 'SELECT K FROM T WHERE A = A',
    error: ['INVALID_ARGUMENT', 'Equality is not defined for arguments of type ARRAY<INT64> [at 1:23]'],
  },
  { sql: 'SELECT K FROM T LIMIT 1 OFFSET 5', columns: 'K:INT64', rows: [] },
  {
    sql: "SELECT K FROM T LIMIT 'a'",
    error: ['INVALID_ARGUMENT', 'LIMIT expects an integer literal or parameter [at 1:23]'],
  },
  {
    sql: "SELECT CONTAINS_SUBSTR('a', 'a')",
    error: ['UNIMPLEMENTED', 'Unsupported built-in function: CONTAINS_SUBSTR'],
  },
  {
    sql: 'SELECT APPROX_COUNT_DISTINCT(K) FROM T',
    error: ['UNIMPLEMENTED', 'Unsupported built-in function: APPROX_COUNT_DISTINCT'],
  },
  { sql: "SELECT INITCAP('a')", error: ['UNIMPLEMENTED', 'Unsupported built-in function: INITCAP'] },
  {
    sql: 'SELECT CURRENT_DATETIME()',
    error: ['UNIMPLEMENTED', 'Unsupported built-in function: CURRENT_DATETIME'],
  },
  { sql: 'SELECT RAND()', error: ['UNIMPLEMENTED', 'Unsupported built-in function: RAND'] },
  { sql: "SELECT BIGNUMERIC '1'", error: ['INVALID_ARGUMENT', 'Type not found: BIGNUMERIC [at 1:8]'] },
  {
    sql: 'SELECT CAST(1 AS BIGNUMERIC)',
    error: ['INVALID_ARGUMENT', 'Type not found: BIGNUMERIC [at 1:18]'],
  },
  { sql: 'SELECT CAST(1 AS INT)', error: ['INVALID_ARGUMENT', 'Type not found: INT [at 1:18]'] },
  { sql: 'SELECT SESSION_USER()', error: ['UNIMPLEMENTED', 'Unsupported built-in function: SESSION_USER'] },
  { sql: "SELECT SUBSTR('abc')", error: ['INVALID_ARGUMENT', 'No matching signature for function SUBSTR'] },
  { sql: 'SELECT SUBSTR(1, 2)', error: ['INVALID_ARGUMENT', 'No matching signature for function SUBSTR'] },
  {
    sql: "SELECT UPPER(DATE '2020-01-01')",
    error: ['INVALID_ARGUMENT', 'No matching signature for function UPPER'],
  },
  { sql: 'SELECT `K` FROM `T` WHERE `T`.`K` = 1', columns: 'K:INT64', rows: [['1']] },
  {
    sql: 'SELECT K FROM T, UNNEST([10, 20]) x WHERE K = 1 ORDER BY x',
    columns: 'K:INT64',
    rows: [['1'], ['1']],
  },
  { sql: '@{USE_ADDITIONAL_PARALLELISM=TRUE} SELECT 1', columns: ':INT64', rows: [['1']] },
  { sql: 'SELECT K FROM T@{FORCE_INDEX=_BASE_TABLE} WHERE K = 1', columns: 'K:INT64', rows: [['1']] },
  {
    sql: 'SELECT a.K FROM T a JOIN@{JOIN_METHOD=HASH_JOIN} T b ON a.K = b.K WHERE a.K = 1',
    columns: 'K:INT64',
    rows: [['1']],
  },
  {
    sql: 'SELECT a.K FROM T a JOIN@{JOIN_METHOD=NOPE} T b ON a.K = b.K',
    error: ['INVALID_ARGUMENT', 'Invalid hint value for: JOIN_METHOD hint: "NOPE".'],
  },
  {
    sql: 'SELECT S, COUNT(*) FROM T GROUP@{GROUP_METHOD=HASH_GROUP} BY S ORDER BY 1',
    columns: 'S:STRING,:INT64',
    rows: [
      [null, '1'],
      ['a', '1'],
      ['b', '1'],
    ],
  },
  { sql: '@{LOCK_SCANNED_RANGES=exclusive} SELECT 1', columns: ':INT64', rows: [['1']] },
  {
    sql: '@{JOIN_METHOD=1} SELECT 1',
    error: ['INVALID_ARGUMENT', 'Invalid hint value for: JOIN_METHOD hint: 1.'],
  },
  {
    sql: '@{FORCE_INDEX=TS_IDX} SELECT 1',
    error: ['INVALID_ARGUMENT', 'Invalid statement-level hint value: FORCE_INDEX="TS_IDX".'],
  },
  {
    sql: 'UPDATE T SET F = F + 1, S = UPPER(S) WHERE K < 3 THEN RETURN K, F, S, G',
    columns: 'K:INT64,F:FLOAT64,S:STRING,G:STRING',
    rows: [
      ['1', 2.5, 'A', 'A'],
      ['2', null, 'B', 'B'],
    ],
    changed: 2,
  },
  {
    sql: 'UPDATE T AS x SET x.N = x.N * 2 WHERE x.K = 2 THEN RETURN x.N + 1 AS m',
    columns: 'm:NUMERIC',
    rows: [['6']],
    changed: 1,
  },
  {
    sql: 'UPDATE T SET D = NULL, B = DEFAULT WHERE K = 1 THEN RETURN D, B',
    columns: 'D:DATE,B:BOOL',
    rows: [[null, null]],
    changed: 1,
  },
  {
    sql: 'UPDATE T SET DEF = DEFAULT WHERE K = 1 THEN RETURN DEF',
    columns: 'DEF:STRING',
    rows: [['x']],
    changed: 1,
  },
  {
    sql: "UPDATE T SET S = '12345678901' WHERE K = 1",
    error: [
      'FAILED_PRECONDITION',
      'New value exceeds the maximum size limit for this column: T.S, size: 11, limit: 10.',
    ],
  },
  {
    sql: 'UPDATE T SET K = K WHERE TRUE',
    error: ['INVALID_ARGUMENT', 'Cannot modify a primary key column with UPDATE'],
  },
  {
    sql: "UPDATE T SET S = 'x' WHERE 1",
    error: ['INVALID_ARGUMENT', 'WHERE clause should return type BOOL, but returns INT64 [at 1:28]'],
  },
  {
    sql: "UPDATE T SET N = 'x' WHERE K = 1",
    error: [
      'INVALID_ARGUMENT',
      'Value of type STRING cannot be assigned to N, which has type NUMERIC [at 1:18]',
    ],
  },
  { sql: 'UPDATE T SET S = NULL WHERE FALSE', rows: [], changed: 0 },
  {
    sql: 'INSERT INTO C (K, L, V) SELECT K, 10, S FROM T THEN RETURN WITH ACTION *',
    columns: 'K:INT64,L:INT64,V:STRING,ACTION:STRING',
    rows: [
      ['3', '10', null, 'INSERT'],
      ['2', '10', 'B', 'INSERT'],
      ['1', '10', 'A', 'INSERT'],
    ],
    changed: 3,
  },
  {
    sql: "INSERT OR UPDATE INTO C (K, L, V) SELECT K, L, 'new' FROM C WHERE K < 3 THEN RETURN WITH ACTION AS did K, V",
    columns: 'K:INT64,V:STRING,did:STRING',
    rows: [
      ['1', 'new', 'UPDATE'],
      ['2', 'new', 'UPDATE'],
    ],
    changed: 2,
  },
  {
    sql: 'DELETE FROM C WHERE L = 10 AND K = 3 THEN RETURN *',
    columns: 'K:INT64,L:INT64,V:STRING',
    rows: [['3', '10', null]],
    changed: 1,
  },
  { sql: 'DELETE FROM C AS c WHERE c.K IN (SELECT K FROM T WHERE K = 2)', rows: [], changed: 1 },
  { sql: 'SELECT K, L, V FROM C', columns: 'K:INT64,L:INT64,V:STRING', rows: [['1', '10', 'new']] },
  {
    sql: 'DELETE FROM T WHERE K = 2 THEN RETURN WITH ACTION K',
    columns: 'K:INT64,ACTION:STRING',
    rows: [['2', 'DELETE']],
    changed: 1,
  },
  { sql: 'DELETE FROM C WHERE TRUE ASSERT_ROWS_MODIFIED 1', rows: [], changed: 1 },
  { sql: 'DELETE FROM C WHERE TRUE ASSERT_ROWS_MODIFIED 0', rows: [], changed: 0 },
  {
    sql: "INSERT INTO T (K, S) VALUES (10, 'x'), (10, 'y')",
    error: [
      'ALREADY_EXISTS',
      'Failed to insert row with primary key ({pk#K:10}) due to previously inserted row',
    ],
  },
  {
    sql: "INSERT INTO T (K, S) VALUES (10, LOWER('ABC') || '!') THEN RETURN S, LENGTH(S)",
    columns: 'S:STRING,:INT64',
    rows: [['abc!', '4']],
    changed: 1,
  },
  {
    sql: "INSERT INTO T (K, D, TS) VALUES (11, DATE '2020-01-01', '2020-01-01T00:00:00Z') THEN RETURN D, TS",
    columns: 'D:DATE,TS:TIMESTAMP',
    rows: [['2020-01-01', '2020-01-01T00:00:00Z']],
    changed: 1,
  },
  {
    sql: "INSERT INTO T (K, N) VALUES (12, 'x')",
    error: [
      'INVALID_ARGUMENT',
      'Value has type STRING which cannot be inserted into column N, which has type NUMERIC [at 1:34]',
    ],
  },
  { sql: 'INSERT INTO T (K, F) VALUES (13, 5) THEN RETURN F', columns: 'F:FLOAT64', rows: [[5]], changed: 1 },
  {
    sql: 'INSERT INTO T (K, A) VALUES (14, []), (15, NULL) THEN RETURN A',
    columns: 'A:ARRAY<INT64>',
    rows: [[[]], [null]],
    changed: 2,
  },
  {
    sql: 'INSERT INTO T (K, F3) VALUES (16, 1.1) THEN RETURN F3',
    columns: 'F3:FLOAT32',
    rows: [[1.100000023841858]],
    changed: 1,
  },
  {
    sql: 'INSERT INTO T (K) VALUES (17) THEN RETURN *',
    columns:
      'K:INT64,S:STRING,F:FLOAT64,B:BOOL,N:NUMERIC,D:DATE,TS:TIMESTAMP,J:JSON,BYT:BYTES,A:ARRAY<INT64>,F3:FLOAT32,DEF:STRING,G:STRING',
    rows: [['17', null, null, null, null, null, null, null, null, null, null, 'x', null]],
    changed: 1,
  },
  {
    sql: 'INSERT INTO T (K, J) VALUES (18, JSON \'{"b":1,"a":[1, 2]}\') THEN RETURN J',
    columns: 'J:JSON',
    rows: [['{"a":[1,2],"b":1}']],
    changed: 1,
  },
  {
    sql: "INSERT INTO T (K, S) VALUES ((SELECT MAX(K) + 1 FROM T), 'sub') THEN RETURN S",
    columns: 'S:STRING',
    rows: [['sub']],
    changed: 1,
  },
  {
    sql: "INSERT INTO T (K, S) SELECT x, 'u' FROM UNNEST([30, 31]) AS x THEN RETURN K",
    columns: 'K:INT64',
    rows: [['30'], ['31']],
    changed: 2,
  },
  {
    sql: "INSERT INTO T (K, DEF) VALUES (40, DEFAULT), (41, 'given') THEN RETURN K, DEF",
    columns: 'K:INT64,DEF:STRING',
    rows: [
      ['40', 'x'],
      ['41', 'given'],
    ],
    changed: 2,
  },
  {
    sql: 'INSERT INTO T (K, B) VALUES (42, 1)',
    error: [
      'INVALID_ARGUMENT',
      'Value has type INT64 which cannot be inserted into column B, which has type BOOL [at 1:34]',
    ],
  },
  {
    sql: "INSERT INTO T (K, S) VALUES (43, b'x')",
    error: [
      'INVALID_ARGUMENT',
      'Value has type BYTES which cannot be inserted into column S, which has type STRING [at 1:34]',
    ],
  },
  { sql: "SELECT SEARCH(S, 'x') FROM T", error: ['UNIMPLEMENTED', 'Unsupported built-in function: SEARCH'] },
  {
    sql: "SELECT * FROM T@{FORCE_INDEX=TS_IDX} WHERE S = 'zzz'",
    columns:
      'K:INT64,S:STRING,F:FLOAT64,B:BOOL,N:NUMERIC,D:DATE,TS:TIMESTAMP,J:JSON,BYT:BYTES,A:ARRAY<INT64>,F3:FLOAT32,DEF:STRING,G:STRING',
    rows: [],
  },
  {
    sql: 'SELECT * FROM SPANNER_SYS.QUERY_STATS_TOP_MINUTE',
    error: [
      'UNIMPLEMENTED',
      'The tables of SPANNER_SYS are not supported by the embedded Spanner: SPANNER_SYS.QUERY_STATS_TOP_MINUTE',
    ],
  },
  {
    sql: 'SELECT * FROM SPANNER_SYS.NOPE',
    error: ['INVALID_ARGUMENT', 'Table not found: SPANNER_SYS.NOPE [at 1:15]'],
  },
  {
    sql: "SELECT COLUMN_NAME, SPANNER_TYPE FROM INFORMATION_SCHEMA.COLUMNS WHERE TABLE_NAME = 'C' ORDER BY ORDINAL_POSITION",
    columns: 'COLUMN_NAME:STRING,SPANNER_TYPE:STRING',
    rows: [
      ['K', 'INT64'],
      ['L', 'INT64'],
      ['V', 'STRING(MAX)'],
    ],
  },
  {
    sql: "SELECT INDEX_NAME FROM INFORMATION_SCHEMA.INDEXES WHERE TABLE_NAME = 'T' ORDER BY 1",
    columns: 'INDEX_NAME:STRING',
    rows: [['PRIMARY_KEY'], ['TS_IDX']],
  },
];
