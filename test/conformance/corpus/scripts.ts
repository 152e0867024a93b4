import type { OwnCase } from './case.js';

export const scriptCases: OwnCase[] = [
  {
    name: 'declares, sets and reads variables of many types',
    sql: `
      DECLARE a, b INT64 DEFAULT 2;
      DECLARE s DEFAULT 'text';
      DECLARE day DATE DEFAULT '2024-02-03';
      DECLARE list ARRAY<STRING>;
      SET a = a * 10;
      SET (b, s) = (b + 1, CONCAT(s, '!'));
      SET list = ['x', s];
      SELECT a, b, s, day, list`,
    rows: [[20, 3, 'text!', '2024-02-03', ['x', 'text!']]],
    statementType: 'SCRIPT',
  },
  {
    name: 'sets variables from a query',
    sql: `DECLARE low, high INT64;
      SET (low, high) = (SELECT AS STRUCT MIN(x), MAX(x) FROM UNNEST([4, 2, 9]) AS x);
      SELECT low, high, (SELECT COUNT(*) FROM UNNEST([1, 2, 3, 5]) AS y WHERE y BETWEEN low AND high)`,
    rows: [[2, 9, 3]],
  },
  {
    name: 'gives a column precedence over a variable',
    sql: 'DECLARE x INT64 DEFAULT 1; SELECT x FROM (SELECT 2 AS x)',
    rows: [[2]],
  },
  {
    name: 'branches and loops',
    sql: `
      DECLARE i, total INT64 DEFAULT 0;
      WHILE TRUE DO
        SET i = i + 1;
        IF i = 3 THEN CONTINUE; ELSEIF i > 5 THEN BREAK; ELSE SET total = total + i; END IF;
      END WHILE;
      REPEAT SET total = total + 100; UNTIL total > 300 END REPEAT;
      SELECT i, total`,
    rows: [[6, 312]],
  },
  {
    name: 'leaves outer loops by their labels',
    sql: `
      DECLARE n INT64 DEFAULT 0;
      outside: LOOP
        LOOP
          SET n = n + 1;
          IF n < 3 THEN ITERATE outside; END IF;
          LEAVE outside;
        END LOOP;
      END LOOP outside;
      SELECT n`,
    rows: [[3]],
  },
  {
    name: 'chooses by CASE statements',
    sql: `
      DECLARE out STRING;
      CASE 2 + 1 WHEN 1 THEN SET out = 'one'; WHEN 3 THEN SET out = 'three'; ELSE SET out = 'else'; END CASE;
      CASE WHEN out IS NULL THEN SELECT 'none'; ELSE SELECT out; END CASE;`,
    rows: [['three']],
  },
  {
    name: 'loops over the rows of a query',
    setup: 'CREATE TABLE d.t (s STRING)',
    sql: `
      FOR r IN (SELECT n, n * n AS square FROM UNNEST([3, 1, 2]) AS n ORDER BY n) DO
        INSERT d.t VALUES (FORMAT('%d:%d', r.n, r.square));
      END FOR;
      SELECT s FROM d.t ORDER BY s`,
    rows: [['1:1'], ['2:4'], ['3:9']],
  },
  {
    name: 'catches errors and tells their message',
    sql: `
      DECLARE message STRING;
      BEGIN
        SELECT 1 / 0;
      EXCEPTION WHEN ERROR THEN
        SET message = @@error.message;
      END;
      SELECT STARTS_WITH(message, 'Query error: division by zero: 1 / 0')`,
    rows: [[true]],
  },
  {
    name: 'raises errors of its own, and again',
    sql: `
      BEGIN
        BEGIN
          RAISE USING MESSAGE = CONCAT('bo', 'om');
        EXCEPTION WHEN ERROR THEN
          RAISE;
        END;
      EXCEPTION WHEN ERROR THEN
        SELECT @@error.message;
      END`,
    rows: [['boom']],
  },
  { name: 'ends at RETURN', sql: 'SELECT 1; RETURN; SELECT 2', rows: [[1]] },
  {
    name: 'runs dynamic statements with parameters',
    sql: `
      DECLARE r, s INT64;
      EXECUTE IMMEDIATE 'SELECT ? + @@row_count' INTO r USING 5;
      EXECUTE IMMEDIATE 'SELECT @x * @y' INTO s USING 3 AS y, 4 AS x;
      SELECT r IS NULL, s`,
    rows: [[true, 12]],
  },
  {
    name: 'runs dynamic statements with text and array parameters',
    sql: `
      DECLARE n INT64;
      EXECUTE IMMEDIATE CONCAT('SELECT COUNT(*) FROM UNNEST(@list) AS x WHERE x LIKE @p LIMIT ', '1')
      INTO n USING ['ab', 'ac', 'b'] AS list, 'a%' AS p;
      SELECT n`,
    rows: [[2]],
  },
  {
    name: 'counts rows in @@row_count',
    setup: 'CREATE TABLE d.t (a INT64)',
    sql: 'INSERT d.t VALUES (1), (2), (3); SELECT @@row_count',
    rows: [[3]],
  },
  {
    name: 'calls procedures with parameters that go in and out',
    sql: `
      CREATE PROCEDURE d.divide(a INT64, b INT64, OUT quotient INT64, INOUT calls INT64)
      BEGIN
        DECLARE step INT64 DEFAULT 1;
        SET quotient = DIV(a, b);
        SET calls = calls + step;
      END;
      BEGIN
        DECLARE q INT64;
        DECLARE c INT64 DEFAULT 41;
        CALL d.divide(17, 5, q, c);
        SELECT q, c;
      END`,
    rows: [[3, 42]],
  },
  {
    name: 'hides the variables of the caller from a procedure',
    sql: `
      DECLARE secret INT64 DEFAULT 1;
      CREATE PROCEDURE d.peek() BEGIN SELECT secret; END;
      CALL d.peek();`,
    error: 'Unrecognized name: secret',
  },
  {
    name: 'keeps temporary tables for the script',
    sql: `
      CREATE TEMP TABLE t AS SELECT 1 AS a UNION ALL SELECT 2;
      INSERT INTO t VALUES (3);
      UPDATE _SESSION.t SET a = a * 10 WHERE a > 1;
      CREATE TABLE d.kept AS SELECT SUM(a) AS total FROM t;
      DROP TABLE t;
      SELECT total FROM d.kept`,
    rows: [[51]],
  },
  {
    name: 'commits transactions',
    setup: 'CREATE TABLE d.t (a INT64)',
    sql: 'BEGIN TRANSACTION; INSERT d.t VALUES (1); INSERT d.t SELECT a + 1 FROM d.t; COMMIT TRANSACTION; SELECT COUNT(*) FROM d.t',
    rows: [[2]],
  },
  {
    name: 'rolls transactions back',
    setup: 'CREATE TABLE d.t (a INT64)',
    sql: 'BEGIN TRANSACTION; INSERT d.t VALUES (1); SELECT COUNT(*) FROM d.t; ROLLBACK; SELECT COUNT(*) FROM d.t',
    rows: [[0]],
  },
  {
    name: 'rolls back in an exception handler',
    setup: 'CREATE TABLE d.t (a INT64)',
    sql: `
      BEGIN
        BEGIN TRANSACTION;
        INSERT d.t VALUES (1);
        SELECT ERROR('stop');
        COMMIT;
      EXCEPTION WHEN ERROR THEN
        ROLLBACK;
      END;
      SELECT COUNT(*) FROM d.t`,
    rows: [[0]],
  },
  {
    name: 'tells where a statement of a script failed',
    sql: 'SELECT 1;\nSELECT 1 / 0;',
    error: 'Query error: division by zero: 1 / 0 at [2:1]',
  },
  {
    name: 'refuses late declarations',
    sql: 'SELECT 1; DECLARE x INT64;',
    error: 'Variable declarations are allowed only at the start of a block or script at [1:11]',
  },
  {
    name: 'refuses jumps outside of loops',
    sql: 'BREAK;',
    error: 'BREAK is only allowed inside of a loop body',
  },
  {
    name: 'refuses undeclared variables',
    sql: 'SET nothing = 1;',
    error: 'Undeclared variable: nothing at [1:5]',
  },
  {
    name: 'refuses values of another type',
    sql: "DECLARE x INT64; SET x = 'a';",
    error: 'Cannot coerce expression of type STRING to type INT64',
  },
  {
    name: 'uses temporary functions without becoming a script',
    sql: 'CREATE TEMP FUNCTION twice(x INT64) AS (x * 2); SELECT twice(21)',
    rows: [[42]],
    statementType: 'SELECT',
  },
  {
    name: 'goes on when no branch of CASE fits',
    sql: "DECLARE x INT64 DEFAULT 2; CASE WHEN x > 5 THEN SELECT 'big'; END CASE; SELECT 'done';",
    rows: [['done']],
  },
  {
    name: 'takes a NULL condition for false',
    sql: 'IF NULL THEN SELECT 1; ELSE SELECT 2; END IF;',
    rows: [[2]],
  },
  {
    name: 'tells where a statement failed',
    sql: 'BEGIN\n  SELECT 1 / 0;\nEXCEPTION WHEN ERROR THEN\n  SELECT @@error.stack_trace[OFFSET(0)].line AS l, @@error.stack_trace[OFFSET(0)].column AS c;\nEND;',
    rows: [[2, 3]],
  },
  {
    name: 'shows the dynamic text that cannot be parsed',
    sql: "EXECUTE IMMEDIATE 'SELEC 1'",
    error: 'Invalid EXECUTE IMMEDIATE sql string `SELEC 1`, Syntax error: Unexpected identifier "SELEC"',
  },
  {
    name: 'refuses NULL as dynamic text',
    sql: 'EXECUTE IMMEDIATE NULL',
    error: 'EXECUTE IMMEDIATE sql string cannot be NULL at [1:19]',
  },
  {
    name: 'keeps variables to the length and precision they were declared with',
    sql: 'DECLARE n NUMERIC(5, 2) DEFAULT 1.239; SET n = n + 0.001; SELECT n;',
    rows: [['1.24']],
  },
  {
    name: 'refuses text longer than its variable',
    sql: "DECLARE s STRING(2); SET s = 'abc';",
    error: 'maximum length of STRING type is 2, found 3',
  },
  {
    name: 'gives a value of USING no name',
    sql: "EXECUTE IMMEDIATE 'SELECT ?, ?' USING [1, 2], 'x'",
    columns: ['f0_ INTEGER*', 'f1_ STRING'],
  },
  { name: 'asserts', sql: "ASSERT 1 = 2 AS 'numbers'; ", error: 'Assertion failed: numbers' },
  {
    name: 'sets one variable in parentheses from a struct of one field, or from a value',
    sql: "DECLARE days ARRAY<DATE>; DECLARE n, m INT64; DECLARE s STRUCT<a INT64>; SET (days) = (SELECT AS STRUCT ARRAY_AGG(DISTINCT d IGNORE NULLS ORDER BY d) FROM UNNEST([DATE '2024-01-02', NULL, DATE '2024-01-01', DATE '2024-01-02']) AS d); SET (n) = 5; SET (m) = STRUCT(6); SET (s) = STRUCT(7); SELECT days, n, m, s.a",
    rows: [[['2024-01-01', '2024-01-02'], 5, 6, 7]],
  },
];
