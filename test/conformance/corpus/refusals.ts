import type { OwnCase } from './case.js';

/** What the language refuses, in its words and with the place. */
export const refusalCases: OwnCase[] = [
  {
    name: 'columns of * that are not grouped',
    sql: 'SELECT * FROM (SELECT 1 AS a, 2 AS b) GROUP BY a',
    error: 'Star expansion expression references column b which is neither grouped nor aggregated at [1:8]',
  },
  {
    name: 'grouping by a literal',
    sql: "SELECT COUNT(*) FROM UNNEST([1]) GROUP BY 'a'",
    error: 'Cannot GROUP BY literal values at [1:43]',
  },
  {
    name: 'counting * with DISTINCT',
    sql: 'SELECT COUNT(DISTINCT *) FROM UNNEST([1])',
    error: 'COUNT(*) cannot be used with DISTINCT at [1:8]',
  },
  {
    name: 'IN with values of another type',
    sql: "SELECT 1 IN ('a', 2)",
    error: 'No matching signature for operator IN for argument types INT64 and {INT64, STRING} at [1:10]',
  },
  {
    name: 'BETWEEN with bounds of another type',
    sql: "SELECT 1 BETWEEN 'a' AND 'b'",
    error:
      'No matching signature for operator BETWEEN for argument types: INT64, STRING, STRING\n  Signature: T1 BETWEEN T1 AND T1\n    Unable to find common supertype for templated argument <T1>\n      Input types for <T1>: {INT64, STRING} at [1:10]',
  },
  {
    name: 'LIKE with a number',
    sql: "SELECT 1 LIKE 'a'",
    error:
      'No matching signature for operator LIKE for argument types: INT64, STRING\n  Signature: STRING LIKE STRING\n    Argument 1: Unable to coerce type INT64 to expected type STRING',
  },
  {
    name: 'arrays of arrays from ARRAY_AGG',
    sql: 'SELECT ARRAY_AGG(x) FROM (SELECT [1] AS x)',
    error: 'The argument to ARRAY_AGG must not be an array type but was ARRAY<INT64> at [1:8]',
  },
  {
    name: 'a frame that ends before it starts',
    sql: 'SELECT SUM(x) OVER (ORDER BY x ROWS BETWEEN 1 FOLLOWING AND 1 PRECEDING) FROM UNNEST([1]) AS x',
    error: 'Window frame starting from FOLLOWING cannot end with PRECEDING',
  },
  {
    name: 'a RANGE frame over text',
    sql: "SELECT COUNT(*) OVER (ORDER BY x RANGE 1 PRECEDING) FROM UNNEST(['a']) AS x",
    error:
      'ORDER BY key must be numeric in a RANGE-based window with OFFSET PRECEDING or OFFSET FOLLOWING boundaries, but has type STRING',
  },
  {
    name: 'a RANGE frame over two keys',
    sql: 'SELECT COUNT(*) OVER (ORDER BY x, x RANGE 1 PRECEDING) FROM UNNEST([1]) AS x',
    error:
      'A RANGE-based window with OFFSET PRECEDING or OFFSET FOLLOWING boundaries must have exactly one ORDER BY key',
  },
  {
    name: 'DISTINCT in an ordered window',
    sql: 'SELECT COUNT(DISTINCT x) OVER (ORDER BY x) FROM UNNEST([1]) AS x',
    error: 'Window ORDER BY is not allowed if DISTINCT is specified',
  },
  {
    name: 'an order of distinct values by something else',
    sql: 'SELECT ARRAY_AGG(DISTINCT x ORDER BY y) FROM UNNEST([STRUCT(1 AS x, 2 AS y)])',
    error:
      'An aggregate function that has both DISTINCT and ORDER BY arguments can only ORDER BY expressions that are arguments to the function',
  },
  {
    name: 'set operations that keep duplicates',
    sql: 'SELECT 1 INTERSECT ALL SELECT 1',
    error: 'INTERSECT ALL is not supported',
  },
  {
    name: 'functions that the emulator does not have',
    sql: 'SELECT 1,\n  s2_coveringcellids(ST_GEOGPOINT(1, 2))',
    error:
      'Function S2_COVERINGCELLIDS (geography functions) is not supported by the BigQuery emulator at [2:3]',
    reason: 'notImplemented',
  },
  {
    name: 'table functions that the emulator does not have',
    setup: 'CREATE TABLE d.t (a INT64)',
    sql: 'SELECT * FROM APPENDS(TABLE d.t, NULL, NULL)',
    error: 'Function APPENDS (time series functions) is not supported by the BigQuery emulator at [1:15]',
    reason: 'notImplemented',
  },
  {
    name: 'functions that do not exist',
    sql: 'SELECT ST_DISTANSE(1, 2)',
    error: 'Function not found: ST_DISTANSE; Did you mean st_distance? at [1:8]',
    reason: 'invalidQuery',
  },
  {
    name: 'functions of other databases',
    sql: 'SELECT BIT_CAST_TO_INT64(1)',
    error: 'Function not found: BIT_CAST_TO_INT64 at [1:8]',
    reason: 'invalidQuery',
  },
  ...["TIME '00:00:00'", "'a'", "CAST('nan' AS FLOAT64)"].map((size) => ({
    name: `TABLESAMPLE of ${size}`,
    sql: `SELECT * FROM UNNEST([1]) AS x TABLESAMPLE SYSTEM (${size} PERCENT)`,
    error: 'TABLESAMPLE needs a ',
  })),
  ...['COUNT', 'SUM'].map((name) => ({
    name: `${name} of DISTINCT nothing`,
    sql: `SELECT ${name}(DISTINCT) FROM UNNEST([1])`,
    error: 'DISTINCT function call with no arguments is not allowed at [1:8]',
    reason: 'invalidQuery',
  })),
  {
    name: 'an ordinal of a window function in GROUP BY',
    sql: 'SELECT SUM(x) OVER () FROM UNNEST([1]) AS x GROUP BY 1',
    error: 'ordinal that contains an analytic function at [1:54]',
    reason: 'invalidQuery',
  },
  {
    name: 'an alias of a window function in GROUP BY',
    sql: 'SELECT SUM(x) OVER () AS y FROM UNNEST([1]) AS x GROUP BY y',
    error: 'Analytic functions are not allowed in GROUP BY at [1:59]',
    reason: 'invalidQuery',
  },
];
