import { expect, it } from 'vitest';
import { resolveConfig } from '../../../src/config/config.js';
import { cohortFilters, cohortTiles } from '../../../src/dashboard/cohort/cohort-page.js';
import { bytesText, MAX_BYTES_BILLED, metered } from '../../../src/dashboard/metered.js';
import type { Tile } from '../../../src/dashboard/tiles/tile.js';
import { TileReader } from '../../../src/dashboard/tiles/tile-reader.js';
import { parameterText, tilesPage } from '../../../src/dashboard/tiles/tiles-page.js';
import { htmlOf } from '../../../src/dashboard/update.js';
import type { BigQueryPort, QueryOptions, QueryOutcome } from '../../../src/gcp/bigquery/port.js';

const configOf = (target: 'local' | 'cloud') =>
  resolveConfig({ flags: { target, project: 'ward-seven' }, env: {}, cwd: '/' });

/** A port that answers every query with these rows, or fails. */
function fakePort(answer: () => Record<string, string>[]) {
  const asked: { sql: string; options: QueryOptions }[] = [];
  const port: BigQueryPort = {
    async query(sql, options = {}) {
      asked.push({ sql, options });
      const rows = answer();
      return { bytesProcessed: 1_000_000, rows: async () => rows } as unknown as QueryOutcome;
    },
  };
  return { port, asked };
}

const tile: Omit<Tile, 'draw'> = {
  id: 'names',
  title: 'Names',
  about: 'All of them.',
  ask: { sql: 'SELECT name FROM t WHERE a = @a', params: [{ name: 'a', type: 'STRING', value: "it's" }] },
};

function pageOf(port: BigQueryPort, nowMs: () => number) {
  const reader = new TileReader({
    bigQuery: port,
    signal: new AbortController().signal,
    nowMs,
    maxAgeMs: 30_000,
  });
  return tilesPage({ path: '/x', nav: 'X', reader, tiles: () => [{ ...tile, draw: () => null as never }] });
}

const htmlOfPart = async (page: ReturnType<typeof pageOf>, id: string, query = '') => {
  const { parts } = await page.read({}, new URLSearchParams(query));
  return htmlOf(parts.find((part) => part.id === id)!.draw());
};

it('asks a question once for all who ask it, and again when the answer is old or it is asked for', async () => {
  let nowMs = 0;
  const { port, asked } = fakePort(() => [{ name: 'a' }]);
  const page = pageOf(port, () => nowMs);
  await Promise.all([page.read({}, new URLSearchParams()), page.read({}, new URLSearchParams())]);
  expect(asked).toHaveLength(1);
  nowMs = 10_000;
  await page.read({}, new URLSearchParams());
  expect(asked).toHaveLength(1);
  await page.read({}, new URLSearchParams('fresh=yes'));
  expect(asked).toHaveLength(2);
  nowMs = 45_000;
  await page.read({}, new URLSearchParams());
  expect(asked).toHaveLength(3);
});

it('shows the SQL, the parameters as they are typed, the rows as CSV, and what was read', async () => {
  const { port } = fakePort(() => [{ name: '<b>' }]);
  const page = pageOf(port, () => 0);
  const html = await htmlOfPart(page, 'names');
  expect(html).toContain('<pre>SELECT name FROM t WHERE a = @a</pre>');
  expect(html).toContain('--param');
  expect(html).toContain('href="/x.csv?tile=names"');
  expect(await htmlOfPart(page, 'read')).toContain('BigQuery read 1.0 MB for this page.');
  const snapshot = await page.read({}, new URLSearchParams('tile=names'));
  expect(snapshot.table()).toEqual({ columns: ['name'], rows: [['<b>']] });
  const whole = await page.read({}, new URLSearchParams());
  expect(whole.table()).toEqual({
    columns: ['tile', 'row', 'column', 'value'],
    rows: [['names', 1, 'name', '<b>']],
  });
  expect(parameterText({ sql: '', params: [{ name: 'a', type: 'STRING', value: '$x' }] })).toBe(
    "--param 'a:STRING=$x'",
  );
});

it('says in a tile why it has nothing, and leaves the others', async () => {
  const { port } = fakePort(() => {
    throw new Error('BigQuery does not answer.');
  });
  const html = await htmlOfPart(
    pageOf(port, () => 0),
    'names',
  );
  expect(html).toContain('<p class="technical">⌁ BigQuery does not answer.</p>');
});

it('bounds what a query may cost on Google Cloud, and counts what was read', async () => {
  for (const target of ['local', 'cloud'] as const) {
    const { port, asked } = fakePort(() => []);
    const counted = metered(async () => port, configOf(target));
    await counted.query('SELECT 1');
    await counted.query('SELECT 2');
    expect(counted.bytesRead).toBe(2_000_000);
    expect(asked[0]!.options.maximumBytesBilled).toBe(
      target === 'cloud' ? String(MAX_BYTES_BILLED) : undefined,
    );
  }
  expect([0, 999, 1_000, 84_000_000, 1_500_000_000].map(bytesText)).toEqual([
    '0 bytes',
    '999 bytes',
    '1.0 kB',
    '84.0 MB',
    '1.5 GB',
  ]);
});

it('filters a cohort by parameters alone', () => {
  const hostile = "x' OR 1=1 --";
  const query = new URLSearchParams({ condition: hostile, sex: 'Female', age: '40–64' });
  expect(cohortFilters(query)).toEqual({
    filters: 'Condition = @condition AND Gender = @sex AND Age BETWEEN @from_age AND @to_age',
    params: [
      { name: 'condition', type: 'STRING', value: hostile },
      { name: 'sex', type: 'STRING', value: 'Female' },
      { name: 'from_age', type: 'INT64', value: '40' },
      { name: 'to_age', type: 'INT64', value: '64' },
    ],
  });
  const tiles = cohortTiles(query, configOf('local'));
  expect(tiles).toHaveLength(7);
  for (const { ask } of tiles) expect('sql' in ask && ask.sql).not.toContain(hostile);
  expect(cohortFilters(new URLSearchParams('sex=other&age=old')).filters).toBe('TRUE');
});
