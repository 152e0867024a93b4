import type { OwnCase } from './case.js';

const ids = 'UNNEST([5, 6]) AS id';

export const subqueryCases: OwnCase[] = [
  {
    name: 'aggregates columns of the query around in the subquery that says so',
    sql: `SELECT id, (SELECT COUNT(id) FROM UNNEST([1, 2, 3])), (SELECT SUM(id) FROM UNNEST([1, 2])), (SELECT COUNT(DISTINCT id) FROM UNNEST([1, 2])), (SELECT AVG(id) FROM UNNEST([1, 2])), (SELECT MAX(id) FROM UNNEST([1]) WHERE FALSE), (SELECT COUNT(id) FROM UNNEST([1]) WHERE FALSE) FROM ${ids} ORDER BY id`,
    rows: [
      [5, 3, 10, 1, 5, null, 0],
      [6, 3, 12, 1, 6, null, 0],
    ],
  },
  {
    name: 'collects columns of the query around',
    sql: `SELECT id, (SELECT ARRAY_AGG(id) FROM UNNEST([1, 2])), (SELECT STRING_AGG(CAST(id AS STRING), '-') FROM UNNEST([1, 2])), (SELECT ARRAY_CONCAT_AGG([id]) FROM UNNEST([1, 2])) FROM ${ids} ORDER BY id`,
    rows: [
      [5, [5, 5], '5-5', [5, 5]],
      [6, [6, 6], '6-6', [6, 6]],
    ],
  },
  {
    name: 'tests columns of the query around by aggregates',
    sql: `SELECT id, (SELECT COUNTIF(id > 5) FROM UNNEST([1, 2])), (SELECT LOGICAL_AND(id = 5) FROM UNNEST([1])), (SELECT ANY_VALUE(id) FROM UNNEST([1])), (SELECT MIN(id * 2) FROM UNNEST([1])) FROM ${ids} ORDER BY id`,
    rows: [
      [5, 0, true, 5, 10],
      [6, 2, false, 6, 12],
    ],
  },
  {
    name: 'aggregates columns of the query around in WHERE and in HAVING',
    sql: 'SELECT w FROM UNNEST([1, 2, 3]) AS w WHERE (SELECT SUM(w) FROM UNNEST([1, 2])) > 2 GROUP BY w HAVING (SELECT SUM(w) FROM UNNEST([1, 2])) < 6',
    rows: [[2]],
  },
  {
    name: 'aggregates a grouping key of the query around',
    sql: 'SELECT id, COUNT(*), (SELECT SUM(id) FROM UNNEST([1, 2])) FROM UNNEST([1, 2, 2]) AS id GROUP BY id ORDER BY id',
    rows: [
      [1, 1, 2],
      [2, 2, 4],
    ],
  },
  {
    name: 'groups a subquery by its own keys around columns of the query around',
    sql: 'SELECT id, (SELECT STRING_AGG(t) FROM (SELECT CONCAT(CAST(x AS STRING), ":", CAST(SUM(id) AS STRING)) AS t FROM UNNEST([1, 1, 2]) AS x GROUP BY x ORDER BY x)) FROM UNNEST([5]) AS id'.replaceAll(
      '"',
      "'",
    ),
    rows: [[5, '1:10,2:5']],
  },
  {
    name: 'uses columns of the query around in lambdas',
    sql: 'SELECT (SELECT ARRAY_TRANSFORM(a, e -> e + k) FROM (SELECT [1, 2] AS a)), (SELECT ARRAY_TRANSFORM(a, (e, i) -> e * k + i) FROM (SELECT [1, 2] AS a)), (SELECT ARRAY_FILTER(a, e -> e > k - 9) FROM (SELECT [1, 2] AS a)), (SELECT ARRAY_INCLUDES(a, e -> e + 8 = k) FROM (SELECT [1, 2] AS a)) FROM (SELECT 10 AS k)',
    rows: [[[11, 12], [10, 21], [2], true]],
  },
  {
    name: 'uses columns of the query around beside what DuckDB writes with a lambda',
    sql: "SELECT id, (SELECT ARRAY_TO_STRING(ARRAY_AGG(v), sep) FROM UNNEST(['a', 'b']) AS v), (SELECT ARRAY_TO_STRING(a, sep, id) FROM (SELECT ['a', NULL] AS a)), (SELECT ARRAY_INCLUDES([1.5, 2.5], n) FROM UNNEST([1])), (SELECT ARRAY_ZIP(a, [n]) FROM (SELECT [1] AS a)), (SELECT GENERATE_ARRAY(1, CAST(n AS INT64)) FROM UNNEST([1])), (SELECT RANGE_BUCKET(n, [1.0, 2.0]) FROM UNNEST([1])) FROM (SELECT 'x' AS id, '-' AS sep, 1.5 AS n)",
    rows: [['x', 'a-b', 'a-x', true, [{ _field_1: 1, _field_2: 1.5 }], [1, 2], 1]],
  },
  {
    name: 'uses columns of tables to the left in the lambdas of an array',
    sql: 'SELECT k, e FROM (SELECT 10 AS k, [1, 2] AS a) AS t, UNNEST(ARRAY_TRANSFORM(t.a, x -> x + t.k)) AS e ORDER BY e',
    rows: [
      [10, 11],
      [10, 12],
    ],
  },
  {
    name: 'uses arguments of functions in the lambdas of a subquery',
    sql: 'CREATE TEMP FUNCTION scaled(k INT64, xs ARRAY<INT64>) AS ((SELECT SUM(y) FROM UNNEST(ARRAY_TRANSFORM(xs, x -> x * k)) AS y)); CREATE TEMP FUNCTION text(s STRING, xs ARRAY<STRING>) AS ((SELECT ARRAY_TO_STRING(xs, s) FROM UNNEST([1]))); SELECT scaled(v, [1, 2]), text(CAST(v AS STRING), ["a", "b"]) FROM UNNEST([1, 10]) AS v ORDER BY v'.replaceAll(
      '"',
      "'",
    ),
    rows: [
      [3, 'a1b'],
      [30, 'a10b'],
    ],
  },
  {
    name: 'compares a column of the query around with the items of an array',
    sql: 'SELECT (SELECT STRUCT(k, 1) IN UNNEST([STRUCT(1.5, 1)]) FROM UNNEST([1])), (SELECT k = ANY UNNEST([1.5]) FROM UNNEST([1])), (SELECT k > ALL UNNEST([1.0]) FROM UNNEST([1])), (SELECT k IN UNNEST([2.5]) FROM UNNEST([1])) FROM (SELECT 1.5 AS k)',
    rows: [[true, true, true, false]],
  },
  {
    name: 'tries a function of a grouping key of the query around and an own column',
    sql: 'SELECT x, (SELECT COUNT(*) FROM UNNEST([1, 2]) AS a WHERE SAFE.LN(x - a) IS NULL) FROM UNNEST([1, 3]) AS x GROUP BY x ORDER BY x',
    rows: [
      [1, 2],
      [3, 0],
    ],
  },
  {
    name: 'joins each row to elements of its array by any condition',
    sql: "WITH t AS (SELECT 1 AS id, [STRUCT('ab' AS k, 1 AS v), ('c', 2)] AS arr UNION ALL SELECT 2, []) SELECT id, x.k, v, o FROM t LEFT JOIN t.arr AS x WITH OFFSET AS o ON LENGTH(k) = 1 AND o > 0 OR id = 7 ORDER BY id",
    rows: [
      [1, 'c', 2, 1],
      [2, null, null, null],
    ],
  },
  {
    name: 'joins each row to no element where the condition never holds',
    sql: 'SELECT id, x FROM (SELECT 1 AS id, [1, 2] AS arr) LEFT JOIN UNNEST(arr) AS x ON FALSE',
    rows: [[1, null]],
  },
  {
    name: 'joins each row to elements by a condition that is no comparison',
    sql: "SELECT id, x FROM (SELECT 1 AS id, ['ab', 'c'] AS arr) LEFT JOIN UNNEST(arr) AS x ON STARTS_WITH(x, 'a') IS TRUE ORDER BY x",
    rows: [[1, 'ab']],
  },
  {
    name: 'joins in full on columns of the query around',
    sql: "SELECT k, (SELECT STRING_AGG(FORMAT('%t-%t', a, b) ORDER BY a, b) FROM UNNEST([1, 2]) AS a FULL JOIN UNNEST([2, 3]) AS b ON a = b AND b > k) FROM UNNEST([1, 2]) AS k ORDER BY k",
    rows: [
      [1, 'NULL-3,1-NULL,2-2'],
      [2, 'NULL-2,NULL-3,1-NULL,2-NULL'],
    ],
  },
  {
    name: 'joins in full sides made of columns of the query around',
    sql: "SELECT k, (SELECT STRING_AGG(FORMAT('%t-%t', a, b) ORDER BY a, b) FROM UNNEST([1, k]) AS a FULL JOIN UNNEST([2, 3]) AS b ON a = b) FROM UNNEST([2, 9]) AS k ORDER BY k",
    rows: [
      [2, 'NULL-3,1-NULL,2-2'],
      [9, 'NULL-2,NULL-3,1-NULL,9-NULL'],
    ],
  },
  {
    name: 'joins in full by names of columns in a subquery with columns of the query around',
    sql: 'SELECT (SELECT ARRAY_AGG(a ORDER BY a) FROM (SELECT 1 AS a UNION ALL SELECT k) FULL JOIN (SELECT 2 AS a UNION ALL SELECT 5) USING (a)) FROM (SELECT 2 AS k)',
    rows: [[[1, 2, 5]]],
  },
  {
    name: 'joins to the left and to the right on columns of the query around',
    sql: "SELECT k, (SELECT STRING_AGG(FORMAT('%t-%t', a, b) ORDER BY a, b) FROM UNNEST([1, 2]) AS a LEFT JOIN UNNEST([2, 3]) AS b ON a = b AND k = 1), (SELECT STRING_AGG(FORMAT('%t-%t', a, b) ORDER BY a, b) FROM UNNEST([1, 2]) AS a RIGHT JOIN UNNEST([2, 3]) AS b ON a = b AND k = 1) FROM UNNEST([1, 2]) AS k ORDER BY k",
    rows: [
      [1, '1-NULL,2-2', 'NULL-3,2-2'],
      [2, '1-NULL,2-NULL', 'NULL-2,NULL-3'],
    ],
  },
  {
    name: 'has another random number each time',
    sql: 'SELECT RAND() - RAND() = 0, RAND() = RAND(), RAND() / RAND() = 1, RAND() * RAND() = POW(RAND(), 2), GENERATE_UUID() = GENERATE_UUID()',
    rows: [[false, false, false, false, false]],
  },
  {
    name: 'has one random number where there is one',
    sql: 'SELECT WITH(r AS RAND(), r - r = 0), r = r, r - r FROM (SELECT RAND() AS r)',
    rows: [[true, true, 0]],
  },
  {
    name: 'takes NaN and structs with NULL fields for equal to nothing',
    sql: "SELECT x IN (x, 1.0), x IN (1.0, 2.0), x NOT IN (x), x IN UNNEST([x]), x IN (SELECT x), NULLIF(x, x) IS NULL, ARRAY_INCLUDES([x], x), x IS DISTINCT FROM x, CASE x WHEN x THEN 1 ELSE 0 END, x BETWEEN x AND x FROM UNNEST([CAST('nan' AS FLOAT64)]) AS x",
    rows: [[false, false, true, false, false, false, false, false, 0, false]],
  },
  {
    name: 'joins NaN to nothing',
    sql: "SELECT COUNT(*), COUNT(a.x) FROM (SELECT CAST('nan' AS FLOAT64) AS x) AS a FULL JOIN (SELECT CAST('nan' AS FLOAT64) AS x) AS b USING (x)",
    rows: [[2, 1]],
  },
  {
    name: 'does not know whether structs with NULL fields are equal',
    sql: 'SELECT s = s, s IN (s), s IN UNNEST([s]), s IN (SELECT s), NULLIF(s, s) IS NULL, ARRAY_INCLUDES([s], s), s IS DISTINCT FROM s, s != STRUCT(NULL, 3), s IN UNNEST([STRUCT(CAST(NULL AS INT64), 3)]) FROM (SELECT STRUCT(CAST(NULL AS INT64) AS x, 2 AS y) AS s)',
    rows: [[null, null, null, null, false, false, false, true, false]],
  },
  {
    name: 'compares structs without NULL fields as wholes',
    sql: "SELECT NULLIF(s, STRUCT(1, 'a')) IS NULL, s IN (STRUCT(2, 'b'), STRUCT(1, 'a')), s IN UNNEST([STRUCT(1, 'a')]), s NOT IN (SELECT STRUCT(2, 'b')), s IN UNNEST(CAST([] AS ARRAY<STRUCT<INT64, STRING>>)) FROM (SELECT STRUCT(1 AS x, 'a' AS y) AS s)",
    rows: [[true, true, true, true, false]],
  },
  {
    name: 'sums a column of the query around in a window',
    sql: 'SELECT t.x, (SELECT MAX(s) FROM (SELECT SUM(z * t.x) OVER (ORDER BY z) AS s FROM UNNEST([1, 2]) AS z)) FROM UNNEST([STRUCT(1 AS x, 2 AS y), (2, 4), (3, 6)]) AS t ORDER BY t.x',
    rows: [
      [1, 3],
      [2, 6],
      [3, 9],
    ],
  },
  {
    name: 'has windows of nothing but columns of the query around',
    sql: 'SELECT (SELECT STRING_AGG(CAST(s AS STRING) ORDER BY s) FROM (SELECT SUM(t.x) OVER (PARTITION BY t.y ORDER BY z) AS s FROM UNNEST([1, 2]) AS z)), (SELECT SUM(t.x) OVER () FROM UNNEST([0])) FROM UNNEST([STRUCT(1 AS x, 2 AS y), (2, 4), (3, 6)]) AS t ORDER BY t.x',
    rows: [
      ['1,2', 1],
      ['2,4', 2],
      ['3,6', 3],
    ],
  },
  {
    name: 'orders and partitions a window by columns of the query around',
    sql: 'SELECT ARRAY(SELECT ROW_NUMBER() OVER (ORDER BY ABS(z - t.x)) FROM UNNEST([1, 2]) AS z ORDER BY z), ARRAY(SELECT COUNT(*) OVER (PARTITION BY z > t.x) FROM UNNEST([1, 2, 3]) AS z ORDER BY z) FROM UNNEST([STRUCT(1 AS x, 2 AS y), (2, 4), (3, 6)]) AS t WHERE t.x <> 3 ORDER BY t.x',
    rows: [
      [
        [1, 2],
        [1, 2, 2],
      ],
      [
        [2, 1],
        [2, 2, 1],
      ],
    ],
  },
  {
    name: 'gives navigation functions columns of the query around',
    sql: 'SELECT ARRAY(SELECT LAG(z, 1, t.x * 10) OVER (ORDER BY z) FROM UNNEST([1, 2]) AS z ORDER BY z), ARRAY(SELECT NTH_VALUE(z + t.x, 2) OVER (ORDER BY z) FROM UNNEST([1, 2]) AS z WHERE z > 0 ORDER BY z DESC LIMIT 1), (SELECT MAX(s) FROM (SELECT FIRST_VALUE(t.y) OVER (ORDER BY z) AS s FROM UNNEST([1, 2]) AS z)) FROM UNNEST([STRUCT(1 AS x, 2 AS y), (2, 4), (3, 6)]) AS t ORDER BY t.x',
    rows: [
      [[10, 1], [3], 2],
      [[20, 1], [4], 4],
      [[30, 1], [5], 6],
    ],
  },
  {
    name: 'takes rows by QUALIFY over columns of the query around',
    sql: 'SELECT (SELECT z FROM UNNEST([1, 2]) AS z WHERE TRUE QUALIFY ROW_NUMBER() OVER (ORDER BY ABS(z - t.x)) = 1) FROM UNNEST([STRUCT(1 AS x, 2 AS y), (2, 4), (3, 6)]) AS t ORDER BY t.x',
    rows: [[1], [2], [2]],
  },
  {
    name: 'looks for a value among ranks by a column of the query around',
    sql: 'SELECT t.x FROM UNNEST([STRUCT(1 AS x, 2 AS y), (2, 4), (3, 6)]) AS t WHERE t.x IN (SELECT RANK() OVER (ORDER BY z * t.x) FROM UNNEST([5, 7]) AS z) ORDER BY t.x',
    rows: [[1], [2]],
  },
  {
    name: 'asks whether there are rows with such windows',
    sql: 'SELECT EXISTS(SELECT SUM(t.x) OVER () FROM UNNEST([1, 2]) AS z WHERE z > t.x) FROM UNNEST([STRUCT(1 AS x, 2 AS y), (2, 4), (3, 6)]) AS t ORDER BY t.x',
    rows: [[true], [false], [false]],
  },
  {
    name: 'reads a named window over columns of the query around',
    sql: 'SELECT ARRAY(SELECT SUM(t.x + z) OVER w + COUNT(t.y) OVER w FROM UNNEST([1, 2]) AS z WINDOW w AS (ORDER BY z + t.x) ORDER BY z) FROM UNNEST([STRUCT(1 AS x, 2 AS y), (2, 4), (3, 6)]) AS t ORDER BY t.x',
    rows: [[[3, 7]], [[4, 9]], [[5, 11]]],
  },
  {
    name: 'sums columns of two queries around in a window',
    sql: 'SELECT (SELECT MAX(q) FROM (SELECT (SELECT MAX(s) FROM (SELECT SUM(t.x + u + z) OVER () AS s FROM UNNEST([1, 2]) AS z)) AS q FROM UNNEST([1, 2, 3]) AS u)) FROM UNNEST([STRUCT(1 AS x, 2 AS y), (2, 4), (3, 6)]) AS t ORDER BY t.x',
    rows: [[11], [13], [15]],
  },
  {
    name: 'collects columns of the query around in windows',
    sql: 'SELECT ARRAY(SELECT ARRAY_AGG(t.x + z) OVER (ORDER BY z DESC)[OFFSET(0)] FROM UNNEST([1, 2]) AS z), ARRAY(SELECT DISTINCT COUNT(DISTINCT z * t.x) OVER () FROM UNNEST([1, 2, 2]) AS z), ARRAY(SELECT DISTINCT PERCENTILE_CONT(z * t.x, 0.5) OVER () FROM UNNEST([1, 2]) AS z) FROM UNNEST([STRUCT(1 AS x, 2 AS y), (2, 4), (3, 6)]) AS t ORDER BY t.x',
    rows: [
      [[3, 3], [2], [1.5]],
      [[4, 4], [2], [3]],
      [[5, 5], [2], [4.5]],
    ],
  },
  {
    name: 'gives a function a column for its windows',
    setup:
      'CREATE FUNCTION d.running(a INT64) AS ((SELECT MAX(s) FROM (SELECT SUM(z * a) OVER (ORDER BY z) AS s FROM UNNEST([1, 2]) AS z)))',
    sql: 'SELECT d.running(x) FROM UNNEST([1, 2]) AS x ORDER BY x',
    rows: [[3], [6]],
  },
  {
    name: 'extends rows of a pipe by windows over columns of the query around',
    sql: 'SELECT ARRAY(FROM UNNEST([1, 2]) AS z |> EXTEND SUM(z * x) OVER (ORDER BY z) AS s |> WHERE s > 1 |> SELECT s) FROM UNNEST([1, 2]) AS x ORDER BY x',
    rows: [[[3]], [[2, 6]]],
  },
  {
    name: 'leaves errors of subqueries in branches that are not taken alone',
    sql: 'SELECT COALESCE(x, (SELECT 1 / y FROM UNNEST([0]) AS y)), IFNULL(x, (SELECT SUM(1 / y) FROM UNNEST([0, 1]) AS y)), IF(x > 0, x, (SELECT v FROM (SELECT 1 / y AS v FROM UNNEST([0]) AS y))), CASE x WHEN 1 THEN 2 WHEN 2 THEN (SELECT 1 / y FROM UNNEST([0]) AS y) END FROM UNNEST([1.0]) AS x',
    rows: [[1, 1, 1, 2]],
  },
  {
    name: 'leaves errors of arrays and tests of subqueries in branches that are not taken alone',
    sql: "SELECT IF(x = 1, [1], ARRAY(SELECT CAST(1 / y AS INT64) FROM UNNEST([0, 1]) AS y)), IF(x = 1, TRUE, EXISTS(SELECT 1 FROM UNNEST([0]) AS y WHERE 1 / y > 0)), CASE WHEN x = 1 THEN 'a' WHEN x = 2 THEN (SELECT ERROR(z) || 'b' FROM UNNEST(['c']) AS z) ELSE (SELECT CAST(z AS STRING FORMAT 'QQQQ') FROM UNNEST([DATE '2024-01-01']) AS z WHERE x = 3) END FROM UNNEST([1]) AS x",
    rows: [[[1], true, 'a']],
  },
  {
    name: 'fails by a subquery in a branch that is taken',
    sql: 'SELECT COALESCE(x, (SELECT 1 / y FROM UNNEST([0]) AS y)) FROM UNNEST([1.0, NULL]) AS x',
    error: 'division by zero: 1 / 0',
  },
  {
    name: 'takes the branches of subqueries row by row',
    sql: 'SELECT x, IF(x = 0, NULL, (SELECT SUM(y / x) FROM UNNEST([1, 2]) AS y)), IF(x = 0, -1, (SELECT 6 / x)) FROM UNNEST([0, 1, 2]) AS x ORDER BY x',
    rows: [
      [0, null, -1],
      [1, 3, 6],
      [2, 1.5, 3],
    ],
  },
];
