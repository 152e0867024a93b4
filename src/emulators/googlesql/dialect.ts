/** What one service has of the language and another has not, where the parser meets it. */
export type Syntax =
  | 'analytic functions'
  | 'CAST with FORMAT'
  | 'GROUP BY ALL'
  | 'GROUP BY CUBE'
  | 'GROUP BY ROLLUP'
  | 'GROUPING SETS'
  | 'PIVOT'
  | 'UNPIVOT'
  | 'QUALIFY'
  | 'WITH RECURSIVE'
  | 'positional parameters';

/** GoogleSQL as one service speaks it: everything in which it differs from the others. */
export interface Dialect {
  /** Whose it is, as refusals name it. */
  readonly service: 'BigQuery' | 'Spanner';
  /** Whether there is a type of that name, in upper case. */
  hasType(name: string): boolean;
  /** Whether there is a function of that name, in upper case. */
  hasFunction(name: string): boolean;
  /** What a function that only other services have is refused with. */
  unsupportedFunction(name: string): string;
  /** Texts that refuse what is not there; the rest is. */
  readonly refusals: Readonly<Partial<Record<Syntax, string>>>;
  /** A query may give back arrays with NULL in them. */
  readonly returnsNullElements: boolean;
  /** Arrays can be grouped by. */
  readonly groupsArrays: boolean;
  /** A bare NULL may be compared, though nothing comes of it. */
  readonly comparesNull: boolean;
  /** Digits of a second that a TIMESTAMP has. */
  readonly timestampDigits: 6 | 9;
  /** Functions take `SEQUENCE name`. */
  readonly hasSequences: boolean;
  /** A query may end in FOR UPDATE. */
  readonly locksRows: boolean;
  /** What a result calls a column without a name, by its place among those, from 0. */
  anonymousColumn(index: number): string;
}

export const BIGQUERY: Dialect = {
  service: 'BigQuery',
  hasType: (name) => name !== 'FLOAT32' && name !== 'UUID',
  hasFunction: () => true,
  unsupportedFunction: (name) => `Function ${name} is not supported`,
  refusals: {},
  returnsNullElements: false,
  groupsArrays: true,
  comparesNull: true,
  timestampDigits: 6,
  hasSequences: false,
  locksRows: false,
  anonymousColumn: (index) => `f${index}_`,
};

const SPANNER_TYPES: ReadonlySet<string> = new Set(
  'BOOL BOOLEAN BYTES DATE FLOAT32 FLOAT64 INT64 INTERVAL JSON NUMERIC STRING TIMESTAMP UUID'.split(' '),
);

/** https://cloud.google.com/spanner/docs/reference/standard-sql/functions-all */
const SPANNER_FUNCTIONS: ReadonlySet<string> = new Set(
  `
  ABS ACOS ACOSH ADDDATE ANY_VALUE APPROX_COSINE_DISTANCE APPROX_DOT_PRODUCT APPROX_EUCLIDEAN_DISTANCE ARRAY_AGG
  ARRAY_CONCAT ARRAY_CONCAT_AGG ARRAY_FILTER ARRAY_FIRST ARRAY_INCLUDES ARRAY_INCLUDES_ALL ARRAY_INCLUDES_ANY
  ARRAY_IS_DISTINCT ARRAY_LAST ARRAY_LENGTH ARRAY_MAX ARRAY_MIN ARRAY_REVERSE ARRAY_SLICE ARRAY_TO_STRING
  ARRAY_TRANSFORM ASIN ASINH ATAN ATAN2 ATANH AVG BIT_AND BIT_COUNT BIT_OR BIT_REVERSE BIT_XOR BOOL BOOL_ARRAY
  BYTE_LENGTH CEIL CEILING CHARACTER_LENGTH CHAR_LENGTH COALESCE CODE_POINTS_TO_BYTES CODE_POINTS_TO_STRING CONCAT COS
  COSH COSINE_DISTANCE COUNT COUNTIF CURRENT_DATE CURRENT_TIMESTAMP DATE DATE_ADD DATE_DIFF DATE_FROM_UNIX_DATE
  DATE_SUB DATE_TRUNC DIV DOT_PRODUCT ENDS_WITH ERROR EUCLIDEAN_DISTANCE EXP FARM_FINGERPRINT FLOAT32 FLOAT32_ARRAY
  FLOAT64 FLOAT64_ARRAY FLOOR FORMAT FORMAT_DATE FORMAT_TIMESTAMP FROM_BASE32 FROM_BASE64 FROM_HEX GENERATE_ARRAY
  GENERATE_DATE_ARRAY GENERATE_UUID GET_INTERNAL_SEQUENCE_STATE GET_NEXT_SEQUENCE_VALUE GREATEST IEEE_DIVIDE IF IFNULL
  INT64 INT64_ARRAY IS_INF IS_NAN JSON_ARRAY JSON_ARRAY_APPEND JSON_ARRAY_INSERT JSON_CONTAINS JSON_KEYS JSON_OBJECT
  JSON_QUERY JSON_QUERY_ARRAY JSON_REMOVE JSON_SET JSON_STRIP_NULLS JSON_TYPE JSON_VALUE JSON_VALUE_ARRAY JUSTIFY_DAYS
  JUSTIFY_HOURS JUSTIFY_INTERVAL LAX_BOOL LAX_FLOAT64 LAX_INT64 LAX_STRING LCASE LEAST LENGTH LN LOG LOG10 LOGICAL_AND
  LOGICAL_OR LOWER LPAD LTRIM MAKE_INTERVAL MAX MD5 MIN MOD NET.HOST NET.IPV4_FROM_INT64 NET.IPV4_TO_INT64
  NET.IP_FROM_STRING NET.IP_NET_MASK NET.IP_TO_STRING NET.IP_TRUNC NET.PUBLIC_SUFFIX NET.REG_DOMAIN
  NET.SAFE_IP_FROM_STRING NEW_UUID NORMALIZE NORMALIZE_AND_CASEFOLD NULLIF OCTET_LENGTH PARSE_DATE PARSE_JSON
  PARSE_TIMESTAMP PENDING_COMMIT_TIMESTAMP POW POWER REGEXP_CONTAINS REGEXP_EXTRACT REGEXP_EXTRACT_ALL REGEXP_REPLACE
  REPEAT REPLACE REVERSE ROUND RPAD RTRIM SAFE_ADD SAFE_CONVERT_BYTES_TO_STRING SAFE_DIVIDE SAFE_MULTIPLY SAFE_NEGATE
  SAFE_SUBTRACT SAFE_TO_JSON SHA1 SHA256 SHA512 SIGN SIN SINH SOUNDEX SPLIT SPLIT_SUBSTR SQRT STARTS_WITH STDDEV
  STDDEV_SAMP STRING STRING_AGG STRING_ARRAY STRPOS SUBDATE SUBSTR SUBSTRING SUM TAN TANH TIMESTAMP TIMESTAMP_ADD
  TIMESTAMP_DIFF TIMESTAMP_MICROS TIMESTAMP_MILLIS TIMESTAMP_SECONDS TIMESTAMP_SUB TIMESTAMP_TRUNC TO_BASE32 TO_BASE64
  TO_CODE_POINTS TO_HEX TO_JSON TO_JSON_STRING TRIM TRUNC UCASE UNIX_DATE UNIX_MICROS UNIX_MILLIS UNIX_SECONDS UPPER
  VARIANCE VAR_SAMP ZSTD_COMPRESS ZSTD_DECOMPRESS_TO_BYTES ZSTD_DECOMPRESS_TO_STRING`
    .trim()
    .split(/\s+/),
);

export const SPANNER: Dialect = {
  service: 'Spanner',
  hasType: (name) => SPANNER_TYPES.has(name),
  // A name that nobody can write is the engine's own.
  hasFunction: (name) => SPANNER_FUNCTIONS.has(name) || name.startsWith('$'),
  unsupportedFunction: (name) => `Unsupported built-in function: ${name}`,
  refusals: {
    'analytic functions': 'Analytic functions not supported',
    'CAST with FORMAT': 'CAST with FORMAT is not supported',
    'GROUP BY ALL': 'GROUP BY ALL is not supported',
    'GROUP BY CUBE': 'GROUP BY CUBE is unsupported',
    'GROUP BY ROLLUP': 'GROUP BY ROLLUP is unsupported',
    'GROUPING SETS': 'GROUP BY GROUPING SETS is unsupported',
    PIVOT: 'PIVOT is not supported',
    UNPIVOT: 'UNPIVOT is not supported',
    QUALIFY: 'QUALIFY is not supported',
    'WITH RECURSIVE': 'RECURSIVE is not supported in the WITH clause',
    'positional parameters': 'Positional parameters are not supported',
  },
  returnsNullElements: true,
  groupsArrays: false,
  comparesNull: false,
  timestampDigits: 9,
  hasSequences: true,
  locksRows: true,
  anonymousColumn: () => '',
};
