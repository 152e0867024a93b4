import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runHealthmon } from '../helpers/run.js';

const SCHEMA = {
  name: 'things',
  fields: [
    { name: 'Id', type: 'integer', constraints: { required: true } },
    { name: 'Name', type: 'string', constraints: { maxLength: 10 } },
    { name: 'Cost', type: 'number', storageType: 'NUMERIC', constraints: { minimum: 0 } },
    { name: 'Kind', type: 'string', constraints: { enum: ['big', 'small'] } },
    { name: 'Seen', type: 'datetime' },
    { name: 'Born', type: 'date' },
    { name: 'Code', type: 'string', constraints: { unique: true, pattern: '[A-Z]+' } },
  ],
  primaryKey: ['Id'],
};
const HEADER = 'Id,Name,Cost,Kind,Seen,Born,Code';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'healthmon-load-'));
  writeFileSync(join(folder, 'things.json'), JSON.stringify(SCHEMA));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

interface Outcome {
  code: number;
  rowsRead: number;
  rowsRejected: number;
  rejects: Record<string, string>[];
  error?: Record<string, string>;
  stderr: string;
}

async function check(bytes: string | Buffer, options: string[] = [], name = 'in.csv'): Promise<Outcome> {
  writeFileSync(join(folder, name), bytes);
  const run = await runHealthmon(['load', name, '--check', '--json', '--schema', 'things.json', ...options], {
    cwd: folder,
  });
  const document = run.json() as unknown as {
    result?: { rowsRead: number; rowsRejected: number; rejectsFile: string | null };
    error?: Record<string, string>;
  };
  const { result, error } = document;
  const rejects =
    result?.rejectsFile == null
      ? []
      : (parse(readFileSync(result.rejectsFile), { columns: true, bom: true }) as Record<string, string>[]);
  return {
    code: run.code,
    rowsRead: result?.rowsRead ?? -1,
    rowsRejected: result?.rowsRejected ?? -1,
    rejects,
    error,
    stderr: run.stderr,
  };
}

const where = (rejects: Record<string, string>[]) =>
  rejects.map(({ _line, _column, _reason }) => `${_line} ${_column}: ${_reason}`);

/** Rows below the header, and the exact rejects they must make. */
const TORTURE: [string, string | Buffer, string[], string[]][] = [
  ['good rows', `${HEADER}\n1,a,1.5,big,2026-03-01T10:00:00Z,2026-03-01,A\n2,,,,,,\n`, [], []],
  ['a byte order mark', `\uFEFF${HEADER}\n1,é,,,,,\n`, [], []],
  ['UTF-16 little endian', Buffer.from(`\uFEFF${HEADER}\r\n1,é😀,,,,,\r\n`, 'utf16le'), [], []],
  ['UTF-16 big endian', Buffer.from(`\uFEFF${HEADER}\n1,é,,,,,\n`, 'utf16le').swap16(), [], []],
  ['Latin-1 when named', Buffer.from(`${HEADER}\n1,é,,,,,\n`, 'latin1'), ['--encoding', 'latin1'], []],
  ['Windows-1252', Buffer.from(`${HEADER}\n1,\x80\x93,,,,,\n`, 'latin1'), ['--encoding', 'cp1252'], []],
  ['UTF-16 when named', Buffer.from(`${HEADER}\n1,病院,,,,,\n`, 'utf16le'), ['--encoding', 'utf-16'], []],
  [
    'a mark that says more than the option',
    Buffer.from(`\uFEFF${HEADER}\n1,a,,,,,\n`, 'utf16le').swap16(),
    ['--encoding', 'utf-16'],
    [],
  ],
  ['semicolons', `${HEADER.replaceAll(',', ';')}\n1;a,b;;;;;\n`, [], []],
  ['tabs', `${HEADER.replaceAll(',', '\t')}\n1\ta,b\t\t\t\t\t\n`, [], []],
  ['a named delimiter', `${HEADER.replaceAll(',', '^')}\n1^a,b^^^^^\n`, ['--delimiter', '^'], []],
  ['single quotes', `${HEADER}\n1,'a,''b',,,,,\n`, ['--quote', "'"], []],
  ['backslash escapes', `${HEADER}\n1,"a\\"b",,,,,\n`, ['--escape', '\\'], []],
  ['CR line ends', `${HEADER}\r1,a,,,,,\r2,b,,,,,\r`, [], []],
  ['gzip', gzipSync(`${HEADER}\n1,a,,,,,\n`), [], []],
  ['columns named on the command line', '1,a,,,,,\n', ['--columns', HEADER], []],
  ['another order of columns', 'Name,Id,Kind,Cost,Code,Born,Seen\na,1,big,2,A,,\n', [], []],
  ['a mapped column', `${HEADER.replace('Name', 'Full name')}\n1,a,,,,,\n`, ['--map', 'Full name=Name'], []],
  [
    'every reason of a row',
    `${HEADER}\nx,far too long a name,-1,huge,now,tomorrow,a\n`,
    [],
    [
      '2 Id; Name; Cost; Kind; Seen; Born; Code: Id: not a whole number; Name: longer than 10 characters; Cost: below 0; Kind: not an allowed value; Seen: not a timestamp; Born: not a date; Code: not in the required form',
    ],
  ],
  ['a missing key', `${HEADER}\n,a,,,,,\n`, [], ['2 Id: missing']],
  [
    'keys that repeat, of good rows only',
    `${HEADER}\n1,a,,,,,A\n01,b,,,,,B\n2,far too long a name,,,,,\n2,c,,,,,A\n2,d,,,,,D\n`,
    [],
    [
      '3 Id: repeats the key of an earlier row',
      '4 Name: longer than 10 characters',
      '5 Code: repeats the key of an earlier row',
    ],
  ],
  [
    'another number of fields',
    `${HEADER}\n1,a\n2,b,,,,,,\n3,c,,,,,\n`,
    [],
    ['2 : fewer fields than the header', '3 : more fields than the header'],
  ],
  [
    'wrong quotes',
    `${HEADER}\n1,"a"b,,,,,\n2,a"b,,,,,\n3,"c\nd",,,,,\n4,"open,,,,,\n5,e,,,,,\n`,
    [],
    [
      '2 : text after a closing quote',
      '3 : a quote within an unquoted field',
      '6 : a quote that is opened on this line is never closed',
    ],
  ],
  [
    'a damaged byte in a UTF-8 file',
    Buffer.concat([
      Buffer.from(`${HEADER}\n1,é,,,,,\n2,`),
      Buffer.from([0xe9]),
      Buffer.from(',,,,,\n3,ü,,,,,\n'),
    ]),
    [],
    ['3 Name: not valid Unicode'],
  ],
  [
    'a damaged byte long before and after the first character beyond ASCII',
    Buffer.concat([
      Buffer.from(`${HEADER}\n1,`),
      Buffer.from([0xc3]),
      Buffer.from(`,,,,,\n${Array.from({ length: 500 }, (_, i) => `${i + 10},a,,,,,\n`).join('')}2,é,,,,,\n`),
      Buffer.from(`${Array.from({ length: 500 }, (_, i) => `${i + 600},a,,,,,\n`).join('')}3,`),
      Buffer.from([0xc3]),
      Buffer.from(',,,,,\n'),
    ]),
    [],
    ['2 Name: not valid Unicode', '1004 Name: not valid Unicode'],
  ],
  [
    'quotes that are wrong on a later line of their record',
    `${HEADER}\n1,"a\nb",,,,,"open" b\n2,"c\nd",,,,e"f,\n3,g,,,,,\n4,"a\nb",,,,,"open\n5,h,,,,,\n`,
    [],
    [
      '3 : text after a closing quote',
      '5 : a quote within an unquoted field',
      '8 : a quote that is opened on this line is never closed',
    ],
  ],
  [
    'a NUL far into the file',
    `${HEADER}\n${Array.from({ length: 300 }, (_, i) => `${i},a,,,,,\n`).join('')}300,a\0,,,,,\n`,
    [],
    ['302 Name: holds a NUL character'],
  ],
  [
    'dates and times that are never guessed',
    `${HEADER}\n1,,,,2026-03-01T10:00:00,03/04/2024,\n`,
    [],
    [
      '2 Seen; Born: Seen: a time without an offset; Born: an ambiguous date: day and month cannot be told apart',
    ],
  ],
  [
    'the same with a zone and a format',
    `${HEADER}\n1,,,,2026-03-01T10:00:00,03/04/2024,\n`,
    ['--timezone', 'Europe/Berlin', '--date-format', 'DD/MM/YYYY'],
    [],
  ],
  ['a null marker', `${HEADER}\n1,NA,NA,NA,NA,NA,NA\n`, ['--null-marker', 'NA'], []],
  [
    'a null marker for a required column',
    `${HEADER}\nNA,,NA,NA,,,NA\n`,
    ['--null-marker', 'NA'],
    ['2 Id: missing'],
  ],
  [
    'a quoted null marker is a text',
    `${HEADER}\n1,,"NA",NA,,,NA\n`,
    ['--null-marker', 'NA'],
    ['2 Cost: not a number'],
  ],
];

describe('load --check', () => {
  for (const [name, bytes, options, expected] of TORTURE) {
    it(`takes ${name}`, async () => {
      const { code, rowsRead, rowsRejected, rejects, error } = await check(bytes, options);
      expect(error).toBeUndefined();
      expect(where(rejects)).toEqual(expected);
      expect(rowsRejected).toBe(expected.length);
      expect(rowsRead).toBeGreaterThanOrEqual(expected.length);
      expect(code).toBe(expected.length > 0 ? 4 : 0);
    });
  }

  it.each([
    ['an empty file', '', [], 'empty-file', 'empty', ''],
    ['only a byte order mark', '\uFEFF', [], 'empty-file', 'empty', ''],
    ['a binary file', Buffer.from([1, 0, 2, 0, 0, 0, 7, 8, 9]), [], 'not-text', 'NUL', ''],
    ['Latin-1', Buffer.from(`${HEADER}\n1,é,,,,,\n`, 'latin1'), [], 'wrong-encoding', 'line 2', 'latin1'],
    [
      'UTF-16 without a mark',
      Buffer.from(`${HEADER}\n1,a,,,,,\n`, 'utf16le'),
      [],
      'wrong-encoding',
      'UTF-16LE',
      'utf-16le',
    ],
    [
      'UTF-16 of other characters without a mark',
      Buffer.from(`${HEADER}\n1,病院の患者様病院の患者様,,,,,\n`, 'utf16le'),
      [],
      'wrong-encoding',
      'UTF-16LE',
      'utf-16le',
    ],
    [
      'UTF-32',
      Buffer.from('fffe0000490000006400000a000000', 'hex'),
      [],
      'wrong-encoding',
      'UTF-16LE',
      '--encoding',
    ],
    [
      'a workbook',
      Buffer.from('PK\x03\x04\x14\0\x06\0rest'),
      [],
      'other-format',
      'Excel',
      'save the sheet as CSV',
    ],
    ['gzip within gzip', gzipSync(gzipSync(HEADER)), [], 'other-format', 'gzip twice', 'gunzip'],
    ['a Parquet file', 'PAR1\x15\x04\x15\x10', [], 'other-format', 'Parquet', 'Export'],
    ['a page to sign in', '<!DOCTYPE html>\n<html>', [], 'other-format', 'HTML', 'sign in'],
    ['JSON', '[{"Id":1,"Name":"a"}]', [], 'other-format', 'JSON', 'Convert'],
    ['JSON lines', '{"Id":1,"Name":"a"}\n', [], 'other-format', 'JSON', 'Convert'],
    [
      'a delimiter that objects have',
      `${HEADER}\n`,
      ['--delimiter', 'constructor'],
      'invalid-option',
      'one character',
      '',
    ],
    [
      'an encoding that objects have',
      `${HEADER}\n`,
      ['--encoding', 'constructor'],
      'invalid-option',
      'constructor',
      '',
    ],
    ['a repeated column', 'Id,Id\n1,2\n', [], 'header-invalid', '', ''],
    [
      'a damaged gzip file',
      gzipSync(`${HEADER}\n1,a,,,,,\n`).subarray(0, 30),
      [],
      'damaged-file',
      'gzip',
      '',
    ],
    ['an unclosed quote in the header', '"Id,Name\n', [], 'header-invalid', '', ''],
    ['an unknown encoding', `${HEADER}\n`, ['--encoding', 'ebcdic'], 'invalid-option', 'ebcdic', ''],
    ['an unknown zone', `${HEADER}\n`, ['--timezone', 'Moon'], 'invalid-timezone', 'Moon', ''],
    ['a tag with other characters', `${HEADER}\n`, ['--tag', 'für uns'], 'invalid-option', '--tag', '50'],
    ['a wrong --map', `${HEADER}\n`, ['--map', 'Nam=Name'], 'invalid-option', 'Nam', 'Did you mean "Name"?'],
  ])('fails clearly for %s', async (_name, bytes, options, errorCode, message, suggestion) => {
    const { code, error } = await check(bytes, options);
    expect(error?.code).toBe(errorCode);
    expect(error?.message).toContain(message);
    expect(error?.suggestion).toContain(suggestion);
    expect(code).toBeGreaterThan(0);
    expect(code).not.toBe(4);
  });

  it('names missing and extra columns, and what was meant', async () => {
    const { code, error } = await check('id,Nane,Cost,Kind,Seen,Born,Code,More\n');
    expect(code).toBe(2);
    expect(error?.code).toBe('header-mismatch');
    expect(error?.detail).toContain('Missing: Id, Name.');
    expect(error?.detail).toContain('Extra: id, Nane, More.');
    expect(error?.detail).toContain('Did you mean "Nane" for Name?');
    expect(error?.suggestion).toContain('--map "id=Id"');
    expect((await check(`${HEADER},More\n1,,,,,,,x\n`, ['--ignore-extra-columns'])).code).toBe(0);
    expect((await check('Id,Name\n1,x\n', ['--allow-missing-columns'])).code).toBe(0);
  });

  it.each([
    ['no header line', 'Jane Doe,1961,HIV\nJohn Roe,1970,Asthma\n'],
    ['no header line and two equal values', 'Jane Doe,Yes,Yes\n'],
  ])('shows no value of a file that has %s', async (_what, text) => {
    const { code, error } = await check(text);
    expect(code).toBe(2);
    expect(error?.suggestion).toContain('--columns');
    expect(JSON.stringify(error)).not.toMatch(/Jane|1961|HIV|Yes/);
  });

  it('maps columns by any name, each to the tables that have it', async () => {
    const names = ['constructor', '__proto__', 'toString'];
    expect((await check(`${HEADER},${names.join()}\n1,,,,,,,,,\n`)).error?.detail).toContain(
      names.join(', '),
    );
    const swapped = await check('Id,Kind,Cost,Name,Seen,Born,Code\n1,a,,big,,,\n', [
      '--map',
      'Kind=Name',
      '--map',
      'Name=Kind',
    ]);
    expect(swapped.rowsRejected).toBe(0);
    for (const [header, options, message] of [
      [
        'Id,Name,Full,Kind,Cost,Seen,Born,Code',
        ['--map', 'Full=Name'],
        'Two columns of in.csv become Name: Name and Full.',
      ],
      [
        HEADER,
        ['--map', 'Name=Kind', '--map', 'Name=Code'],
        '--map names the column "Name" of the file twice.',
      ],
      [HEADER, ['--columns', 'Id,Id'], '--columns names Id twice.'],
    ] as [string, string[], string][]) {
      expect((await check(`${header}\n`, options)).error?.message).toBe(message);
    }
    const quoted = await check(`${HEADER.replace('Cost', 'Cost$')}\n`);
    expect(quoted.error?.suggestion).toBe(`Add --map 'Cost$=Cost'.`);
    expect(
      (await check(`${Array.from({ length: 5000 }, (_, i) => `c${i}`).join()},Id\n`)).error?.detail,
    ).toContain('and 4980 more');
    const other = { name: 'others', fields: [{ name: 'Nr' }, { name: 'Thing' }], primaryKey: 'Nr' };
    writeFileSync(join(folder, 'others.json'), JSON.stringify(other));
    writeFileSync(join(folder, 'others.csv'), 'Nr,The thing\n1,a\n');
    writeFileSync(join(folder, 'things.csv'), `${HEADER.replace('Name', 'Full name')}\n1,a,,,,,\n`);
    const run = async (...maps: string[]) => {
      const argv = ['load', 'things.csv', 'others.csv', '--schema', 'things.json', '--schema', 'others.json'];
      const { result, error } = (
        await runHealthmon([...argv, '--check', '--json', ...maps.flatMap((map) => ['--map', map])], {
          cwd: folder,
        })
      ).json();
      return { result, error };
    };
    const maps = ['Full name=Name', 'The thing=Thing'];
    expect((await run(...maps)).result).toMatchObject({ rowsRead: 2, rowsRejected: 0 });
    expect((await run(...maps, 'No thing=Thing')).error?.message).toContain('no column "No thing"');
  });

  it('writes rejects that are private, and can be corrected and loaded again', async () => {
    const bad = `${HEADER}\n1,"",1,big,,,A\n2,"two, with comma",2,bad,,,B\n3,c\n4,"open,,,,,\n5,"",x,,,,\n`;
    const first = await check(bad);
    expect(first.rowsRead).toBe(5);
    expect(first.rowsRejected).toBe(4);
    const path = join(folder, 'in.rejects.csv');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const again = await check(readFileSync(path), [], 'again.csv');
    expect(again.rowsRejected).toBe(4);
    expect(again.rejects.map(({ _reason }) => _reason)).toEqual(first.rejects.map(({ _reason }) => _reason));
    const corrected = readFileSync(path, 'utf8')
      .replace('bad', 'big')
      .replace('two, with comma', 'two')
      .replace('"3,c"', '"3,c,,,,,"')
      .replace('"4,""open,,,,,"', '"4,open,,,,,"')
      .replace('5,"",x', '5,"",6');
    expect(await check(corrected, [], 'corrected.csv')).toMatchObject({
      rowsRead: 4,
      rowsRejected: 0,
      code: 0,
    });
  });

  it('keeps damaged bytes in the reject file as they were', async () => {
    const damaged = Buffer.concat([
      Buffer.from(`${HEADER}\n1,ü,,,,,\n2,`),
      Buffer.from([0xff, 0xe9]),
      Buffer.from(',,,,,\n'),
    ]);
    await check(damaged);
    expect(readFileSync(join(folder, 'in.rejects.csv')).includes(Buffer.from([0xff, 0xe9]))).toBe(true);
  });

  it('takes a record whose fields could not be told apart by its columns or by its text', async () => {
    const header = `${HEADER},_line,_column,_reason,_hint,_record`;
    const first = await check(`${HEADER}\n1,"a,3,,,,\n2,b\n3,c\n4,d\n9,f,,,,,\n9,g,,,,,\n`);
    expect(first.rejects.map(({ _record }) => _record)).toEqual(['1,"a,3,,,,', '2,b', '3,c', '4,d', '']);
    const [written, ...rows] = readFileSync(join(folder, 'in.rejects.csv'), 'utf8').trim().split('\n');
    expect(written).toBe(header);
    const corrected = [
      rows[0]!.replace('""a,3', 'a,3'),
      rows[1]!.replace('2,b,,', '2,b,5,'),
      rows[2]!.replace('"3,c"', '"3,c,,,,,\n8,e,,,,,"'),
      rows[3]!,
    ];
    const again = await check(`${header}\n${corrected.join('\n')}\n`, [], 'again.csv');
    expect(again.rowsRead).toBe(4);
    expect(where(again.rejects)).toEqual([
      '4 : more than one row in _record',
      '6 : fewer fields than the header',
    ]);
    expect(again.rejects.map(({ _record }) => _record)).toEqual(['3,c,,,,,\n8,e,,,,,', '4,d']);
  });

  it('takes rejects of a file without a header line by the same command', async () => {
    const columns = ['--columns', HEADER];
    await check('1,a,-1,,,,\n2,a,3,,,,\n3,"x\n', columns);
    const path = join(folder, 'in.rejects.csv');
    const fixed = readFileSync(path, 'utf8').replace('1,a,-1', '1,a,1');
    const again = await check(fixed, columns, 'in.rejects.csv');
    expect(again).toMatchObject({ rowsRead: 2, rowsRejected: 1 });
    expect(where(again.rejects)).toEqual(['3 : a quote that is opened on this line is never closed']);
  });

  it('writes over no file that a link in its path leads to', async () => {
    mkdirSync(join(folder, 'real'));
    symlinkSync('real', join(folder, 'linked'));
    for (const name of ['a.csv', 'a.rejects.csv']) {
      writeFileSync(join(folder, 'real', name), `${HEADER}\n1,,-1,,,,\n`);
    }
    const files = ['linked/a.csv', 'linked/a.rejects.csv'];
    const argv = ['load', ...files, '--check', '--json', '--schema', 'things.json'];
    const { rejectsFiles } = (await runHealthmon(argv, { cwd: folder })).json().result as unknown as {
      rejectsFiles: string[];
    };
    expect(rejectsFiles.map((path) => basename(path))).toEqual(['a-2.rejects.csv', 'a.rejects.rejects.csv']);
    expect(readFileSync(join(folder, 'real', 'a.rejects.csv'), 'utf8')).toBe(`${HEADER}\n1,,-1,,,,\n`);
  });

  it('writes rejects into a device and leaves it as it is', async () => {
    const bad = `${HEADER}\n1,,-1,,,,\n`;
    const { mode } = statSync('/dev/null');
    expect(await check(bad, ['--rejects', '/dev/null'])).toMatchObject({ code: 4, rowsRejected: 1 });
    expect(statSync('/dev/null').mode).toBe(mode);
    // It has no room for anything, where there is one.
    for (const full of ['/dev/full'].filter((path) => existsSync(path))) {
      const { code, error } = await check(bad, ['--rejects', full]);
      expect([code, error?.code]).toEqual([1, 'rejects-unwritable']);
    }
  });

  it.each([
    ['latin1', 'latin1'],
    ['utf-16', 'utf16le'],
  ] as const)('writes rejects of a file in %s so that the same command takes them', async (name, bytes) => {
    const first = await check(Buffer.from(`${HEADER}\n1,é,-1,,,,\n`, bytes), ['--encoding', name]);
    expect(first.rejects[0]!.Name).toBe('é');
    const fixed = readFileSync(join(folder, 'in.rejects.csv'), 'utf8').replace('-1', '1');
    expect(await check(fixed, ['--encoding', name], 'fixed.csv')).toMatchObject({ rowsRejected: 0 });
  });

  it('takes back rejects that are nothing but damaged rows', async () => {
    const damaged = Buffer.concat([
      Buffer.from(`${HEADER}\n1,é,,,,,\n2,`),
      Buffer.from([0xff, 44, 44, 44, 44, 44, 10]),
    ]);
    await check(damaged);
    const again = await check(readFileSync(join(folder, 'in.rejects.csv')), [], 'again.csv');
    expect(where(again.rejects)).toEqual(['2 Name: not valid Unicode']);
  });

  it.each([
    ['0', 4],
    ['1', 0],
    ['10%', 4],
    ['50%', 0],
  ])('holds --max-rejects %s', async (limit, expected) => {
    const { error, code } = await check(`${HEADER}\n1,,,,,,\n2,,x,,,,\n`, ['--max-rejects', limit]);
    if (expected === 0) expect(error).toBeUndefined();
    else {
      expect(error?.code).toBe('too-many-rejects');
      expect(code).toBe(4);
      expect(existsSync(join(folder, 'in.rejects.csv'))).toBe(true);
    }
  });

  it('reads folders and globs, without what was rejected before', async () => {
    for (const name of ['a.csv', 'b.csv', 'c.rejects.csv', 'd.md']) {
      writeFileSync(join(folder, name), `${HEADER}\n${name.charCodeAt(0)},,,,,,\n`);
    }
    for (const pattern of ['.', '*.csv', '[ab].csv']) {
      const run = await runHealthmon(['load', pattern, '--check', '--json', '--schema', 'things.json'], {
        cwd: folder,
      });
      expect((run.json().result as unknown as { rowsRead: number }).rowsRead).toBe(2);
    }
    const none = await runHealthmon(['load', '*.tsv', '--check', '--json', '--schema', 'things.json'], {
      cwd: folder,
    });
    expect(none.code).toBe(2);
    expect(none.json().error?.code).toBe('file-not-found');
  });

  it('takes a folder by a link, and leaves out hidden files and folders with the name of a file', async () => {
    const row = (id: number) => `${HEADER}\n${id},,,,,,\n`;
    mkdirSync(join(folder, 'real', 'part.csv'), { recursive: true });
    writeFileSync(join(folder, 'real', 'a.csv'), row(1));
    writeFileSync(join(folder, 'real', '._a.csv'), Buffer.from([0, 5, 22, 7]));
    writeFileSync(join(folder, 'real', 'part.csv', 'b.csv'), row(2));
    symlinkSync(join(folder, 'real'), join(folder, 'link'));
    for (const name of ['link', 'link/*.csv', 'real']) {
      const run = await runHealthmon(['load', name, '--check', '--json', '--schema', 'things.json'], {
        cwd: folder,
      });
      expect(run.json().result).toMatchObject({ rowsRead: 1 });
    }
  });

  it('reads a named pipe, as a shell makes for <(command)', async () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const rows = Array.from({ length: 20_000 }, (_, i) => `${i},,,,,,\n`).join('');
    const written = writeFile(pipe, `${HEADER}\n${rows}x,,,,,,\n`);
    const run = await runHealthmon(['load', 'pipe', '--check', '--json', '--schema', 'things.json'], {
      cwd: folder,
    });
    await written;
    expect(run.json().result).toMatchObject({
      rowsRead: 20_001,
      rowsRejected: 1,
      rejectsFile: join(folder, 'pipe.rejects.csv'),
    });
  });

  it('gives each file a reject file of its own, and never writes over what is loaded', async () => {
    const bad = (id: number) => `${HEADER}\n${id},,-1,,,,\n`;
    writeFileSync(join(folder, 'a.csv'), bad(1));
    writeFileSync(join(folder, 'a.tsv'), bad(2));
    writeFileSync(join(folder, 'a.csv.gz'), gzipSync(bad(3)));
    writeFileSync(join(folder, 'a.rejects.csv'), bad(4));
    symlinkSync(join(folder, 'a.csv'), join(folder, 'link.csv'));
    const argv = ['--check', '--json', '--schema', 'things.json'];
    const files = ['a.csv', 'link.csv', './a.csv', 'a.tsv', 'a.csv.gz', 'a.rejects.csv'];
    const run = await runHealthmon(['load', ...files, ...argv], { cwd: folder });
    const { rowsRead, rejectsFiles } = run.json().result as unknown as {
      rowsRead: number;
      rejectsFiles: string[];
    };
    expect(rowsRead).toBe(4);
    expect(rejectsFiles.map((path) => basename(path))).toEqual([
      'a-2.rejects.csv',
      'a-3.rejects.csv',
      'a-4.rejects.csv',
      'a.rejects.rejects.csv',
    ]);
    expect(readFileSync(join(folder, 'a.rejects.csv'), 'utf8')).toBe(bad(4));
    for (const [index, path] of rejectsFiles.entries()) {
      expect(readFileSync(path, 'utf8').split('\n')[1]).toMatch(new RegExp(`^${index + 1},,-1`));
    }
  });

  it('refuses a reject file that cannot be one, before anything is read', async () => {
    const bad = `${HEADER}\n1,,-1,,,,\n`;
    for (const path of ['in.csv', './in.csv', 'none/rejects.csv']) {
      const { error, code } = await check(bad, ['--rejects', path]);
      expect(error?.code).toBe('invalid-option');
      expect(code).toBe(2);
      expect(readFileSync(join(folder, 'in.csv'), 'utf8')).toBe(bad);
    }
  });

  it('finds keys that repeat across files', async () => {
    writeFileSync(join(folder, 'a.csv'), `${HEADER}\n1,,,,,,\n`);
    writeFileSync(join(folder, 'b.csv'), `${HEADER}\n1,,,,,,\n`);
    const run = await runHealthmon(
      ['load', 'a.csv', 'b.csv', '--check', '--json', '--schema', 'things.json'],
      { cwd: folder },
    );
    const { rejectsFiles } = run.json().result as unknown as { rejectsFiles: string[] };
    expect(rejectsFiles).toEqual([join(folder, 'b.rejects.csv')]);
    expect(readFileSync(rejectsFiles[0]!, 'utf8')).toContain('the first is on a.csv, line 2');
  });

  it('fails quickly and in little memory for an endless line', async () => {
    const { error } = await check(`${HEADER}\n${'x'.repeat(40_000_000)}`);
    expect(error?.code).toBe('line-too-long');
    expect(error?.message).toContain('line 2 ');
    const open = await check(`${HEADER}\n1,,,,,,\n2,"${'x'.repeat(40_000_000)}`);
    expect(open.error?.message).toContain('line 3 ');
  });

  it('accounts for every row of any bytes', async () => {
    const bytes = fc
      .array(
        fc.oneof(
          fc.uint8Array({ maxLength: 6 }).map((array) => Buffer.from(array)),
          fc
            .constantFrom('\n', '\r\n', ',', '"', '1,a,,,,,\n', '2,"x\ny",,,,,\n', 'é')
            .map((text) => Buffer.from(text)),
        ),
        { maxLength: 20 },
      )
      .map((parts) => Buffer.concat([Buffer.from(`${HEADER}\n`), ...parts]));
    await fc.assert(
      fc.asyncProperty(bytes, async (input) => {
        const { rowsRead, rowsRejected, rejects, error } = await check(input);
        if (error !== undefined) {
          expect(['wrong-encoding', 'not-text']).toContain(error.code);
          return;
        }
        expect(rejects).toHaveLength(rowsRejected);
        expect(rowsRejected).toBeLessThanOrEqual(rowsRead);
        rmSync(join(folder, 'in.rejects.csv'), { force: true });
      }),
      { numRuns: 60 },
    );
  });
});

const corpus = process.env.HEALTHMON_CORPUS;
describe.skipIf(corpus === undefined)('the awkward CSV files', () => {
  const root = join(corpus ?? '', 'data/csv');
  const filesOf = (folder: string) => (corpus === undefined ? [] : readdirSync(join(root, folder)));
  const answered = filesOf('csv-test-data/json').map((file) => file.replace('.json', ''));

  async function read(path: string) {
    const { readCsv } = await import('../../src/pipeline/load/csv/csv-reader.js');
    const rows: string[][] = [];
    const broken: string[] = [];
    async function* bytes() {
      yield readFileSync(path);
    }
    let header: readonly string[] = [];
    await readCsv(bytes(), {}, path, {
      open: (file) => {
        header = file.header;
      },
      record: ({ fields, count }) => rows.push(fields.slice(0, count)),
      broken: ({ line }, breakage) => broken.push(`${line}: ${breakage}`),
    });
    return { header, rows, broken };
  }

  const records = (header: readonly string[], rows: string[][]) =>
    rows.map((row) => Object.fromEntries(row.map((field, index) => [header[index]!, field])));

  it.each(
    filesOf('csv-spectrum/csvs')
      .map((file) => file.replace('.csv', ''))
      // Quotes within an unquoted field, which RFC 4180 forbids and load refuses.
      .filter((name) => name !== 'location_coordinates'),
  )('csv-spectrum %s', async (name) => {
    const { header, rows, broken } = await read(join(root, 'csv-spectrum/csvs', `${name}.csv`));
    const records = rows.map((row) => Object.fromEntries(row.map((field, index) => [header[index]!, field])));
    expect(records).toEqual(
      JSON.parse(readFileSync(join(root, 'csv-spectrum/json', `${name}.json`), 'utf8')),
    );
    expect(broken).toEqual([]);
  });

  it.each(answered.filter((name) => name !== 'all-empty'))('csv-test-data %s', async (name) => {
    const { header, rows, broken } = await read(join(root, 'csv-test-data/csv', `${name}.csv`));
    const expected = JSON.parse(readFileSync(join(root, 'csv-test-data/json', `${name}.json`), 'utf8'));
    // Two of the answers take the first line for a header, the others for a row.
    const found = name.startsWith('header-') ? records(header, rows) : [header, ...rows];
    expect(found).toEqual(expected);
    expect(broken).toEqual([]);
  });

  it.each(['all-empty', 'bad-header-no-header'])('csv-test-data %s has nothing to read', async (name) => {
    await expect(read(join(root, 'csv-test-data/csv', `${name}.csv`))).rejects.toMatchObject({
      code: 'empty-file',
    });
  });

  it.each([
    ['bad-header-less-fields', ['foo', 'bar', 'baz'], [['1', '2']]],
    ['bad-header-more-fields', ['foo', 'bar', 'baz'], [['1', '2', '3', '4']]],
    ['bad-header-wrong-header', ['qux', 'quux', 'quuz'], []],
  ])('csv-test-data %s is left to the schema', async (name, header, rows) => {
    const found = await read(join(root, 'csv-test-data/csv', `${name}.csv`));
    expect(found).toEqual({ header, rows, broken: [] });
  });

  it.each([
    ['csv-spectrum/csvs/location_coordinates', ['2: quote within an unquoted field']],
    ['csv-test-data/csv/bad-missing-quote', ['2: unclosed quote']],
    ['csv-test-data/csv/bad-quotes-with-unescaped-quote', ['2: text after a closing quote']],
    ['csv-test-data/csv/bad-unescaped-quote', ['2: quote within an unquoted field']],
  ])('%s breaks one row', async (name, expected) => {
    const { rows, broken } = await read(join(root, `${name}.csv`));
    expect(broken).toEqual(expected);
    expect(rows).toEqual([]);
  });

  it('checks the real admissions', async () => {
    const run = await runHealthmon([
      'load',
      join(corpus!, 'data/hospital_data_analysis.csv'),
      '--check',
      '--json',
    ]);
    expect(run.json().result).toMatchObject({ rowsRead: 984, rowsRejected: 0 });
  });
});
