import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runHealthmon } from '../helpers/run.js';
import { useTestStack } from '../helpers/stack.js';

const stack = useTestStack();
let cwd: string;
beforeAll(() => {
  cwd = mkdtempSync(`${tmpdir()}/healthmon-query-`);
});
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

const query = (...argv: string[]) =>
  runHealthmon(['query', ...argv], { cwd, env: { PATH: process.env.PATH, ...stack.env } });

const MANY = 'SELECT n FROM UNNEST(GENERATE_ARRAY(1, 1234)) AS n ORDER BY n';
const VALUES = `SELECT 9007199254740993 AS big, NUMERIC '0.10' AS cost, CAST(NULL AS STRING) AS nothing, '' AS empty,
  'a,"b"' AS text, DATE '2026-03-01' AS day, [1, 2] AS list`;

describe('healthmon query', () => {
  it('prints rows alone on stdout, and the talk on stderr', async () => {
    const { stdout, stderr } = await query('SELECT 7 AS n', '--format', 'csv');
    expect(stdout).toBe('n\n7\n');
    expect(stderr).toMatch(/^1 row in \d+\.\d\d s\n$/);
  });

  it('takes SQL that begins with a comment, as the tiles of the dashboard show it', async () => {
    const { stdout } = await query('-- All of them.\nSELECT 7 AS n', '--format', 'csv');
    expect(stdout).toBe('n\n7\n');
  });

  it('never cuts what programs read', async () => {
    const csv = await query(MANY, '--format', 'csv');
    expect(csv.stdout.trimEnd().split('\n')).toHaveLength(1235);
    const lines = (await query(MANY, '--format', 'json')).stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(1234);
    expect(JSON.parse(lines.at(-1)!)).toEqual({ n: 1234 });
    const { result } = (await query(MANY, '--json')).json() as unknown as { result: { rows: object[] } };
    expect(result.rows).toHaveLength(1234);
  });

  it('says how much a table leaves out, and how to see it', async () => {
    const cut = await query(MANY);
    expect(cut.stdout.trimEnd().split('\n')).toHaveLength(1001);
    expect(cut.stderr).toContain('1234 rows, 1000 shown (more with --limit)');
    const all = await query(MANY, '--limit', '2000');
    expect(all.stdout.trimEnd().split('\n')).toHaveLength(1235);
    expect(all.stderr).not.toContain('shown');
  });

  it('keeps values exact in every format', async () => {
    const [row] = (await query(VALUES, '--format', 'json')).stdout.trimEnd().split('\n');
    expect(JSON.parse(row!)).toEqual({
      big: '9007199254740993',
      cost: '0.1',
      nothing: null,
      empty: '',
      text: 'a,"b"',
      day: '2026-03-01',
      list: [1, 2],
    });
    const csv = await query(VALUES, '--format', 'csv');
    expect(csv.stdout.split('\n')[1]).toBe('9007199254740993,0.1,,"","a,""b""",2026-03-01,"[1,2]"');
  });

  it('puts the place of a mistake into its error', async () => {
    const { code, stdout, stderr } = await query('SELECT nothing FROM UNNEST([1]) AS n', '--format', 'csv');
    expect({ code: code > 0, stdout }).toEqual({ code: true, stdout: '' });
    expect(stderr).toMatch(/Unrecognized name: nothing at \[1:8\]/);
  });
});
