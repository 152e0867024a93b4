import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { answerOf, type Child, startProcess } from './harness.js';

/** Nothing below takes a second; a matcher that goes back over its text would take years. */
const DEADLINE_MS = 100_000;

// In a process of its own: a matcher that does not end would take the test with it.
let emulator: Child;
beforeAll(async () => {
  emulator = await startProcess(['--parent-watch']);
});
afterAll(() => emulator.kill('SIGKILL'));

const answer = (sql: string) => answerOf(emulator.server, sql, DEADLINE_MS);

const EXPRESSIONS = [
  '^(\\w+\\s?)*$',
  '(a*)*b',
  '(a|a)*$',
  '(x+x+)+y',
  '(.*)*.*=.*',
  '(a?){100}a{100}',
  '(\\pL*)*!b',
  '^(([a-z])+.)+[A-Z]([a-z])+$',
  '(.*a){20}b',
  'a*a*a*a*a*a*a*b',
];
const TEXT = "(SELECT REPEAT('a', 20000) || '!' AS t)";

const CALLS: readonly ((pattern: string) => string)[] = [
  (pattern) => `REGEXP_CONTAINS(t, ${pattern})`,
  (pattern) => `REGEXP_EXTRACT(t, ${pattern})`,
  (pattern) => `REGEXP_EXTRACT(t, ${pattern}, 2, 3)`,
  (pattern) => `REGEXP_SUBSTR(t, ${pattern})`,
  (pattern) => `REGEXP_EXTRACT_ALL(t, ${pattern})`,
  (pattern) => `REGEXP_INSTR(t, ${pattern})`,
  (pattern) => `REGEXP_INSTR(t, ${pattern}, 2, 50)`,
  (pattern) => `REGEXP_REPLACE(t, ${pattern}, 'x')`,
];

describe.each(EXPRESSIONS)('the regular expression %s', (expression) => {
  const literal = `r'''${expression}'''`;
  test('as a constant', async () => {
    for (const call of CALLS)
      expect(await answer(`SELECT ${call(literal)} FROM ${TEXT}`)).not.toBe('running');
    expect(await answer(`SELECT REGEXP_EXTRACT_GROUPS(t, r'''(${expression})''') FROM ${TEXT}`)).toBe('done');
  }, 120_000);

  test('as a value', async () => {
    const source = `(SELECT t, IF(LENGTH(t) > 1, ${literal}, '') AS p FROM ${TEXT})`;
    for (const call of CALLS) expect(await answer(`SELECT ${call('p')} FROM ${source}`)).not.toBe('running');
  }, 120_000);

  test('of bytes', async () => {
    const source = `(SELECT CAST(t AS BYTES) AS t FROM ${TEXT})`;
    for (const call of CALLS.slice(0, -1)) {
      const sql = `SELECT ${call(`CAST(${literal} AS BYTES)`)} FROM ${source}`;
      expect(await answer(sql)).not.toBe('running');
    }
  }, 120_000);
});

test.each(['%a%a%a%a%a%a%a%a%_b', '%_%_%_%_%_%_%_%_%_%b', '%a\\\\_a%a_a%a_a%a_a%a_ab', '%a%a%a%a%a%a%a%a%b'])(
  'LIKE %s',
  async (pattern) => {
    const where = [
      `t LIKE '${pattern}'`,
      `t NOT LIKE '${pattern}'`,
      "t LIKE IF(t > '', '".concat(pattern, "', '')"),
      `CAST(t AS BYTES) LIKE b'${pattern}'`,
      `t LIKE ANY ('${pattern}', 'x')`,
      `t LIKE ALL UNNEST(['${pattern}', 'x'])`,
      `t LIKE ANY (SELECT '${pattern}')`,
    ];
    for (const condition of where) expect(await answer(`SELECT ${condition} FROM ${TEXT}`)).toBe('done');
    expect(await answer(`SELECT t FROM ${TEXT} WHERE t LIKE @p`)).toContain('invalidQuery');
  },
  120_000,
);

// Runs of one character are what makes a careless expression of our own go over a text again and again.
const RUNS = ["'a'", "' '", "'0'", "'='", "'.'", "','", "'['", '\'{"a":\'', "'\"'", "'\\\\'", "'-'", "'%'"];
const READERS = [
  "SPLIT(t, 'aa')",
  "REPLACE(t, 'aa', 'b')",
  "INSTR(t, REPEAT('a', 5000) || 'b', 2)",
  "INSTR(t, REPEAT('a', 5000) || 'b', -2)",
  "CONTAINS_SUBSTR(t, 'aab')",
  "TRIM(t, 'a 0')",
  'SAFE_CAST(t AS INT64)',
  'SAFE_CAST(t AS NUMERIC)',
  'SAFE_CAST(t AS FLOAT64)',
  'SAFE_CAST(t AS DATE)',
  'SAFE_CAST(t AS TIMESTAMP)',
  'SAFE_CAST(t AS INTERVAL)',
  'SAFE_CAST(t AS RANGE<DATE>)',
  'SAFE.PARSE_NUMERIC(t)',
  'SAFE.PARSE_BIGNUMERIC(t)',
  'SAFE.PARSE_JSON(t)',
  "SAFE.PARSE_DATE('%Y%m%d', t)",
  "SAFE.PARSE_DATE(t, '2020')",
  'SAFE.FORMAT(t, 1)',
  "JSON_VALUE(t, '$.a')",
  'LAX_INT64(TO_JSON(t))',
  'SAFE.FROM_BASE64(t)',
  'SAFE.FROM_BASE32(t)',
  'NET.HOST(t)',
  'NET.REG_DOMAIN(t)',
];
test.each(RUNS)(
  'a long run of %s',
  async (run) => {
    for (const reader of READERS) {
      const sql = `SELECT ${reader} IS NULL FROM (SELECT REPEAT(${run}, 200000) || 'x' AS t)`;
      expect([reader, await answer(sql)]).toEqual([reader, 'done']);
    }
  },
  120_000,
);

test('what is too expensive is refused', async () => {
  const texts = "SELECT REPEAT('a', 50000) AS t";
  expect(await answer(`SELECT EDIT_DISTANCE(t, t || 'b') FROM (${texts})`)).toContain('too expensive');
  expect(await answer(`SELECT REGEXP_INSTR('a', REPEAT('a', 100000))`)).toContain('pattern too large');
});
