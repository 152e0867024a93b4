import type { OwnCase } from './case.js';

const setup =
  "CREATE TABLE d.t (name STRING COLLATE 'und:ci', code STRING, n INT64); INSERT d.t VALUES ('Anna', 'A', 1), ('BERT', 'b', 2), ('anna', 'a', 4), ('Cleo', 'C', 8)";

export const collationCases: OwnCase[] = [
  {
    name: 'compares text with a collation without regard to case',
    sql: `SELECT COLLATE('Apple', 'und:ci') = 'aPPLE', 'apple' < COLLATE('BANANA', 'und:ci'), COLLATE('Ä', 'und:ci') = 'ä',
      COLLATE('a', 'und:ci') IN ('B', 'A'), COLLATE('b', 'und:ci') BETWEEN 'A' AND 'C', COLLATE('a', 'und:ci') IS NOT DISTINCT FROM 'A',
      COLLATE(COLLATE('A', 'und:ci'), '') = 'a', COLLATE('abc', 'und:ci') LIKE 'A%C', NULLIF(COLLATE('a', 'und:ci'), 'A')`,
    rows: [[true, true, true, true, true, true, false, true, null]],
  },
  {
    name: 'takes a collation away, and compares what has none with what has one',
    sql: `SELECT COLLATE(COLLATE('A', 'und:ci'), '') = 'a', COLLATE('A', '') = COLLATE('a', 'und:ci'),
      COLLATE('GooGle', '') LIKE COLLATE('%OO%', 'und:ci'), COLLATE('A', '') IN ('a', COLLATE('b', 'und:ci')), COLLATE('A', '') = 'a'`,
    rows: [[false, true, true, true, false]],
  },
  {
    name: 'compares with all of a list by the collation of one',
    sql: `SELECT 'A' = ANY ('a', COLLATE('b', 'und:ci')), 'A' != ALL ('a', COLLATE('b', 'und:ci')), 'GooGle' LIKE ALL ('go%', COLLATE('google', 'und:ci')),
      COLLATE('A', 'und:ci') = ALL ('a', 'A'), 'A' = ANY ('a', 'b')`,
    rows: [[true, false, true, true, false]],
  },
  {
    name: 'searches in text with a collation without regard to case',
    sql: `SELECT STARTS_WITH(COLLATE('Apple', 'und:ci'), 'aP'), ENDS_WITH('Apple', COLLATE('LE', 'und:ci')),
      STRPOS(COLLATE('Apple', 'und:ci'), 'PL'), INSTR(COLLATE('Apple', 'und:ci'), 'P', 1, 2)`,
    rows: [[true, true, 3, 3]],
  },
  {
    name: 'hands a collation on to text that is made of it',
    sql: `SELECT UPPER(COLLATE('a', 'und:ci')) = 'a', CONCAT(COLLATE('a', 'und:ci'), 'B') = 'Ab', COLLATE('a', 'und:ci') || 'B' = 'Ab',
      IF(TRUE, COLLATE('a', 'und:ci'), 'x') = 'A', SUBSTR(COLLATE('xa', 'und:ci'), 2) = 'A', CASE COLLATE('a', 'und:ci') WHEN 'A' THEN 1 END`,
    rows: [[true, true, true, true, true, 1]],
  },
  {
    name: 'groups, sorts, joins and counts columns by their collation',
    setup,
    sql: `SELECT UPPER(MIN(name)) AS shown, COUNT(*), SUM(n), (SELECT COUNT(DISTINCT name) FROM d.t), (SELECT COUNT(*) FROM (SELECT DISTINCT name FROM d.t)),
      (SELECT COUNT(*) FROM d.t a JOIN d.t b USING (name)), (SELECT STRING_AGG(code, '' ORDER BY name DESC, n) FROM d.t)
      FROM d.t GROUP BY name ORDER BY name`,
    rows: [
      ['ANNA', 2, 5, 3, 3, 6, 'CbAa'],
      ['BERT', 1, 2, 3, 3, 6, 'CbAa'],
      ['CLEO', 1, 8, 3, 3, 6, 'CbAa'],
    ],
  },
  {
    name: 'compares in windows, unions and subqueries by the collation',
    setup,
    sql: `SELECT (SELECT MAX(r) FROM (SELECT RANK() OVER (PARTITION BY name ORDER BY n) AS r FROM d.t)),
      (SELECT COUNT(*) FROM (SELECT name FROM d.t UNION DISTINCT SELECT 'ANNA')), (SELECT COUNT(*) FROM d.t WHERE name IN (SELECT 'ANNA')),
      (SELECT COUNT(*) FROM d.t WHERE name = 'cLEO'), (SELECT COUNT(*) FROM d.t WHERE code = 'c')`,
    rows: [[2, 3, 2, 1, 0]],
  },
  {
    name: 'shows the collation of columns, and keeps it in tables that are made of them',
    setup: `${setup}; CREATE TABLE d.copied AS SELECT name, UPPER(name) AS upper_name, code FROM d.t`,
    sql: `SELECT column_name, collation_name, (SELECT COUNT(*) FROM d.copied WHERE name = 'ANNA' AND upper_name = 'anna')
      FROM d.INFORMATION_SCHEMA.COLUMNS WHERE table_name = 'copied' ORDER BY ordinal_position`,
    rows: [
      ['name', 'und:ci', 2],
      ['upper_name', 'und:ci', 2],
      ['code', 'NULL', 2],
    ],
  },
  {
    name: 'gives columns the default collation of their table, unless they say otherwise',
    setup:
      "CREATE TABLE d.t (a STRING, b STRING COLLATE '', n INT64) DEFAULT COLLATE 'und:ci'; ALTER TABLE d.t ADD COLUMN c STRING; INSERT d.t VALUES ('x', 'x', 1, 'x')",
    sql: "SELECT a = 'X', b = 'X', c = 'X' FROM d.t",
    rows: [[true, false, true]],
  },
  {
    name: 'changes the rows that a collation finds',
    setup: `${setup}; UPDATE d.t SET n = 0 WHERE name = 'ANNA'; DELETE FROM d.t WHERE name = 'bert'`,
    sql: 'SELECT name, n FROM d.t ORDER BY name, code',
    rows: [
      ['Anna', 0],
      ['anna', 0],
      ['Cleo', 8],
    ],
  },
  ...[
    ["REPLACE(COLLATE('a', 'und:ci'), 'A', 'b')", 'REPLACE of text with a collation'],
    ["GREATEST(COLLATE('a', 'und:ci'), 'A')", 'GREATEST of text with a collation'],
    [
      "(SELECT STRING_AGG(DISTINCT COLLATE('a', 'und:ci')))",
      'DISTINCT in STRING_AGG of text with a collation',
    ],
  ].map(([sql, what]) => ({
    name: `${what} is refused`,
    sql: `SELECT ${sql}`,
    error: `${what} is not supported`,
    reason: 'notImplemented',
  })),
  {
    name: 'set operations that do not go by the collation are refused',
    sql: "SELECT COLLATE('a', 'und:ci') INTERSECT DISTINCT SELECT 'A'",
    error: 'INTERSECT of text with a collation is not supported',
    reason: 'notImplemented',
  },
  {
    name: 'collations that do not exist',
    sql: "SELECT COLLATE('a', 'de:ci')",
    error: "Collation 'de:ci' in collate function is not supported.",
  },
];
