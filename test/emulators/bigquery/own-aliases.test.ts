import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BigQueryServer } from '../../../src/emulators/bigquery/server/index.js';
import { PROJECT, request, startEmulator } from './harness.js';

/** Letters that the compiler's own names begin with, and numbers that those of a short query reach. */
const LETTERS = ['c', 'e', 'f', 'i', 'l', 'q', 't', 'v'];
const NUMBERS = Array.from({ length: 12 }, (_, number) => number);
const NAMES = LETTERS.flatMap((letter) => NUMBERS.map((number) => `${letter}${number}`));

let server: BigQueryServer;
beforeAll(async () => {
  server = await startEmulator();
  await query('CREATE SCHEMA d');
  // Each column would sort, filter and count in another order than `x` does.
  const columns = NAMES.map((name) => `CAST(10 - x AS STRING) AS ${name}`).join(', ');
  await query(`CREATE TABLE d.t AS SELECT x, ${columns} FROM UNNEST([2.5, 1.5, 3.5]) AS x`);
});
afterAll(() => server.close());

async function query(sql: string): Promise<string[]> {
  const { body } = await request(server, 'POST', `/bigquery/v2/projects/${PROJECT}/queries`, {
    query: sql,
    useLegacySql: false,
  });
  if (body.error !== undefined) throw new Error(body.error.message);
  return (body.rows ?? []).map((row: { f: { v: string }[] }) => row.f[0]!.v);
}

test.each([
  'SELECT x FROM d.t ORDER BY 1',
  'SELECT x AS y FROM `d.*` ORDER BY 1',
  'SELECT x FROM d.t ORDER BY x',
  'SELECT x FROM d.t GROUP BY x ORDER BY 1',
  'SELECT DISTINCT x FROM d.t ORDER BY 1',
  'SELECT x FROM (SELECT *, x AS y FROM d.t) ORDER BY y',
  'SELECT x FROM d.t QUALIFY ROW_NUMBER() OVER (ORDER BY x) < 9 ORDER BY 1',
  'SELECT a.x FROM d.t AS a JOIN d.t AS b USING (x) ORDER BY 1',
  'FROM d.t |> ORDER BY x |> SELECT x',
  'SELECT y FROM UNNEST(ARRAY(SELECT x FROM d.t ORDER BY x)) AS y WITH OFFSET AS place ORDER BY place',
  'WITH w AS (SELECT * FROM d.t) SELECT x FROM w WHERE x IN (SELECT x FROM w) ORDER BY 1',
  '(SELECT x FROM d.t UNION DISTINCT SELECT x FROM d.t) ORDER BY 1',
])('columns that are named as the compiler names its own: %s', async (sql) => {
  expect(await query(sql)).toEqual(['1.5', '2.5', '3.5']);
});
