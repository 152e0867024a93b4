import { beforeAll, describe, expect, it } from 'vitest';
import { field, useCompilerLab } from './compile-harness.js';

const lab = useCompilerLab();
beforeAll(async () => {
  await lab.table('t', [field('id', 'INTEGER'), field('name', 'STRING')], "VALUES (1, 'a')");
});

const cases: [sql: string, message: string][] = [
  ['SELECT idd FROM d.t', 'Unrecognized name: idd; Did you mean id? at [1:8]'],
  ['SELECT t.nam FROM d.t', 'Name nam not found inside t; Did you mean name? at [1:10]'],
  ['SELECT lowr("a")', 'Function not found: lowr; Did you mean lower? at [1:8]'],
  ['SELECT no_such_thing(1)', 'Function not found: no_such_thing at [1:8]'],
  [
    'SELECT CONCAT()',
    'No matching signature for function CONCAT with no arguments\n  Signature: CONCAT(STRING, [STRING, ...])\n    Signature requires at least 1 argument, found 0 arguments\n  Signature: CONCAT(BYTES, [BYTES, ...])\n    Signature requires at least 1 argument, found 0 arguments at [1:8]',
  ],
  [
    'SELECT name = id FROM d.t',
    'No matching signature for operator = for argument types: STRING, INT64\n  Signature: T1 = T1\n    Unable to find common supertype for templated argument <T1>\n      Input types for <T1>: {INT64, STRING} at [1:8]',
  ],
  [
    'SELECT SUM(id) FROM d.t WHERE SUM(id) > 1',
    'Aggregate function SUM not allowed in WHERE clause at [1:31]',
  ],
  ['SELECT SUM(SUM(id)) FROM d.t', 'Aggregations of aggregations are not allowed at [1:12]'],
  [
    'SELECT AVG(SUM(id) OVER ()) FROM d.t',
    'Analytic functions cannot be arguments to aggregate functions at [1:12]',
  ],
  [
    'SELECT SUM(AVG(x) OVER ()) OVER () FROM UNNEST([1]) AS x',
    'Analytic functions cannot be arguments to analytic functions at [1:8]',
  ],
  [
    'SELECT SUM(x) OVER (PARTITION BY RANK() OVER (ORDER BY x)) FROM UNNEST([1]) AS x',
    'Analytic functions cannot be arguments to analytic functions at [1:20]',
  ],
  [
    "SELECT DISTINCT TIME '23:59:59' FROM UNNEST([1]) AS x ORDER BY MIN(x)",
    'Aggregate function MIN not allowed in ORDER BY clause after SELECT DISTINCT at [1:64]',
  ],
  ['SELECT COUNT(*)', 'SELECT without FROM clause cannot use aggregation at [1:1]'],
  [
    'SELECT (SELECT SUM(x)) FROM UNNEST([1]) AS x',
    'SELECT without FROM clause cannot use aggregation at [1:9]',
  ],
  ['SELECT RANK() OVER (ORDER BY 1)', 'SELECT without FROM clause cannot use analytic functions at [1:1]'],
  [
    'SELECT PERCENTILE_CONT(x, 1.5) OVER () FROM UNNEST([1]) AS x',
    'Percentile argument must be in [0, 1]; got 1.5 at [1:27]',
  ],
  [
    'SELECT PERCENTILE_DISC(x, NULL) OVER () FROM UNNEST([1]) AS x',
    'Percentile argument must be in [0, 1]; got NULL at [1:27]',
  ],
  [
    'SELECT AVG(SUM(id) GROUP BY name) FROM d.t',
    'GROUP BY and HAVING in the arguments of an aggregate function is not supported by the BigQuery emulator',
  ],
  [
    'SELECT id, COUNT(*) FROM d.t',
    'SELECT list expression references column id which is neither grouped nor aggregated at [1:8]',
  ],
  ['SELECT 1 FROM d.t WHERE id', 'WHERE clause should return type BOOL, but returns INT64 at [1:25]'],
  ['SELECT a FROM (SELECT 1 AS a, 2 AS a)', 'Column name a is ambiguous at [1:8]'],
  ['SELECT * FROM d.nope', 'Not found: Table lab:d.nope was not found in location US'],
  ['SELECT * FROM nope.t', 'Not found: Dataset lab:nope was not found in location US'],
  ['SELECT * FROM t', 'Table "t" must be qualified with a dataset (e.g. dataset.table).'],
  ['SELECT CAST("2020-13-01" AS DATE)', "Invalid Input Error: Invalid date: '2020-13-01'"],
  ['SELECT DATE "2020-01-01" = "2020-13-01"', 'Could not cast literal "2020-13-01" to type DATE at [1:28]'],
  ['SELECT CAST(name AS INT64) FROM d.t', 'Invalid Input Error: Bad int64 value: a'],
  ['SELECT CAST(TRUE AS DATE)', 'Invalid cast from BOOL to DATE at [1:13]'],
  ['SELECT id / (id - 1) FROM d.t', 'Invalid Input Error: division by zero: 1 / 0'],
  ['SELECT [1][OFFSET(id)] FROM d.t', 'Invalid Input Error: Array index 1 is out of bounds'],
  [
    'SELECT [id, NULL] AS x FROM d.t',
    'Invalid Input Error: Array cannot have a null element; error in writing field x',
  ],
  ['SELECT 1 UNION ALL SELECT "a"', 'Column 1 in UNION ALL has incompatible types: INT64, STRING at [1:20]'],
  [
    'SELECT 1 UNION ALL SELECT 1, 2',
    'Queries in UNION ALL have mismatched column count; query 1 has 1 column, query 2 has 2 columns at [1:20]',
  ],
  [
    'SELECT TIMESTAMP_ADD(TIMESTAMP "2024-01-01", INTERVAL 1 MONTH)',
    'TIMESTAMP_ADD does not support the MONTH date part when the argument is TIMESTAMP type at [1:46]',
  ],
  [
    'SELECT TIMESTAMP "2024-01-01" + INTERVAL 1 MONTH',
    'Invalid Input Error: TIMESTAMP +/- INTERVAL is not supported for intervals with non-zero MONTH or YEAR part.',
  ],
  ['SELECT @p', "Query parameter 'p' not found at [1:8]"],
  ['SELECT ROW_NUMBER()', 'Analytic function ROW_NUMBER cannot be called without an OVER clause at [1:8]'],
  ['SELECT [1, "a"]', 'Array elements of types {INT64, STRING} do not have a common supertype at [1:8]'],
  ['SELECT 9223372036854775808', 'Invalid integer literal: 9223372036854775808 at [1:8]'],
];

describe('errors', () => {
  it.each(cases)('%s', async (sql, message) => {
    expect((await lab.failure(sql)).trim()).toBe(message);
  });
});
