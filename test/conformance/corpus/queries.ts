import type { OwnCase } from './case.js';

export const queryCases: OwnCase[] = [
  {
    name: 'joins ranges that overlap or meet into sessions, for each value of the columns',
    sql: `WITH t AS (
        SELECT 1 AS n, 'a' AS k, RANGE<DATE> '[2024-01-01, 2024-01-03)' AS r UNION ALL
        SELECT 2, 'a', RANGE<DATE> '[2024-01-03, 2024-01-05)' UNION ALL SELECT 3, 'a', RANGE<DATE> '[2024-01-10, UNBOUNDED)' UNION ALL
        SELECT 4, 'b', NULL UNION ALL SELECT 5, 'b', RANGE<DATE> '[UNBOUNDED, 2024-01-03)' UNION ALL
        SELECT 6, 'b', RANGE<DATE> '[2024-01-02, 2024-01-04)')
      SELECT n, r, session_range FROM RANGE_SESSIONIZE(TABLE t, 'R', ['k']) ORDER BY n`,
    columns: ['n INTEGER', 'r RANGE', 'session_range RANGE'],
    rows: [
      [1, { start: '2024-01-01', end: '2024-01-03' }, { start: '2024-01-01', end: '2024-01-05' }],
      [2, { start: '2024-01-03', end: '2024-01-05' }, { start: '2024-01-01', end: '2024-01-05' }],
      [3, { start: '2024-01-10', end: null }, { start: '2024-01-10', end: null }],
      [4, null, null],
      [5, { start: null, end: '2024-01-03' }, { start: null, end: '2024-01-04' }],
      [6, { start: '2024-01-02', end: '2024-01-04' }, { start: null, end: '2024-01-04' }],
    ],
  },
  {
    name: 'keeps sessions of ranges that only meet apart when it is asked to',
    sql: `SELECT n, session_range FROM RANGE_SESSIONIZE((SELECT 1 AS n, RANGE<DATE> '[2024-01-01, 2024-01-03)' AS r UNION ALL
      SELECT 2, RANGE<DATE> '[2024-01-03, 2024-01-05)' UNION ALL SELECT 3, RANGE<DATE> '[2024-01-04, 2024-01-06)'), 'r', [], 'OVERLAPS') ORDER BY n`,
    rows: [
      [1, { start: '2024-01-01', end: '2024-01-03' }],
      [2, { start: '2024-01-03', end: '2024-01-06' }],
      [3, { start: '2024-01-03', end: '2024-01-06' }],
    ],
  },
  {
    name: 'refuses sessions of other columns',
    sql: "SELECT * FROM RANGE_SESSIONIZE((SELECT 1 AS n), 'n', [])",
    error: 'RANGE_SESSIONIZE takes a column of type RANGE, not INT64',
  },
  {
    name: 'refuses other modes of sessions',
    sql: "SELECT * FROM RANGE_SESSIONIZE((SELECT 1 AS n), 'n', [], 'NEAR')",
    error: 'Could not cast literal "NEAR" to type RANGE_SESSIONIZE_MODE',
  },
  {
    name: 'names anonymous columns',
    sql: 'SELECT 1, 2 AS a, 3',
    columns: ['f0_ INTEGER', 'a INTEGER', 'f1_ INTEGER'],
    rows: [[1, 2, 3]],
  },
  {
    name: 'numbers columns of the same name',
    sql: 'SELECT 1 AS a, 2 AS A, 3 AS a_1, 4 AS b, 5 AS a, 6 AS b',
    columns: ['a INTEGER', 'A_2 INTEGER', 'a_1 INTEGER', 'b INTEGER', 'a_3 INTEGER', 'b_1 INTEGER'],
    rows: [[1, 2, 3, 4, 5, 6]],
  },
  {
    name: 'numbers columns that two tables have',
    sql: 'SELECT * FROM (SELECT 1 AS id, 2 AS x) AS a JOIN (SELECT 1 AS id, 3 AS y) AS b ON a.id = b.id',
    columns: ['id INTEGER', 'x INTEGER', 'id_1 INTEGER', 'y INTEGER'],
    rows: [[1, 2, 1, 3]],
  },
  {
    name: 'refuses columns of the same name in a table',
    sql: 'CREATE TABLE d.t AS SELECT 1 AS a, 2 AS A',
    error: 'CREATE TABLE has columns with duplicate name',
  },
  {
    name: 'shows where two rows of a wildcard table come from',
    setup: 'CREATE TABLE d.ev_1 AS SELECT 1 AS id; CREATE TABLE d.ev_2 AS SELECT 2 AS id',
    sql: 'SELECT a._TABLE_SUFFIX, a.id, b._TABLE_SUFFIX FROM `d.ev_*` AS a JOIN `d.ev_*` AS b ON a._TABLE_SUFFIX = b._TABLE_SUFFIX ORDER BY a.id',
    columns: ['_TABLE_SUFFIX STRING', 'id INTEGER', '_TABLE_SUFFIX_1 STRING'],
    rows: [
      ['1', 1, '1'],
      ['2', 2, '2'],
    ],
  },
  {
    name: 'shows where in a wildcard table rows come from',
    setup: 'CREATE TABLE d.ev_1 AS SELECT 1 AS id; CREATE TABLE d.ev_2 AS SELECT 2 AS id',
    sql: 'SELECT _TABLE_SUFFIX, id, _TABLE_SUFFIX FROM `d.ev_*` ORDER BY id',
    columns: ['_TABLE_SUFFIX STRING', 'id INTEGER', '_TABLE_SUFFIX_1 STRING'],
    rows: [
      ['1', 1, '1'],
      ['2', 2, '2'],
    ],
  },
  {
    name: 'keeps _TABLE_SUFFIX out of tables',
    setup: 'CREATE TABLE d.ev_1 AS SELECT 1 AS id',
    sql: 'CREATE TABLE d.t AS SELECT _TABLE_SUFFIX, id FROM `d.ev_*`',
    error: 'Invalid field name "_TABLE_SUFFIX"',
  },
  {
    name: 'keeps other reserved names out of results',
    sql: 'SELECT 1 AS _PARTITIONTIME',
    error: 'Invalid field name "_PARTITIONTIME"',
  },
  {
    name: 'orders ranges by their starts, unbounded ones first, and by their ends, unbounded ones last',
    sql: "SELECT CAST(r AS STRING) FROM UNNEST([RANGE<DATE> '[2024-01-01, UNBOUNDED)', NULL, '[UNBOUNDED, 2024-05-01)', '[2024-01-01, 2024-02-01)', '[UNBOUNDED, UNBOUNDED)']) AS r ORDER BY r",
    rows: [
      [null],
      ['[UNBOUNDED, 2024-05-01)'],
      ['[UNBOUNDED, UNBOUNDED)'],
      ['[2024-01-01, 2024-02-01)'],
      ['[2024-01-01, UNBOUNDED)'],
    ],
  },
  {
    name: 'orders ranges downwards and numbers them',
    sql: "SELECT CAST(r AS STRING), RANK() OVER (ORDER BY r DESC) FROM UNNEST([RANGE<DATE> '[2024-01-01, UNBOUNDED)', '[UNBOUNDED, 2024-05-01)', '[2024-01-01, 2024-02-01)']) AS r ORDER BY r DESC",
    rows: [
      ['[2024-01-01, UNBOUNDED)', 1],
      ['[2024-01-01, 2024-02-01)', 2],
      ['[UNBOUNDED, 2024-05-01)', 3],
    ],
  },
  {
    name: 'knows the least and the greatest of ranges',
    sql: "SELECT CAST(MIN(r) AS STRING), CAST(MAX(r) AS STRING), CAST(GREATEST(RANGE<DATE> '[UNBOUNDED, 2024-05-01)', RANGE<DATE> '[2024-01-01, 2024-02-01)') AS STRING), CAST(LEAST(RANGE<DATE> '[UNBOUNDED, 2024-05-01)', RANGE<DATE> '[2024-01-01, 2024-02-01)') AS STRING), COUNT(DISTINCT r) FROM UNNEST([RANGE<DATE> '[2024-01-01, UNBOUNDED)', NULL, '[UNBOUNDED, 2024-05-01)', '[2024-01-01, UNBOUNDED)']) AS r",
    rows: [
      [
        '[UNBOUNDED, 2024-05-01)',
        '[2024-01-01, UNBOUNDED)',
        '[2024-01-01, 2024-02-01)',
        '[UNBOUNDED, 2024-05-01)',
        2,
      ],
    ],
  },
  {
    name: 'compares ranges as it orders them',
    sql: "SELECT a < b, a <= a, b > a, a = b, a != b, b BETWEEN a AND b, a >= b, a < CAST(NULL AS RANGE<DATE>) FROM (SELECT RANGE<DATE> '[UNBOUNDED, 2024-05-01)' AS a, RANGE<DATE> '[2024-01-01, UNBOUNDED)' AS b)",
    rows: [[true, true, true, false, true, true, false, null]],
  },
  {
    name: 'orders ranges of instants and of civil times',
    sql: "SELECT ARRAY_AGG(CAST(r AS STRING) ORDER BY r) FROM UNNEST([RANGE<DATETIME> '[2024-01-01 00:00:00, UNBOUNDED)', '[UNBOUNDED, 2024-05-01 00:00:00)']) AS r",
    rows: [[['[UNBOUNDED, 2024-05-01 00:00:00)', '[2024-01-01 00:00:00, UNBOUNDED)']]],
  },
  {
    name: 'frames the ends of INT64',
    sql: 'SELECT x, COUNT(*) OVER (ORDER BY x RANGE BETWEEN 2 PRECEDING AND 2 FOLLOWING), COUNT(*) OVER (ORDER BY x DESC RANGE BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING), COUNT(*) OVER (ORDER BY x RANGE BETWEEN 9223372036854775807 PRECEDING AND CURRENT ROW) FROM UNNEST([9223372036854775807, 9223372036854775806, 1, -9223372036854775808, NULL]) AS x ORDER BY x',
    rows: [
      [null, 1, 1, 1],
      [-9223372036854775808n, 1, 1, 1],
      [1, 1, 2, 1],
      [9223372036854775806n, 2, 3, 2],
      [9223372036854775807n, 2, 4, 3],
    ],
  },
  {
    name: 'frames decimals by offsets of theirs',
    sql: "SELECT x, SUM(x) OVER (ORDER BY x RANGE BETWEEN 1 PRECEDING AND CURRENT ROW), SUM(x) OVER (ORDER BY x DESC RANGE BETWEEN CURRENT ROW AND BIGNUMERIC '0.5' FOLLOWING), COUNT(*) OVER (ORDER BY CAST(x AS NUMERIC) RANGE BETWEEN 0.5 PRECEDING AND 0.5 FOLLOWING) FROM UNNEST([BIGNUMERIC '1', BIGNUMERIC '1.5', BIGNUMERIC '3', NULL]) AS x ORDER BY x",
    rows: [
      [null, null, null, 1],
      ['1', '1', '1', 2],
      ['1.5', '2.5', '2.5', 2],
      ['3', '3', '3', 1],
    ],
  },
  {
    name: 'refuses frames of decimals beyond what can be added to exactly',
    sql: "SELECT COUNT(*) OVER (ORDER BY x RANGE BETWEEN 1 PRECEDING AND CURRENT ROW) FROM UNNEST([BIGNUMERIC '1e30']) AS x",
    error:
      'RANGE frames over BIGNUMERIC values that NUMERIC does not hold are not supported by this emulator',
  },
  {
    name: 'keeps the names of the first query for the fields of structs in arrays',
    sql: "SELECT ARRAY(SELECT k FROM UNNEST(items)) FROM (SELECT [STRUCT('a' AS k, [1] AS xs)] AS items UNION ALL SELECT [STRUCT('c', CAST([] AS ARRAY<INT64>))] UNION ALL SELECT [STRUCT('b' AS other, [2] AS ys)])",
    unordered: true,
    rows: [[['a']], [['c']], [['b']]],
  },
  {
    name: 'names the fields of a struct as the first of several does',
    sql: "SELECT s.a, s.b FROM (SELECT IF(x > 1, STRUCT(x AS a, 'p' AS b), STRUCT(0, 'q')) AS s FROM UNNEST([1, 2]) AS x UNION ALL SELECT STRUCT(9 AS c, 'r' AS d)) ORDER BY s.a",
    rows: [
      [0, 'q'],
      [2, 'p'],
      [9, 'r'],
    ],
  },
  {
    name: 'lets a recursive table have a WITH clause of its own',
    sql: 'WITH RECURSIVE a AS (WITH b AS (SELECT 1 AS n), c AS (SELECT n + 1 AS n FROM b) SELECT n FROM c UNION ALL SELECT a.n + b.n FROM a CROSS JOIN b WHERE a.n < 4) SELECT n FROM a ORDER BY n',
    rows: [[2], [3], [4]],
  },
  {
    name: 'lets tables of WITH have WITH clauses of their own',
    sql: 'WITH a AS (WITH a AS (SELECT 1 AS n) SELECT n + 1 AS n FROM a), b AS (WITH c AS (SELECT n FROM a) SELECT c.n, a.n AS m FROM c JOIN a USING (n)) SELECT * FROM b',
    rows: [[2, 2]],
  },
  {
    name: 'takes the first name of a path in FROM for a column that is there',
    setup: 'CREATE TABLE d.tgt AS SELECT 1 AS id',
    sql: 'SELECT 1 FROM (SELECT 1 AS x) AS t WHERE EXISTS(SELECT 1 FROM x.tgt)',
    error: 'Aliases referenced in the from clause must refer to preceding scans',
  },
  {
    name: 'reads parameters by name',
    sql: 'SELECT @n + 1, @s, @missing IS NULL, @list[OFFSET(1)]',
    parameters: [
      { name: 'n', type: 'INT64', value: 41 },
      { name: 's', type: 'STRING', value: "it's" },
      { name: 'missing', type: 'DATE', value: null },
      { name: 'list', type: { type: 'ARRAY', arrayType: { type: 'INT64' } }, value: [1, 2] },
    ],
    rows: [[42, "it's", true, 2]],
  },
  {
    name: 'orders by a column of * before the table of that name',
    setup: "CREATE TABLE d.a AS SELECT 2 AS a, 'x' AS b UNION ALL SELECT 1, 'y'",
    sql: 'SELECT * FROM d.a ORDER BY a',
    rows: [
      [1, 'y'],
      [2, 'x'],
    ],
  },
  {
    name: 'ends a recursion after 500 rounds',
    sql: 'WITH RECURSIVE a AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM a WHERE n < 1000) SELECT COUNT(*) FROM a',
    error: 'A recursive CTE has reached the maximum number of iterations: 500',
  },
  {
    name: 'lets a recursion have 500 rows of one round each',
    sql: 'WITH RECURSIVE a AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM a WHERE n < 500) SELECT COUNT(*), MAX(n) FROM a',
    rows: [[500, 500]],
  },
  {
    name: 'refuses QUALIFY without a window function',
    sql: 'SELECT x FROM UNNEST([1, 2]) AS x QUALIFY x > 1',
    error: 'The QUALIFY clause requires analytic function to be present at [1:43]',
  },
  {
    name: 'pivots by several aggregates of which one has no alias',
    sql: "SELECT * FROM (SELECT 'a' AS k, 1 AS v UNION ALL SELECT 'b', 2) PIVOT(SUM(v) AS total, MAX(v) FOR k IN ('a' x, 'b' y))",
    columns: ['total_x INTEGER', 'x INTEGER', 'total_y INTEGER', 'y INTEGER'],
    rows: [[1, 1, 2, 2]],
  },
  {
    name: 'suggests no name for a short one',
    sql: 'SELECT y FROM UNNEST([1]) AS x',
    error: /Unrecognized name: y at \[1:8\]$/,
  },
  {
    name: 'suggests functions with a few letters changed',
    sql: "SELECT lenght('a')",
    error: 'Function not found: lenght; Did you mean length? at [1:8]',
  },
  {
    name: 'refuses empty statements',
    sql: 'SELECT 1;; SELECT 2',
    error: 'Syntax error: Unexpected ";" at [1:10]',
  },
  {
    name: 'wants something to select',
    sql: 'SELECT',
    error: 'Syntax error: Unexpected end of script at [1:7]',
  },
  {
    name: 'refuses a SELECT list without items',
    sql: 'SELECT FROM d.t',
    error: 'Syntax error: SELECT list must not be empty at [1:8]',
  },
  {
    name: 'wants a space between a number and its alias',
    sql: 'SELECT 1a',
    error: 'Syntax error: Missing whitespace between literal and alias at [1:9]',
  },
  {
    name: 'wants a list behind IN',
    sql: 'SELECT 1 IN 1',
    error: 'Syntax error: Expected "(" or keyword UNNEST but got integer literal "1" at [1:13]',
  },
  {
    name: 'reads over hints',
    sql: 'SELECT @{priority = low} 1 FROM UNNEST([1]) @{scan = full}',
    rows: [[1]],
  },
  {
    name: 'refuses result columns with a dot in their names',
    sql: 'SELECT 1 AS `a.b`',
    error: 'Invalid field name "a.b". Fields must contain the allowed characters',
  },
  { name: 'refuses unknown parameters', sql: 'SELECT @x', error: "Query parameter 'x' not found at [1:8]" },
  {
    name: 'names unknown functions with their place',
    sql: 'SELECT\n  no_such_function(1)',
    error: 'Function not found: no_such_function at [2:3]',
  },
  {
    name: 'names unknown columns with their place',
    sql: 'SELECT missing FROM (SELECT 1 AS a)',
    error: 'Unrecognized name: missing at [1:8]',
  },
  {
    name: 'names unknown tables',
    sql: 'SELECT * FROM d.nothing',
    error: /Not found: Table .*\.nothing was not found/,
    reason: 'notFound',
  },
  {
    name: 'divides integers into floats',
    sql: 'SELECT 7 / 2, DIV(7, 2), MOD(-7, 2), -7 / 2',
    columns: ['f0_ FLOAT', 'f1_ INTEGER', 'f2_ INTEGER', 'f3_ FLOAT'],
    rows: [[3.5, 3, -1, -3.5]],
  },
  {
    name: 'tells NULL arrays from empty ones only inside',
    sql: 'SELECT ARRAY_LENGTH(NULL), ARRAY_LENGTH([]), [] AS a',
    rows: [[null, 0, []]],
  },
  {
    name: 'counts windows and qualifies them',
    sql: 'SELECT x, SUM(x) OVER (ORDER BY x ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS s FROM UNNEST([3, 1, 2]) AS x QUALIFY ROW_NUMBER() OVER (ORDER BY x DESC) <= 2 ORDER BY x',
    rows: [
      [2, 3],
      [3, 5],
    ],
  },
  {
    name: 'pivots',
    sql: "SELECT * FROM (SELECT 'a' AS k, 'x' AS q, 1 AS v UNION ALL SELECT 'a', 'y', 2 UNION ALL SELECT 'b', 'x', 4) PIVOT(SUM(v) AS s FOR q IN ('x', 'y' AS why)) ORDER BY k",
    columns: ['k STRING', 's_x INTEGER', 's_why INTEGER'],
    rows: [
      ['a', 1, 2],
      ['b', 4, null],
    ],
  },
  {
    name: 'unpivots',
    sql: 'SELECT * FROM (SELECT 1 AS id, 10 AS a, NULL AS b, 30 AS c) UNPIVOT(v FOR name IN (a, b, c)) ORDER BY name',
    rows: [
      [1, 10, 'a'],
      [1, 30, 'c'],
    ],
  },
  {
    name: 'recurses',
    sql: 'WITH RECURSIVE n AS (SELECT 1 AS x UNION ALL SELECT x * 2 FROM n WHERE x < 20) SELECT ARRAY_AGG(x ORDER BY x) FROM n',
    rows: [[[1, 2, 4, 8, 16, 32]]],
  },
  {
    name: 'unnests with offsets and correlated arrays',
    sql: 'SELECT t.id, item, place FROM (SELECT 1 AS id, ["a", "b"] AS items UNION ALL SELECT 2, []) AS t LEFT JOIN t.items AS item WITH OFFSET AS place ORDER BY id, place',
    rows: [
      [1, 'a', 0],
      [1, 'b', 1],
      [2, null, null],
    ],
  },
  {
    name: 'pipes',
    sql: 'FROM UNNEST([1, 2, 3, 4]) AS x |> WHERE x > 1 |> EXTEND MOD(x, 2) AS odd |> AGGREGATE SUM(x) AS total GROUP BY odd |> ORDER BY odd',
    rows: [
      [0, 6],
      [1, 3],
    ],
  },
  {
    name: 'groups by all',
    sql: 'SELECT MOD(x, 2) AS m, COUNT(*) AS n FROM UNNEST([1, 2, 3]) AS x GROUP BY ALL ORDER BY m',
    rows: [
      [0, 1],
      [1, 2],
    ],
  },
  {
    name: 'unites by name',
    sql: 'SELECT 1 AS a, 2 AS b UNION ALL BY NAME SELECT 3 AS b, 4 AS a ORDER BY a',
    rows: [
      [1, 2],
      [4, 3],
    ],
  },
  {
    name: 'selects structs and values',
    sql: 'SELECT AS STRUCT 1 AS a, "x" AS b',
    columns: ['a INTEGER', 'b STRING'],
    rows: [[1, 'x']],
  },
  {
    name: 'adds intervals to dates',
    sql: "SELECT DATE '2024-01-31' + INTERVAL 1 MONTH, DATE_ADD(DATE '2024-01-31', INTERVAL 1 MONTH)",
    columns: ['f0_ DATETIME', 'f1_ DATE'],
    rows: [['2024-02-29T00:00:00', '2024-02-29']],
  },
  {
    name: 'is safe where asked',
    sql: "SELECT SAFE_DIVIDE(1, 0), SAFE_CAST('x' AS INT64), SAFE.SUBSTR('abc', 0, -1)",
    rows: [[null, null, null]],
  },
  { name: 'says what divided by zero', sql: 'SELECT 1 / 0', error: 'division by zero: 1 / 0' },
  {
    name: 'keeps the digits of NUMERIC',
    sql: "SELECT NUMERIC '99999999999999999999999999999.999999999' - 1",
    rows: [['99999999999999999999999999998.999999999']],
  },
  {
    name: 'keeps NaN and infinities',
    sql: "SELECT CAST('nan' AS FLOAT64), CAST('-inf' AS FLOAT64), IEEE_DIVIDE(1, 0)",
    rows: [[Number.NaN, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]],
  },
  {
    name: 'reads partitioned tables by ingestion time',
    setup: 'CREATE TABLE d.t (a INT64) PARTITION BY _PARTITIONDATE; INSERT d.t (a) VALUES (1)',
    sql: 'SELECT a, _PARTITIONDATE = CURRENT_DATE() FROM d.t',
    rows: [[1, true]],
  },
  {
    name: 'wants the partition filter of a table that requires one',
    setup: 'CREATE TABLE d.t (day DATE, a INT64) PARTITION BY day OPTIONS(require_partition_filter=TRUE)',
    sql: 'SELECT a FROM d.t WHERE a > 1',
    error: "without a filter over column(s) 'day' that can be used for partition elimination",
  },
  {
    name: 'takes the partition filter of a table that requires one',
    setup:
      "CREATE TABLE d.t (day DATE, a INT64) PARTITION BY day OPTIONS(require_partition_filter=TRUE); INSERT d.t VALUES ('2024-01-01', 1)",
    sql: "SELECT t.a FROM d.t AS t WHERE t.day >= '2024-01-01'",
    rows: [[1]],
  },
  {
    name: 'reads wildcards',
    setup: 'CREATE TABLE d.ev_1 AS SELECT 1 AS a; CREATE TABLE d.ev_2 AS SELECT 2 AS a',
    sql: "SELECT a, _TABLE_SUFFIX AS suffix FROM `d.ev_*` WHERE _TABLE_SUFFIX >= '1' ORDER BY a",
    rows: [
      [1, '1'],
      [2, '2'],
    ],
  },
  {
    // Pairing the subquery with all rows would take more memory than there is.
    name: 'reads a table of WITH in a subquery of each of its rows',
    sql: 'WITH c AS (SELECT n FROM UNNEST(GENERATE_ARRAY(1, 50000)) AS n) SELECT MAX((SELECT place FROM (SELECT n AS m, ROW_NUMBER() OVER (ORDER BY n DESC) AS place FROM c) WHERE m = c.n)), SUM(ARRAY_LENGTH(ARRAY(SELECT place FROM UNNEST([n, n + 1]) AS e LEFT JOIN (SELECT n AS m, COUNT(*) AS place FROM c GROUP BY n) ON m = e))) FROM c',
    rows: [[50000, 100000]],
  },
  {
    name: 'encodes by the terms of a table of WITH',
    sql: "WITH c AS (SELECT CONCAT('t', n) AS t FROM UNNEST(GENERATE_ARRAY(10001, 60000)) AS n) SELECT MIN(e), MAX(e), SUM(e) FROM (SELECT ML.LABEL_ENCODER(t, 100000, 0) OVER () AS e FROM c)",
    rows: [[1, 50000, 1250025000]],
  },
  {
    name: 'uses the row around a subquery over a table of WITH',
    sql: 'WITH c AS (SELECT x FROM UNNEST([1, 2]) AS x) SELECT ARRAY(SELECT s FROM (SELECT k.x * 10 + c.x AS s FROM c AS k) ORDER BY s), ARRAY(SELECT s FROM (SELECT x AS s FROM c) WHERE s <> c.x) FROM c ORDER BY x',
    rows: [
      [[11, 21], [2]],
      [[12, 22], [1]],
    ],
  },
  {
    name: 'reads a table of WITH that depends on the row around it',
    sql: 'SELECT (WITH c AS (SELECT y FROM UNNEST([x, x + 1]) AS y), e AS (SELECT y FROM c) SELECT AS STRUCT SUM((SELECT COUNT(*) FROM (SELECT y FROM e) AS k WHERE k.y <= c.y) * y) AS s, SUM((SELECT COUNT(*) FROM e AS k WHERE k.y <= c.y) * y) AS t FROM c).* FROM UNNEST([1, 5]) AS x ORDER BY x',
    rows: [
      [5, 5],
      [17, 17],
    ],
  },
  {
    name: 'gives a table function rows with a subquery over a table of WITH',
    sql: 'WITH c AS (SELECT x FROM UNNEST([10, 20, 30]) AS x) SELECT name, num_rows, max FROM ML.DESCRIBE_DATA((SELECT (SELECT p FROM (SELECT x AS y, ROW_NUMBER() OVER (ORDER BY x) AS p FROM c) WHERE y = c.x) AS place FROM c), STRUCT(1 AS top_k))',
    rows: [['place', 3, '3']],
  },
  {
    name: 'the place furthest out of an array has no element',
    sql: 'SELECT [1][SAFE_OFFSET(9223372036854775807)], [1][SAFE_OFFSET(x)], [1][SAFE_ORDINAL(x)] FROM UNNEST([9223372036854775807]) AS x',
    rows: [[null, null, null]],
  },
  {
    name: 'aggregations of aggregations, beyond what is planned in one piece',
    sql: `WITH ${Array.from({ length: 24 }, (_, at) => `t${at + 1} AS (SELECT SUM(x) AS x FROM ${at === 0 ? 'UNNEST([1, 2]) AS x' : `t${at}`})`).join(', ')} SELECT x FROM t24`,
    rows: [['3']],
  },
  {
    name: 'keeps the type of a column that is NULL always',
    sql: `SELECT EXP(NULLIFZERO(NUMERIC '0')), COALESCE(NULL, [JSON 'null'][SAFE_OFFSET(7)])`,
    columns: ['f0_ NUMERIC', 'f1_ JSON'],
    rows: [[null, null]],
  },
  {
    name: 'uses a field that it groups by in a subquery',
    sql: 'SELECT x, (SELECT x + 1), (SELECT x + y FROM UNNEST([5]) AS y) FROM UNNEST([STRUCT(1 AS x)]) GROUP BY x',
    rows: [[1, 2, 6]],
  },
  {
    name: 'uses a field of a cube in a subquery',
    sql: 'SELECT x, (SELECT x + 1) FROM (SELECT AS STRUCT 1 AS x) GROUP BY CUBE(x) ORDER BY x',
    rows: [
      [null, null],
      [1, 2],
    ],
  },
  {
    name: 'filters groups by functions of long texts, and by a value at an extreme',
    sql: `SELECT s FROM UNNEST(['ab', 'cd']) AS s GROUP BY s
      HAVING CONTAINS_SUBSTR(s, 'A') AND SOUNDEX(s || '-') = 'A100' AND JSON_VALUE(TO_JSON(s), '$') = s
        AND REGEXP_REPLACE(MAX(s HAVING MAX s), 'b', '') = 'a' AND TO_JSON_STRING([s]) = '["ab"]'`,
    rows: [['ab']],
  },
  {
    name: 'takes the length of bytes that are NULL always',
    sql: "SELECT REPLACE(b'', b'', [NULL, b''][SAFE_OFFSET(CAST(NULL AS INT64))]), NULL || 'a', CONCAT(b'a', NULL)",
    columns: ['f0_ BYTES', 'f1_ STRING', 'f2_ BYTES'],
    rows: [[null, null, null]],
  },
  {
    name: 'turns errors of what groups hold into NULL, in every clause',
    sql: `SELECT SAFE_CAST(x AS STRING), SAFE.SUBSTR(s, x, -x), SAFE_CAST(CONCAT(COUNT(*), x, s) AS INT64),
        SUM(SAFE_CAST(x AS INT64)) OVER (ORDER BY SAFE_CAST(x AS STRING)), (SELECT SAFE_CAST(t.s AS INT64))
      FROM UNNEST([STRUCT(1 AS x, '7' AS s), (2, '8'), (2, '8')]) AS t
      GROUP BY x, s
      HAVING SAFE_CAST(x AS BOOL)
      QUALIFY SAFE_CAST(x AS STRING) = '2' OR ROW_NUMBER() OVER (ORDER BY SAFE_CAST(x AS STRING)) = 1
      ORDER BY SAFE_CAST(s AS INT64) DESC`,
    rows: [
      ['2', null, 228, 3, 8],
      ['1', null, 117, 1, 7],
    ],
  },
  {
    name: 'turns errors of what grouping sets hold into NULL',
    sql: `SELECT x, SAFE_CAST(STRUCT(s AS a, 1 AS b).a AS BYTES), COUNT(*)
      FROM UNNEST([STRUCT(1 AS x, 'a' AS s), (0, 'b'), (NULL, 'c')]) AS t
      GROUP BY ROLLUP(x, s) HAVING SAFE_CAST(x AS BOOL) ORDER BY 2`,
    rows: [
      [1, null, 1],
      [1, 'YQ==', 1],
    ],
  },
  {
    name: 'computes what is made of keys from them, where a row of grouping sets leaves it out itself',
    sql: `SELECT a, a + 1, GROUPING(a), GROUPING(a + 1), COUNT(*)
      FROM UNNEST([1, 2]) AS a GROUP BY GROUPING SETS (a, a + 1, (a, a + 1)) ORDER BY 1, 2, 3, 4`,
    rows: [
      [null, null, 1, 0, 1],
      [null, null, 1, 0, 1],
      [1, 2, 0, 0, 1],
      [1, 2, 0, 1, 1],
      [2, 3, 0, 0, 1],
      [2, 3, 0, 1, 1],
    ],
  },
  {
    name: 'leaves out a literal that is a key by its place',
    sql: `SELECT k, 1, GROUPING(k) FROM (SELECT 7 AS k) GROUP BY GROUPING SETS (k, 2, 1) ORDER BY k`,
    rows: [
      [null, 1, 1],
      [7, null, 0],
      [7, null, 0],
    ],
  },
  {
    name: 'groups by what may be NULL for an error, and uses it again',
    sql: `SELECT LOWER(SAFE_CAST(x AS STRING)), COUNT(SAFE_CAST(s AS INT64))
      FROM UNNEST([STRUCT(1 AS x, 'a' AS s), (1, '2')]) AS t GROUP BY SAFE_CAST(x AS STRING)`,
    rows: [['1', 1]],
  },
  {
    name: 'adds to the element at a place that is NULL always',
    sql: `SELECT DATETIME_ADD([DATETIME '2024-01-01'][SAFE_OFFSET(CAST(NULL AS INT64))], INTERVAL 1 DAY),
      DATE_ADD([DATE '2024-01-01'][SAFE_OFFSET(NULL)], INTERVAL 1 DAY), [STRUCT(1 AS a)][SAFE_OFFSET(NULL)].a`,
    columns: ['f0_ DATETIME', 'f1_ DATE', 'a INTEGER'],
    rows: [[null, null, null]],
  },
  {
    name: 'orders a struct or a value by a field that is a literal',
    sql: 'SELECT ARRAY(SELECT AS STRUCT 5 AS a, x FROM UNNEST([1, 2]) AS x ORDER BY a, x DESC)[0].x',
    rows: [[2]],
  },
  {
    name: 'orders a value by its ordinal where it is a literal',
    sql: "SELECT AS VALUE 'a' FROM UNNEST([1, 2]) ORDER BY 1",
    rows: [['a'], ['a']],
  },
  {
    name: 'finds no match of a pattern that is NULL in a row',
    sql: "SELECT REGEXP_EXTRACT('a', p), REGEXP_EXTRACT('aa', p, 2) FROM UNNEST(['(a)', NULL]) AS p ORDER BY p",
    rows: [
      [null, null],
      ['a', 'a'],
    ],
  },
  {
    name: 'writes documents of long arrays as of short ones',
    sql: `SELECT LENGTH(TO_JSON_STRING(n)), LENGTH(TO_JSON_STRING(TO_JSON(n))), LENGTH(TO_JSON_STRING(n, TRUE)),
        STARTS_WITH(TO_JSON_STRING(s), '[{"x":1,"y":"1","z":[1]},{"x":2,"y":null,"z":[2]},'),
        ENDS_WITH(TO_JSON_STRING(TO_JSON(s)), ',{"x":5000,"y":"5000","z":[5000]}]')
      FROM (SELECT GENERATE_ARRAY(1, 5000) AS n,
        ARRAY(SELECT AS STRUCT x, NULLIF(CAST(x AS STRING), '2') AS y, [x] AS z FROM UNNEST(GENERATE_ARRAY(1, 5000)) AS x ORDER BY x) AS s)`,
    rows: [[23894, 23894, 38895, true, true]],
  },
  {
    name: 'orders by an output that holds a subquery, whatever its type',
    sql: "SELECT (SELECT IF(n = 1, CAST('nan' AS FLOAT64), n)) AS x, (SELECT CAST(n AS STRING)) AS s FROM UNNEST([2, 1, NULL]) AS n ORDER BY x, s",
    rows: [
      [null, null],
      [Number.NaN, '1'],
      [2, '2'],
    ],
  },
  {
    name: 'knows the tables of a WITH in parentheses under a WITH',
    sql: 'WITH a AS (SELECT 1 AS x) (WITH b AS (SELECT x + 1 AS y FROM a) SELECT y FROM b)',
    columns: ['y INTEGER'],
    rows: [[2]],
  },
  {
    name: 'takes the nearer of two tables of nested WITH clauses',
    sql: 'WITH a AS (SELECT 1 AS x) ((WITH a AS (SELECT x + 1 AS x FROM a) SELECT x FROM a))',
    rows: [[2]],
  },
  {
    name: 'keeps the order of a query in parentheses under two WITH clauses',
    sql: '(WITH a AS (SELECT 1 AS x) (WITH b AS (SELECT 2 AS x) (SELECT x FROM a UNION ALL SELECT x FROM b ORDER BY x DESC)))',
    rows: [[2], [1]],
  },
  {
    name: 'nests WITH clauses in subqueries of each kind',
    sql: 'SELECT (WITH a AS (SELECT 1 AS x) (WITH b AS (SELECT x + 1 AS x FROM a) SELECT x FROM b)), ARRAY(WITH a AS (SELECT 1 AS x) (WITH b AS (SELECT x + 2 AS x FROM a) SELECT x FROM b)), EXISTS(WITH a AS (SELECT 1 AS x) (WITH b AS (SELECT x FROM a) SELECT x FROM b)), 2 IN (WITH a AS (SELECT 1 AS x) (WITH b AS (SELECT x + 1 AS x FROM a) SELECT x FROM b))',
    rows: [[2, [3], true, true]],
  },
  {
    name: 'reads a recursive table from a WITH in parentheses',
    sql: 'WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 3) (WITH b AS (SELECT MAX(n) AS x FROM r) SELECT x FROM b)',
    rows: [[3]],
  },
  {
    name: 'orders by a random output',
    sql: 'WITH q AS (SELECT n, RAND() AS r FROM UNNEST(GENERATE_ARRAY(1, 50)) AS n ORDER BY r LIMIT 40) SELECT COUNT(*), COUNT(DISTINCT n), LOGICAL_AND(r < 1) FROM q',
    rows: [[40, 40, true]],
  },
  {
    name: 'gives the values by which it ordered',
    sql: 'SELECT LOGICAL_AND(a <= b) FROM (SELECT r AS a, LEAD(r) OVER (ORDER BY o) AS b FROM UNNEST(ARRAY(SELECT RAND() AS r FROM UNNEST(GENERATE_ARRAY(1, 50)) AS n ORDER BY r, n)) AS r WITH OFFSET AS o)',
    rows: [[true]],
  },
  {
    name: 'orders by a random output and by columns that are no outputs',
    sql: 'SELECT n * 10 AS x, RAND() * 0 AS r FROM UNNEST([1, 3, 2]) AS n ORDER BY r, n DESC LIMIT 2',
    columns: ['x INTEGER', 'r FLOAT'],
    rows: [
      [30, 0],
      [20, 0],
    ],
  },
  {
    name: 'orders groups by a random output and by aggregates that are no outputs',
    sql: 'SELECT MOD(n, 2) AS k, RAND() * 0 AS r FROM UNNEST([1, 3, 2]) AS n GROUP BY k ORDER BY 2 DESC, COUNT(*)',
    rows: [
      [0, 0],
      [1, 0],
    ],
  },
  {
    name: 'matches the columns of a recursive table by name',
    sql: "WITH RECURSIVE r AS (SELECT 1 AS n, 'a' AS s UNION ALL BY NAME SELECT s || 'b' AS s, n + 1 AS N FROM r WHERE n < 3) SELECT * FROM r ORDER BY n",
    columns: ['n INTEGER', 's STRING'],
    rows: [
      [1, 'a'],
      [2, 'ab'],
      [3, 'abb'],
    ],
  },
  {
    name: 'matches the columns of three inputs of a recursive table by name',
    sql: "WITH RECURSIVE r AS (SELECT 'a' AS s, 1 AS n UNION DISTINCT CORRESPONDING SELECT 3 AS n, 'z' AS s UNION DISTINCT CORRESPONDING SELECT n + 1 AS n, s FROM r WHERE n < 3) SELECT * FROM r ORDER BY n, s",
    rows: [
      ['a', 1],
      ['a', 2],
      ['a', 3],
      ['z', 3],
    ],
  },
  {
    name: 'keeps the columns of a recursive table that ON names',
    sql: "WITH RECURSIVE r AS (SELECT 'a' AS s, 1 AS n UNION ALL BY NAME ON (n) SELECT n + 1 AS n, 'b' AS q FROM r WHERE n < 3) SELECT * FROM r ORDER BY n",
    columns: ['n INTEGER'],
    rows: [[1], [2], [3]],
  },
  {
    name: 'refuses other names in the step of a recursive table by name',
    sql: 'WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL BY NAME SELECT n + 1 AS m FROM r WHERE n < 3) SELECT * FROM r',
    error: 'Inputs of UNION ALL BY NAME in a recursive table have different columns',
  },
  {
    name: 'refuses a recursive table with more columns than its base by its name',
    sql: 'WITH RECURSIVE r AS (SELECT 1 AS n FULL UNION ALL BY NAME SELECT n + 1 AS n, 2 AS m FROM r WHERE n < 3) SELECT * FROM r',
    error: 'FULL UNION ALL BY NAME in a recursive table is not supported',
    reason: 'notImplemented',
  },
  {
    name: 'joins by BETWEEN over floats, whatever the join keeps',
    sql: `WITH a AS (SELECT x * 1.0 AS x FROM UNNEST([1, 3, 9]) AS x), b AS (SELECT lo * 1.0 AS lo, lo + 1.0 AS hi FROM UNNEST([1, 3, 20]) AS lo)
      SELECT 'inner' AS j, COUNT(*), COUNT(x), COUNT(lo) FROM a JOIN b ON x BETWEEN lo AND hi UNION ALL
      SELECT 'left', COUNT(*), COUNT(x), COUNT(lo) FROM a LEFT JOIN b ON x BETWEEN lo AND hi UNION ALL
      SELECT 'right', COUNT(*), COUNT(x), COUNT(lo) FROM a RIGHT JOIN b ON x BETWEEN lo AND hi UNION ALL
      SELECT 'full', COUNT(*), COUNT(x), COUNT(lo) FROM a FULL JOIN b ON x BETWEEN lo AND hi`,
    rows: [
      ['inner', 2, 2, 2],
      ['left', 3, 3, 2],
      ['right', 3, 2, 3],
      ['full', 4, 3, 3],
    ],
    unordered: true,
  },
  {
    name: 'tells structs apart whatever the names of their fields',
    sql: "SELECT STRUCT(1 AS a, 'x' AS b) IS DISTINCT FROM STRUCT(1 AS c, 'x' AS d), (1, NULL) IS NOT DISTINCT FROM (1, 2), (NULL, 'a') IS DISTINCT FROM (NULL, 'a'), STRUCT(STRUCT(1 AS c, 2) AS a) IS DISTINCT FROM STRUCT(STRUCT(1.0 AS d, 2) AS b), STRUCT(NULL) IS DISTINCT FROM CAST(NULL AS STRUCT<INT64>)",
    rows: [[false, false, false, false, true]],
  },
  {
    name: 'reads tables with structs that have no fields',
    setup: 'CREATE TABLE d.t AS SELECT STRUCT() AS s, 1 AS x',
    sql: 'SELECT x, s IS NOT DISTINCT FROM s FROM d.t',
    rows: [[1, true]],
  },
  {
    name: 'takes a column before the table that is named like it',
    setup: 'CREATE TABLE d.age AS SELECT 5 AS age, 1 AS id',
    sql: 'SELECT age, age + 1, age.age, age.id, CASE WHEN age < 6 THEN 1 END FROM d.age WHERE age > 4 ORDER BY age',
    rows: [[5, 6, 5, 1, 1]],
  },
  {
    name: 'takes a table before a column that is named like the alias it was given',
    setup: 'CREATE TABLE d.t AS SELECT 5 AS age, 1 AS id',
    sql: 'SELECT age.id, TO_JSON_STRING(age) FROM d.t AS age',
    rows: [[1, '{"age":5,"id":1}']],
  },
  {
    name: 'knows a table by its path in backticks, and by its name',
    setup: 'CREATE TABLE d.a AS SELECT 1 AS x, 2 AS y; CREATE TABLE d.b AS SELECT 1 AS x, 3 AS z',
    sql: 'SELECT `d.a`.x, `d.a`.`y`, b.z, (SELECT MAX(`d.b`.z) FROM `d.b` WHERE `d.b`.x = `d.a`.x), COUNT(`d.a`.y) OVER () FROM `d.a` JOIN `d.b` ON `d.a`.x = `d.b`.x WHERE `d.a`.y > 1 ORDER BY `d.a`.x',
    rows: [[1, 2, 3, 3, 1]],
  },
  {
    name: 'orders by a name that two outputs have for the same value',
    sql: 'SELECT x, t.x, t.* FROM (SELECT x FROM UNNEST([2, 1]) AS x) AS t ORDER BY x',
    rows: [
      [1, 1, 1],
      [2, 2, 2],
    ],
  },
  {
    name: 'filters groups by a name that two outputs have for the same value',
    sql: 'SELECT x, t.x, COUNT(*) AS n FROM (SELECT x FROM UNNEST([2, 1, 2]) AS x) AS t GROUP BY x HAVING x > 1',
    rows: [[2, 2, 2]],
  },
  {
    name: 'refuses to order by a name that outputs have for different values',
    sql: 'SELECT x, x + 1 AS x FROM UNNEST([2, 1]) AS x ORDER BY x',
    error: 'Column name x is ambiguous',
  },
];
