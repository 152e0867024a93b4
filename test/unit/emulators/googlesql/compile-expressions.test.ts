import { describe, expect, it } from 'vitest';
import { useCompilerLab } from './compile-harness.js';

const lab = useCompilerLab();

/** Expression → its type → its value as a literal. */
const cases: Record<string, [expression: string, type: string, value: string][]> = {
  arithmetic: [
    ['1 + 2', 'INT64', '3'],
    ['2147483647 + 1', 'INT64', '2147483648'],
    ['5 / 2', 'FLOAT64', '2.5'],
    ['1 + NUMERIC "0.5"', 'NUMERIC', 'NUMERIC "1.5"'],
    ['NUMERIC "1.5" + 0.5', 'NUMERIC', 'NUMERIC "2"'],
    ['NUMERIC "1" / 3', 'NUMERIC', 'NUMERIC "0.333333333"'],
    [
      'NUMERIC "12345678901234567890" * NUMERIC "1000000000.1"',
      'NUMERIC',
      'NUMERIC "12345678902469135780123456789"',
    ],
    ['BIGNUMERIC "1e-38" + 1', 'BIGNUMERIC', 'BIGNUMERIC "1.00000000000000000000000000000000000001"'],
    ['-(-9223372036854775807)', 'INT64', '9223372036854775807'],
    ['-9223372036854775808', 'INT64', '-9223372036854775808'],
    ['NULL + 1', 'INT64', 'NULL'],
    ['NULL || "x"', 'STRING', 'NULL'],
    ['[1] || [2]', 'ARRAY<INT64>', '[1, 2]'],
    ['1 << 63', 'INT64', '-9223372036854775808'],
    ['-1 >> 60', 'INT64', '15'],
    ['b"\\x0f" & b"\\x3c"', 'BYTES', 'b"\\x0c"'],
  ],
  'dates and intervals': [
    ['DATE "2020-01-31" + 1', 'DATE', 'DATE "2020-02-01"'],
    ['DATE "2020-01-31" + INTERVAL 1 MONTH', 'DATETIME', 'DATETIME "2020-02-29 00:00:00"'],
    ['DATE "2020-01-31" - DATE "2020-01-01"', 'INTERVAL', 'INTERVAL "0-0 30 0:0:0" YEAR TO SECOND'],
    ['TIMESTAMP "2020-01-03" - TIMESTAMP "2020-01-01"', 'INTERVAL', 'INTERVAL "0-0 0 48:0:0" YEAR TO SECOND'],
    ['INTERVAL "1-2 3 4:5:6.789" YEAR TO SECOND', 'INTERVAL', 'INTERVAL "1-2 3 4:5:6.789" YEAR TO SECOND'],
    ['EXTRACT(WEEK FROM DATE "2017-01-01")', 'INT64', '1'],
    ['EXTRACT(WEEK(MONDAY) FROM DATE "2017-01-01")', 'INT64', '0'],
    ['EXTRACT(HOUR FROM TIMESTAMP "2020-07-01 00:00:00+00" AT TIME ZONE "America/New_York")', 'INT64', '20'],
  ],
  comparisons: [
    ['1 = 1.0', 'BOOL', 'true'],
    ['CAST("nan" AS FLOAT64) = CAST("nan" AS FLOAT64)', 'BOOL', 'false'],
    ['CAST("nan" AS FLOAT64) != CAST("nan" AS FLOAT64)', 'BOOL', 'true'],
    ['CAST("nan" AS FLOAT64) > 1', 'BOOL', 'false'],
    ['DATE "2020-01-01" < "2020-01-02"', 'BOOL', 'true'],
    ['STRUCT(1, CAST(NULL AS INT64)) = STRUCT(1, 2)', 'BOOL', 'NULL'],
    ['STRUCT(1, CAST(NULL AS INT64)) = STRUCT(2, 2)', 'BOOL', 'false'],
    ['(1, 2) IN ((1, 2), (3, 4))', 'BOOL', 'true'],
    ['NULL IS NOT DISTINCT FROM NULL', 'BOOL', 'true'],
    ['"a%c" LIKE "a\\\\%c"', 'BOOL', 'true'],
    ['"abc" LIKE "a\\\\%c"', 'BOOL', 'false'],
    ['CAST("nan" AS FLOAT64) BETWEEN 1 AND CAST("nan" AS FLOAT64)', 'BOOL', 'false'],
    ['1.5 NOT BETWEEN 1 AND 2', 'BOOL', 'false'],
    ['2 BETWEEN 1 AND 3', 'BOOL', 'true'],
    ['(NULL OR TRUE) IS TRUE', 'BOOL', 'true'],
  ],
  casts: [
    ['CAST(2.5 AS INT64)', 'INT64', '3'],
    ['CAST(-2.5 AS INT64)', 'INT64', '-3'],
    ['CAST(" 0x1F " AS INT64)', 'INT64', '31'],
    ['CAST(1.0 AS STRING)', 'STRING', '"1"'],
    ['CAST(1e20 AS STRING)', 'STRING', '"1e+20"'],
    ['CAST(0.1 + 0.2 AS STRING)', 'STRING', '"0.30000000000000004"'],
    ['CAST(CAST("nan" AS FLOAT64) AS STRING)', 'STRING', '"NaN"'],
    ['CAST(NUMERIC "1.50" AS STRING)', 'STRING', '"1.5"'],
    ['CAST(NUMERIC "100" AS STRING)', 'STRING', '"100"'],
    ['CAST(TRUE AS STRING)', 'STRING', '"true"'],
    ['CAST(TIMESTAMP "2020-01-01 00:00:00.120+00" AS STRING)', 'STRING', '"2020-01-01 00:00:00.120+00"'],
    ['CAST("2020-1-5" AS DATE)', 'DATE', 'DATE "2020-01-05"'],
    [
      'CAST("2020-01-01 00:00:00 America/New_York" AS TIMESTAMP)',
      'TIMESTAMP',
      'TIMESTAMP "2020-01-01 05:00:00+00"',
    ],
    ['CAST([1, 2] AS ARRAY<STRING>)', 'ARRAY<STRING>', '["1", "2"]'],
    ['CAST(STRUCT(1, "2") AS STRUCT<a STRING, b INT64>)', 'STRUCT<a STRING, b INT64>', '("1", 2)'],
    ['CAST(123.456 AS NUMERIC(5, 1))', 'NUMERIC', 'NUMERIC "123.5"'],
    ['CAST(NULL AS ARRAY<INT64>)', 'ARRAY<INT64>', 'NULL'],
    ['SAFE_CAST("x" AS INT64)', 'INT64', 'NULL'],
    ['SAFE_CAST((SELECT "x") AS INT64)', 'INT64', 'NULL'],
    ['SAFE_CAST("2020-02-30" AS DATE)', 'DATE', 'NULL'],
  ],
  constructors: [
    ['[1, 2.5]', 'ARRAY<FLOAT64>', '[1.0, 2.5]'],
    ['[DATE "2020-01-01", "2020-01-02"][1]', 'DATE', 'DATE "2020-01-02"'],
    ['[1, 2][SAFE_OFFSET(5)]', 'INT64', 'NULL'],
    ['[1, 2][ORDINAL(2)]', 'INT64', '2'],
    ['STRUCT(1 AS a, STRUCT(2 AS c) AS b).b.c', 'INT64', '2'],
    ['STRUCT<a INT64, b DATE>(1, "2020-01-01").b', 'DATE', 'DATE "2020-01-01"'],
    ['JSON \'{"a": [1, 2]}\'.a[1]', 'JSON', 'JSON "2"'],
    ['WITH(a AS 1, b AS a + 1, a * b)', 'INT64', '2'],
    ['CASE 2 WHEN 1 THEN "one" WHEN 2 THEN NULL ELSE "x" END', 'STRING', 'NULL'],
    ['IF(TRUE, 1, 2.5)', 'FLOAT64', '1.0'],
    ['SAFE.PARSE_DATE("%Y", "x")', 'DATE', 'NULL'],
  ],
};

describe.each(Object.entries(cases))('%s', (_, list) => {
  it.each(list)('%s', async (expression, type, expected) => {
    expect(await lab.schema(`SELECT ${expression} AS v`)).toBe(`v ${type}`);
    const wrapped = type.startsWith('ARRAY')
      ? `SELECT STRUCT(${expression}) AS v`
      : `SELECT ${expression} AS v`;
    const [row] = await lab.rows(wrapped);
    expect(row).toBe(type.startsWith('ARRAY') ? `STRUCT(${expected})` : expected);
  });
});
