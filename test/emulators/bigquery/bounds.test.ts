import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { answerOf, type Child, PROJECT, request, startProcess } from './harness.js';

const DEADLINE_MS = 150_000;
const LONG_MS = 240_000;

let emulator: Child;
beforeAll(async () => {
  emulator = await startProcess(['--parent-watch']);
});
afterAll(() => emulator.kill('SIGKILL'));

const answer = (sql: string) => answerOf(emulator.server, sql, DEADLINE_MS);

function row(length: number, item: (index: number) => string, separator: string): string {
  return Array.from({ length }, (_, index) => item(index)).join(separator);
}

async function value(sql: string): Promise<unknown> {
  const { body } = await request(emulator.server, 'POST', `/bigquery/v2/projects/${PROJECT}/queries`, {
    query: sql,
    useLegacySql: false,
    timeoutMs: DEADLINE_MS,
  });
  return body.error?.message ?? body.rows[0].f[0].v;
}

describe('long flat expressions', () => {
  test.each<[string, string, string]>([
    ['+', `SELECT ${row(10_000, () => 'x', ' + ')} FROM UNNEST([2]) x`, '20000'],
    ['-', `SELECT ${row(10_000, () => '1', ' - ')}`, '-9998'],
    ['* of NUMERIC', `SELECT ${row(2000, () => 'x', ' * ')} FROM UNNEST([NUMERIC '1']) x`, '1'],
    ['/', `SELECT ${row(2000, () => '1', ' / ')}`, '1.0'],
    ['|', `SELECT ${row(2000, (i) => String(i), ' | ')}`, '2047'],
    ['||', `SELECT LENGTH(${row(10_000, () => 'x', ' || ')}) FROM UNNEST(['ab']) x`, '20000'],
    ['|| of arrays', `SELECT ARRAY_LENGTH(${row(500, (i) => `[${i}]`, ' || ')})`, '500'],
    ['AND', `SELECT ${row(10_000, () => 'x > 0', ' AND ')} FROM UNNEST([2]) x`, 'true'],
    ['OR', `SELECT ${row(10_000, (i) => `x = ${i}`, ' OR ')} FROM UNNEST([9999]) x`, 'true'],
    ['CONCAT', `SELECT LENGTH(CONCAT(${row(10_000, () => "'ab'", ', ')}))`, '20000'],
    [
      'CASE',
      `SELECT CASE ${row(10_000, (i) => `WHEN x = ${i} THEN ${i}`, ' ')} END FROM UNNEST([77]) x`,
      '77',
    ],
    ['UNION ALL', `SELECT SUM(n) FROM (${row(10_000, () => 'SELECT 1 AS n', ' UNION ALL ')})`, '10000'],
    [
      'UNION DISTINCT',
      `SELECT COUNT(*) FROM (${row(500, (i) => `SELECT ${i % 7} AS n`, ' UNION DISTINCT ')})`,
      '7',
    ],
    [
      'EXCEPT',
      `SELECT COUNT(*) FROM (SELECT * FROM UNNEST([1, 2, 3]) EXCEPT DISTINCT ${row(300, (i) => `SELECT ${(i % 2) + 1}`, ' EXCEPT DISTINCT ')})`,
      '1',
    ],
    ['IN', `SELECT x IN (${row(100_000, (i) => String(i), ',')}) FROM UNNEST([99999]) x`, 'true'],
  ])(
    '%s',
    async (_name, sql, expected) => {
      expect(await value(sql)).toBe(expected);
    },
    LONG_MS,
  );

  test(
    'keep the order of their operations',
    async () => {
      const most = '9223372036854775807';
      expect(await value(`SELECT ${most} + ${row(300, () => '1', ' + ')} - 300`)).toContain('verflow');
      expect(await value(`SELECT ${row(300, () => 'NULL', ' + ')}`)).toBe(null);
      expect(
        await value(
          `SELECT ${row(300, (i) => (i === 150 ? 'n' : 's'), ' || ')} FROM (SELECT 'a' AS s, CAST(NULL AS STRING) AS n)`,
        ),
      ).toBe(null);
      expect(await value(`SELECT ${row(300, (i) => `'${i % 10}'`, ' || ')}`)).toBe(
        row(300, (i) => String(i % 10), ''),
      );
    },
    LONG_MS,
  );
});

test('a text of more than a megabyte is refused', async () => {
  const padded = (length: number) => `SELECT 1${' '.repeat(length - 8)}`;
  expect(await value(padded(1024 * 1024))).toBe('1');
  expect(await answer(padded(1024 * 1024 + 1))).toContain('The query is too large. The maximum standard SQL');
});

const nested = (depth: number, open: string, inner: string, close: string) =>
  `${open.repeat(depth)}${inner}${close.repeat(depth)}`;

describe('nesting', () => {
  const forms: [string, string, string][] = [
    ['(', '1', ')'],
    ['- ', '1', ''],
    ['NOT ', 'TRUE', ''],
    ['ABS(', '1', ')'],
    ['IF(TRUE, ', '1', ', 2)'],
    ['COALESCE(NULL, ', '1', ')'],
    ['STRUCT(', '1', ')'],
    ['[STRUCT(', '1', ')]'],
    ['CASE WHEN TRUE THEN ', '1', ' END'],
    ['(SELECT ', '1', ')'],
    ['EXISTS(SELECT ', '1', ')'],
    ['ARRAY_LENGTH(ARRAY(SELECT ', '1', '))'],
    ['1 + (', '1', ')'],
    ['CAST(', '1', ' AS INT64)'],
    ['JSON_QUERY(TO_JSON(', '1', "), '$')"],
    ['1 IN (', '1', ', 2)'],
  ];
  test.each(forms)(
    '%s',
    async (open, inner, close) => {
      for (const depth of [60, 250, 900, 5000]) {
        const ended = await answer(`SELECT ${nested(depth, open, inner, close)}`);
        expect(ended).toMatch(/^(?:done$|invalidQuery|resourcesExceeded|invalid)/);
      }
    },
    LONG_MS,
  );

  test.each<[string, string, string]>([
    ['SELECT * FROM (', 'SELECT 1 AS a', ')'],
    ['(', 'SELECT 1', ')'],
    ['(SELECT 1 UNION ALL ', 'SELECT 2', ')'],
    ['WITH a AS (SELECT 1 AS x) SELECT * FROM (', 'SELECT 1 AS y', ')'],
    ['BEGIN ', 'SELECT 1; ', 'END; '],
    ['IF TRUE THEN ', 'SELECT 1; ', 'END IF; '],
  ])(
    '%s',
    async (open, inner, close) => {
      for (const depth of [60, 200, 900, 5000]) {
        const ended = await answer(nested(depth, open, inner, close));
        expect(ended).toMatch(/^(?:done$|invalidQuery|resourcesExceeded|invalid)/);
      }
    },
    LONG_MS,
  );

  const summed = (depth: number, rows: string) =>
    nested(depth, 'SELECT SUM(x) AS x FROM (', `SELECT x FROM ${rows}`, ')');

  test('of aggregations takes no time that doubles with each', async () => {
    expect(await value(summed(100, 'UNNEST([1, 2]) AS x'))).toBe('3');
    const tables = row(100, (i) => `t${i + 1} AS (SELECT SUM(x) AS x FROM t${i} GROUP BY x > 0)`, ', ');
    expect(await value(`WITH t0 AS (SELECT 1 AS x), ${tables} SELECT x FROM t100`)).toBe('1');
    const around = (depth: number) => `SELECT (${summed(depth, 'UNNEST([y]) AS x')}) FROM UNNEST([7]) AS y`;
    expect(await value(around(10))).toBe('7');
    expect(await answer(around(30))).toContain('too complex');
    const piped = (depth: number) => `FROM UNNEST([1, 2]) AS x ${'|> AGGREGATE SUM(x) AS x '.repeat(depth)}`;
    expect(await value(piped(16))).toBe('3');
    expect(await answer(piped(17))).toContain('too complex');
  });

  test('of subqueries is refused before it is planned for minutes', async () => {
    const deepest: [number, string, string, string][] = [
      [18, '(SELECT ', '1', ')'],
      [16, 'EXISTS(SELECT 1 FROM UNNEST([1]) x WHERE ', 'TRUE', ')'],
      [8, '(SELECT MAX(x) FROM UNNEST([1]) x WHERE x < ', '5', ')'],
      [8, 'ARRAY_LENGTH(ARRAY(SELECT ', '1', '))'],
      [4, '1 = ANY (SELECT x FROM UNNEST([1]) x WHERE ', 'TRUE', ')'],
      [4, '(1, 2) IN (SELECT AS STRUCT x, 2 FROM UNNEST([1]) x WHERE ', 'TRUE', ')'],
    ];
    for (const [depth, open, inner, close] of deepest) {
      expect([open, await answer(`SELECT ${nested(depth, open, inner, close)}`)]).toEqual([open, 'done']);
      expect(await answer(`SELECT ${nested(19, open, inner, close)}`)).toContain('too many subqueries');
    }
    const list = '1 IN (SELECT x FROM UNNEST([1]) x WHERE ';
    expect(await value(`SELECT ${nested(40, list, 'TRUE', ')')}`)).toBe('true');
  });

  test('joins without number are refused before they are planned', async () => {
    const joined = (count: number) =>
      `SELECT COUNT(*) FROM (SELECT 1 AS x) t0 ${row(count, (i) => `JOIN (SELECT 1 AS x) t${i + 1} USING (x)`, ' ')}`;
    expect(await value(joined(40))).toBe('1');
    expect(await answer(joined(300))).toContain('too complex');
    const nested = `SELECT COUNT(*) FROM (SELECT x FROM (${joined(40).replace('COUNT(*)', 'x')}) JOIN (SELECT 1 AS x) USING (x))`;
    expect(await value(nested)).toBe('1');
    expect(
      await answer(nested.replace('(SELECT 1 AS x) USING', `(${joined(40).replace('COUNT(*)', 'x')}) USING`)),
    ).toContain('too complex');
  });

  test('names that stand for one another cannot make a text without end', async () => {
    const bindings = row(40, (i) => `a${i + 1} AS a${i} + a${i}`, ', ');
    expect(await answer(`SELECT WITH(a0 AS 1, ${bindings}, a40)`)).toContain('too complex');
  });
});

const NUMBERS = 'UNNEST(GENERATE_ARRAY(1, 1000000))';
const CONCAT = 'Output of CONCAT exceeds max allowed output size of 100MB';
const JOINED = 'Output of ARRAY_TO_STRING exceeds max allowed output size of 100MB';
const ROW = 'Cannot query rows larger than 100MB limit.';
const VARIABLE = 'A variable takes up to 1 MB';
const MEMORY = 'resourcesExceeded: Resources exceeded';
/** A row with a text `s` and bytes `b` of so many millions of one letter. */
const long = (millions: number) =>
  `(SELECT s, CAST(s AS BYTES) AS b FROM (SELECT REPEAT('a', ${millions}000000) AS s))`;
const numberTexts = `ARRAY(SELECT CAST(a AS STRING) FROM ${NUMBERS} a)`;
const longArray = '(SELECT ARRAY_CONCAT_AGG(GENERATE_ARRAY(1, 1000000)) AS a FROM UNNEST([1, 2, 3, 4, 5]))';

describe('values and arrays', () => {
  test.each<[string, string]>([
    ['SELECT GENERATE_ARRAY(1, 1048576)', 'Cannot generate arrays with more than 1048575 elements.'],
    ["SELECT GENERATE_DATE_ARRAY('0001-01-01', '9999-12-31')", 'Cannot generate arrays with more than'],
    [
      "SELECT GENERATE_TIMESTAMP_ARRAY('2000-01-01', '9999-12-31', INTERVAL 1 SECOND)",
      'Cannot generate arrays',
    ],
    ["SELECT GENERATE_DATETIME_ARRAY('2000-01-01', '2001-01-01', INTERVAL -1 MICROSECOND)", 'done'],
    ["SELECT REPEAT('ab', 52428801)", 'Output of REPEAT exceeds max allowed output size of 100MB'],
    ["SELECT LPAD('a', 104857601)", 'Output of LPAD exceeds max allowed output size of 100MB'],
    ["SELECT RPAD(b'a', 104857601)", 'Output of RPAD exceeds max allowed output size of 100MB'],
    [
      `SELECT STRING_AGG(REPEAT('a', 10000000 + x)) FROM UNNEST([1,2,3,4,5,6,7,8,9,10,11]) x`,
      'Cannot query rows larger than 100MB limit.',
    ],
    [
      `SELECT SUM(LENGTH(REPEAT('a', 10000000 + a))) FROM ${NUMBERS} a`,
      'resourcesExceeded: Resources exceeded',
    ],
    [
      `SELECT SUM(ARRAY_LENGTH(GENERATE_ARRAY(a, a + 1000000))) FROM ${NUMBERS} a`,
      'resourcesExceeded: Resources exceeded',
    ],
    ["DECLARE s STRING DEFAULT 'ab'; LOOP SET s = s || s; END LOOP", VARIABLE],
    ["DECLARE b BYTES DEFAULT b'ab'; LOOP SET b = CONCAT(b, b); END LOOP", VARIABLE],
    ['DECLARE a ARRAY<INT64> DEFAULT [1, 2]; LOOP SET a = a || a; END LOOP', VARIABLE],
    [`SELECT LENGTH(CONCAT(s, '-', s, s)) FROM ${long(35)}`, CONCAT],
    [`SELECT LENGTH(b || b) FROM ${long(60)}`, CONCAT],
    [`SELECT LENGTH(s) FROM ${'(SELECT s || s AS s FROM '.repeat(24)}${long(1)}${')'.repeat(24)}`, CONCAT],
    [`SELECT ARRAY_LENGTH(a || a || a) FROM ${longArray}`, ROW],
    [`SELECT ARRAY_LENGTH(ARRAY_CONCAT(a, a, a)) FROM ${longArray}`, ROW],
    ['SELECT ARRAY_CONCAT_AGG(GENERATE_ARRAY(x, x + 1000000)) FROM UNNEST(GENERATE_ARRAY(1, 20)) x', ROW],
    [`SELECT LENGTH(REPLACE(s, 'a', 'aaa')) FROM ${long(40)}`, 'Output of REPLACE exceeds max allowed'],
    [`SELECT LENGTH(REPLACE(b, b'a', b'aaa')) FROM ${long(40)}`, MEMORY],
    [
      `SELECT LENGTH(REPLACE(b, b'a', REPEAT(b'b', 30))) FROM ${long(4)}`,
      'Output of REPLACE exceeds max allowed',
    ],
    [`SELECT LENGTH(TRANSLATE(s, 'a', 'é')) FROM ${long(60)}`, MEMORY],
    [`SELECT LENGTH(TRANSLATE(s, 'a', 'é')) FROM ${long(4)}`, 'done'],
    [`SELECT LENGTH(TO_HEX(b)) FROM ${long(60)}`, 'Output of TO_HEX exceeds max allowed'],
    [`SELECT LENGTH(TO_BASE64(b)) FROM ${long(90)}`, 'Output of TO_BASE64 exceeds max allowed'],
    [`SELECT LENGTH(TO_BASE32(b)) FROM ${long(90)}`, MEMORY],
    [`SELECT LENGTH(TO_JSON_STRING(REPLACE(s, 'a', '"'))) FROM ${long(60)}`, MEMORY],
    [`SELECT ARRAY_LENGTH(TO_CODE_POINTS(s)) FROM ${long(15)}`, ROW],
    [`SELECT ARRAY_LENGTH(REGEXP_EXTRACT_ALL(s, 'a')) FROM ${long(90)}`, MEMORY],
    ["SELECT ARRAY_LENGTH(REGEXP_EXTRACT_ALL(REPEAT('a', 90000000), 'a'))", MEMORY],
    [`SELECT REGEXP_EXTRACT(s, 'a', 1, 7000000) FROM ${long(90)}`, MEMORY],
    [`SELECT LENGTH(REGEXP_REPLACE(s, 'a', '')) FROM ${long(90)}`, MEMORY],
    [`SELECT LENGTH(REGEXP_REPLACE(b, b'b', b'')) FROM ${long(4)}`, 'done'],
    ['SELECT LENGTH(TO_JSON_STRING(GENERATE_ARRAY(1, 1000000)))', 'done'],
    ["SELECT LENGTH(FORMAT('%*d', 2000000000, 1))", ROW],
    ["SELECT LENGTH(FORMAT('%600000000d', 1))", ROW],
    [`SELECT LENGTH(STRING_AGG(b)) FROM ${long(30)}, UNNEST([1, 2, 3, 4])`, ROW],
    [`SELECT SUM(LENGTH(s || a)) FROM ${long(1)}, (SELECT CAST(a AS STRING) a FROM ${NUMBERS} a)`, MEMORY],
    [`SELECT SUM(LENGTH(FORMAT('%1000000d', a))) FROM ${NUMBERS} a`, MEMORY],
    [`SELECT MAX(LENGTH(t)) FROM (SELECT STRING_AGG('a') OVER () t FROM ${NUMBERS})`, MEMORY],
    [`SELECT MAX(ARRAY_LENGTH(t)) FROM (SELECT ARRAY_AGG(a) OVER (ORDER BY a) t FROM ${NUMBERS} a)`, MEMORY],
    [
      `SELECT MAX(t) FROM (SELECT PERCENTILE_CONT(a, a / 1e6 RESPECT NULLS) OVER () t FROM ${NUMBERS} a)`,
      MEMORY,
    ],
    [
      `SELECT MAX(ARRAY_LENGTH(t)) FROM (SELECT ARRAY_AGG(a) OVER (PARTITION BY DIV(a, 10)) t FROM ${NUMBERS} a)`,
      'done',
    ],
    [
      `SELECT SUM(ARRAY_LENGTH(t)) FROM (SELECT ARRAY_AGG(a) OVER (ORDER BY a ROWS BETWEEN 2 PRECEDING AND CURRENT ROW) t FROM ${NUMBERS} a)`,
      'done',
    ],
    [`SELECT LENGTH(ARRAY_TO_STRING(${numberTexts}, s)) FROM UNNEST([REPEAT('-', 99)]) s`, JOINED],
    [`SELECT LENGTH(ARRAY_TO_STRING(${numberTexts}, '${'-'.repeat(99)}'))`, JOINED],
    [`SELECT LENGTH(ARRAY_TO_STRING(${numberTexts}, s)) FROM UNNEST(['-', '--']) s`, 'done'],
    [`SELECT LENGTH(s || s) FROM ${long(50)}`, 'done'],
    // A constant counts for each row that it would be copied for.
    [`SELECT COUNT(CONCAT(REPEAT('ab', 40000000), CAST(a AS STRING))) FROM ${NUMBERS} a`, MEMORY],
    [`SELECT COUNT(ARRAY_LENGTH([REPEAT('ab', 40000000), CAST(a AS STRING)])) FROM ${NUMBERS} a`, MEMORY],
    [`SELECT COUNT(m) FROM (SELECT MAX(REPEAT('ab', 40000000)) m FROM ${NUMBERS} a GROUP BY a)`, MEMORY],
    [`SELECT SUM(LENGTH(REPEAT('ab', 30000)) + a) FROM ${NUMBERS} a`, 'done'],
    [`SELECT ARRAY_LENGTH(SPLIT(s, 'a')) FROM ${long(20)}`, ROW],
    [`SELECT ARRAY_LENGTH(SPLIT(s, 'aaaaaaaaaa')) FROM ${long(20)}`, 'done'],
    [`SELECT LENGTH(REPLACE(s, 'a', 'aa')) FROM ${long(50)}`, 'done'],
    [`SELECT LENGTH(REPEAT('a', 104857600))`, 'done'],
    [`SELECT ARRAY_LENGTH(GENERATE_ARRAY(1, 1048575))`, 'done'],
  ])(
    '%s',
    async (sql, expected) => {
      expect(await answer(sql)).toContain(expected);
    },
    LONG_MS,
  );
});

describe('a cancelled job', () => {
  /** How long the emulator has computed, in milliseconds. */
  const computedMs = () => {
    const fields = readFileSync(`/proc/${emulator.pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
    return (Number(fields[11]) + Number(fields[12])) * 10;
  };
  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
  beforeAll(async () => {
    expect(await answer('CREATE SCHEMA made; CREATE TABLE made.some AS SELECT 1 AS n')).not.toContain(
      'Error',
    );
  });

  test.runIf(process.platform === 'linux').each<[string, string]>([
    ['a join', `SELECT COUNT(*) FROM ${NUMBERS} a, ${NUMBERS} b WHERE MOD(a * b, 7) = 3`],
    [
      'our own functions',
      `SELECT SUM(FARM_FINGERPRINT(CAST(a + b AS STRING))) FROM ${NUMBERS} a, ${NUMBERS} b`,
    ],
    [
      'a lambda over long arrays',
      `SELECT SUM(ARRAY_LENGTH(ARRAY_TRANSFORM(GENERATE_ARRAY(a, a + 7000), e -> FARM_FINGERPRINT(CAST(e AS STRING))))) FROM ${NUMBERS} a`,
    ],
    [
      'documents of long arrays',
      `SELECT SUM(LENGTH(TO_JSON_STRING(GENERATE_ARRAY(a, a + 2500)))) FROM ${NUMBERS} a`,
    ],
    [
      'documents of long texts',
      `SELECT SUM(LENGTH(JSON_VALUE(TO_JSON_STRING(STRUCT(REPEAT('a', 60000 + MOD(a, 7)) AS a)), '$.a'))) FROM ${NUMBERS} a`,
    ],
    [
      'a regular expression over long texts',
      `SELECT SUM(LENGTH(REGEXP_REPLACE(REPEAT('a', 60000 + MOD(a, 7)), 'a', 'bb'))) FROM ${NUMBERS} a`,
    ],
    [
      'all matches of nothing in long texts',
      `SELECT SUM(ARRAY_LENGTH(REGEXP_EXTRACT_ALL(REPEAT('a', 60000 + MOD(a, 7)), 'b*'))) FROM ${NUMBERS} a`,
    ],
    [
      'documents of one long array',
      `SELECT ${row(9, (index) => `LENGTH(TO_JSON_STRING(ARRAY_TRANSFORM(n, e -> e + ${index})))`, ', ')} FROM (SELECT GENERATE_ARRAY(1, 1000000) AS n)`,
    ],
    [
      'distances of long texts',
      `SELECT SUM(EDIT_DISTANCE(CONCAT(REPEAT('ab', 1000), CAST(a AS STRING)), REPEAT('ba', 1000))) FROM ${NUMBERS} a`,
    ],
    [
      'parts of long texts',
      `SELECT SUM(ARRAY_LENGTH(SPLIT(CONCAT(REPEAT('a,', 30000), CAST(a AS STRING))))) FROM ${NUMBERS} a`,
    ],
    [
      'code points of long texts',
      `SELECT SUM(ARRAY_LENGTH(TO_CODE_POINTS(CONCAT(REPEAT('a', 60000), CAST(a AS STRING))))) FROM ${NUMBERS} a`,
    ],
    [
      'lines of many places',
      `SELECT SUM(ST_LENGTH(ST_MAKELINE(ARRAY(SELECT ST_GEOGPOINT(MOD(i, 360) - 180, MOD(i, 170) - 85) FROM UNNEST(GENERATE_ARRAY(a, a + 20000)) i)))) FROM ${NUMBERS} a`,
    ],
    [
      'a table made of a query',
      `CREATE TABLE made.product AS SELECT a * b AS n FROM ${NUMBERS} a, ${NUMBERS} b WHERE MOD(a * b, 7) = 3`,
    ],
    [
      'a table replaced by a query of itself',
      `CREATE OR REPLACE TABLE made.some AS SELECT a * b AS n FROM made.some, ${NUMBERS} a, ${NUMBERS} b WHERE MOD(a * b, 7) = 3`,
    ],
    [
      'rows inserted by a query',
      `INSERT made.some SELECT a * b FROM ${NUMBERS} a, ${NUMBERS} b WHERE MOD(a * b, 7) = 3`,
    ],
    [
      'rows changed by a query',
      `UPDATE made.some SET n = (SELECT COUNT(*) FROM ${NUMBERS} a, ${NUMBERS} b WHERE MOD(a * b, 7) = 3) WHERE TRUE`,
    ],
    [
      'rows merged from a query',
      `MERGE made.some USING (SELECT a * b AS m FROM ${NUMBERS} a, ${NUMBERS} b WHERE MOD(a * b, 7) = 3) ON n = m WHEN NOT MATCHED THEN INSERT VALUES (m)`,
    ],
    [
      'a model of many rounds',
      `CREATE MODEL made.model OPTIONS(model_type='BOOSTED_TREE_REGRESSOR', input_label_cols=['y'], max_iterations=500, early_stop=FALSE) AS SELECT MOD(a, 977) AS x, MOD(a, 13) AS z, a AS y FROM ${NUMBERS} a`,
    ],
    ['a loop of a script', 'DECLARE i INT64 DEFAULT 0; WHILE TRUE DO SET i = i + 1; END WHILE'],
  ])(
    'of %s ends, and its core is free',
    async (_name, sql) => {
      const jobs = `/bigquery/v2/projects/${PROJECT}/jobs`;
      const { body } = await request(emulator.server, 'POST', jobs, {
        configuration: { query: { query: sql, useLegacySql: false } },
      });
      await pause(300);
      const path = `${jobs}/${body.jobReference.jobId}`;
      const atCancel = computedMs();
      await request(emulator.server, 'POST', `${path}/cancel`);
      const state = async () => (await request(emulator.server, 'GET', path)).body.status;
      await expect.poll(async () => (await state()).state, { timeout: 60_000 }).toBe('DONE');
      expect((await state()).errorResult.reason).toBe('stopped');
      // By the clock of its processors, of which it has several: what else runs here does not count.
      expect(computedMs() - atCancel).toBeLessThan(5000);
      await pause(200);
      const before = computedMs();
      await pause(1000);
      expect(computedMs() - before).toBeLessThan(500);
    },
    LONG_MS,
  );
});
