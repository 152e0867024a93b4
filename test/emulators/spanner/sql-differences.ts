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
];

/** Where Google's emulator makes something else of a statement, by its text. */
export const SQL_DIFFERENCES: ReadonlyMap<string, SqlOutcome> = new Map(GROUPS.flatMap(({ cases }) => cases));
