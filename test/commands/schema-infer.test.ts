import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readTableSchema } from '../../src/schema/table-schema.js';
import { runHealthmon } from '../helpers/run.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'healthmon-infer-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

interface Field {
  name: string;
  type: string;
  storageType?: string;
  constraints?: object;
}

async function infer(csv: string, ...options: string[]) {
  writeFileSync(join(folder, 'in.csv'), csv);
  const run = await runHealthmon(['schema', 'infer', 'in.csv', '--json', ...options], { cwd: folder });
  const { result, error } = run.json() as unknown as {
    result: { schema: { fields: Field[]; primaryKey: string[] }; map: string[] };
    error?: Record<string, string>;
  };
  return { result, error, code: run.code };
}

describe('schema infer', () => {
  it('proposes types, required columns, lengths, enumerations and the key', async () => {
    const rows = Array.from({ length: 100 }, (_, i) =>
      [
        `0${1000 + i}`,
        i,
        `${i}.5`,
        `1e${i}`,
        i % 2 ? 'yes' : 'no',
        '2026-01-01',
        '2026-01-01T00:00:00Z',
        'true',
        i || '',
        '"{""a"":1}"',
      ].join(','),
    );
    const { result } = await infer(
      `Zip,Nr,Cost,Big,Answer,Day,At,Ok,Maybe,Doc\n${rows.join('\n')}\n`,
      '-o',
      'out.json',
    );
    const required = { required: true };
    expect(result.schema.fields).toEqual([
      { name: 'Zip', type: 'string', constraints: { required: true, maxLength: 16 } },
      { name: 'Nr', type: 'integer', constraints: required },
      { name: 'Cost', type: 'number', storageType: 'NUMERIC', constraints: required },
      { name: 'Big', type: 'number', constraints: required },
      { name: 'Answer', type: 'string', constraints: { required: true, maxLength: 16, enum: ['no', 'yes'] } },
      { name: 'Day', type: 'date', constraints: required },
      { name: 'At', type: 'datetime', constraints: required },
      { name: 'Ok', type: 'boolean', constraints: required },
      { name: 'Maybe', type: 'integer' },
      { name: 'Doc', type: 'object', constraints: required },
    ]);
    expect(result.schema.primaryKey).toEqual(['Zip']);
    expect(readTableSchema(join(folder, 'out.json')).primaryKey).toEqual(['Zip']);
    const check = await runHealthmon(['load', 'in.csv', '--check', '--json', '--schema', 'out.json'], {
      cwd: folder,
    });
    expect(check.json().result).toMatchObject({ rowsRead: 100, rowsRejected: 0 });
  });

  it('prefers a column named id, takes several columns when none is a key alone, and says when there is none', async () => {
    expect((await infer('Name,patient_id\na,1\nb,2\n')).result.schema.primaryKey).toEqual(['patient_id']);
    expect((await infer('A,B,C\n1,1,x\n1,2,x\n2,1,x\n')).result.schema.primaryKey).toEqual(['A', 'B']);
    expect((await infer('A\n1\n1\n')).error?.code).toBe('no-key-found');
    expect((await infer('A,B\n1,1\n1,2\n', '--key', 'A,B')).result.schema.primaryKey).toEqual(['A', 'B']);
  });

  it('keeps columns that refer to another table in a key of several', async () => {
    const readings = 'At,Who,Value\n1,a,1\n1,a,2\n2,b,1\n3,b,1\n';
    expect((await infer(readings)).result.schema.primaryKey).toEqual(['At', 'Value']);
    const referring = await infer(readings, '--foreign-key', 'Who=people.Id');
    expect(referring.result.schema.primaryKey).toEqual(['At', 'Who', 'Value']);
  });

  const typesOf = async (csv: string, ...options: string[]) => {
    const { result } = await infer(csv, ...options);
    return result.schema.fields.map(({ type, storageType }) => storageType ?? type);
  };

  it('loses no digit and no sign of what is no number', async () => {
    const ids = ['123456789012345678901234567890123', '123456789012345678901234567890124'];
    expect(
      await typesOf(
        `Id,Phone,Lens,X\n${ids[0]},+4915112345,+1.25,0.12345678901234567890\n${ids[1]},+4915112346,-0.5,1.5\n`,
      ),
    ).toEqual(['string', 'string', 'NUMERIC', 'string']);
    expect((await infer(`Id\n${ids.join('\n')}\n`)).result.schema.primaryKey).toEqual(['Id']);
    expect(await typesOf('Id,N\n1, 5\n2,6\n')).toEqual(['integer', 'integer']);
  });

  it('takes for a key what loads as one', async () => {
    expect((await infer('N,V\n1.5,1\n1.50,2\n')).result.schema.primaryKey).toEqual(['V']);
    expect((await infer(`K\n${'x'.repeat(9000)}\ny\n`)).error?.code).toBe('no-key-found');
    const wide = Array.from({ length: 12 }, (_, i) => `c${i}`).join();
    const row = (id: number) => `${Array.from({ length: 12 }, () => 'x').join()},${id}`;
    const { result } = await infer(`${wide},patient_id\n${row(1)}\n${row(2)}\n`);
    expect(result.schema.primaryKey).toEqual(['patient_id']);
    expect((await infer('A,B\n"{}",1\n', '--key', 'A')).error?.message).toContain('primaryKey holds A');
  });

  it('takes the names of a file without a header line', async () => {
    const { result } = await infer('1,a\n2,b\n', '--columns', 'Id,Name');
    expect(result.schema.fields.map(({ name }) => name)).toEqual(['Id', 'Name']);
    expect(result).toMatchObject({ rows: 2 });
    expect((await infer('1,a\n', '--columns', 'Id,Id')).error?.message).toContain('Id twice');
  });

  it('says that a file is in another encoding', async () => {
    writeFileSync(join(folder, 'latin.csv'), Buffer.from('Id,A\n1,\xe9\n', 'latin1'));
    const run = await runHealthmon(['schema', 'infer', 'latin.csv', '--json'], { cwd: folder });
    expect(run.json().error).toMatchObject({ code: 'wrong-encoding' });
  });

  it('reads one file, and never writes over it', async () => {
    const csv = 'Id,A\n1,a\n';
    writeFileSync(join(folder, 'other.csv'), csv);
    expect((await infer(csv, '-o', './in.csv')).error).toMatchObject({ code: 'invalid-option' });
    expect(readFileSync(join(folder, 'in.csv'), 'utf8')).toBe(csv);
    expect((await infer(csv, '-o', 'none/out.json')).error).toMatchObject({ code: 'invalid-option' });
    const several = await runHealthmon(['schema', 'infer', '*.csv', '--json'], { cwd: folder });
    expect(several.json().error?.message).toContain('2 files');
  });

  it('renames what is no column name, and says how to load it', async () => {
    const { result } = await infer('Id,Full name,1st\n1,a,b\n');
    expect(result.schema.fields.map(({ name }) => name)).toEqual(['Id', 'Full_name', 't_1st']);
    expect(result.map).toEqual(['Full name=Full_name', '1st=t_1st']);
    const umlauts = await infer('Id,Jörg,a b,a_b\n1,a,b,c\n');
    expect(umlauts.result.map).toEqual(['Jörg=Jorg', 'a b=a_b_2']);
  });
});

const corpus = process.env.HEALTHMON_CORPUS;
describe.skipIf(corpus === undefined)('the Synthea export', () => {
  it.each(['patients', 'encounters', 'observations-vitals'])(
    '%s passes the schema inferred from it',
    async (name) => {
      const csv = readFileSync(join(corpus!, 'data/synthea', `${name}.csv`), 'utf8');
      const { error } = await infer(csv, '-o', 'out.json');
      expect(error).toBeUndefined();
      const check = await runHealthmon(['load', 'in.csv', '--check', '--json', '--schema', 'out.json'], {
        cwd: folder,
      });
      expect(check.json().result).toMatchObject({ rowsRejected: 0 });
    },
  );
});
