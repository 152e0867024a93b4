import type { OwnCase } from './case.js';

const people = `
  CREATE TABLE d.people (id INT64 NOT NULL, name STRING, score NUMERIC, tags ARRAY<STRING>, home STRUCT<city STRING, zip INT64>);
  INSERT INTO d.people VALUES
    (1, 'Ada', 1.5, ['a', 'b'], STRUCT('Rome', 10)), (2, 'Bo', NULL, [], NULL), (3, 'Cy', 3, NULL, ('Oslo', 30));`;

export const dmlCases: OwnCase[] = [
  {
    name: 'inserts rows whose literals take the types of the columns',
    setup:
      'CREATE TABLE d.t (a DATE, b NUMERIC, c FLOAT64, e ARRAY<NUMERIC>, f STRUCT<x TIMESTAMP, y FLOAT64>)',
    sql: `INSERT INTO d.t VALUES ('2024-02-29', 1.1, 2, [1, 2.25], STRUCT('2024-01-01 00:00:00+00', 3)), (NULL, -0.5, NULL, [], NULL);
      SELECT * FROM d.t ORDER BY b DESC`,
    rows: [
      ['2024-02-29', '1.1', 2, ['1', '2.25'], { x: '2024-01-01T00:00:00+00:00', y: 3 }],
      [null, '-0.5', null, [], null],
    ],
  },
  {
    name: 'inserts named columns, defaults for the others',
    setup: "CREATE TABLE d.t (a INT64 DEFAULT 7, b STRING DEFAULT CONCAT('x', 'y'), c BOOL)",
    sql: 'INSERT d.t (c) VALUES (TRUE); INSERT d.t (a, b) VALUES (DEFAULT, NULL); SELECT * FROM d.t ORDER BY c',
    rows: [
      [7, null, null],
      [7, 'xy', true],
    ],
  },
  {
    name: 'inserts the rows of a query',
    setup: people,
    sql: 'INSERT INTO d.people (id, name) SELECT id + 10, UPPER(name) FROM d.people WHERE id < 3',
    affected: 2,
    statementType: 'INSERT',
  },
  {
    name: 'inserts a query whose columns share a name',
    setup: 'CREATE TABLE d.t (a INT64, b INT64)',
    sql: 'INSERT INTO d.t SELECT 1 AS x, 2 AS x; SELECT * FROM d.t',
    rows: [[1, 2]],
  },
  {
    name: 'inserts into the partition of an ingestion time',
    setup: 'CREATE TABLE d.t (a INT64) PARTITION BY _PARTITIONDATE',
    sql: "INSERT INTO d.t (_PARTITIONTIME, a) VALUES (TIMESTAMP '2024-05-01', 1); SELECT a, _PARTITIONTIME AS pt FROM d.t",
    rows: [[1, '2024-05-01T00:00:00+00:00']],
  },
  {
    name: 'changes rows by their ingestion time',
    setup:
      "CREATE TABLE d.t (a INT64) PARTITION BY _PARTITIONDATE; INSERT INTO d.t (_PARTITIONTIME, a) VALUES (TIMESTAMP '2024-05-01', 1), (TIMESTAMP '2024-05-02', 2)",
    sql: "UPDATE d.t SET a = a * 10 WHERE _PARTITIONTIME = TIMESTAMP '2024-05-02'; DELETE d.t WHERE _PARTITIONDATE = '2024-05-01'; SELECT a FROM d.t",
    rows: [[20]],
  },
  {
    name: 'refuses a value of another type',
    setup: 'CREATE TABLE d.t (a INT64)',
    sql: "INSERT INTO d.t VALUES ('x')",
    error: 'Value has type STRING which cannot be inserted into column a, which has type INT64',
  },
  {
    name: 'refuses a row of another length',
    setup: 'CREATE TABLE d.t (a INT64, b INT64)',
    sql: 'INSERT INTO d.t VALUES (1)',
    error: 'Inserted row has wrong column count; Has 1, expected 2 at',
  },
  {
    name: 'refuses NULL in a required column',
    setup: people,
    sql: 'INSERT INTO d.people (id) VALUES (NULL)',
    error: 'Required field id cannot be null',
  },
  {
    name: 'refuses text that is too long for its column',
    setup: 'CREATE TABLE d.t (a STRING(3))',
    sql: "INSERT INTO d.t VALUES ('abcd')",
    error: 'maximum length 3',
  },
  {
    name: 'rounds and refuses values within structs and arrays',
    setup:
      'CREATE TABLE d.t (s STRUCT<a INT64 NOT NULL, b STRING(3)>, arr ARRAY<STRUCT<x NUMERIC(10, 2)>>, tags ARRAY<STRING(2)>)',
    sql: "INSERT d.t (s, arr, tags) VALUES (STRUCT(1, 'b'), [STRUCT(NUMERIC '1.239')], ['ab']), (NULL, NULL, NULL); SELECT s, arr, tags FROM d.t ORDER BY s.a DESC",
    rows: [
      [{ a: 1, b: 'b' }, [{ x: '1.24' }], ['ab']],
      [null, [], []],
    ],
  },
  {
    name: 'refuses text that is too long for a field',
    setup: 'CREATE TABLE d.t (s STRUCT<b STRING(3)>)',
    sql: "INSERT d.t VALUES (STRUCT('abcd'))",
    error: 'Field s.b: STRING(3) has maximum length 3 but got a value with length 4',
  },
  {
    name: 'refuses NULL in a required field',
    setup: 'CREATE TABLE d.t (s STRUCT<a INT64 NOT NULL>); INSERT d.t VALUES (STRUCT(1))',
    sql: 'UPDATE d.t SET s.a = NULL WHERE TRUE',
    error: 'Required field s.a cannot be null',
  },
  {
    name: 'rounds to the scale of the column',
    setup: 'CREATE TABLE d.t (a NUMERIC(5, 2))',
    sql: 'INSERT INTO d.t VALUES (1.005), (123.456); SELECT a FROM d.t ORDER BY a',
    rows: [['1.01'], ['123.46']],
  },
  {
    name: 'updates values, with the old ones on the right',
    setup: people,
    sql: "UPDATE d.people SET score = IFNULL(score, 0) + id, name = name || '!' WHERE id <= 2",
    affected: 2,
    statementType: 'UPDATE',
  },
  {
    name: 'updates single fields of structs',
    setup: people,
    sql: "UPDATE d.people AS p SET home.zip = p.id, home.city = 'X' WHERE home IS NOT NULL; SELECT id, home FROM d.people ORDER BY id",
    rows: [
      [1, { city: 'X', zip: 1 }],
      [2, null],
      [3, { city: 'X', zip: 3 }],
    ],
  },
  {
    name: 'sets no field of a struct that is NULL',
    setup: people,
    sql: 'UPDATE d.people SET home.zip = 5 WHERE TRUE',
    error: 'Cannot set field of NULL STRUCT<city STRING, zip INT64>',
  },
  {
    name: 'sets no field of a NULL struct in MERGE',
    setup: 'CREATE TABLE d.t (id INT64, s STRUCT<a INT64>); INSERT d.t VALUES (1, NULL)',
    sql: 'MERGE d.t USING (SELECT 1 AS id) AS q ON t.id = q.id WHEN MATCHED THEN UPDATE SET s.a = 2',
    error: 'Cannot set field of NULL STRUCT<a INT64>',
  },
  {
    name: 'sets no field of a NULL struct within a struct',
    setup:
      'CREATE TABLE d.t (s STRUCT<a STRUCT<b INT64>, c INT64>); INSERT d.t VALUES (STRUCT(CAST(NULL AS STRUCT<b INT64>), 1))',
    sql: 'UPDATE d.t SET s.a.b = 2 WHERE TRUE',
    error: 'Cannot set field of NULL STRUCT<b INT64>',
  },
  {
    name: 'sets a whole struct that is NULL, and a NULL field of one that is not',
    setup:
      'CREATE TABLE d.t (id INT64, s STRUCT<a INT64, b INT64>); INSERT d.t VALUES (1, NULL), (2, STRUCT(NULL, NULL))',
    sql: 'UPDATE d.t SET s = STRUCT(1, 2) WHERE id = 1; UPDATE d.t SET s.a = 3 WHERE id = 2; SELECT id, s.a, s.b FROM d.t ORDER BY id',
    rows: [
      [1, 1, 2],
      [2, 3, null],
    ],
  },
  {
    name: 'updates from another table',
    setup: `${people} CREATE TABLE d.extra AS SELECT 1 AS id, 100 AS points UNION ALL SELECT 3, 300;`,
    sql: 'UPDATE d.people p SET score = e.points FROM d.extra e WHERE p.id = e.id; SELECT id, score FROM d.people ORDER BY id',
    rows: [
      [1, '100'],
      [2, null],
      [3, '300'],
    ],
  },
  {
    name: 'lets the target name its columns by its alias',
    setup: people,
    sql: 'UPDATE d.people p SET p.score = 7, p.home.zip = 9 WHERE p.id = 1; SELECT score, home.zip FROM d.people WHERE id = 1',
    rows: [['7', 9]],
  },
  {
    name: 'merges from a source whose alias is the name of a column',
    setup:
      "CREATE TABLE d.t AS SELECT 1 AS id, 'x' AS s; CREATE TABLE d.src AS SELECT 1 AS id, 'm' AS s UNION ALL SELECT 60, 'n';",
    sql: 'MERGE d.t T USING d.src S ON T.id = S.id WHEN MATCHED THEN UPDATE SET T.s = S.s WHEN NOT MATCHED AND S.id > 55 THEN INSERT (id, s) VALUES (S.id, S.s); SELECT * FROM d.t ORDER BY id',
    rows: [
      [1, 'm'],
      [60, 'n'],
    ],
  },
  {
    name: 'refuses an update whose source matches twice',
    setup: `${people} CREATE TABLE d.extra AS SELECT 1 AS id, 100 AS points UNION ALL SELECT 1, 300;`,
    sql: 'UPDATE d.people p SET score = e.points FROM d.extra e WHERE p.id = e.id',
    error: 'UPDATE/MERGE must match at most one source row for each target row',
  },
  {
    name: 'sets a column to its default',
    setup: "CREATE TABLE d.t (a STRING DEFAULT 'z') AS SELECT 'q' AS a",
    sql: 'UPDATE d.t SET a = DEFAULT WHERE TRUE; SELECT a FROM d.t',
    rows: [['z']],
  },
  {
    name: 'updates by a correlated subquery',
    setup: people,
    sql: 'UPDATE d.people p SET score = (SELECT MAX(o.id) FROM d.people o WHERE o.id < p.id) WHERE TRUE; SELECT id, score FROM d.people ORDER BY id',
    rows: [
      [1, null],
      [2, '1'],
      [3, '2'],
    ],
  },
  {
    name: 'wants WHERE in UPDATE',
    setup: people,
    sql: 'UPDATE d.people SET name = NULL',
    error: 'UPDATE must have a WHERE clause at [1:1]',
  },
  {
    name: 'wants WHERE in DELETE',
    setup: people,
    sql: 'DELETE FROM d.people',
    error: 'DELETE must have a WHERE clause at [1:1]',
  },
  {
    name: 'deletes',
    setup: people,
    sql: 'DELETE d.people p WHERE p.score IS NULL OR p.id IN (SELECT 3)',
    affected: 2,
    statementType: 'DELETE',
  },
  {
    name: 'truncates',
    setup: people,
    sql: 'TRUNCATE TABLE d.people; SELECT COUNT(*) FROM d.people',
    rows: [[0]],
  },
  {
    name: 'merges with every kind of clause',
    setup: `
      CREATE TABLE d.stock (item STRING, amount INT64, note STRING);
      INSERT INTO d.stock VALUES ('bolt', 5, NULL), ('nut', 2, NULL), ('cog', 9, NULL), ('pin', 1, NULL);
      CREATE TABLE d.news AS SELECT 'bolt' AS item, 10 AS amount UNION ALL SELECT 'nut', 0 UNION ALL SELECT 'gear', 4 UNION ALL SELECT 'rod', -1;`,
    sql: `
      MERGE INTO d.stock AS s USING (SELECT * FROM d.news) AS n ON s.item = n.item
      WHEN MATCHED AND n.amount = 0 THEN DELETE
      WHEN MATCHED THEN UPDATE SET amount = s.amount + n.amount, note = 'more'
      WHEN NOT MATCHED AND n.amount > 0 THEN INSERT (item, amount) VALUES (item, amount)
      WHEN NOT MATCHED THEN INSERT (item, note) VALUES (n.item, DEFAULT)
      WHEN NOT MATCHED BY SOURCE AND s.amount > 5 THEN UPDATE SET note = 'old'
      WHEN NOT MATCHED BY SOURCE THEN DELETE;
      SELECT * FROM d.stock ORDER BY item`,
    rows: [
      ['bolt', 15, 'more'],
      ['cog', 9, 'old'],
      ['gear', 4, null],
      ['rod', null, null],
    ],
  },
  {
    name: 'counts what a merge did',
    setup: 'CREATE TABLE d.t AS SELECT 1 AS id, 1 AS v UNION ALL SELECT 2, 2',
    sql: 'MERGE d.t USING UNNEST([2, 3]) AS x ON id = x WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT VALUES (x, x)',
    affected: 2,
    statementType: 'MERGE',
  },
  {
    name: 'merges whole rows on a constant condition',
    setup: 'CREATE TABLE d.t (a INT64, b STRING); CREATE TABLE d.s AS SELECT 1 AS a, "x" AS b;',
    sql: 'MERGE d.t USING d.s ON FALSE WHEN NOT MATCHED THEN INSERT ROW WHEN NOT MATCHED BY SOURCE THEN DELETE; SELECT * FROM d.t',
    rows: [[1, 'x']],
  },
  {
    name: 'refuses a merge that touches a row twice',
    setup: 'CREATE TABLE d.t AS SELECT 1 AS id, 1 AS v',
    sql: 'MERGE d.t USING (SELECT 1 AS k UNION ALL SELECT 1) ON id = k WHEN MATCHED THEN UPDATE SET v = 2',
    error: 'UPDATE/MERGE must match at most one source row for each target row',
  },
  {
    name: 'refuses to change a view',
    setup: 'CREATE VIEW d.v AS SELECT 1 AS a',
    sql: 'DELETE d.v WHERE TRUE',
    error: 'DELETE is not allowed on view',
  },
  {
    name: 'knows the target by its path in backticks',
    setup:
      'CREATE TABLE d.t AS SELECT x, 0 AS y FROM UNNEST([1, 2, 3]) AS x; UPDATE `d.t` SET y = `d.t`.x * 2 WHERE `d.t`.x > 1; DELETE `d.t` WHERE `d.t`.`x` = 3; MERGE `d.t` USING (SELECT 1 AS k) AS s ON `d.t`.x = s.k WHEN MATCHED THEN UPDATE SET y = `d.t`.x + 9; UPDATE `d.t` SET y = y + 1 WHERE t.x = 1',
    sql: 'SELECT x, y FROM d.t ORDER BY x',
    rows: [
      [1, 11],
      [2, 4],
    ],
  },
];
