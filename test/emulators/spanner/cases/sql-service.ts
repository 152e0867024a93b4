import type { SqlCase } from './sql-case.js';

/** What Spanner makes of statements that other services take otherwise, changes of rows, and parameters without types. */
export const SERVICE_CASES: readonly SqlCase[] = [
  { sql: 'SELECT 1', columns: ':INT64', rows: [['1']] },
  {
    sql: 'SELECT ROW_NUMBER() OVER () FROM T',
    error: ['INVALID_ARGUMENT', 'Analytic functions not supported [at 1:8]'],
  },
  { sql: "SELECT LEFT('a',1)", error: ['UNIMPLEMENTED', 'Unsupported built-in function: LEFT'] },
  { sql: "SELECT CAST('a' AS DATETIME)", error: ['INVALID_ARGUMENT', 'Type not found: DATETIME [at 1:20]'] },
  { sql: 'SELECT CHR(1)', error: ['UNIMPLEMENTED', 'Unsupported built-in function: CHR'] },
  { sql: 'SELECT nofn(1)', error: ['INVALID_ARGUMENT', 'Function not found: nofn [at 1:8]'] },
  { sql: 'SELECT * FROM nope', error: ['INVALID_ARGUMENT', 'Table not found: nope [at 1:15]'] },
  { sql: 'SELECT x FROM T', error: ['INVALID_ARGUMENT', 'Unrecognized name: x [at 1:8]'] },
  { sql: 'SELECT 1/0', error: ['OUT_OF_RANGE', 'division by zero: 1 / 0'] },
  {
    sql: 'SELECT STRUCT(1)',
    error: [
      'UNIMPLEMENTED',
      'Unsupported query shape: A struct value cannot be returned as a column value. Rewrite the query to flatten the struct fields in the result.',
    ],
  },
  { sql: 'SELECT [1,NULL]', columns: ':ARRAY<INT64>', rows: [[['1', null]]] },
  { sql: 'SELECT ANY_VALUE(S) FROM T', columns: ':STRING', rows: [[null]] },
  { sql: 'SELECT 1 FROM T QUALIFY TRUE', error: ['INVALID_ARGUMENT', 'QUALIFY is not supported [at 1:17]'] },
  {
    sql: 'SELECT S, COUNT(*) FROM T GROUP BY ROLLUP(S)',
    error: ['INVALID_ARGUMENT', 'GROUP BY ROLLUP is unsupported [at 1:36]'],
  },
  {
    sql: 'SELECT SUM(K) OVER() FROM T',
    error: ['INVALID_ARGUMENT', 'Analytic functions not supported [at 1:8]'],
  },
  { sql: 'SELECT 1, 2 AS a, K FROM T', columns: ':INT64,a:INT64,K:INT64', rows: [] },
  { sql: 'SELECT CAST(1 AS FLOAT32)', columns: ':FLOAT32', rows: [[1]] },
  {
    sql: "SELECT * FROM T PIVOT(SUM(K) FOR S IN ('a'))",
    error: ['INVALID_ARGUMENT', 'PIVOT is not supported [at 1:17]'],
  },
  {
    sql: 'WITH RECURSIVE x AS (SELECT 1 a UNION ALL SELECT a+1 FROM x WHERE a<3) SELECT * FROM x',
    error: ['INVALID_ARGUMENT', 'RECURSIVE is not supported in the WITH clause [at 1:1]'],
  },
  { sql: "SELECT DATETIME '2020-01-01'", error: ['INVALID_ARGUMENT', 'Type not found: DATETIME [at 1:8]'] },
  { sql: 'SELECT ?', error: ['INVALID_ARGUMENT', 'Positional parameters are not supported [at 1:8]'] },
  { sql: 'SELECT @@x', error: ['INVALID_ARGUMENT', 'Unrecognized system variable: @@x [at 1:8]'] },
  { sql: 'SELECT JSON \'{"b":1,"a":2}\'', columns: ':JSON', rows: [['{"a":2,"b":1}']] },
  {
    sql: 'SELECT S FROM T GROUP BY ALL',
    error: ['INVALID_ARGUMENT', 'GROUP BY ALL is not supported [at 1:26]'],
  },
  {
    sql: 'SELECT 1 AS a UNION SELECT 2',
    error: [
      'INVALID_ARGUMENT',
      'Syntax error: Expected keyword ALL or keyword DISTINCT but got keyword SELECT [at 1:21]',
    ],
  },
  {
    sql: 'MERGE INTO T USING C ON TRUE WHEN MATCHED THEN DELETE',
    error: ['INVALID_ARGUMENT', 'Statement not supported: MergeStatement [at 1:1]'],
  },
  {
    sql: 'DECLARE x INT64',
    error: ['INVALID_ARGUMENT', 'Syntax error: Unexpected keyword DECLARE [at 1:1]'],
  },
  {
    sql: 'SELECT 1; SELECT 2',
    error: ['INVALID_ARGUMENT', 'Syntax error: Expected end of input but got keyword SELECT [at 1:11]'],
  },
  { sql: 'SELECT 1;', columns: ':INT64', rows: [['1']] },
  { sql: 'GARBAGE', error: ['INVALID_ARGUMENT', 'Syntax error: Unexpected identifier "GARBAGE" [at 1:1]'] },
  { sql: 'SELECT T.nope FROM T', error: ['INVALID_ARGUMENT', 'Name nope not found inside T [at 1:10]'] },
  { sql: 'SELECT COUNT(*) FROM UNNEST([1]) AS x, T', columns: ':INT64', rows: [['0']] },
  {
    sql: "SELECT TIMESTAMP '2020-01-01T00:00:00.123456789Z'",
    columns: ':TIMESTAMP',
    rows: [['2020-01-01T00:00:00.123456789Z']],
  },
  {
    sql: "SELECT 1 FROM T WHERE  'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' = nope",
    error: ['INVALID_ARGUMENT', 'Unrecognized name: nope [at 1:132]'],
  },
  { sql: 'SELECT * FROM s.t', error: ['INVALID_ARGUMENT', 'Table not found: s.t [at 1:15]'] },
  { sql: 'SELECT K FROM T@{FORCE_INDEX=TS_IDX}', columns: 'K:INT64', rows: [] },
  {
    sql: 'SELECT K FROM T@{FORCE_INDEX=nope}',
    error: ['INVALID_ARGUMENT', 'The table T does not have a secondary index called nope'],
  },
  { sql: 'SELECT K FROM T@{NOPE=1}', error: ['INVALID_ARGUMENT', 'Unsupported hint: NOPE.'] },
  { sql: '@{NOPE=1} SELECT 1', error: ['INVALID_ARGUMENT', 'Unsupported hint: NOPE.'] },
  {
    sql: "INSERT INTO T (K,S) VALUES (1,'a') THEN RETURN K, G",
    columns: 'K:INT64,G:STRING',
    rows: [['1', 'A']],
    changed: 1,
  },
  {
    sql: "INSERT INTO T (K,S) VALUES (1,'a')",
    error: [
      'ALREADY_EXISTS',
      'Failed to insert row with primary key ({pk#K:1}) due to previously existing row',
    ],
  },
  {
    sql: 'INSERT INTO T (K,S) VALUES (2)',
    error: ['INVALID_ARGUMENT', 'Inserted row has wrong column count; Has 1, expected 2 [at 1:28]'],
  },
  {
    sql: 'INSERT INTO T (K,Q) VALUES (2,1)',
    error: ['INVALID_ARGUMENT', 'Column Q is not present in table T [at 1:18]'],
  },
  {
    sql: 'INSERT INTO T (K,K) VALUES (2,1)',
    error: ['INVALID_ARGUMENT', 'INSERT has columns with duplicate name: K [at 1:18]'],
  },
  {
    sql: 'INSERT INTO T (K,S) VALUES (2,5)',
    error: [
      'INVALID_ARGUMENT',
      'Value has type INT64 which cannot be inserted into column S, which has type STRING [at 1:31]',
    ],
  },
  {
    sql: "INSERT INTO T VALUES (2,'x')",
    error: ['INVALID_ARGUMENT', 'INSERT must specify a column list [at 1:1]'],
  },
  {
    sql: "UPDATE T SET S='z' WHERE K=1 THEN RETURN WITH ACTION AS act *",
    columns:
      'K:INT64,S:STRING,F:FLOAT64,B:BOOL,N:NUMERIC,D:DATE,TS:TIMESTAMP,J:JSON,BYT:BYTES,A:ARRAY<INT64>,F3:FLOAT32,DEF:STRING,G:STRING,act:STRING',
    rows: [['1', 'z', null, null, null, null, null, null, null, null, null, 'x', 'Z', 'UPDATE']],
    changed: 1,
  },
  { sql: "UPDATE T SET S='z'", error: ['INVALID_ARGUMENT', 'UPDATE must have a WHERE clause [at 1:1]'] },
  {
    sql: 'UPDATE T SET K=5 WHERE TRUE',
    error: ['INVALID_ARGUMENT', 'Cannot modify a primary key column with UPDATE'],
  },
  { sql: 'DELETE FROM T', error: ['INVALID_ARGUMENT', 'DELETE must have a WHERE clause [at 1:1]'] },
  {
    sql: 'DELETE T WHERE K=1 ASSERT_ROWS_MODIFIED 5',
    error: ['OUT_OF_RANGE', 'ASSERT_ROWS_MODIFIED expected 5 rows modified, but found 1'],
  },
  { sql: 'UPDATE T SET S=DEFAULT WHERE K=1', rows: [], changed: 1 },
  {
    sql: 'UPDATE T SET TS=PENDING_COMMIT_TIMESTAMP() WHERE K=1 THEN RETURN TS',
    columns: 'TS:TIMESTAMP',
    rows: [['0001-01-01T00:00:00Z']],
    changed: 1,
  },
  {
    sql: 'SELECT K, S, G, DEF FROM T',
    columns: 'K:INT64,S:STRING,G:STRING,DEF:STRING',
    rows: [['1', null, null, 'x']],
  },
  {
    sql: "INSERT OR UPDATE INTO T (K,S) VALUES (1,'b'),(7,'q') THEN RETURN WITH ACTION K",
    columns: 'K:INT64,ACTION:STRING',
    rows: [
      ['1', 'UPDATE'],
      ['7', 'INSERT'],
    ],
    changed: 2,
  },
  {
    sql: "INSERT OR IGNORE INTO T (K,S) VALUES (1,'c'),(8,'r') THEN RETURN WITH ACTION K",
    columns: 'K:INT64,ACTION:STRING',
    rows: [['8', 'INSERT']],
    changed: 1,
  },
  { sql: 'INSERT INTO NOPE (A) VALUES (1)', error: ['INVALID_ARGUMENT', 'Table not found: NOPE [at 1:13]'] },
  {
    sql: "UPDATE T SET G='x' WHERE K=1",
    error: ['INVALID_ARGUMENT', 'Cannot UPDATE value on non-writable column: G [at 1:14]'],
  },
  {
    sql: "INSERT INTO T (K,G) VALUES (12,'x')",
    error: ['INVALID_ARGUMENT', 'Cannot INSERT value on non-writable column: G [at 1:18]'],
  },
  {
    sql: "UPDATE T SET S='a', S='b' WHERE K=1",
    error: ['INVALID_ARGUMENT', 'Update item S assigned more than once [at 1:21]'],
  },
  {
    sql: "INSERT INTO T (S) VALUES ('x')",
    error: [
      'FAILED_PRECONDITION',
      'A new row in table T does not specify a non-null value for NOT NULL column: K',
    ],
  },
  {
    sql: 'DELETE FROM T WHERE K=8 THEN RETURN K, S',
    columns: 'K:INT64,S:STRING',
    rows: [['8', 'r']],
    changed: 1,
  },
  {
    sql: "INSERT OR UPDATE INTO T (K,S) VALUES (21,'b'),(21,'q')",
    error: ['INVALID_ARGUMENT', 'Cannot affect a row second time for key: {Int64(21)}'],
  },
  {
    sql: "INSERT INTO T (K,S) VALUES (22,'b'),(22,'q')",
    error: [
      'ALREADY_EXISTS',
      'Failed to insert row with primary key ({pk#K:22}) due to previously inserted row',
    ],
  },
  { sql: 'INSERT INTO T (K,S) VALUES (24,DEFAULT)', rows: [], changed: 1 },
  { sql: 'INSERT INTO T (K,S) SELECT K+100, S FROM T WHERE K < 10', rows: [], changed: 2 },
  {
    sql: 'INSERT INTO T (K,S) SELECT 1',
    error: ['INVALID_ARGUMENT', 'Inserted row has wrong column count; Has 1, expected 2 [at 1:21]'],
  },
  {
    sql: "INSERT INTO T (K,S) SELECT 'a', 1",
    error: [
      'INVALID_ARGUMENT',
      'Query column 1 has type STRING which cannot be inserted into column K, which has type INT64 [at 1:21]',
    ],
  },
  {
    sql: "UPDATE T SET K='x' WHERE TRUE",
    error: ['INVALID_ARGUMENT', 'Cannot modify a primary key column with UPDATE'],
  },
  {
    sql: 'UPDATE T SET S=1 WHERE TRUE',
    error: [
      'INVALID_ARGUMENT',
      'Value of type INT64 cannot be assigned to S, which has type STRING [at 1:16]',
    ],
  },
  { sql: "UPDATE T t SET t.S='q' WHERE t.K=1", rows: [], changed: 1 },
  { sql: 'UPDATE NOPE SET A=1 WHERE TRUE', error: ['INVALID_ARGUMENT', 'Table not found: NOPE [at 1:8]'] },
  { sql: 'UPDATE T SET Q=1 WHERE TRUE', error: ['INVALID_ARGUMENT', 'Unrecognized name: Q [at 1:14]'] },
  { sql: 'DELETE FROM NOPE WHERE TRUE', error: ['INVALID_ARGUMENT', 'Table not found: NOPE [at 1:13]'] },
  { sql: 'SELECT CURRENT_DATE() = DATE(CURRENT_TIMESTAMP())', columns: ':BOOL', rows: [[true]] },
  {
    sql: "SELECT CAST(TIMESTAMP '2020-01-01 00:00:00Z' AS STRING)",
    columns: ':STRING',
    rows: [['2019-12-31 16:00:00-08']],
  },
  { sql: "SELECT TIMESTAMP '2020-01-01 00:00:00'", columns: ':TIMESTAMP', rows: [['2020-01-01T08:00:00Z']] },
  {
    sql: 'SELECT 9223372036854775807 + 1',
    error: ['OUT_OF_RANGE', 'int64 overflow: 9223372036854775807 + 1'],
  },
  { sql: "SELECT CAST('x' AS INT64)", error: ['OUT_OF_RANGE', 'Bad int64 value: x'] },
  { sql: "SELECT ERROR('boo')", error: ['OUT_OF_RANGE', 'boo'] },
  {
    sql: 'SELECT * FROM INFORMATION_SCHEMA.NOPE',
    error: ['INVALID_ARGUMENT', 'Table not found: INFORMATION_SCHEMA.NOPE [at 1:15]'],
  },
  {
    sql: "SELECT TABLE_NAME FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA='' ORDER BY 1",
    columns: 'TABLE_NAME:STRING',
    rows: [['C'], ['M'], ['T'], ['V']],
  },
  { sql: 'SELECT K AS a, K AS a FROM T WHERE K = 1', columns: 'a:INT64,a:INT64', rows: [['1', '1']] },
  {
    sql: 'SELECT ARRAY(SELECT AS STRUCT 1 a, 2 b)',
    columns: ':ARRAY<STRUCT<a INT64, b INT64>>',
    rows: [[[['1', '2']]]],
  },
  {
    sql: 'SELECT PENDING_COMMIT_TIMESTAMP()',
    error: [
      'INVALID_ARGUMENT',
      'The PENDING_COMMIT_TIMESTAMP() function may only be used as a value for INSERT or UPDATE of an appropriately typed column. It cannot be used in SELECT, or as the input to any other scalar expression.',
    ],
  },
  {
    sql: 'SELECT GET_NEXT_SEQUENCE_VALUE(SEQUENCE SQ)',
    error: [
      'INVALID_ARGUMENT',
      'The following functions can only be used in a read-write or partitioned-dml transaction. Current transaction type is ReadOnly: get_next_sequence_value',
    ],
  },
  { sql: 'SELECT GET_INTERNAL_SEQUENCE_STATE(SEQUENCE SQ)', columns: ':INT64', rows: [[null]] },
  {
    sql: "INSERT INTO T (K,S) VALUES (GET_NEXT_SEQUENCE_VALUE(SEQUENCE SQ),'s') THEN RETURN K",
    columns: 'K:INT64',
    rows: [['4611686018427387904']],
    changed: 1,
  },
  { sql: 'INSERT INTO T (K,TS) VALUES (77,PENDING_COMMIT_TIMESTAMP())', rows: [], changed: 1 },
  {
    sql: 'INSERT INTO T (K,D) VALUES (78,PENDING_COMMIT_TIMESTAMP())',
    error: [
      'INVALID_ARGUMENT',
      'Value has type TIMESTAMP which cannot be inserted into column D, which has type DATE [at 1:32]',
    ],
  },
  { sql: 'DELETE FROM V WHERE TRUE', error: ['NOT_FOUND', 'Table not found: V'] },
  { sql: 'SELECT BIT_REVERSE(1, TRUE)', columns: ':INT64', rows: [['4611686018427387904']] },
  {
    sql: 'SELECT 1 LIMIT -1',
    error: ['INVALID_ARGUMENT', 'LIMIT expects a non-negative integer literal or parameter [at 1:16]'],
  },
  { sql: 'SELECT @p', params: { p: 'x' }, error: ['INVALID_ARGUMENT', 'Could not parse x as an integer'] },
  { sql: 'SELECT @p', params: { p: '7' }, columns: ':INT64', rows: [['7']], undeclared: 'p:INT64' },
  {
    sql: 'SELECT K FROM T WHERE S=@p ORDER BY K',
    params: { p: 'q' },
    columns: 'K:INT64',
    rows: [['1'], ['7'], ['107']],
    undeclared: 'p:STRING',
  },
  {
    sql: 'SELECT K FROM T WHERE K=@p',
    params: { p: 'q' },
    error: ['INVALID_ARGUMENT', 'Could not parse q as an integer'],
  },
  {
    sql: 'SELECT K FROM T WHERE K=@p AND @q > TS',
    plan: true,
    columns: 'K:INT64',
    rows: [],
    undeclared: 'p:INT64,q:TIMESTAMP',
  },
  {
    sql: 'INSERT INTO T (K,S) VALUES (@k,@s)',
    params: { k: '99', s: 'p' },
    rows: [],
    changed: 1,
    undeclared: 'k:INT64,s:STRING',
  },
  {
    sql: 'SELECT CAST(@p AS INT64)',
    params: { p: '7' },
    columns: ':INT64',
    rows: [['7']],
    undeclared: 'p:INT64',
  },
  { sql: "SELECT @p||'x'", params: { p: '7' }, columns: ':STRING', rows: [['7x']], undeclared: 'p:STRING' },
  {
    sql: 'SELECT K FROM T WHERE K IN UNNEST(@a) ORDER BY K LIMIT @l',
    params: { a: ['1', '7'], l: '1' },
    columns: 'K:INT64',
    rows: [['1']],
    undeclared: 'a:ARRAY<INT64>,l:INT64',
  },
  {
    sql: 'SELECT * FROM V ORDER BY K',
    columns: 'K:INT64,S:STRING',
    rows: [
      ['1', 'q'],
      ['7', 'q'],
      ['24', null],
      ['77', null],
      ['99', 'p'],
      ['101', 'b'],
      ['107', 'q'],
      ['4611686018427387904', 's'],
    ],
  },
  {
    sql: "INSERT INTO C (K, L, V) VALUES (1, 1, 'x'), (1, 2, 'y') THEN RETURN L",
    columns: 'L:INT64',
    rows: [['1'], ['2']],
    changed: 2,
  },
  { sql: 'SELECT L FROM C WHERE K = 1', columns: 'L:INT64', rows: [['2'], ['1']] },
  {
    sql: "INSERT INTO C (K, L, V) VALUES (55, 1, 'x')",
    error: [
      'NOT_FOUND',
      'Insert failed because key was not found in parent table:  Parent Table: T  Child Table: C  Key: {Int64(55)}',
    ],
  },
  {
    sql: 'SELECT T.K, C.V FROM T JOIN C USING (K) ORDER BY C.L',
    columns: 'K:INT64,V:STRING',
    rows: [
      ['1', 'x'],
      ['1', 'y'],
    ],
  },
  { sql: 'DELETE FROM T WHERE K = 1', rows: [], changed: 1 },
  { sql: 'SELECT COUNT(*) FROM C', columns: ':INT64', rows: [['0']] },
  {
    sql: 'SELECT S, COUNT(*) c FROM T GROUP BY S ORDER BY c DESC, S',
    columns: 'S:STRING,c:INT64',
    rows: [
      [null, '2'],
      ['q', '2'],
      ['b', '1'],
      ['p', '1'],
      ['s', '1'],
    ],
  },
  {
    sql: 'SELECT K FROM T WHERE K BETWEEN 5 AND 30 ORDER BY K DESC',
    columns: 'K:INT64',
    rows: [['24'], ['7']],
  },
  {
    sql: "SELECT CAST('2020-01-01' AS DATE), NUMERIC '1.5', b'ab', TRUE, 1.5, [1.5, 2], CAST(NULL AS ARRAY<INT64>), ARRAY<STRING>[]",
    columns: ':DATE,:NUMERIC,:BYTES,:BOOL,:FLOAT64,:ARRAY<FLOAT64>,:ARRAY<INT64>,:ARRAY<STRING>',
    rows: [['2020-01-01', '1.5', 'YWI=', true, 1.5, [1.5, 2], null, []]],
  },
  {
    sql: "SELECT IF(TRUE, 1, 2.5), COALESCE(NULL, 'a'), NULLIF(1, 1)",
    columns: ':FLOAT64,:STRING,:INT64',
    rows: [[1, 'a', null]],
  },
  {
    sql: 'SELECT K FROM T TABLESAMPLE BERNOULLI (100 PERCENT) ORDER BY K',
    columns: 'K:INT64',
    rows: [['7'], ['24'], ['77'], ['99'], ['101'], ['107'], ['4611686018427387904']],
  },
  {
    sql: 'SELECT x FROM UNNEST([3,1,2]) AS x WITH OFFSET o ORDER BY o',
    columns: 'x:INT64',
    rows: [['3'], ['1'], ['2']],
  },
  {
    sql: "SELECT EXTRACT(YEAR FROM DATE '2020-05-01'), DATE_ADD(DATE '2020-01-01', INTERVAL 1 MONTH), TIMESTAMP_TRUNC(TIMESTAMP '2020-01-01 10:11:12Z', DAY, 'UTC')",
    columns: ':INT64,:DATE,:TIMESTAMP',
    rows: [['2020', '2020-02-01', '2020-01-01T00:00:00Z']],
  },
  {
    sql: "SELECT TO_JSON(STRUCT(1 AS b, 'x' AS a)), JSON_VALUE(JSON '{\"a\":\"q\"}', '$.a'), TO_JSON_STRING([1,2])",
    columns: ':JSON,:STRING,:STRING',
    rows: [['{"a":"x","b":1}', 'q', '[1,2]']],
  },
  {
    sql: "SELECT FORMAT('%d-%s', 5, 'x'), SUBSTR('hello', 2, 3), REGEXP_EXTRACT('abc123', r'\\d+')",
    columns: ':STRING,:STRING,:STRING',
    rows: [['5-x', 'ell', '123']],
  },
  {
    sql: 'SELECT SAFE_DIVIDE(1, 0), MOD(7, 3), DIV(7, 2), ROUND(2.567, 2)',
    columns: ':FLOAT64,:INT64,:INT64,:FLOAT64',
    rows: [[null, '1', '3', 2.57]],
  },
  {
    sql: "SELECT FARM_FINGERPRINT('a'), TO_HEX(SHA256('a')), TO_BASE64(b'abc')",
    columns: ':INT64,:STRING,:STRING',
    rows: [
      ['-5528939962900187677', 'ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb', 'YWJj'],
    ],
  },
  {
    sql: "SELECT 'a' < 'B', 'a' LIKE 'A%', NOT TRUE, NULL = 1",
    error: ['INVALID_ARGUMENT', 'Operands of = cannot be literal NULL [at 1:44]'],
  },
  {
    sql: "INSERT INTO T (K, N, F, B, D, J, BYT, A) VALUES (500, 1.25, 2, TRUE, '2020-02-03', JSON '{\"x\":[1,2]}', b'zz', [1, NULL, 3]) THEN RETURN N, F, B, D, J, BYT, A",
    columns: 'N:NUMERIC,F:FLOAT64,B:BOOL,D:DATE,J:JSON,BYT:BYTES,A:ARRAY<INT64>',
    rows: [['1.25', 2, true, '2020-02-03', '{"x":[1,2]}', 'eno=', ['1', null, '3']]],
    changed: 1,
  },
  {
    sql: "SELECT N + 1, F * 2, A[OFFSET(0)], JSON_QUERY(J, '$.x') FROM T WHERE K = 500",
    columns: ':NUMERIC,:FLOAT64,:INT64,:JSON',
    rows: [['2.25', 4, '1', '[1,2]']],
  },
  { sql: "SELECT K FROM T WHERE N > 1 AND D = '2020-02-03'", columns: 'K:INT64', rows: [['500']] },
  {
    sql: 'UPDATE T SET N = N + 0.5, F = F + 1, A = ARRAY_CONCAT(A, [9]) WHERE K = 500 THEN RETURN N, F, A',
    columns: 'N:NUMERIC,F:FLOAT64,A:ARRAY<INT64>',
    rows: [['1.75', 3, ['1', null, '3', '9']]],
    changed: 1,
  },
  {
    sql: 'SELECT MAX(K), MIN(S), SUM(F), AVG(F), COUNT(DISTINCT S), STRING_AGG(S ORDER BY S), ARRAY_AGG(K ORDER BY K LIMIT 2) FROM T',
    columns: ':INT64,:STRING,:FLOAT64,:FLOAT64,:INT64,:STRING,:ARRAY<INT64>',
    rows: [['4611686018427387904', 'b', 3, 3, '4', 'b,p,q,q,s', ['7', '24']]],
  },
  {
    sql: "INSERT INTO T (K, S) VALUES (600, '12345678901')",
    error: [
      'FAILED_PRECONDITION',
      'New value exceeds the maximum size limit for this column: T.S, size: 11, limit: 10.',
    ],
  },
  {
    sql: 'INSERT INTO T (K, J) VALUES (601, PARSE_JSON(\'{"a":1}\')), (602, NULL) THEN RETURN J',
    columns: 'J:JSON',
    rows: [['{"a":1}'], [null]],
    changed: 2,
  },
  { sql: 'SELECT K FROM T WHERE EXISTS (SELECT 1 FROM C WHERE C.K = T.K)', columns: 'K:INT64', rows: [] },
  { sql: 'SELECT (SELECT COUNT(*) FROM T) > 0 AS t', columns: 't:BOOL', rows: [[true]] },
  {
    sql: 'SELECT DISTINCT S FROM T ORDER BY S',
    columns: 'S:STRING',
    rows: [[null], ['b'], ['p'], ['q'], ['s']],
  },
  {
    sql: 'SELECT * EXCEPT (TS, J, BYT, A, N, D, B, F, DEF) FROM T WHERE K = 7',
    columns: 'K:INT64,S:STRING,F3:FLOAT32,G:STRING',
    rows: [['7', 'q', null, 'Q']],
  },
  { sql: 'SELECT K FROM T WHERE K = 1 UNION ALL SELECT 5 ORDER BY 1', columns: 'K:INT64', rows: [['5']] },
  {
    sql: 'SELECT a.K FROM T a LEFT JOIN C b ON a.K = b.K WHERE b.K IS NULL ORDER BY 1',
    columns: 'K:INT64',
    rows: [
      ['7'],
      ['24'],
      ['77'],
      ['99'],
      ['101'],
      ['107'],
      ['500'],
      ['601'],
      ['602'],
      ['4611686018427387904'],
    ],
  },
  {
    sql: "SELECT TRIM(' a '), LOWER('A'), UPPER('b'), REVERSE('abc'), REPLACE('aXa', 'X', 'y'), STARTS_WITH('abc', 'ab')",
    columns: ':STRING,:STRING,:STRING,:STRING,:STRING,:BOOL',
    rows: [['a', 'a', 'B', 'cba', 'aya', true]],
  },
  {
    sql: "SELECT CAST(1.5 AS STRING), CAST(TRUE AS STRING), CAST(DATE '2020-01-01' AS STRING), CAST(NUMERIC '1.10' AS STRING), CAST(b'a' AS STRING), CAST(CAST(1.1 AS FLOAT32) AS STRING)",
    columns: ':STRING,:STRING,:STRING,:STRING,:STRING,:STRING',
    rows: [['1.5', 'true', '2020-01-01', '1.1', 'a', '1.1']],
  },
];
