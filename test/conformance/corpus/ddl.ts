import type { OwnCase } from './case.js';

export const ddlCases: OwnCase[] = [
  {
    name: 'refuses default collations that do not exist',
    sql: "CREATE TABLE d.t (s STRING) DEFAULT COLLATE 'de:ci'",
    error: 'Invalid collation name: de:ci',
  },
  {
    name: 'refuses collations of fields in structs',
    sql: "CREATE TABLE d.t (s STRUCT<a STRING COLLATE 'und:ci'>)",
    error: 'The collation of the nested or repeated field s.a is not supported',
    reason: 'notImplemented',
  },
  {
    name: 'refuses names that the service keeps for itself',
    sql: 'CREATE TABLE d.t (_PARTITIONTIME INT64)',
    error:
      'Invalid field name "_PARTITIONTIME". Field names are not allowed to start with the (case-insensitive) prefixes _PARTITION, _TABLE_, _FILE_, _ROW_TIMESTAMP, __ROOT__ and _COLIDENTIFIER',
  },
  {
    name: 'refuses a default of another type',
    sql: "CREATE TABLE d.t (a INT64 DEFAULT 'x')",
    error:
      'Default value expression has type STRING which cannot be assigned to column a, which has type INT64 at [1:',
  },
  {
    name: 'refuses a default that looks at other columns',
    sql: 'CREATE TABLE d.t (a INT64, b INT64 DEFAULT a)',
    error: 'Unrecognized name: a',
  },
  { name: 'knows no type FLOAT', sql: 'CREATE TABLE d.t (a FLOAT)', error: 'Type not found: FLOAT at [1:' },
  {
    name: 'shows the columns of keys',
    setup:
      'CREATE TABLE d.a (x INT64, y INT64, PRIMARY KEY (x, y) NOT ENFORCED); CREATE TABLE d.b (p INT64, q INT64, CONSTRAINT fk FOREIGN KEY (p, q) REFERENCES d.a(y, x) NOT ENFORCED);',
    sql: 'SELECT constraint_name, column_name, ordinal_position, position_in_unique_constraint FROM d.INFORMATION_SCHEMA.KEY_COLUMN_USAGE ORDER BY 1, 3',
    rows: [
      ['a.pk$', 'x', 1, null],
      ['a.pk$', 'y', 2, null],
      ['b.fk', 'p', 1, 2],
      ['b.fk', 'q', 2, 1],
    ],
  },
  {
    name: 'shows the columns that constraints use',
    setup:
      'CREATE TABLE d.a (x INT64 PRIMARY KEY NOT ENFORCED); CREATE TABLE d.b (p INT64 REFERENCES d.a(x) NOT ENFORCED);',
    sql: 'SELECT table_name, column_name, constraint_name FROM d.INFORMATION_SCHEMA.CONSTRAINT_COLUMN_USAGE ORDER BY constraint_name',
    rows: [
      ['a', 'x', 'a.pk$'],
      ['a', 'x', 'b.fk$1'],
    ],
  },
  {
    name: 'refuses partitions by a bare column that is no date',
    sql: 'CREATE TABLE d.t (ts TIMESTAMP) PARTITION BY ts',
    error: 'PARTITION BY expression must be _PARTITIONDATE, DATE(<timestamp_column>)',
  },
  {
    name: 'lists partitions of a table with a column called id',
    setup:
      "CREATE TABLE d.t (id INT64, ts TIMESTAMP) PARTITION BY DATE(ts); INSERT d.t VALUES (1, '2024-01-01'), (2, '2024-01-01'), (3, '2024-01-02')",
    sql: 'SELECT partition_id, total_rows FROM d.INFORMATION_SCHEMA.PARTITIONS ORDER BY 1',
    rows: [
      ['20240101', 2],
      ['20240102', 1],
    ],
  },
  {
    name: 'shows the tables of a dataset by the older name as well',
    setup: 'CREATE TABLE d.t AS SELECT 1 AS a UNION ALL SELECT 2; CREATE VIEW d.v AS SELECT 1 AS b;',
    sql: 'SELECT table_id, row_count, size_bytes, type FROM d.__TABLES__ ORDER BY table_id',
    rows: [
      ['t', 2, 16, 1],
      ['v', 0, 0, 2],
    ],
  },
  {
    name: 'creates tables with nested columns, keys and options',
    sql: `CREATE TABLE d.t (
        id INT64 NOT NULL OPTIONS(description='the key'),
        name STRING(20) DEFAULT 'x',
        price NUMERIC(10, 2),
        parts ARRAY<STRUCT<code STRING, amount FLOAT64>>,
        PRIMARY KEY (id) NOT ENFORCED
      ) PARTITION BY RANGE_BUCKET(id, GENERATE_ARRAY(0, 100, 10)) CLUSTER BY name
      OPTIONS(description='a table', labels=[('team', 'core')]);
      SELECT column_name, data_type, is_nullable, column_default, is_partitioning_column, clustering_ordinal_position
      FROM d.INFORMATION_SCHEMA.COLUMNS WHERE table_name = 't' ORDER BY ordinal_position`,
    rows: [
      ['id', 'INT64', 'NO', 'NULL', 'YES', null],
      ['name', 'STRING(20)', 'YES', "'x'", 'NO', 1],
      ['price', 'NUMERIC(10, 2)', 'YES', 'NULL', 'NO', null],
      ['parts', 'ARRAY<STRUCT<code STRING, amount FLOAT64>>', 'NO', 'NULL', 'NO', null],
    ],
  },
  {
    name: 'creates a table from a query with written columns',
    sql: 'CREATE TABLE d.t (a FLOAT64, b STRING) AS SELECT 1, "x"; SELECT * FROM d.t',
    columns: ['a FLOAT', 'b STRING'],
    rows: [[1, 'x']],
  },
  {
    name: 'says what it created',
    sql: 'CREATE TABLE d.t AS SELECT 1 AS a',
    statementType: 'CREATE_TABLE_AS_SELECT',
  },
  {
    name: 'refuses a query column without a name',
    sql: 'CREATE TABLE d.t AS SELECT 1',
    error: 'CREATE TABLE columns must be named',
  },
  {
    name: 'refuses a second table of a name',
    setup: 'CREATE TABLE d.t (a INT64)',
    sql: 'CREATE TABLE d.t (a INT64)',
    error: /Already Exists: Table .*\.t/,
    reason: 'duplicate',
  },
  {
    name: 'skips a table that exists',
    setup: 'CREATE TABLE d.t (a INT64)',
    sql: 'CREATE TABLE IF NOT EXISTS d.t (b INT64); SELECT a FROM d.t',
    rows: [],
  },
  {
    name: 'replaces a table',
    setup: 'CREATE TABLE d.t AS SELECT 1 AS a',
    sql: 'CREATE OR REPLACE TABLE d.t AS SELECT a + 1 AS b FROM d.t; SELECT * FROM d.t',
    columns: ['b INTEGER'],
    rows: [[2]],
  },
  {
    name: 'copies and clones',
    setup: 'CREATE TABLE d.t AS SELECT 1 AS a',
    sql: 'CREATE TABLE d.c COPY d.t; CREATE TABLE d.k CLONE d.t; CREATE TABLE d.l LIKE d.t; CREATE SNAPSHOT TABLE d.s CLONE d.t; SELECT (SELECT a FROM d.c), (SELECT a FROM d.k), (SELECT COUNT(*) FROM d.l), (SELECT a FROM d.s)',
    rows: [[1, 1, 0, 1]],
  },
  {
    name: 'adds, drops and renames columns',
    setup: 'CREATE TABLE d.t AS SELECT 1 AS a, 2 AS b, 3 AS c',
    sql: 'ALTER TABLE d.t ADD COLUMN e STRING, ADD COLUMN IF NOT EXISTS a INT64, DROP COLUMN b; ALTER TABLE d.t RENAME COLUMN c TO f; SELECT * FROM d.t',
    columns: ['a INTEGER', 'f INTEGER', 'e STRING'],
    rows: [[1, 3, null]],
  },
  {
    name: 'widens types, relaxes columns and sets defaults',
    setup: 'CREATE TABLE d.t (a INT64 NOT NULL)',
    sql: `ALTER TABLE d.t ALTER COLUMN a DROP NOT NULL; ALTER TABLE d.t ALTER COLUMN a SET DATA TYPE NUMERIC;
      ALTER TABLE d.t ALTER COLUMN a SET DEFAULT 4; INSERT d.t (a) VALUES (DEFAULT), (NULL); SELECT a FROM d.t ORDER BY a`,
    columns: ['a NUMERIC'],
    rows: [[null], ['4']],
  },
  {
    name: 'keeps keys without enforcing them',
    setup: 'CREATE TABLE d.a (id INT64, PRIMARY KEY (id) NOT ENFORCED)',
    sql: `CREATE TABLE d.b (x INT64, y INT64, CONSTRAINT link FOREIGN KEY (x) REFERENCES d.a(id) NOT ENFORCED);
      ALTER TABLE d.b ADD PRIMARY KEY (y) NOT ENFORCED; INSERT d.b VALUES (1, 1), (1, 1);
      SELECT constraint_name, constraint_type FROM d.INFORMATION_SCHEMA.TABLE_CONSTRAINTS WHERE table_name = 'b' ORDER BY 1`,
    rows: [
      ['b.link', 'FOREIGN KEY'],
      ['b.pk$', 'PRIMARY KEY'],
    ],
  },
  {
    name: 'drops keys by their names',
    setup:
      'CREATE TABLE d.a (id INT64, PRIMARY KEY (id) NOT ENFORCED); CREATE TABLE d.b (x INT64 REFERENCES d.a(id) NOT ENFORCED)',
    sql: 'ALTER TABLE d.b DROP CONSTRAINT `fk$1`; ALTER TABLE d.a DROP PRIMARY KEY; SELECT COUNT(*) FROM d.INFORMATION_SCHEMA.TABLE_CONSTRAINTS',
    rows: [[0]],
  },
  {
    name: 'refuses keys over columns that are not there',
    sql: 'CREATE TABLE d.a (id INT64, PRIMARY KEY (nope) NOT ENFORCED)',
    error: 'Column not found: nope',
  },
  {
    name: 'refuses to narrow a type',
    setup: 'CREATE TABLE d.t (a STRING)',
    sql: 'ALTER TABLE d.t ALTER COLUMN a SET DATA TYPE INT64',
    error: 'requires that the existing column type (STRING) is assignable to the new type (INT64)',
  },
  {
    name: 'renames tables',
    setup: 'CREATE TABLE d.t AS SELECT 1 AS a',
    sql: 'ALTER TABLE d.t RENAME TO u; SELECT a FROM d.u',
    rows: [[1]],
  },
  {
    name: 'sets options of tables',
    setup: 'CREATE TABLE d.t (a INT64)',
    sql: "ALTER TABLE d.t SET OPTIONS(description='new', labels=[('a', 'b')]); SELECT option_name, option_value FROM d.INFORMATION_SCHEMA.TABLE_OPTIONS ORDER BY option_name",
    rows: [
      ['description', '"new"'],
      ['labels', '[STRUCT("a", "b")]'],
    ],
  },
  {
    name: 'refuses unknown options',
    sql: 'CREATE TABLE d.t (a INT64) OPTIONS(colour="red")',
    error: 'Unknown option for table: colour',
  },
  {
    name: 'reads views, also after their tables grew',
    setup:
      'CREATE TABLE d.t AS SELECT 1 AS a; CREATE VIEW d.v (x) AS SELECT a * 2 FROM d.t; INSERT d.t VALUES (5)',
    sql: 'SELECT x FROM d.v ORDER BY x',
    rows: [[2], [10]],
  },
  {
    name: 'names the columns of a view over a query whose columns share a name',
    sql: 'CREATE VIEW d.v (x, y) AS SELECT 1 AS a, 2 AS a; SELECT y, x FROM d.v',
    rows: [[2, 1]],
  },
  {
    name: 'reads views over views and functions over tables',
    setup: `CREATE TABLE d.t AS SELECT 2 AS a; CREATE VIEW d.v AS SELECT a * 2 AS b FROM d.t; CREATE VIEW d.w AS SELECT b + 1 AS c FROM d.v;
      CREATE FUNCTION d.total() AS ((SELECT SUM(c) FROM d.w))`,
    sql: 'SELECT c, d.total() FROM d.w',
    rows: [[5, 5]],
  },
  {
    name: 'replaces a view, not a table, by a view',
    setup: 'CREATE TABLE d.t (a INT64); CREATE VIEW d.v AS SELECT 1 AS a',
    sql: 'CREATE OR REPLACE VIEW d.v AS SELECT 2 AS a; CREATE OR REPLACE VIEW d.t AS SELECT 1 AS a',
    error: 'Already Exists: Table',
    reason: 'duplicate',
  },
  {
    name: 'refuses DROP of the wrong kind',
    setup: 'CREATE VIEW d.v AS SELECT 1 AS a',
    sql: 'DROP TABLE d.v',
    error: 'which has type VIEW',
    reason: 'invalid',
  },
  {
    name: 'reads materialised views',
    setup:
      'CREATE TABLE d.t AS SELECT 1 AS a; CREATE MATERIALIZED VIEW d.m AS SELECT COUNT(*) AS n FROM d.t; INSERT d.t VALUES (5)',
    sql: 'SELECT n FROM d.m',
    rows: [[2]],
  },
  {
    name: 'drops',
    setup: 'CREATE VIEW d.v AS SELECT 1 AS a',
    sql: 'DROP VIEW d.v; DROP VIEW IF EXISTS d.v; DROP TABLE d.none',
    error: 'Not found: Table',
    reason: 'notFound',
  },
  {
    name: 'makes and uses functions',
    setup:
      "CREATE FUNCTION d.greet(name STRING, loud BOOL) RETURNS STRING AS (IF(loud, UPPER(CONCAT('hi ', name)), CONCAT('hi ', name)))",
    sql: "SELECT d.greet('bo', TRUE), d.greet('ada', FALSE)",
    rows: [['HI BO', 'hi ada']],
  },
  {
    name: 'makes and uses templated functions',
    sql: 'CREATE TEMP FUNCTION first(x ANY TYPE, y ANY TYPE) AS (IF(x < y, x, y)); SELECT first(2, 1.5), first("a", "b")',
    rows: [[1.5, 'a']],
  },
  {
    name: 'makes and uses table functions',
    setup: 'CREATE TABLE FUNCTION d.upto(n INT64) AS SELECT x FROM UNNEST(GENERATE_ARRAY(1, n)) AS x',
    sql: 'SELECT SUM(x) FROM d.upto(4)',
    rows: [[10]],
  },
  {
    name: 'gives a table function one table, however often it reads it',
    setup:
      'CREATE TABLE FUNCTION d.same(n TABLE<r FLOAT64>) AS (WITH w AS (SELECT r FROM n) SELECT a.r = b.r AS same FROM w AS a, n AS b)',
    sql: `WITH q AS (SELECT RAND() AS r)
      SELECT (SELECT LOGICAL_AND(same) FROM d.same((SELECT RAND() AS r FROM q))), same FROM d.same(TABLE q)`,
    rows: [[true, true]],
  },
  {
    name: 'gives tables and queries to table functions',
    setup:
      'CREATE TABLE d.t AS SELECT 3 AS a UNION ALL SELECT 4; CREATE TABLE FUNCTION d.total(source TABLE<a INT64>, more INT64) AS SELECT SUM(a) + more AS s FROM source',
    sql: 'SELECT (SELECT s FROM d.total(TABLE d.t, 1)), (SELECT s FROM d.total((SELECT 10 AS a), 2))',
    rows: [[8, 12]],
  },
  {
    name: 'creates and drops schemas',
    sql: "CREATE SCHEMA own_schema_case OPTIONS(description='x'); CREATE TABLE own_schema_case.t (a INT64); DROP SCHEMA own_schema_case CASCADE; DROP SCHEMA IF EXISTS own_schema_case; SELECT 1",
    rows: [[1]],
  },
  {
    name: 'lists the schemas of another project',
    sql: 'CREATE SCHEMA `other-project.own_schema_case`; CREATE TEMP TABLE seen AS SELECT catalog_name, schema_name FROM `other-project`.INFORMATION_SCHEMA.SCHEMATA; DROP SCHEMA `other-project.own_schema_case`; SELECT * FROM seen',
    rows: [['other-project', 'own_schema_case']],
  },
  {
    name: 'lists tables and views',
    setup: 'CREATE TABLE d.b (a INT64); CREATE VIEW d.a AS SELECT 1 AS x',
    sql: 'SELECT table_name, table_type, is_insertable_into FROM d.INFORMATION_SCHEMA.TABLES ORDER BY table_name',
    rows: [
      ['a', 'VIEW', 'NO'],
      ['b', 'BASE TABLE', 'YES'],
    ],
  },
  {
    name: 'lists partitions',
    setup:
      "CREATE TABLE d.t (day DATE) PARTITION BY day; INSERT d.t VALUES ('2024-01-02'), ('2024-01-01'), ('2024-01-01'), (NULL)",
    sql: 'SELECT partition_id, total_rows FROM d.INFORMATION_SCHEMA.PARTITIONS ORDER BY partition_id',
    rows: [
      ['20240101', 2],
      ['20240102', 1],
      ['__NULL__', 1],
    ],
  },
  {
    name: 'lists nested fields',
    setup: 'CREATE TABLE d.t (a STRUCT<b INT64, c ARRAY<STRUCT<e STRING>>>)',
    sql: 'SELECT field_path, data_type FROM d.INFORMATION_SCHEMA.COLUMN_FIELD_PATHS ORDER BY field_path',
    rows: [
      ['a', 'STRUCT<b INT64, c ARRAY<STRUCT<e STRING>>>'],
      ['a.b', 'INT64'],
      ['a.c', 'ARRAY<STRUCT<e STRING>>'],
      ['a.c.e', 'STRING'],
    ],
  },
  {
    name: 'lists routines and their parameters',
    setup: 'CREATE FUNCTION d.f(a INT64, b ANY TYPE) AS (a)',
    sql: 'SELECT r.routine_type, r.routine_definition, p.parameter_name, p.data_type FROM d.INFORMATION_SCHEMA.ROUTINES r JOIN d.INFORMATION_SCHEMA.PARAMETERS p USING (specific_name) ORDER BY p.ordinal_position',
    rows: [
      ['FUNCTION', 'a', 'a', 'INT64'],
      ['FUNCTION', 'a', 'b', 'ANY TYPE'],
    ],
  },
  {
    name: 'shows view definitions',
    setup: 'CREATE VIEW d.v AS SELECT  1 AS a',
    sql: 'SELECT view_definition FROM d.INFORMATION_SCHEMA.VIEWS',
    rows: [['SELECT  1 AS a']],
  },
  {
    name: 'refuses views of the catalog that it does not have',
    sql: 'SELECT * FROM d.INFORMATION_SCHEMA.OBJECT_PRIVILEGES',
    error: 'OBJECT_PRIVILEGES',
    reason: 'notImplemented',
  },
];
