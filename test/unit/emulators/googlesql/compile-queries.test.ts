import { beforeAll, describe, expect, it } from 'vitest';
import { field, useCompilerLab } from './compile-harness.js';

const lab = useCompilerLab();
beforeAll(async () => {
  await lab.table(
    't',
    [
      field('id', 'INTEGER'),
      field('name', 'STRING'),
      field('f', 'FLOAT'),
      field('tags', 'STRING', 'REPEATED'),
    ],
    "VALUES (1, 'a', 1.5, ['x', 'y']), (2, 'b', 'nan', []), (3, NULL, -0.5, ['z'])",
  );
});

const produce = `(SELECT 'kale' AS product, 51 AS sales, 'Q1' AS quarter UNION ALL SELECT 'kale', 23, 'Q2'
  UNION ALL SELECT 'apple', 77, 'Q1')`;

/** Query → schema → rows. */
const cases: Record<string, [sql: string, schema: string, rows: string[]][]> = {
  'select lists': [
    ['SELECT 1, 2 AS x, 3', 'f0_ INT64, x INT64, f1_ INT64', ['1 | 2 | 3']],
    ['SELECT * EXCEPT (name, tags) FROM d.t WHERE id = 1', 'id INT64, f FLOAT64', ['1 | 1.5']],
    [
      'SELECT * EXCEPT (f, tags) REPLACE (id * 2 AS id) FROM d.t WHERE id = 1',
      'id INT64, name STRING',
      ['2 | "a"'],
    ],
    ['SELECT s.* FROM (SELECT STRUCT(1 AS a, "b" AS b) AS s)', 'a INT64, b STRING', ['1 | "b"']],
    ['SELECT x FROM (SELECT 1 AS a) AS x', 'x STRUCT<a INT64>', ['STRUCT(1)']],
    ['SELECT AS STRUCT 1 AS a, 2 AS b', 'a INT64, b INT64', ['1 | 2']],
    ['SELECT AS VALUE x FROM UNNEST([1]) AS x', 'f0_ INT64', ['1']],
    ['SELECT DISTINCT x FROM UNNEST([2, 1, 2]) AS x ORDER BY x', 'x INT64', ['1', '2']],
    ['SELECT NULL', 'f0_ INT64', ['NULL']],
  ],
  joins: [
    [
      'SELECT b IS NULL, b FROM (SELECT 1 AS x UNION ALL SELECT 2) AS a LEFT JOIN (SELECT 2 AS y) AS b ON x = y ORDER BY x',
      'f0_ BOOL, b STRUCT<y INT64>',
      ['true | NULL', 'false | STRUCT(2)'],
    ],
    ['SELECT a.id FROM d.t AS a JOIN d.t AS b USING (id) ORDER BY id', 'id INT64', ['1', '2', '3']],
    [
      'SELECT * FROM (SELECT 1 x, 2 y) JOIN (SELECT 1 x, 3 z) USING (x)',
      'x INT64, y INT64, z INT64',
      ['1 | 2 | 3'],
    ],
    ['SELECT x FROM (SELECT 1 x) FULL JOIN (SELECT 2 x) USING (x) ORDER BY x', 'x INT64', ['1', '2']],
    [
      'SELECT id, tag FROM d.t, t.tags AS tag ORDER BY id, tag',
      'id INT64, tag STRING',
      ['1 | "x"', '1 | "y"', '3 | "z"'],
    ],
    [
      'SELECT id, tag FROM d.t AS r LEFT JOIN UNNEST(r.tags) AS tag WHERE id = 2',
      'id INT64, tag STRING',
      ['2 | NULL'],
    ],
    [
      'SELECT x, o FROM UNNEST(["a", "b"]) AS x WITH OFFSET AS o ORDER BY o DESC',
      'x STRING, o INT64',
      ['"b" | 1', '"a" | 0'],
    ],
    ['SELECT a, b FROM UNNEST([STRUCT(1 AS a, "x" AS b)])', 'a INT64, b STRING', ['1 | "x"']],
  ],
  subqueries: [
    [
      'SELECT ARRAY(SELECT AS STRUCT x, x * 2 AS y FROM UNNEST([1, 2]) AS x ORDER BY x DESC)',
      'f0_ ARRAY<STRUCT<x INT64, y INT64>>',
      ['[(2, 4), (1, 2)]'],
    ],
    ['SELECT id FROM d.t WHERE EXISTS (SELECT 1 FROM UNNEST(tags) AS x WHERE x = "z")', 'id INT64', ['3']],
    [
      'SELECT id, (SELECT COUNT(*) FROM UNNEST(tags)) FROM d.t ORDER BY id',
      'id INT64, f0_ INT64',
      ['1 | 2', '2 | 0', '3 | 1'],
    ],
    [
      'SELECT id FROM d.t WHERE id IN (SELECT x FROM UNNEST([1, 3]) AS x) ORDER BY id',
      'id INT64',
      ['1', '3'],
    ],
    [
      'SELECT 1 IN UNNEST([1, NULL]), 2 IN UNNEST([1, NULL]), 1 IN UNNEST(ARRAY<INT64>[])',
      'f0_ BOOL, f1_ BOOL, f2_ BOOL',
      ['true | NULL | false'],
    ],
    [
      'SELECT 1 = ANY (SELECT 1), "ab" LIKE ANY ("x%", "a%"), 1 < ALL (SELECT 2)',
      'f0_ BOOL, f1_ BOOL, f2_ BOOL',
      ['true | true | true'],
    ],
  ],
  grouping: [
    [
      'SELECT LOWER(n) AS n, COUNT(*) AS c FROM UNNEST(["A", "a"]) AS n GROUP BY n',
      'n STRING, c INT64',
      ['"a" | 2'],
    ],
    [
      'SELECT x + 1, SUM(x) FROM UNNEST([1, 1]) AS x GROUP BY x + 1 HAVING x + 1 > 1 ORDER BY x + 1',
      'f0_ INT64, f1_ INT64',
      ['2 | 2'],
    ],
    [
      'SELECT x, COUNT(*) FROM UNNEST([1, 1, 2]) AS x GROUP BY ALL ORDER BY x',
      'x INT64, f0_ INT64',
      ['1 | 2', '2 | 1'],
    ],
    [
      'SELECT x, GROUPING(x) AS g, COUNT(*) FROM UNNEST([1, 2]) AS x GROUP BY ROLLUP (x) ORDER BY g, x',
      'x INT64, g INT64, f0_ INT64',
      ['1 | 0 | 1', '2 | 0 | 1', 'NULL | 1 | 2'],
    ],
    [
      'SELECT x, y, COUNT(*) FROM (SELECT 1 x, 2 y) GROUP BY CUBE (x, y) ORDER BY 1, 2',
      'x INT64, y INT64, f0_ INT64',
      ['NULL | NULL | 1', 'NULL | 2 | 1', '1 | NULL | 1', '1 | 2 | 1'],
    ],
    [
      'SELECT x, y FROM (SELECT 1 x, 2 y) GROUP BY GROUPING SETS ((x), y) ORDER BY 1',
      'x INT64, y INT64',
      ['NULL | 2', '1 | NULL'],
    ],
    ['SELECT SUM(x) AS x FROM UNNEST([1, 2]) AS x HAVING SUM(x) > 2', 'x INT64', ['3']],
  ],
  windows: [
    [
      'SELECT x, SUM(x) OVER w FROM UNNEST([1, 2, 3]) AS x WINDOW w AS (ORDER BY x ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) ORDER BY x',
      'x INT64, f0_ INT64',
      ['1 | 1', '2 | 3', '3 | 5'],
    ],
    [
      'SELECT x FROM UNNEST([3, 1, 2]) AS x QUALIFY ROW_NUMBER() OVER (ORDER BY x DESC) = 1',
      'x INT64',
      ['3'],
    ],
    [
      'SELECT x, RANK() OVER (ORDER BY x) AS r FROM UNNEST([5, 5, 6]) AS x QUALIFY r > 1',
      'x INT64, r INT64',
      ['6 | 3'],
    ],
  ],
  'set operations': [
    [
      'SELECT 1 AS a UNION ALL SELECT 2.5 UNION ALL SELECT NULL ORDER BY a',
      'a FLOAT64',
      ['NULL', '1.0', '2.5'],
    ],
    [
      'SELECT DATE "2020-01-01" AS d UNION ALL SELECT "2020-01-02" ORDER BY d DESC',
      'd DATE',
      ['DATE "2020-01-02"', 'DATE "2020-01-01"'],
    ],
    ['SELECT x FROM UNNEST([1, 2, 2]) AS x EXCEPT DISTINCT SELECT 1', 'x INT64', ['2']],
    ['SELECT 1 AS a, 2 AS b UNION ALL BY NAME SELECT 3 AS b, 4 AS a', 'a INT64, b INT64', ['1 | 2', '4 | 3']],
    ['(SELECT 1 AS a UNION ALL SELECT 2) ORDER BY a DESC LIMIT 1', 'a INT64', ['2']],
  ],
  'common table expressions': [
    ['WITH a AS (SELECT 1 AS x), b AS (SELECT x + 1 AS x FROM a) SELECT * FROM b', 'x INT64', ['2']],
    [
      'WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM t WHERE n < 3) SELECT * FROM t ORDER BY n',
      'n INT64',
      ['1', '2', '3'],
    ],
    ['WITH RECURSIVE a AS (SELECT * FROM b), b AS (SELECT 1 AS n) SELECT * FROM a', 'n INT64', ['1']],
    [
      'WITH a AS (SELECT 1 AS x) SELECT (WITH a AS (SELECT 2 AS x) SELECT x FROM a), x FROM a',
      'f0_ INT64, x INT64',
      ['2 | 1'],
    ],
  ],
  'pivot and unpivot': [
    [
      `SELECT * FROM ${produce} PIVOT (SUM(sales) FOR quarter IN ('Q1', 'Q2')) ORDER BY product`,
      'product STRING, Q1 INT64, Q2 INT64',
      ['"apple" | 77 | NULL', '"kale" | 51 | 23'],
    ],
    [
      `SELECT * FROM ${produce} PIVOT (SUM(sales) AS s, COUNT(*) AS n FOR quarter IN ('Q1' AS one)) ORDER BY product`,
      'product STRING, s_one INT64, n_one INT64',
      ['"apple" | 77 | 1', '"kale" | 51 | 1'],
    ],
    [
      'SELECT * FROM (SELECT 1 AS a, NULL AS b, 3 AS c) UNPIVOT (v FOR k IN (a, b, c AS "see"))',
      'v INT64, k STRING',
      ['1 | "a"', '3 | "see"'],
    ],
    [
      'SELECT * FROM (SELECT 1 AS a, 2 AS b) UNPIVOT INCLUDE NULLS ((x, y) FOR k IN ((a, b) AS 7))',
      'x INT64, y INT64, k INT64',
      ['1 | 2 | 7'],
    ],
  ],
  pipes: [
    [
      'FROM UNNEST([1, 2, 3]) AS x |> WHERE x > 1 |> EXTEND x * 2 AS y |> AGGREGATE SUM(y) AS s',
      's INT64',
      ['10'],
    ],
    [
      `FROM ${produce} |> AGGREGATE SUM(sales) AS total GROUP BY product |> ORDER BY total DESC |> LIMIT 1`,
      'product STRING, total INT64',
      ['"apple" | 77'],
    ],
    [
      'SELECT 2 AS x, 3 AS y |> AS t |> SET x = x * x |> SELECT t.x AS was, x, y',
      'was INT64, x INT64, y INT64',
      ['2 | 4 | 3'],
    ],
    ['SELECT 1 AS a, 2 AS b |> DROP a |> RENAME b AS c |> UNION ALL (SELECT 5)', 'c INT64', ['2', '5']],
    ['FROM UNNEST([1, 2]) AS x |> JOIN (SELECT 2 AS y) ON x = y', 'x INT64, y INT64', ['2 | 2']],
  ],
  ordering: [
    ['SELECT f FROM d.t ORDER BY f', 'f FLOAT64', ['CAST("nan" AS FLOAT64)', '-0.5', '1.5']],
    ['SELECT name FROM d.t ORDER BY name', 'name STRING', ['NULL', '"a"', '"b"']],
    ['SELECT name FROM d.t ORDER BY name DESC', 'name STRING', ['"b"', '"a"', 'NULL']],
    ['SELECT name FROM d.t ORDER BY 1 NULLS LAST LIMIT 1 OFFSET 1', 'name STRING', ['"b"']],
    ['SELECT x FROM UNNEST(["b", "A"]) AS x ORDER BY x COLLATE "und:ci"', 'x STRING', ['"A"', '"b"']],
  ],
};

describe.each(Object.entries(cases))('%s', (_, list) => {
  it.each(list)('%s', async (sql, schema, rows) => {
    expect(await lab.schema(sql)).toBe(schema);
    expect(await lab.rows(sql)).toEqual(rows);
  });
});

describe('what looks like SQL in a literal', () => {
  it.each([
    ['a pipe WHERE', `FROM d.t |> WHERE name != ' OVER (' |> SELECT id |> ORDER BY id`, ['1', '2']],
    [
      'GROUP BY ALL',
      `SELECT CONCAT(name, ' OVER (') AS n, COUNT(*) AS c FROM d.t WHERE id < 3 GROUP BY ALL ORDER BY n`,
      ['"a OVER (" | 1', '"b OVER (" | 1'],
    ],
    ['pipe DISTINCT', `FROM d.t |> SELECT IF(id > 0, '(SELECT ', '') AS s |> DISTINCT`, ['"(SELECT "']],
    ['a call that repeats it', `SELECT LENGTH(LPAD('random(', 9, 'gen_random_uuid('))`, ['9']],
  ])('stays a literal: %s', async (_, sql, rows) => {
    expect(await lab.rows(sql)).toEqual(rows);
  });

  it('a window function in a subquery belongs to the subquery', async () => {
    const inner = '(SELECT MAX(n) FROM (SELECT ROW_NUMBER() OVER () AS n FROM d.t))';
    expect(await lab.rows(`FROM d.t |> WHERE id = ${inner} |> SELECT id`)).toEqual(['3']);
    expect(
      await lab.rows(`SELECT id + ${inner} AS i, COUNT(*) AS c FROM d.t GROUP BY ALL ORDER BY i`),
    ).toEqual(['4 | 1', '5 | 1', '6 | 1']);
  });

  it('a window function before IN belongs to the query', async () => {
    const sql = 'FROM d.t |> WHERE ROW_NUMBER() OVER (ORDER BY id) IN (SELECT 2) |> SELECT id';
    expect(await lab.rows(sql)).toEqual(['2']);
  });
});

describe('what a query reads', () => {
  it('names the tables and columns', async () => {
    const query = await lab.compile('SELECT name FROM d.t WHERE id > 1');
    expect(query.referencedTables).toEqual([['lab', 'd', 't']]);
    expect(query.columnsRead).toEqual([{ table: query.referencedTables[0], columns: ['id', 'name'] }]);
    expect(query.cacheable).toBe(true);
  });

  it('knows what differs from run to run', async () => {
    expect((await lab.compile('SELECT RAND()')).cacheable).toBe(false);
    expect((await lab.compile('SELECT CURRENT_DATE()')).cacheable).toBe(false);
  });
});

describe('nested expressions', () => {
  const nested = (depth: number, wrap: (inner: string) => string) => {
    let text = 'x';
    for (let level = 0; level < depth; level++) text = wrap(text);
    return text;
  };

  it.each([
    ['divisions', (inner: string) => `(${inner} / (x + 1))`],
    ['casts', (inner: string) => `CAST(CAST(${inner} AS STRING) AS FLOAT64)`],
    ['comparisons', (inner: string) => `IF(${inner} > 0.5, x * 1.5, x + 1.0)`],
  ])('keep their text in bounds: %s', async (_, wrap) => {
    const query = await lab.compile(`SELECT ${nested(25, wrap)} FROM UNNEST([1, 2]) AS x`);
    expect(query.sql.length).toBeLessThan(200_000);
  });

  it('evaluates a repeated volatile argument once', async () => {
    const sql =
      'SELECT COUNTIF(CAST(CAST(r AS STRING) AS FLOAT64) != r) FROM (SELECT RAND() AS r FROM UNNEST(GENERATE_ARRAY(1, 100)))';
    expect(await lab.rows(sql)).toEqual(['0']);
  });
});
