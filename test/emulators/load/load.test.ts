import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useTestStack } from '../../helpers/stack.js';
import { admissions, CHECKSUM, type Workspace, workspace } from './workspace.js';

const stack = useTestStack();
let ws: Workspace;
beforeAll(async () => {
  ws = workspace(stack, 'load');
  expect((await ws.run('provision')).code).toBe(0);
});
afterAll(() => ws.remove());

interface Loaded {
  rowsRead: number;
  rowsLoaded: number;
  rowsRejected: number;
  rowsResumed: number;
  rejectsFile: string | null;
  stagedObject: string;
  tables?: { table: string; rowsLoaded: number; rowsRejected: number }[];
}

async function load(...argv: string[]): Promise<Loaded & { code: number; error?: Record<string, string> }> {
  const run = await ws.run('load', ...argv);
  const { result, error } = run.json() as unknown as { result: Loaded; error?: Record<string, string> };
  return { ...result, code: run.code, error };
}

const TYPES = {
  name: 'types',
  primaryKey: 'Id',
  fields: [
    { name: 'Id', type: 'integer' },
    { name: 'S', type: 'string' },
    { name: 'N', type: 'number', storageType: 'NUMERIC' },
    { name: 'F', type: 'number' },
    { name: 'B', type: 'boolean' },
    { name: 'D', type: 'date' },
    { name: 'T', type: 'datetime' },
    { name: 'J', type: 'object' },
    { name: 'Y', type: 'string', format: 'binary' },
    { name: 'L', type: 'array', itemType: 'integer' },
  ],
};

describe('load', () => {
  it('loads admissions, twice the same', async () => {
    ws.write('a.csv', admissions(1200));
    const first = await load('a.csv');
    expect(first).toMatchObject({
      code: 0,
      rowsRead: 1200,
      rowsLoaded: 1200,
      rowsRejected: 0,
      rejectsFile: null,
    });
    expect(first.stagedObject).toMatch(/^gs:\/\/t-load-bucket\/staging\//);
    const before = await ws.rows(CHECKSUM);
    expect(before[0]![0]).toBe('1200');
    expect((await load('a.csv')).rowsLoaded).toBe(1200);
    expect(await ws.rows(CHECKSUM)).toEqual(before);
    expect(
      await ws.rows(
        "SELECT Age, Gender, Procedure, Cost, Loaded_At > TIMESTAMP '2020-01-01' FROM PatientInfo WHERE Patient_ID = 'P7'",
      ),
    ).toEqual([['27', 'Female', 'Care, no. 0', '7.7', true]]);
  });

  it('loads from Cloud Storage', async () => {
    const { stagedObject } = await load('a.csv');
    expect(await load(stagedObject)).toMatchObject({ rowsLoaded: 1200, stagedObject });
    const prefix = `${stagedObject.slice(0, -4)}*`;
    expect(await load(prefix)).toMatchObject({ rowsLoaded: 1200 });
    const glob = stagedObject.replace('/staging/', '/stag*/').replace(/-\d+-a\.csv$/, '-*-[ab].csv');
    expect(await load(glob)).toMatchObject({ rowsLoaded: 1200, stagedObject });
    expect((await load(stagedObject.replace('/staging/', '/*'))).error?.code).toBe('file-not-found');
    expect(await load('gs://t-load-bucket/staging/', '--check')).toMatchObject({ rowsRead: 1200 });
    expect((await load('gs://t-load-bucket/none.csv')).error?.code).toBe('file-not-found');
  });

  it('keeps every value exact, the same in Spanner and in BigQuery', async () => {
    ws.write('types.json', TYPES);
    await ws.run('provision', '--schema', 'types.json');
    ws.write(
      'types.csv',
      [
        'Id,S,N,F,B,D,T,J,Y,L',
        `9223372036854775807,"a ""b""\nc",${'9'.repeat(29)}.${'9'.repeat(9)},NaN,yes,0001-01-01,2026-03-01T10:00:00.123456789+02:00,"[{""b"":1}]",aGk=,"[1,9007199254740993]"`,
        '-9223372036854775808,"",-0.5,-Infinity,F,9999-12-31,9999-12-31T23:59:59Z,"""x""",,[]',
        '0,,,,,,,,,',
      ].join('\n'),
    );
    expect(await load('types.csv', '--schema', 'types.json')).toMatchObject({ code: 0, rowsLoaded: 3 });
    const expected = [
      [
        '-9223372036854775808',
        '',
        '-0.5',
        '-Infinity',
        false,
        '9999-12-31',
        '9999-12-31T23:59:59Z',
        '"x"',
        null,
        [],
      ],
      ['0', null, null, null, null, null, null, null, null, null],
      [
        '9223372036854775807',
        'a "b"\nc',
        `${'9'.repeat(29)}.${'9'.repeat(9)}`,
        'NaN',
        true,
        '0001-01-01',
        '2026-03-01T08:00:00.123456789Z',
        '[{"b":1}]',
        'aGk=',
        ['1', '9007199254740993'],
      ],
    ];
    expect(await ws.rows('SELECT * FROM types ORDER BY Id')).toEqual(expected);
    const refused = await load('types.csv', '--schema', 'types.json', '--mode', 'insert');
    expect(refused).toMatchObject({ code: 0, rowsLoaded: 3 });

    const sync = await ws.run('sync', '--schema', 'types.json');
    expect(sync.json().error).toBeUndefined();
    expect(sync.json().result).toMatchObject({ table: 'types', rows: 3 });
    const query = await ws.run('query', 'SELECT Id, S, N, B, J, L FROM types ORDER BY Id');
    expect((query.json().result as unknown as { rows: unknown[] }).rows).toEqual([
      { Id: '-9223372036854775808', S: '', N: '-0.5', B: false, J: 'x', L: [] },
      { Id: 0, S: null, N: null, B: null, J: null, L: [] },
      {
        Id: '9223372036854775807',
        S: 'a "b"\nc',
        N: `${'9'.repeat(29)}.${'9'.repeat(9)}`,
        B: true,
        J: [{ b: 1 }],
        L: [1, '9007199254740993'],
      },
    ]);
  });

  it('inserts, upserts and truncates', async () => {
    ws.write('m1.csv', 'Id,S\n1,a\n2,b\n');
    ws.write('m2.csv', 'Id,S\n2,other\n3,c\n');
    ws.write('kv.json', {
      name: 'kv',
      primaryKey: 'Id',
      fields: [{ name: 'Id', type: 'integer' }, { name: 'S' }],
    });
    await ws.run('provision', '--schema', 'kv.json');
    const schema = ['--schema', 'kv.json'];
    await load('m1.csv', ...schema);
    const insert = await load('m2.csv', ...schema, '--mode', 'insert');
    expect(insert).toMatchObject({ code: 4, rowsLoaded: 1, rowsRejected: 1 });
    expect(readFileSync(insert.rejectsFile!, 'utf8')).toContain(
      'a row with this key exists with other values',
    );
    expect(await ws.rows('SELECT * FROM kv ORDER BY 1')).toEqual([
      ['1', 'a'],
      ['2', 'b'],
      ['3', 'c'],
    ]);
    expect(await load('m2.csv', ...schema)).toMatchObject({ code: 0, rowsLoaded: 2 });
    expect(await load('m1.csv', '--table', 'kv', '--mode', 'truncate')).toMatchObject({
      code: 0,
      rowsLoaded: 2,
    });
    expect(await ws.rows('SELECT * FROM kv ORDER BY 1')).toEqual([
      ['1', 'a'],
      ['2', 'b'],
    ]);
    expect((await load('m1.csv', '--table', 'nowhere')).code).toBe(3);
  });

  it('finds the rows that Spanner refuses, and loads all others', async () => {
    ws.write('u.json', {
      name: 'uniq',
      primaryKey: 'Id',
      fields: [
        { name: 'Id', type: 'integer' },
        { name: 'Code', constraints: { unique: true } },
      ],
    });
    await ws.run('provision', '--schema', 'u.json');
    ws.write('u1.csv', 'Id,Code\n1,taken\n2,gone\n');
    await load('u1.csv', '--schema', 'u.json');
    const rows = Array.from(
      { length: 300 },
      (_, i) => `${i + 10},${i === 123 ? 'taken' : i === 250 ? 'gone' : `c${i}`}`,
    );
    ws.write('u2.csv', `Id,Code\n${rows.join('\n')}\n`);
    const result = await load('u2.csv', '--schema', 'u.json');
    expect(result).toMatchObject({ code: 4, rowsLoaded: 298, rowsRejected: 2 });
    const rejects = readFileSync(result.rejectsFile!, 'utf8').split('\n');
    expect(rejects[1]).toMatch(/^133,taken,125,/);
    expect(rejects[2]).toMatch(/^260,gone,252,/);
    expect(await ws.rows('SELECT COUNT(*) FROM uniq')).toEqual([['300']]);
  });

  it('loads parents first, and names the missing key of orphans', async () => {
    const parents = { name: 'parents', primaryKey: 'Id', fields: [{ name: 'Id' }] };
    const children = {
      name: 'children',
      primaryKey: 'Nr',
      fields: [{ name: 'Nr', type: 'integer' }, { name: 'Parent' }],
      foreignKeys: [{ fields: 'Parent', reference: { resource: 'parents', fields: 'Id' } }],
    };
    ws.write('parents.json', parents);
    ws.write('children.json', children);
    const schemas = ['--schema', 'children.json', '--schema', 'parents.json'];
    await ws.run('provision', ...schemas);
    ws.write('children.csv', 'Nr,Parent\n1,a\n2,nobody\n3,\n4,b\n');
    ws.write('parents.csv', 'Id\na\nb\n');
    const result = await load('children.csv', 'parents.csv', ...schemas);
    expect(result.tables).toMatchObject([
      { table: 'parents', rowsLoaded: 2, rowsRejected: 0 },
      { table: 'children', rowsLoaded: 3, rowsRejected: 1 },
    ]);
    const reject = readFileSync(join(ws.folder, 'children.rejects.csv'), 'utf8').split('\n')[1];
    expect(reject).toContain('2,nobody,3,Parent,"no such row in parents: Id = nobody"');
  });

  it('keeps rows that are alike apart by file and line, and each what it is when it comes again', async () => {
    ws.write('alike.csv', 'Kind,N\n"a\nb",1\n"a\nb",1\nc,2x\n"a\nb",1\nd,3\ne,4\n');
    const inferred = await ws.run(
      'schema',
      'infer',
      'alike.csv',
      '--key-from-row',
      '--tolerate',
      '1',
      '-o',
      'alike.json',
    );
    expect(inferred.code).toBe(0);
    await ws.run('provision', '--schema', 'alike.json');
    const load1 = () => load('alike.csv', '--schema', 'alike.json');
    expect(await load1()).toMatchObject({ rowsRead: 6, rowsLoaded: 5, rowsRejected: 1 });
    expect(await load1()).toMatchObject({ rowsLoaded: 5 });
    const rejects = readFileSync(join(ws.folder, 'alike.rejects.csv'), 'utf8');
    ws.write('alike.rejects.csv', rejects.replace('2x', '2'));
    expect(await load('alike.rejects.csv', '--schema', 'alike.json')).toMatchObject({ rowsLoaded: 1 });
    const all = ['alike:2', 'alike:4', 'alike:6', 'alike:7', 'alike:9', 'alike:10'].sort();
    const keys = async () => (await ws.rows('SELECT Source_Line FROM alike ORDER BY Source_Line')).flat();
    expect(await keys()).toEqual(all);
    // The whole file, corrected, is what it was with the reject file.
    ws.write('alike.csv', 'Kind,N\n"a\nb",1\n"a\nb",1\nc,2\n"a\nb",1\nd,3\ne,4\n');
    expect(await load1()).toMatchObject({ rowsLoaded: 6 });
    expect(await keys()).toEqual(all);
    expect((await ws.run('sync', '--schema', 'alike.json')).json().result).toMatchObject({ rows: 6 });
    // A like row of another file is another row.
    ws.write('more.csv', 'Kind,N\nc,2\n');
    expect(await load('more.csv', '--schema', 'alike.json')).toMatchObject({ rowsLoaded: 1 });
    expect(await keys()).toEqual([...all, 'more:2']);
  });

  it('writes nothing with --check, --dry-run and too many rejects', async () => {
    ws.write('none.csv', `${admissions(20, 900_000)}x,y\n`);
    await load('none.csv', '--check');
    await load('none.csv', '--dry-run');
    expect((await load('none.csv', '--max-rejects', '0')).error?.code).toBe('too-many-rejects');
    expect(await ws.rows("SELECT COUNT(*) FROM PatientInfo WHERE Patient_ID LIKE 'P9000%'")).toEqual([['0']]);
  });

  it('copies to BigQuery in the same run', async () => {
    const run = await ws.run('load', 'a.csv', '--also', 'bigquery');
    expect(run.json().result).toMatchObject({
      rowsLoaded: 1200,
      bigquery: [{ table: 'batch_patient_info' }],
    });
    const query = await ws.run('query', 'SELECT COUNT(*) AS n, SUM(Cost) AS cost FROM batch_patient_info');
    const [[n, cost]] = (await ws.rows('SELECT COUNT(*), SUM(Cost) FROM PatientInfo')) as [[string, string]];
    expect((query.json().result as unknown as { rows: unknown[] }).rows).toEqual([{ n: Number(n), cost }]);
  });
});

const corpus = process.env.HEALTHMON_CORPUS;
describe.skipIf(corpus === undefined)('the Synthea export', () => {
  it('loads into tables of inferred schemas, parents first, without the orphans', async () => {
    const references: Record<string, string[]> = {
      patients: [],
      encounters: ['PATIENT=patients.Id'],
      'observations-vitals': ['PATIENT=patients.Id', 'ENCOUNTER=encounters.Id'],
    };
    const schemas: string[] = [];
    for (const [name, keys] of Object.entries(references)) {
      copyFileSync(join(corpus!, 'data/synthea', `${name}.csv`), join(ws.folder, `${name}.csv`));
      const flags = keys.flatMap((key) => ['--foreign-key', key]);
      const inferred = await ws.run('schema', 'infer', `${name}.csv`, '-o', `${name}.json`, ...flags);
      expect(inferred.code, inferred.stdout).toBe(0);
      schemas.unshift('--schema', `${name}.json`);
    }
    const provisioned = await ws.run('provision', ...schemas);
    expect(provisioned.code, provisioned.stdout).toBe(0);
    const files = Object.keys(references).map((name) => `${name}.csv`);
    const { tables, code } = await load(...files.reverse(), ...schemas);
    expect(code).toBe(4);
    // The encounters that were given are a part of those that the observations name.
    expect(tables).toMatchObject([
      { table: 'patients', rowsLoaded: 30, rowsRejected: 0 },
      { table: 'encounters', rowsLoaded: 93, rowsRejected: 0 },
      { table: 'observations_vitals', rowsLoaded: 232, rowsRejected: 1860 },
    ]);
    const rejects = readFileSync(join(ws.folder, 'observations-vitals.rejects.csv'), 'utf8');
    expect(rejects.match(/"no such row in encounters: Id = [0-9a-f-]{36}"/g)).toHaveLength(1860);
    expect(await ws.rows('SELECT COUNT(*) FROM observations_vitals')).toEqual([['232']]);
  }, 120_000);
});
