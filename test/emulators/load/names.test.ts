import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { otherKeywords, reservedKeywords } from '../../../src/emulators/googlesql/syntax/keywords.js';
import { useTestStack } from '../../helpers/stack.js';
import { admissions, type Workspace, workspace } from './workspace.js';

const stack = useTestStack();
let ws: Workspace;
beforeAll(async () => {
  ws = workspace(stack, 'names');
});
afterAll(() => ws.remove());

async function run(...argv: string[]): Promise<Record<string, unknown>> {
  const ended = await ws.run(...argv);
  expect({ code: ended.code, error: ended.json().error }, argv.join(' ')).toEqual({
    code: 0,
    error: undefined,
  });
  return ended.json().result as unknown as Record<string, unknown>;
}

/** What SQL of ours calls rows and columns, and what DuckDB does. */
const OURS =
  'row admission reading joined_row message t q r i p x y c0 rowid main temp results id name value'.split(
    ' ',
  );
const title = (word: string) => word.charAt(0) + word.slice(1).toLowerCase();
const words = [...reservedKeywords, ...[...otherKeywords].slice(0, 40)].map(title);
const NAMES = [...new Map([...OURS, ...words, 'stroke'].map((name) => [name.toLowerCase(), name])).values()];

const COLUMNS_PER_TABLE = 24;

/** Tables that are called like one of their columns; each refers to a column of the one before that is no key. */
const tables = Array.from({ length: Math.ceil(NAMES.length / COLUMNS_PER_TABLE) }, (_, index) => {
  const names = NAMES.slice(index * COLUMNS_PER_TABLE, (index + 1) * COLUMNS_PER_TABLE);
  return names.length < 5 ? [...names, ...NAMES.slice(0, 5)] : names;
});

function schemaOf(names: readonly string[], index: number) {
  const [name, key, unique, reference] = names;
  const before = tables[index - 1];
  return {
    name,
    primaryKey: [key],
    fields: names.map((field) => ({
      name: field,
      type: 'string',
      constraints: { maxLength: 64, ...(field === unique && { required: true, unique: true }) },
    })),
    ...(before !== undefined && {
      foreignKeys: [{ fields: [reference], reference: { resource: before[0], fields: [before[2]] } }],
    }),
  };
}

describe('names that mean something else as well', () => {
  it('can be tables and columns: provisioned, loaded, copied and asked for', {
    timeout: 120_000,
  }, async () => {
    const files: string[] = [];
    const schemas: string[] = [];
    for (const [index, names] of tables.entries()) {
      const row = (number: number) =>
        names.map((name) => (name === names[3] ? `r${number}` : `${name}${number}`));
      const unique = names.indexOf(names[2]!);
      const rows = [1, 2].map((number) =>
        row(number).map((value, at) => (at === unique ? `r${number}` : value)),
      );
      ws.write(`t${index}.csv`, `${[names, ...rows].map((cells) => cells.join()).join('\n')}\n`);
      ws.write(`t${index}.json`, schemaOf(names, index));
      files.push(`t${index}.csv`);
      schemas.push('--schema', `t${index}.json`);
    }
    await run('provision', ...schemas);
    expect(await run('load', ...files, ...schemas)).toMatchObject({
      rowsLoaded: 2 * tables.length,
      rowsRejected: 0,
    });
    // Once more, now that there are rows to refer to, and others that are not there.
    expect(await run('load', ...files, ...schemas)).toMatchObject({ rowsLoaded: 2 * tables.length });
    for (const [index, names] of tables.entries()) {
      await run('sync', '--schema', `t${index}.json`);
      const table = names[0]!.toLowerCase();
      const { rows } = await run('query', `SELECT * FROM \`${table}\` AS a ORDER BY a.\`${names[1]}\``);
      expect((rows as Record<string, string>[]).map((row) => row[names[4]!])).toEqual([
        `${names[4]}1`,
        `${names[4]}2`,
      ]);
      expect((rows as Record<string, string>[]).map((row) => row[names[0]!])).toEqual([
        `${names[0]}1`,
        `${names[0]}2`,
      ]);
    }
  });

  it('can be the tables and the model of the pipeline', { timeout: 120_000 }, async () => {
    const settings = {
      batchTable: 'Patient_ID',
      streamTable: 'event_timestamp',
      joinedTable: 'Outcome',
      model: 'Condition',
    };
    const names = Object.entries(settings).flatMap(([name, value]) => ['--set', `bigquery.${name}=${value}`]);
    ws.write('a.csv', admissions(60));
    await run('provision', ...names);
    await run('load', 'a.csv');
    await run(
      'simulate',
      '--patients-from',
      'spanner',
      '--count',
      '600',
      '--seed',
      '3',
      '--start-time',
      '2026-03-01T00:00:00Z',
    );
    await run('stream', '--max-messages', '600', '--idle-timeout', '30s', ...names);
    expect(await run('sync', ...names)).toMatchObject({ table: 'Patient_ID', rows: 60 });
    expect(await run('join', ...names)).toMatchObject({
      table: 'Outcome',
      rows: 600,
      patients: 60,
      readingsWithoutPatient: 0,
    });
    await run('train', ...names);
    await run('evaluate', ...names);
    expect((await run('predict', '--limit', '3', ...names)).rows).toHaveLength(3);
  });
});
