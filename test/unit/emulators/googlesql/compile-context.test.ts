import { beforeAll, describe, expect, it } from 'vitest';
import { OWNER } from '../../../../src/emulators/bigquery/catalog/row-access.js';
import { catalogNames } from '../../../../src/emulators/bigquery/statements/catalog-names.js';
import { queryParameters } from '../../../../src/emulators/bigquery/statements/parameters.js';
import type { QueryContext } from '../../../../src/emulators/googlesql/compile/index.js';
import { INT64 } from '../../../../src/emulators/googlesql/syntax/types.js';
import { DATASET, field, useCompilerLab } from './compile-harness.js';

const lab = useCompilerLab();
beforeAll(async () => {
  await lab.table('events_2023', [field('x', 'INTEGER')], 'VALUES (1)');
  await lab.table('events_2024', [field('x', 'INTEGER'), field('y', 'STRING')], "VALUES (2, 'b')");
  lab.catalog.insertTable({
    ref: { ...DATASET, tableId: 'v' },
    type: 'VIEW',
    fields: [field('double_x', 'INTEGER')],
    viewQuery: 'SELECT x * 2 AS double_x FROM `lab.d.events_2023`',
  });
  const number = { typeKind: 'INT64' };
  lab.catalog.insertRoutine({
    ref: { ...DATASET, routineId: 'twice' },
    routineType: 'SCALAR_FUNCTION',
    language: 'SQL',
    definitionBody: 'n * 2',
    arguments: [{ name: 'n', dataType: number }],
  });
  lab.catalog.insertRoutine({
    ref: { ...DATASET, routineId: 'upto' },
    routineType: 'TABLE_VALUED_FUNCTION',
    language: 'SQL',
    definitionBody: 'SELECT x FROM UNNEST(GENERATE_ARRAY(1, n)) AS x',
    arguments: [{ name: 'n', dataType: number }],
  });
});

describe('tables by name', () => {
  it('fills in the default dataset', async () => {
    const around = {
      catalog: lab.catalog,
      project: DATASET.projectId,
      defaultDataset: DATASET,
      caller: OWNER,
    };
    expect(await lab.rows('SELECT x FROM events_2023', { names: catalogNames(around) })).toEqual(['1']);
  });

  it('expands views', async () => {
    expect(await lab.rows('SELECT double_x FROM d.v')).toEqual(['2']);
  });

  it('unites the tables a wildcard matches', async () => {
    const sql = 'SELECT x, y, _TABLE_SUFFIX AS s FROM `d.events_*` ORDER BY x';
    expect(await lab.rows(sql)).toEqual(['1 | NULL | "2023"', '2 | "b" | "2024"']);
  });

  it('asks the engine first', async () => {
    const resolveTable: QueryContext['resolveTable'] = (path) =>
      path.parts.join('.') === 'special'
        ? { sql: '(SELECT 7::BIGINT AS n)', columns: [{ name: 'N', type: INT64 }], physicalNames: ['n'] }
        : undefined;
    expect(await lab.schema('SELECT * FROM special', { resolveTable })).toBe('N INT64');
    expect(await lab.rows('SELECT n + 1 FROM special', { resolveTable })).toEqual(['8']);
  });
});

describe('routines', () => {
  it('puts SQL functions in place', async () => {
    expect(await lab.rows('SELECT d.twice(d.twice(3))')).toEqual(['12']);
  });

  it('takes temporary functions of any type', async () => {
    const half = { name: 'half', arguments: [{ name: 'x' }], body: 'x / 2' };
    const temporaryFunctions = new Map([['half', half]]);
    expect(await lab.schema('SELECT half(3), half(NUMERIC "3")', { temporaryFunctions })).toBe(
      'f0_ FLOAT64, f1_ NUMERIC',
    );
  });

  it('expands table functions', async () => {
    expect(await lab.rows('SELECT SUM(x) FROM d.upto(4)')).toEqual(['10']);
  });

  it('keeps the text of nested calls in bounds', async () => {
    const square = { name: 'square', arguments: [{ name: 'x', type: INT64 }], body: 'x * x + x - x * x' };
    const total = {
      name: 'total',
      arguments: [{ name: 'a' }],
      body: '(SELECT SUM(e) + MAX(e) FROM UNNEST(a) AS e)',
    };
    const temporaryFunctions = new Map([
      ['square', square],
      ['total', total],
    ]);
    const sql = `SELECT ${'square('.repeat(12)}total([1, 2, 3])${')'.repeat(12)}`;
    expect((await lab.compile(sql, { temporaryFunctions })).sql.length).toBeLessThan(20_000);
    expect(await lab.rows(sql, { temporaryFunctions })).toEqual(['9']);
  });

  it('refuses a function that calls itself', async () => {
    const loop = { name: 'loop', arguments: [], body: 'loop()' };
    const temporaryFunctions = new Map([['loop', loop]]);
    expect(await lab.failure('SELECT loop()', { temporaryFunctions })).toMatch(/Recursive/);
  });
});

describe('table functions of a resolver', () => {
  it('waits for them and lets them compile their input, common table expressions included', async () => {
    const seen: string[] = [];
    const tableFunctions: QueryContext['tableFunctions'] = (call, compiler) => {
      if (call.name.map((part) => part.name).join('.') !== 'ML.DOUBLE') return undefined;
      return (async () => {
        const input = await compiler.compileTable(call.arguments[0]!);
        const factor = await compiler.evaluate(call.arguments[1]!);
        seen.push(...input.columns.map((column) => column.name));
        const [first] = input.physicalNames;
        return {
          sql: `(SELECT ${first} * ${factor.sql} AS r FROM (${input.sql}))`,
          columns: [{ name: 'doubled', type: INT64 }],
          physicalNames: ['r'],
        };
      })();
    };
    const sql = `WITH base AS (SELECT 20 AS n)
      SELECT a.doubled + b.doubled AS sum
      FROM ML.DOUBLE((SELECT n FROM base), 2) AS a JOIN ML.DOUBLE(TABLE base, 3) AS b ON TRUE`;
    expect(await lab.rows(sql, { tableFunctions })).toEqual(['100']);
    expect(seen).toEqual(['n', 'n']);
  });
});

describe('parameters', () => {
  const named = (name: string, type: string, value: string | null) => ({
    name,
    parameterType: { type },
    parameterValue: { value },
  });

  it('takes scalars of every type', async () => {
    const parameters = [
      named('i', 'INT64', '9007199254740993'),
      named('n', 'NUMERIC', '1.5'),
      named('t', 'TIMESTAMP', '2020-01-01 00:00:00+00'),
      named('b', 'BYTES', 'AQI='),
      named('z', 'STRING', null),
    ];
    expect(
      await lab.rows('SELECT @i, @n, @t, @b, @z, @i IN (1, @i)', {
        parameters: queryParameters(parameters, 'UTC'),
      }),
    ).toEqual([
      '9007199254740993 | NUMERIC "1.5" | TIMESTAMP "2020-01-01 00:00:00+00" | b"\\x01\\x02" | NULL | true',
    ]);
  });

  it('takes arrays, structs and positions', async () => {
    const parameters = [
      {
        parameterType: { type: 'ARRAY', arrayType: { type: 'INT64' } },
        parameterValue: { arrayValues: [{ value: '1' }, { value: '2' }] },
      },
      {
        parameterType: { type: 'STRUCT', structTypes: [{ name: 'a', type: { type: 'STRING' } }] },
        parameterValue: { structValues: { a: { value: 'x' } } },
      },
    ];
    expect(
      await lab.rows('SELECT ARRAY_LENGTH(?), ?.a', { parameters: queryParameters(parameters, 'UTC') }),
    ).toEqual(['2 | "x"']);
  });
});

describe('a table that demands a partition filter', () => {
  beforeAll(async () => {
    await lab.table('guarded', [field('dt', 'DATE'), field('x', 'INTEGER')], "VALUES (DATE '2024-01-01', 1)");
    const guarded = { timePartitioning: { type: 'DAY', field: 'dt' }, requirePartitionFilter: true } as const;
    lab.catalog.putTable(lab.catalog.revisedTable({ ...DATASET, tableId: 'guarded' }, guarded));
  });

  it.each([
    'SELECT x FROM d.guarded WHERE dt >= "2024-01-01"',
    'SELECT x FROM (SELECT * FROM d.guarded) WHERE dt = "2024-01-01"',
    'FROM d.guarded |> WHERE dt = "2024-01-01" |> SELECT x',
    'SELECT g.x FROM UNNEST([DATE "2024-01-01"]) AS day JOIN d.guarded AS g ON g.dt = day',
  ])('answers %s', async (sql) => {
    expect(await lab.rows(sql)).toEqual(['1']);
  });

  it.each(['SELECT x FROM d.guarded', 'SELECT dt FROM d.guarded WHERE x = 1'])('refuses %s', async (sql) => {
    expect(await lab.failure(sql)).toBe(
      "Cannot query over table 'lab.d.guarded' without a filter over column(s) 'dt' that can be used for partition elimination",
    );
  });
});
