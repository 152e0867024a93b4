import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readTableSchema } from '../../src/schema/read-table-schema.js';
import { runHealthmon } from '../helpers/run.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'healthmon-infer-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

interface Exception {
  column: string;
  type: string;
  values: number;
  fitting: number;
  line: number;
  found: string;
  reason: string;
  kept: boolean;
}

interface Field {
  name: string;
  type: string;
  storageType?: string;
  constraints?: object;
}

async function infer(csv: string | Buffer, ...options: string[]) {
  writeFileSync(join(folder, 'in.csv'), csv);
  const run = await runHealthmon(['schema', 'infer', 'in.csv', '--json', ...options], { cwd: folder });
  const { result, error } = run.json() as unknown as {
    result: {
      schema: { fields: Field[]; primaryKey: string[]; foreignKeys?: object[] };
      map: string[];
      exceptions: Exception[];
      badRows: { reason: string; count: number; line: number }[];
      keyDoubt: string | null;
    };
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
    expect(result.schema.primaryKey).toEqual(['Nr']);
    expect(readTableSchema(join(folder, 'out.json')).primaryKey).toEqual(['Nr']);
    const check = await runHealthmon(['load', 'in.csv', '--check', '--json', '--schema', 'out.json'], {
      cwd: folder,
    });
    expect(check.json().result).toMatchObject({ rowsRead: 100, rowsRejected: 0 });
  });

  const keyOf = async (csv: string, ...options: string[]) => {
    const { result, error } = await infer(csv, ...options);
    return error?.code ?? result.schema.primaryKey;
  };

  it.each([
    ['a name like an id', 'Name,patient_id\na,1\nb,2\n', ['patient_id']],
    ['the words of a name', 'A,Case Number\n1,7\n2,5\n', ['Case Number'.replace(' ', '_')]],
    [
      'UUIDs',
      `A,U\n1,${'0'.repeat(8)}-0000-4000-8000-${'0'.repeat(12)}\n2,${'1'.repeat(8)}-0000-4000-8000-${'0'.repeat(12)}\n`,
      ['U'],
    ],
    ['codes with one prefix', 'Value,Ref\n7,P-01\n5,P-02\n', ['Ref']],
    ['numbers that count up', 'Value,N\n7,101\n5,102\n6,103\n', ['N']],
    ['an id with a time', 'Value,MRN,At\n7,a,2026-01-01\n5,a,2026-01-02\n', ['MRN', 'At']],
    ['an id with a code', 'MRN,Code,Value\na,x,1\na,y,1\nb,x,1\n', ['MRN', 'Code']],
    [
      'an id without what it does not need',
      'MRN,Day,Code,Value\na,2026-01-01,x,1\na,2026-01-01,y,1\nb,2026-01-01,x,1\n',
      ['MRN', 'Code'],
    ],
    ['no measurement', 'Cholesterol,Age\n233,63\n250,37\n204,41\n', 'no-key-found'],
    ['no measurement with decimals', 'Weight\n70.5\n80.1\n', 'no-key-found'],
    ['no name', 'First,Last\nMaude482,Wunsch504\nDoug1,Yundt842\n', 'no-key-found'],
    ['no phone number', 'Phone number,Fax no\n5551234,1\n5551235,7\n', 'no-key-found'],
    ['no birthday', 'Born\n2001-01-01\n2002-01-01\n', 'no-key-found'],
    ['no postal code', 'Zip code\nA1\nB2\n', 'no-key-found'],
    ['nothing that repeats', 'patient_id\n1\n1\n', 'no-key-found'],
    ['nothing that is missing', 'patient_id,A\n1,2\n,5\n', 'no-key-found'],
  ] as const)('takes for a key %s', async (_what, csv, key) => {
    expect(await keyOf(csv)).toEqual(key);
  });

  it('takes the key that is given, by the names of the file or of the fields, and says when it repeats', async () => {
    expect(await keyOf('A,B\n1,1\n1,2\n', '--key', 'A,B')).toEqual(['A', 'B']);
    const spaced = 'Case no,B c\n1,1\n1,2\n';
    for (const key of ['Case no,B c', 'Case_no,B_c']) {
      const { result } = await infer(spaced, '--key', key);
      expect(result.schema.primaryKey).toEqual(['Case_no', 'B_c']);
      expect(result.keyDoubt).toBeNull();
    }
    expect((await infer(spaced, '--key', 'Case no')).result.keyDoubt).toBe('repeats');
  });

  it('takes others besides an id only when it must, and says so', async () => {
    const csv = 'MRN,Day,Note,Value\na,2026-01-01,x,1\na,2026-01-01,x,2\nb,2026-01-01,x,1\n';
    const { result } = await infer(csv);
    expect(result.schema.primaryKey).toEqual(['MRN', 'Day', 'Value']);
    expect(result.keyDoubt).toBe('guess');
    const told = await runHealthmon(['schema', 'infer', 'in.csv'], { cwd: folder });
    expect(told.stderr).toContain('--key-from-row is safe when rows can be alike');
  });

  it('keeps columns that refer to another table in a key of several', async () => {
    const readings = 'At,Who,Nr\n2026-01-01,a,1\n2026-01-01,a,2\n2026-01-02,b,1\n2026-01-03,b,1\n';
    expect(await keyOf(readings)).toEqual(['At', 'Nr']);
    expect(await keyOf(readings, '--foreign-key', 'Who=people.Id')).toEqual(['At', 'Who', 'Nr']);
  });

  it('finds wrong names and files before it reads the rows', async () => {
    // The rows are in another encoding, which is found when they are read.
    const csv = Buffer.concat([Buffer.from('Id,Full name\n'), Buffer.from([0x31, 0x2c, 0xe9, 0x0a])]);
    const error = async (...options: string[]) => (await infer(csv, ...options)).error;
    for (const option of ['--key', '--foreign-key']) {
      const rest = option === '--key' ? '' : '=people.Id';
      expect(await error(option, `Full nam${rest}`)).toMatchObject({
        code: 'invalid-option',
        message: `The file has no column "Full nam", which ${option} names.`,
        suggestion: 'Did you mean "Full name"?',
      });
    }
    expect(await error('--foreign-key', 'Id')).toMatchObject({ code: 'invalid-option' });
    expect(await error('--tolerate', 'some')).toMatchObject({ code: 'invalid-option' });
    expect(await error('--key', 'Id', '--key-from-row')).toMatchObject({ code: 'invalid-option' });
    expect(await error('-o', 'none/out.json')).toMatchObject({ code: 'invalid-option' });
    expect(await error('-o', 'out.json')).toMatchObject({ code: 'wrong-encoding' });
    expect(existsSync(join(folder, 'out.json'))).toBe(false);
  });

  it('takes the column of a foreign key by the name of the file or of the field', async () => {
    for (const name of ['Patient No', 'Patient_No']) {
      const { result } = await infer('Id,Patient No\n1,a\n2,a\n', '--foreign-key', `${name}=people.Id`);
      expect(result.schema.foreignKeys).toEqual([
        { fields: ['Patient_No'], reference: { resource: 'people', fields: ['Id'] } },
      ]);
    }
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
    expect((await infer('N_id,V\n1.5,1\n1.50,2\n7,3\n')).result.schema.primaryKey).toEqual(['V']);
    expect((await infer(`Id\n${'x'.repeat(9000)}\ny\n`)).error?.code).toBe('no-key-found');
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

  const rows = (count: number, row: (index: number) => string) =>
    `${Array.from({ length: count }, (_, index) => row(index)).join('\n')}\n`;

  it('says what keeps a column from a type, without the values, and tolerates what it may', async () => {
    const csv = `Id,Level\n${rows(2000, (i) => `${i},${i % 500 === 499 ? '<0.5' : i / 4}`)}`;
    const { result } = await infer(csv);
    expect(result.schema.fields[1]).toMatchObject({ name: 'Level', type: 'string' });
    expect(result.exceptions).toEqual([
      {
        column: 'Level',
        type: 'number',
        values: 2000,
        fitting: 1996,
        line: 501,
        found: '<9.9',
        valueShown: false,
        reason: 'not a number',
        hint: '',
        kept: false,
        called: 'numbers',
      },
    ]);
    const shown = await infer(csv, '--show-values');
    expect(shown.result.exceptions[0]).toMatchObject({ found: '<0.5', valueShown: true });
    for (const [tolerate, type] of [
      ['0.19%', 'string'],
      ['0.2%', 'number'],
      ['3', 'string'],
      ['4', 'number'],
    ] as const) {
      const tolerant = await infer(csv, '--tolerate', tolerate, '-o', 'out.json');
      expect(tolerant.result.schema.fields[1]?.type, tolerate).toBe(type);
      expect(tolerant.result.exceptions[0]?.kept).toBe(type === 'number');
    }
    const check = await runHealthmon(['load', 'in.csv', '--check', '--json', '--schema', 'out.json'], {
      cwd: folder,
    });
    expect(check.json().result).toMatchObject({ rowsRead: 2000, rowsValid: 1996, rowsRejected: 4 });
    const told = await runHealthmon(['schema', 'infer', 'in.csv'], { cwd: folder });
    expect(told.stderr).toContain(
      'warning Level: 1,996 of 2,000 values are numbers; line 501 is like "<9.9". So the column is a string; --tolerate 0.2% keeps the type number, and load rejects the other rows.',
    );
    expect(told.stdout + told.stderr).not.toContain('<0.5');
  });

  it.each([
    ['a time without an offset', '2026-01-01 10:00', [], 'datetime', '--timezone'],
    ['a date in another format', '31.01.2026', [], 'date', '--date-format'],
    ['thousands separators', '"1,234"', [], 'integer', 'separators'],
  ])('says how a column of %s gets its type', async (_what, text, options, type, hint) => {
    const { result } = await infer(`Id,V\n${rows(30, (i) => `${i},${text}`)}`, ...options);
    expect(result.schema.fields[1]?.type).toBe('string');
    expect(result.exceptions).toMatchObject([{ column: 'V', type, values: 30, fitting: 0, line: 2 }]);
    expect((result.exceptions[0] as Exception & { hint: string }).hint).toContain(hint);
  });

  it('takes dates in the format that is given', async () => {
    const { result } = await infer('Id,Day\n1,31.01.2026\n2,01.02.2026\n', '--date-format', 'DD.MM.YYYY');
    expect(result.schema.fields[1]).toMatchObject({ name: 'Day', type: 'date' });
  });

  it('says which local times the change of the clock took away', async () => {
    const hour = (i: number) =>
      new Date(Date.UTC(2024, 2, 30, i)).toISOString().slice(0, 16).replace('T', ' ');
    const csv = `Id,At\n${rows(100, (i) => `${i},${hour(i)}`)}`;
    const { result } = await infer(csv, '--timezone', 'Europe/Berlin');
    expect(result.exceptions).toMatchObject([
      {
        column: 'At',
        type: 'datetime',
        fitting: 99,
        line: 28,
        reason: 'a time that the clock change skipped',
      },
    ]);
    const kept = await infer(csv, '--timezone', 'Europe/Berlin', '--tolerate', '1%');
    expect(kept.result.schema.fields[1]?.type).toBe('datetime');
  });

  it('tolerates as much as it is told to, and finds what stands first in the file', async () => {
    const csv = `Id,V\n${rows(10, (i) => `${i},${i < 3 ? 'x' : i}`)}`;
    expect((await infer(csv)).result.exceptions).toEqual([]);
    const { result } = await infer(csv, '--tolerate', '3');
    expect(result.schema.fields[1]?.type).toBe('integer');
    expect(result.exceptions).toMatchObject([{ column: 'V', fitting: 7, line: 2, kept: true }]);
    const text = await infer(`Id,V\n${rows(4, (i) => `${i},${i < 2 ? 'x' : i}`)}`, '--tolerate', '3');
    expect(text.result.schema.fields[1]?.type).toBe('string');
    const late = await infer(`Id,V\n${rows(12_000, (i) => `${i},${i < 2000 ? '<0.5' : i}`)}`);
    expect(late.result.exceptions).toMatchObject([{ column: 'V', fitting: 10_000, line: 2, kept: false }]);
  });

  it('keeps codes text, whatever is tolerated, and says so when there are few', async () => {
    const csv = `Id,Ward\n${rows(1000, (i) => `${i},${i === 500 ? '07' : 10 + (i % 70)}`)}`;
    const { result } = await infer(csv, '--tolerate', '10%');
    expect(result.schema.fields[1]?.type).toBe('string');
    expect(result.exceptions).toMatchObject([{ column: 'Ward', type: 'integer', line: 502, found: '99' }]);
    expect(
      (await infer(`Id,Zip\n${rows(100, (i) => `${i},${i % 2 ? '0' : '1'}4711`)}`)).result.exceptions,
    ).toEqual([]);
  });

  it('gives up no type for a mixture that is none', async () => {
    const { result } = await infer(`Id,V\n${rows(3000, (i) => `${i},${i % 3 ? 'x' : ''}${i}`)}`);
    expect(result.exceptions).toEqual([]);
  });

  it('leaves out rows that have not the fields of the header, and says so', async () => {
    const csv = `Id,Kind,N\n${rows(100, (i) => `${i},${i % 2 ? 'left' : 'right'},${i}`)}100,rig\n101,left,1,2\n102,le\n103,"a"b,1\n`;
    const { result } = await infer(csv);
    expect(result.schema.fields).toMatchObject([
      { name: 'Id', type: 'integer', constraints: { required: true } },
      { name: 'Kind', constraints: { required: true, enum: ['left', 'right'] } },
      { name: 'N', type: 'integer', constraints: { required: true } },
    ]);
    expect(result.badRows).toEqual([
      { reason: 'fewer fields than the header', count: 2, line: 102 },
      { reason: 'more fields than the header', count: 1, line: 103 },
      { reason: 'text after a closing quote', count: 1, line: 105 },
    ]);
    const told = await runHealthmon(['schema', 'infer', 'in.csv'], { cwd: folder });
    expect(told.stderr).toContain(
      'warning 2 rows left out: fewer fields than the header, first on line 102; load rejects them',
    );
    expect((await infer('A,B\n1,2,3\n1,2,3\n')).error).toMatchObject({
      code: 'empty-file',
      detail: 'All 2 rows are bad, the first on line 2: more fields than the header.',
    });
  });

  it('loads by title what it renamed', async () => {
    const csv = 'Case no,Full name,1st\n1,a,b\n2,c,d\n';
    await infer(csv, '-o', 'out.json');
    const check = async (text: string, ...options: string[]) => {
      writeFileSync(join(folder, 'next.csv'), text);
      const words = ['load', 'next.csv', '--check', '--json', '--schema', 'out.json', ...options];
      return (await runHealthmon(words, { cwd: folder })).json();
    };
    expect((await check(csv)).result).toMatchObject({ rowsRead: 2, rowsValid: 2, rowsRejected: 0 });
    // The names of the fields and pairs of --map go before titles.
    const own = 'Case_no,Full_name,t_1st\n1,a,b\n';
    expect((await check(own)).result).toMatchObject({ rowsValid: 1 });
    const both = 'Case no,Full_name,1st,Full name\n1,a,b,c\n';
    expect((await check(both)).error?.detail).toContain('Extra: Full name.');
    expect((await check('Case no,Name,1st\n1,a,b\n', '--map', 'Name=Full_name')).result).toMatchObject({
      rowsValid: 1,
    });
  });

  it('takes rows that are alike for different ones with --key-from-row', async () => {
    const csv = 'Kind,N\na,1\na,1\nb,x2\na,1\n';
    const { result } = await infer(csv, '--key-from-row', '--name', 'alike', '-o', 'out.json');
    expect(result.schema.primaryKey).toEqual(['Source_Line']);
    expect(result.schema.fields[0]).toMatchObject({ name: 'Source_Line', filledBy: 'source-line' });
    const load = async (...files: string[]) =>
      (
        await runHealthmon(['load', ...files, '--check', '--json', '--schema', 'out.json'], { cwd: folder })
      ).json();
    expect((await load('in.csv')).result).toMatchObject({ rowsValid: 4 });
    writeFileSync(join(folder, 'other.csv'), csv);
    expect((await load('in.csv', 'other.csv')).result).toMatchObject({ rowsValid: 8 });
    mkdirSync(join(folder, 'more'));
    writeFileSync(join(folder, 'more/in.csv'), csv);
    expect((await load('in.csv', 'more/in.csv')).error).toMatchObject({
      code: 'invalid-argument',
      message: 'in.csv and more/in.csv have the same name, of which the column Source_Line is made.',
    });
    const taken = await infer('source_line\n1\n', '--key-from-row');
    expect(taken.result.schema.primaryKey).toEqual(['Source_Line_2']);
  });

  it('proposes what every row passes that has the fields of the header, whatever is in it', async () => {
    const cell = fc.oneof(
      fc.constantFrom(
        '',
        '0',
        '007',
        '-1.5',
        '1e400',
        'NaN',
        'true',
        'no',
        '{}',
        '[1,null]',
        '2026-02-30',
        '1,234',
        'a b',
      ),
      fc.constantFrom(
        '2026-01-01',
        '2026-01-01T10:00:00Z',
        '2026-01-01 10:00',
        '31.12.2026',
        '"',
        "'",
        '\u00e9',
        '\n',
      ),
      fc.string({ maxLength: 12 }),
      fc.double().map(String),
      fc.bigInt().map(String),
    );
    // Mostly of one kind, as columns are.
    const column = fc
      .tuple(cell, fc.array(cell, { maxLength: 3 }))
      .map(([usual, others]) => [...Array(9).fill(usual), ...others]);
    const file = fc.record({
      columns: fc.array(column, { minLength: 1, maxLength: 5 }),
      picks: fc.array(fc.nat(), { minLength: 1, maxLength: 60 }),
      widths: fc.array(fc.integer({ min: -1, max: 1 }), { maxLength: 4 }),
    });
    const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
    await fc.assert(
      fc.asyncProperty(file, async ({ columns, picks, widths }) => {
        const rowOf = (pick: number, index: number) => {
          const values = columns.map(
            (choices, at) => choices[(pick + at * 7 + index) % choices.length] as string,
          );
          return values.map((text) => (text === '' ? '' : quoted(text)));
        };
        const lines = picks.map((pick, index) => {
          const row = rowOf(pick, index);
          const width = widths[index] ?? 0;
          return (width > 0 ? [...row, 'x'] : width < 0 && row.length > 1 ? row.slice(1) : row).join();
        });
        const csv = `${columns.map((_, at) => `c ${at}`).join()}\n${lines.join('\n')}\n`;
        const { result, error } = await infer(csv, '--key-from-row', '--delimiter', ',', '-o', 'out.json');
        if (error !== undefined) {
          expect(error.code).toBe('empty-file');
          return;
        }
        const words = ['load', 'in.csv', '--check', '--json', '--schema', 'out.json', '--delimiter', ','];
        const check = (await runHealthmon(words, { cwd: folder })).json();
        const bad = result.badRows.reduce((sum, { count }) => sum + count, 0);
        expect(check.result, csv).toMatchObject({ rowsRejected: bad });
      }),
      { numRuns: 60 },
    );
  });

  it('renames what is no column name, and says what became of it', async () => {
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
