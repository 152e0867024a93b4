import type { OwnCase } from './case.js';

const total = `CREATE TEMP AGGREGATE FUNCTION total(x INT64, step FLOAT64 NOT AGGREGATE) RETURNS STRING LANGUAGE js AS r'''
export function initialState(step) { return { sum: 0n, step }; }
export function aggregate(state, x) { if (x !== null) state.sum += x; }
export function merge(state, other) { state.sum += other.sum; }
export function finalize(state) { return state.sum + ' by ' + state.step; }
''';`;

const everyType = `STRUCT<a BYTES, b DATE, c TIMESTAMP, d NUMERIC, e BIGNUMERIC, g BOOL, h JSON, i ARRAY<STRUCT<x INT64, y BYTES>>>`;

export const javaScriptCases: OwnCase[] = [
  {
    name: 'gives integers as text, as they may be longer than numbers',
    sql: 'CREATE TEMP FUNCTION f(x INT64) RETURNS STRING LANGUAGE js AS "return typeof x + x"; SELECT f(9223372036854775807), f(NULL)',
    rows: [['string9223372036854775807', 'objectnull']],
  },
  {
    name: 'gives decimals as numbers where they are safe integers',
    sql: "CREATE TEMP FUNCTION f(x NUMERIC, y BIGNUMERIC) RETURNS STRING LANGUAGE js AS 'return [typeof x, x, typeof y, y].join()'; SELECT f(12, 1.5), f(0.0000001, BIGNUMERIC '1e30')",
    rows: [['number,12,string,1.5', 'string,0.0000001,string,1000000000000000000000000000000']],
  },
  {
    name: 'gives dates and times as Date, bytes in base64, JSON as its value',
    sql: `CREATE TEMP FUNCTION f(day DATE, t TIMESTAMP, b BYTES, j JSON) RETURNS STRING LANGUAGE js AS "return [day.toISOString(), t.toISOString(), t.microsecond, b, j.a[1]].join(' ')";
      SELECT f(DATE '2024-02-29', TIMESTAMP '2024-01-01 01:02:03.123456+00', b'\\x00\\xff', JSON '{"a": [1, 2.5]}')`,
    rows: [['2024-02-29T00:00:00.000Z 2024-01-01T01:02:03.123Z 456 AP8= 2.5']],
  },
  {
    name: 'gives every type back as it came',
    sql: `CREATE TEMP FUNCTION same(v ${everyType}) RETURNS ${everyType} LANGUAGE js AS 'return v';
      SELECT TO_JSON_STRING(same(v)) = TO_JSON_STRING(v), same(v).c = v.c, same(v).e = v.e
      FROM (SELECT STRUCT(b'\\x00\\xff\\\\' AS a, DATE '0001-01-01' AS b, TIMESTAMP '2024-01-01 00:00:00.123456+00' AS c,
        NUMERIC '-12345678901234567890.123456789' AS d, BIGNUMERIC '0.00000000000000000000000000000000000001' AS e,
        TRUE AS g, JSON '{"b":[1,2.5],"a":null}' AS h, [STRUCT(9007199254740993 AS x, b'ab' AS y)] AS i) AS v)`,
    rows: [[true, true, true]],
  },
  {
    name: 'takes NULL for undefined, and NULL for members that are not there',
    sql: 'CREATE TEMP FUNCTION f(x FLOAT64) RETURNS STRUCT<a INT64, b ARRAY<INT64>> LANGUAGE js AS "if (x > 1) return {}; "; SELECT f(1) IS NULL, f(2).a, f(2).b IS NULL',
    rows: [[true, null, true]],
  },
  {
    name: 'takes integers as number, text and BigInt, and numbers beyond all',
    sql: "CREATE TEMP FUNCTION i(x STRING) RETURNS INT64 LANGUAGE js AS 'return eval(x)'; CREATE TEMP FUNCTION f(x STRING) RETURNS FLOAT64 LANGUAGE js AS 'return eval(x)'; SELECT i('1e3'), i('\" -7 \"'), i('2n ** 62n'), f('-Infinity'), f('1 / 3'), IS_NAN(f('NaN'))",
    rows: [[1000, -7, 4611686018427387904n, Number.NEGATIVE_INFINITY, 1 / 3, true]],
  },
  {
    name: 'writes decimals of numbers without exponent',
    sql: "CREATE TEMP FUNCTION f(x FLOAT64) RETURNS NUMERIC LANGUAGE js AS 'return x'; SELECT f(1e21), f(1.25e-7), f(-12.5)",
    rows: [['1000000000000000000000', '0.000000125', '-12.5']],
  },
  ...(
    [
      ['INT64', '1.5', '1.5', 'Bad int64 value: 1.5'],
      ['INT64', '"9223372036854775808"', '"9223372036854775808"', 'Bad int64 value: 9223372036854775808'],
      ['INT64', 'true', 'true', 'Bad int64 value: true'],
      ['FLOAT64', '"x"', '"x"', 'Bad double value: x'],
      ['BOOL', '1', '1', 'Bad bool value: 1'],
      ['ARRAY<INT64>', '3', '3', 'not an array'],
      ['BYTES', '"%"', '"%"', 'not in base64'],
    ] as const
  ).map(([type, code, shown, why]) => ({
    name: `refuses ${code} for ${type}`,
    sql: `CREATE TEMP FUNCTION f() RETURNS ${type} LANGUAGE js AS 'return ${code}'; SELECT f()`,
    error: `Failed to coerce output value ${shown} to type ${type}: ${why}`,
    reason: 'invalidQuery',
  })),
  {
    name: 'tells where code throws',
    sql: 'CREATE TEMP FUNCTION f(x INT64, y STRING) RETURNS INT64 LANGUAGE js AS """\n  if (x > 0)\n    throw new TypeError("no " + y);\n""";\nSELECT f(1, "way")',
    error: 'TypeError: no way at f(INT64, STRING) line 3, columns 4-5',
    reason: 'invalidQuery',
  },
  {
    name: 'tells of names that are not there',
    sql: 'CREATE TEMP FUNCTION f() RETURNS INT64 LANGUAGE js AS "return require(1)"; SELECT f()',
    error: 'ReferenceError: require is not defined at f() line 1, columns 7-8',
  },
  {
    name: 'tells of code that cannot be read',
    sql: 'CREATE TEMP FUNCTION f() RETURNS INT64 LANGUAGE js AS "return 1 +"; SELECT f()',
    error: /^SyntaxError: .* at f\(\)/,
  },
  {
    name: 'has neither process, files, network nor timers',
    sql: "CREATE TEMP FUNCTION f() RETURNS STRING LANGUAGE js AS 'return [typeof process, typeof require, typeof fetch, typeof setTimeout, typeof std].join()'; SELECT f()",
    rows: [['undefined,undefined,undefined,undefined,undefined']],
  },
  {
    name: 'turns errors to NULL with SAFE, row by row',
    sql: 'CREATE TEMP FUNCTION f(x INT64) RETURNS INT64 LANGUAGE js AS "if (x == 2) throw 1; return x"; SELECT x, SAFE.f(x) FROM UNNEST([1, 2, 3]) AS x ORDER BY x',
    rows: [
      [1, 1],
      [2, null],
      [3, 3],
    ],
  },
  {
    name: 'stands in all places of a query',
    sql: `CREATE TEMP FUNCTION f(x STRING) RETURNS STRING LANGUAGE js AS "return x + '!'";
      SELECT f(x), COUNT(*), SAFE_CAST(f(x) AS INT64), SAFE.SUBSTR(f(x), -1), f(f(x)), ARRAY(SELECT f(y) FROM UNNEST(['p', 'q']) AS y ORDER BY y)
      FROM UNNEST(['a', 'b', 'a']) AS x WHERE f(x) <> 'c!' GROUP BY f(x), f(f(x)) HAVING f(x) = 'a!' ORDER BY f(x)`,
    rows: [['a!', 2, null, '!', 'a!!', ['p!', 'q!']]],
  },
  {
    name: 'casts to NULL what has another value each time',
    sql: "SELECT SAFE_CAST(GENERATE_UUID() || 'x' AS INT64)",
    rows: [[null]],
  },
  {
    name: 'runs more rows than one batch holds',
    sql: 'CREATE TEMP FUNCTION f(x FLOAT64) RETURNS FLOAT64 LANGUAGE js AS "return x * 2"; SELECT SUM(f(x)), COUNT(DISTINCT f(x)) FROM UNNEST(GENERATE_ARRAY(1, 10000)) AS x',
    rows: [[100010000, 10000]],
  },
  {
    name: 'aggregates, with integers as BigInt and arguments that are the same for all rows',
    sql: `${total} SELECT MOD(x, 2), total(x, 2), total(DISTINCT MOD(x, 3), 1.5) FROM UNNEST([1, 2, 3, 4, 5, NULL]) AS x GROUP BY 1 ORDER BY 1`,
    rows: [
      [null, '0 by 2', '0 by 1.5'],
      [0, '6 by 2', '3 by 1.5'],
      [1, '9 by 2', '3 by 1.5'],
    ],
  },
  {
    name: 'refuses aggregates inside of aggregates',
    sql: `${total} SELECT total(COUNT(*), 2)`,
    error: 'Aggregations of aggregations are not allowed',
  },
  {
    name: 'keeps functions in datasets',
    setup: `CREATE FUNCTION d.twice(x FLOAT64) RETURNS FLOAT64 DETERMINISTIC LANGUAGE js AS r"""return x * 2;""";
      CREATE FUNCTION d.four(x FLOAT64) AS (d.twice(d.twice(x)))`,
    sql: "SELECT d.four(10.5), routine_body, external_language, is_deterministic, ddl LIKE '%RETURNS FLOAT64 DETERMINISTIC LANGUAGE js%' FROM d.INFORMATION_SCHEMA.ROUTINES WHERE routine_name = 'twice'",
    rows: [[42, 'EXTERNAL', 'JAVASCRIPT', 'YES', true]],
  },
  {
    name: 'refuses types that have no counterpart',
    sql: 'CREATE TEMP FUNCTION f(x ARRAY<DATETIME>) RETURNS INT64 LANGUAGE js AS "return 1"; SELECT f([])',
    error: 'DATETIME in JavaScript functions',
    reason: 'notImplemented',
  },
  {
    name: 'refuses functions without type and with too much code',
    sql: 'CREATE TEMP FUNCTION f(x INT64) LANGUAGE js AS "return 1"; SELECT f(1)',
    error: 'A JavaScript function needs RETURNS with a type',
  },
  {
    name: 'refuses arguments of other types',
    sql: 'CREATE TEMP FUNCTION f(x FLOAT64) RETURNS INT64 LANGUAGE js AS "return 1"; SELECT f("a")',
    error: 'No matching signature for function f\n  Argument types: STRING\n  Signature: f(FLOAT64)',
  },
];
