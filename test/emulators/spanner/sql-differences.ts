import type { SqlOutcome } from './cases/sql-case.js';

interface Group {
  why: string;
  /** What Google's emulator makes of them. */
  cases: readonly [sql: string, outcome: SqlOutcome][];
}

const GROUPS: readonly Group[] = [
  {
    why: 'The same refusal in other words.',
    cases: [
      [
        'SELECT 1 WHERE TRUE',
        { error: ['INVALID_ARGUMENT', 'Query without FROM clause cannot have a WHERE clause [at 1:10]'] },
      ],
      [
        'SELECT "a" "b"',
        {
          error: [
            'INVALID_ARGUMENT',
            'Concatenation of subsequent string literals is not supported. Did you mean to use the || operator? [at 1:12]',
          ],
        },
      ],
      [
        'SELECT DISTINCT A FROM T',
        { error: ['INVALID_ARGUMENT', 'Column A of type ARRAY cannot be used in SELECT DISTINCT [at 1:17]'] },
      ],
      ['SELECT @@x', { error: ['INVALID_ARGUMENT', 'Unrecognized name: @@x [at 1:8]'] }],
      [
        'SELECT K FROM T@{FORCE_INDEX=nope}',
        { error: ['INVALID_ARGUMENT', 'The table  does not have a secondary index called nope'] },
      ],
      [
        "INSERT INTO T (S) VALUES ('x')",
        { error: ['FAILED_PRECONDITION', 'Cannot specify a null value for column: T.K in table: T'] },
      ],
      [
        "UPDATE T SET K='x' WHERE TRUE",
        {
          error: [
            'INVALID_ARGUMENT',
            'Value of type STRING cannot be assigned to K, which has type INT64 [at 1:16]',
          ],
        },
      ],
      [
        'SELECT COUNT(COUNT(*)) FROM T',
        { error: ['INVALID_ARGUMENT', 'Aggregations of aggregations are not allowed [at 1:8]'] },
      ],
      [
        'SELECT K FROM T WHERE COUNT(*) > 1',
        { error: ['INVALID_ARGUMENT', 'Aggregate function COUNT(*) not allowed in WHERE clause [at 1:23]'] },
      ],
      [
        'SELECT K FROM T HAVING K > 1',
        {
          error: [
            'INVALID_ARGUMENT',
            'The HAVING clause requires GROUP BY or aggregation to be present [at 1:24]',
          ],
        },
      ],
      [
        "SELECT 0x1F, 1e3, .5, 'it''s', \"q\", r'\\n', '''m''', b'\\x01'",
        {
          error: [
            'INVALID_ARGUMENT',
            'Syntax error: concatenated string literals must be separated by whitespace or comments [at 1:27]',
          ],
        },
      ],
      [
        'SELECT TRUE AND NULL, FALSE AND NULL, TRUE OR NULL, NOT NULL',
        { error: ['INVALID_ARGUMENT', 'Operands of NOT cannot be literal NULL [at 1:57]'] },
      ],
      ['SELECT (SELECT K FROM T)', { error: ['OUT_OF_RANGE', 'More than one element'] }],
      [
        "SELECT PARSE_JSON('{')",
        {
          error: [
            'OUT_OF_RANGE',
            'Invalid input to PARSE_JSON: syntax error while parsing object key - unexpected end of input; expected string literal',
          ],
        },
      ],
      [
        "SELECT JSON 'x'",
        {
          error: [
            'INVALID_ARGUMENT',
            "Invalid JSON literal: syntax error while parsing value - invalid literal; last read: 'x' [at 1:8]",
          ],
        },
      ],
      [
        'SELECT K FROM T ORDER BY 5',
        { error: ['INVALID_ARGUMENT', 'ORDER BY is out of SELECT column number range: 5 [at 1:26]'] },
      ],
    ],
  },
  {
    why: 'The reference of the service has it; this version of the emulator does not.',
    cases: [
      [
        "SELECT CAST('123e4567-e89b-12d3-a456-426614174000' AS UUID), CAST(CAST('123e4567-e89b-12d3-a456-426614174000' AS UUID) AS BYTES)",
        { error: ['INVALID_ARGUMENT', 'Type not found: UUID [at 1:55]'] },
      ],
      ["SELECT CAST('nope' AS UUID)", { error: ['INVALID_ARGUMENT', 'Type not found: UUID [at 1:23]'] }],
      [
        "SELECT ADDDATE(DATE '2020-01-01', INTERVAL 1 DAY), SUBDATE(DATE '2020-01-02', INTERVAL 1 DAY), LCASE('A'), UCASE('a'), BIT_REVERSE(4611686018427387904, TRUE), FLOAT32(JSON '1.5')",
        { error: ['INVALID_ARGUMENT', 'Function not found: ADDDATE [at 1:8]'] },
      ],
      [
        'SELECT APPROX_DOT_PRODUCT([1.0], [2.0]), COSINE_DISTANCE([1.0,2.0],[1.0,3.0])',
        { error: ['UNIMPLEMENTED', 'Unsupported built-in function: APPROX_DOT_PRODUCT'] },
      ],
      [
        'SELECT K FROM T WHERE K = 1 FOR UPDATE',
        { error: ['INVALID_ARGUMENT', 'Syntax error: Expected end of input but got keyword FOR [at 1:29]'] },
      ],
      [
        "SELECT TO_JSON(STRUCT(1 AS b, 'x' AS a)), JSON_VALUE(JSON '{\"a\":\"q\"}', '$.a'), TO_JSON_STRING([1,2])",
        { error: ['UNIMPLEMENTED', 'TO_JSON_STRING is not supported on values of type ARRAY<INT64>'] },
      ],
      [
        'SELECT MAX(K), MIN(S), SUM(F), AVG(F), COUNT(DISTINCT S), STRING_AGG(S ORDER BY S), ARRAY_AGG(K ORDER BY K LIMIT 2) FROM T',
        { error: ['INVALID_ARGUMENT', 'ORDER BY in aggregate function is not supported [at 1:72]'] },
      ],
      [
        "SELECT NORMALIZE('a'), TO_BASE32(b'a'), CODE_POINTS_TO_STRING([97])",
        { error: ['UNIMPLEMENTED', 'Unsupported built-in function: to_base32'] },
      ],
      [
        'SELECT INTERVAL 1 DAY, MAKE_INTERVAL(1, 2, 3)',
        { error: ['INVALID_ARGUMENT', 'Unexpected INTERVAL expression [at 1:8]'] },
      ],
      [
        "SELECT BIGNUMERIC '1'",
        { error: ['INVALID_ARGUMENT', 'BIGNUMERIC literals are not supported [at 1:8]'] },
      ],
    ],
  },
  {
    why: 'Newer versions of the language say it as the service does, with a line for each signature.',
    cases: [
      [
        "SELECT K FROM T WHERE K = '1'",
        {
          error: [
            'INVALID_ARGUMENT',
            'No matching signature for operator = for argument types: INT64, STRING. Supported signature: ANY = ANY [at 1:23]',
          ],
        },
      ],
      [
        "SELECT 1 + 'a'",
        {
          error: [
            'INVALID_ARGUMENT',
            'No matching signature for operator + for argument types: INT64, STRING. Supported signatures: INT64 + INT64; FLOAT64 + FLOAT64; NUMERIC + NUMERIC [at 1:8]',
          ],
        },
      ],
      [
        'SELECT NOT 1',
        {
          error: [
            'INVALID_ARGUMENT',
            'No matching signature for operator NOT for argument types: INT64. Supported signature: NOT (BOOL) [at 1:8]',
          ],
        },
      ],
      [
        "SELECT 'a' || 'b', CONCAT('a', 'b', 'c'), LENGTH('äb'), BYTE_LENGTH('äb'), CHAR_LENGTH(b'a')",
        {
          error: [
            'INVALID_ARGUMENT',
            'No matching signature for function CHAR_LENGTH for argument types: BYTES. Supported signature: CHAR_LENGTH(STRING) [at 1:76]',
          ],
        },
      ],
      [
        "SELECT SUBSTR('abc')",
        {
          error: [
            'INVALID_ARGUMENT',
            'No matching signature for function SUBSTR for argument types: STRING. Supported signatures: SUBSTR(STRING, INT64, [INT64]); SUBSTR(BYTES, INT64, [INT64]) [at 1:8]',
          ],
        },
      ],
      [
        'SELECT SUBSTR(1, 2)',
        {
          error: [
            'INVALID_ARGUMENT',
            'No matching signature for function SUBSTR for argument types: INT64, INT64. Supported signatures: SUBSTR(STRING, INT64, [INT64]); SUBSTR(BYTES, INT64, [INT64]) [at 1:8]',
          ],
        },
      ],
      [
        "SELECT UPPER(DATE '2020-01-01')",
        {
          error: [
            'INVALID_ARGUMENT',
            'No matching signature for function UPPER for argument types: DATE. Supported signatures: UPPER(STRING); UPPER(BYTES) [at 1:8]',
          ],
        },
      ],
      [
        "SELECT SEARCH(S, 'x') FROM T",
        {
          error: [
            'INVALID_ARGUMENT',
            'No matching signature for function SPANNER:SEARCH for argument types: STRING, STRING. Supported signature: SEARCH(TOKENLIST, STRING, [enhance_query => BOOL], [language_tag => STRING]) [at 1:8]',
          ],
        },
      ],
    ],
  },
  {
    why: 'It tells functions of other services from names that nobody has less often.',
    cases: [
      [
        "SELECT JSON_OBJECT('a', 1), JSON_ARRAY(1, 'x'), JSON_SET(JSON '{}', '$.a', 1), JSON_KEYS(JSON '{\"a\":{\"b\":1}}')",
        { error: ['INVALID_ARGUMENT', 'Function not found: JSON_SET [at 1:49]'] },
      ],
      [
        "SELECT CONTAINS_SUBSTR('a', 'a')",
        { error: ['INVALID_ARGUMENT', 'Function not found: CONTAINS_SUBSTR [at 1:8]'] },
      ],
      ["SELECT INITCAP('a')", { error: ['INVALID_ARGUMENT', 'Function not found: INITCAP [at 1:8]'] }],
      [
        'SELECT CURRENT_DATETIME()',
        { error: ['INVALID_ARGUMENT', 'Function not found: `CURRENT_DATETIME` [at 1:8]'] },
      ],
    ],
  },
  {
    why: 'What is not there has no name for it.',
    cases: [
      [
        'SELECT * FROM SPANNER_SYS.QUERY_STATS_TOP_MINUTE',
        {
          error: ['INVALID_ARGUMENT', 'Table not found: SPANNER_SYS.QUERY_STATS_TOP_MINUTE [at 1:15]'],
        },
      ],
    ],
  },
  {
    why: 'Its functions compute with microseconds, where the documentation has NANOSECOND among their parts, and digits of text alike.',
    cases: [
      [
        'SELECT S, MIN(TS) AS A, MAX(TS) AS B, COUNT(DISTINCT TS) AS N, ANY_VALUE(TS) IS NULL AS E FROM M GROUP BY S',
        {
          columns: 'S:STRING,A:TIMESTAMP,B:TIMESTAMP,N:INT64,E:BOOL',
          rows: [
            ['a', '2020-01-01T00:00:00.123456Z', '2020-01-01T00:00:00.123456Z', '2', false],
            ['b', '1969-12-31T23:59:59.999999Z', '2020-01-01T00:00:00.123456Z', '2', false],
            ['c', '0001-01-01T00:00:00Z', '9999-12-31T23:59:59.999999Z', '2', false],
            ['d', null, null, '0', true],
          ],
        },
      ],
      [
        'SELECT DISTINCT TS FROM M WHERE TS IN (SELECT MAX(TS) FROM M GROUP BY S)',
        { columns: 'TS:TIMESTAMP', rows: [['2020-01-01T00:00:00.123456Z']] },
      ],
      [
        "SELECT K, EXTRACT(NANOSECOND FROM TS) AS N, EXTRACT(MICROSECOND FROM TS) AS U, EXTRACT(MILLISECOND FROM TS) AS M, EXTRACT(YEAR FROM TS AT TIME ZONE 'UTC') AS Y FROM M",
        {
          columns: 'K:INT64,N:INT64,U:INT64,M:INT64,Y:INT64',
          rows: [
            ['1', '123456000', '123456', '123', '2020'],
            ['2', '123456000', '123456', '123', '2020'],
            ['3', '123456000', '123456', '123', '2020'],
            ['4', '999999000', '999999', '999', '1969'],
            ['5', '0', '0', '0', '1'],
            ['6', '999999000', '999999', '999', '9999'],
            ['7', null, null, null, null],
          ],
        },
      ],
      [
        'SELECT TIMESTAMP_ADD(TS, INTERVAL 1 NANOSECOND) AS A, TIMESTAMP_SUB(TS, INTERVAL 1000000001 NANOSECOND) AS B, TIMESTAMP_ADD(TS, INTERVAL 3 MICROSECOND) AS C, TIMESTAMP_ADD(TS, INTERVAL 1 DAY) AS D, TIMESTAMP_SUB(TS, INTERVAL K HOUR) AS E FROM M WHERE K IN (1, 2, 4)',
        {
          columns: 'A:TIMESTAMP,B:TIMESTAMP,C:TIMESTAMP,D:TIMESTAMP,E:TIMESTAMP',
          rows: [
            [
              '1969-12-31T23:59:59.999999Z',
              '1969-12-31T23:59:58.999999Z',
              '1970-01-01T00:00:00.000002Z',
              '1970-01-01T23:59:59.999999Z',
              '1969-12-31T19:59:59.999999Z',
            ],
            [
              '2020-01-01T00:00:00.123456Z',
              '2019-12-31T23:59:59.123456Z',
              '2020-01-01T00:00:00.123459Z',
              '2020-01-02T00:00:00.123456Z',
              '2019-12-31T22:00:00.123456Z',
            ],
            [
              '2020-01-01T00:00:00.123456Z',
              '2019-12-31T23:59:59.123456Z',
              '2020-01-01T00:00:00.123459Z',
              '2020-01-02T00:00:00.123456Z',
              '2019-12-31T23:00:00.123456Z',
            ],
          ],
        },
      ],
      [
        "SELECT TIMESTAMP_ADD(TIMESTAMP '2020-01-01T00:00:00.123456789Z', INTERVAL -K NANOSECOND) AS A FROM M WHERE K + 0 = 7",
        { columns: 'A:TIMESTAMP', rows: [['2020-01-01T00:00:00.123456Z']] },
      ],
      [
        'SELECT TIMESTAMP_ADD(TS, INTERVAL 1 NANOSECOND) AS A FROM M WHERE K = 6',
        { columns: 'A:TIMESTAMP', rows: [['9999-12-31T23:59:59.999999Z']] },
      ],
      [
        'SELECT TIMESTAMP_SUB(TS, INTERVAL 2 NANOSECOND) AS A FROM M WHERE K = 5',
        { columns: 'A:TIMESTAMP', rows: [['0001-01-01T00:00:00Z']] },
      ],
      [
        'SELECT TIMESTAMP_ADD(@t, INTERVAL 1 NANOSECOND) AS A',
        { columns: 'A:TIMESTAMP', rows: [['2020-01-01T00:00:00.123456Z']], undeclared: 't:TIMESTAMP' },
      ],
      [
        'SELECT TIMESTAMP_DIFF(B.TS, A.TS, NANOSECOND) AS N, TIMESTAMP_DIFF(B.TS, A.TS, MICROSECOND) AS U, TIMESTAMP_DIFF(A.TS, B.TS, MICROSECOND) AS V, TIMESTAMP_DIFF(B.TS, A.TS, SECOND) AS S FROM M AS A JOIN M AS B ON A.K < B.K WHERE A.K IN (1, 2) AND B.K IN (2, 3, 4)',
        {
          columns: 'N:INT64,U:INT64,V:INT64,S:INT64',
          rows: [
            ['-1577836800123457000', '-1577836800123457', '1577836800123457', '-1577836800'],
            ['-1577836800123457000', '-1577836800123457', '1577836800123457', '-1577836800'],
            ['0', '0', '0', '0'],
            ['0', '0', '0', '0'],
            ['0', '0', '0', '0'],
          ],
        },
      ],
      [
        "SELECT TIMESTAMP_DIFF(TIMESTAMP '2020-01-01T00:00:01Z', TIMESTAMP '2020-01-01T00:00:00.000000001Z', SECOND), TIMESTAMP_DIFF(TIMESTAMP '2020-01-01T00:00:00.000000001Z', TIMESTAMP '2020-01-01T00:00:01Z', SECOND), TIMESTAMP_DIFF(TIMESTAMP '2020-01-01T00:00:00.000000001Z', TIMESTAMP '2020-01-01T00:00:01Z', NANOSECOND)",
        { columns: ':INT64,:INT64,:INT64', rows: [['1', '-1', '-1000000000']] },
      ],
      [
        'SELECT TIMESTAMP_TRUNC(TS, NANOSECOND) AS A FROM M WHERE K = 1',
        { error: ['OUT_OF_RANGE', 'Cannot truncate a TIMESTAMP value to NANOSECOND'] },
      ],
      [
        "SELECT TIMESTAMP('2020-01-01 00:00:00.123456789', 'UTC') AS A",
        { error: ['OUT_OF_RANGE', "Invalid timestamp: '2020-01-01 00:00:00.123456789'"] },
      ],
      [
        'SELECT CURRENT_TIMESTAMP() > TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 1 NANOSECOND) AS A',
        { columns: 'A:BOOL', rows: [[false]] },
      ],
      [
        "UPDATE M SET TS = (SELECT MAX(TS) FROM M WHERE S = 'a') WHERE S = 'b' THEN RETURN K, TS",
        {
          columns: 'K:INT64,TS:TIMESTAMP',
          rows: [
            ['3', '2020-01-01T00:00:00.123456Z'],
            ['4', '2020-01-01T00:00:00.123456Z'],
          ],
          changed: 2,
        },
      ],
      [
        "INSERT INTO M (K, TS) SELECT 100 + K, TIMESTAMP_ADD(TS, INTERVAL 1 NANOSECOND) FROM M WHERE S = 'a' THEN RETURN K, TS",
        {
          columns: 'K:INT64,TS:TIMESTAMP',
          rows: [
            ['101', '2020-01-01T00:00:00.123456Z'],
            ['102', '2020-01-01T00:00:00.123456Z'],
          ],
          changed: 2,
        },
      ],
      [
        "DELETE FROM M WHERE TS < (SELECT MAX(TS) FROM M WHERE S = 'a') AND S = 'a' THEN RETURN K",
        { columns: 'K:INT64', rows: [], changed: 0 },
      ],
    ],
  },
  {
    why: 'It knows nothing of intervals, whose parts of a microsecond we refuse.',
    cases: [
      [
        "SELECT TIMESTAMP '2020-01-01T00:00:00.000000001Z' - TIMESTAMP '2020-01-01T00:00:00Z' AS A",
        {
          error: [
            'INVALID_ARGUMENT',
            'No matching signature for operator - for argument types: TIMESTAMP, TIMESTAMP. Supported signatures: INT64 - INT64; NUMERIC - NUMERIC; FLOAT64 - FLOAT64 [at 1:8]',
          ],
        },
      ],
    ],
  },
];

/** Where Google's emulator makes something else of a statement, by its text. */
export const SQL_DIFFERENCES: ReadonlyMap<string, SqlOutcome> = new Map(GROUPS.flatMap(({ cases }) => cases));
