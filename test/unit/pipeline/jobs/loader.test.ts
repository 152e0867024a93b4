import { describe, expect, it } from 'vitest';
import { openSandbox, within } from '../../../../src/emulators/javascript/sandbox.js';
import { loaderBundle } from '../../../../src/pipeline/jobs/bundles.js';
import { damagedFiles } from '../../../../src/pipeline/jobs/damaged-files.js';
import {
  type FoundRows,
  type LoaderSettings,
  openLoader,
  type RefusedRow,
} from '../../../../src/pipeline/jobs/loader.js';
import { parseTableSchema } from '../../../../src/schema/parse-table-schema.js';
import { patientInfoSchema } from '../../../../src/schema/read-table-schema.js';

const settings = (over: Partial<LoaderSettings> = {}): LoaderSettings => ({
  schema: patientInfoSchema(),
  csv: {},
  rows: {},
  commitTimestamp: 'Loaded_At',
  severalFiles: false,
  maxRejects: null,
  ...over,
});

type Call = (name: string, argument: unknown) => unknown;

function inNode(given: LoaderSettings): Call {
  const loader = openLoader(given) as unknown as Record<string, (argument: unknown) => unknown>;
  return (name, argument) => loader[name]!(argument);
}

/** The bundle as jobs have it. */
async function inQuickJs(given: LoaderSettings): Promise<Call> {
  const sandbox = await openSandbox({ memoryBytes: 256 * 1024 * 1024, stackBytes: 256 * 1024 });
  sandbox.evaluate(loaderBundle(), 'loader.js', within(60_000));
  // What is called takes one text.
  const call = (name: string, text: string) => sandbox.call(name, text, within(60_000))!;
  sandbox.evaluate(
    'var healthmonAsked = (text) => { const [name, argument] = JSON.parse(text); return healthmonLoad(name, argument); };',
    'asked.js',
    within(1_000),
  );
  call('healthmonOpen', JSON.stringify(given));
  return (name, argument) =>
    JSON.parse(call('healthmonAsked', JSON.stringify([name, JSON.stringify(argument)])));
}

/** Gives the text in pieces. @returns all that was found, and the file. */
function read(call: Call, text: string, pieceLength = text.length) {
  const sample = Buffer.from(text.slice(0, 1024)).toString('latin1');
  // The first text has the whole header line.
  const start = Math.max(pieceLength, text.indexOf('\n') + 1);
  const found = [call('begin', { label: 'a.csv', stem: 'a', sample, text: text.slice(0, start) })];
  for (let at = start; at < text.length; at += pieceLength) {
    found.push(call('push', text.slice(at, at + pieceLength)));
  }
  found.push(call('end', ''));
  const all = found as FoundRows[];
  return {
    good: all.flatMap(({ good }) => good),
    bad: all.flatMap(({ bad }) => bad),
    ...{ columns: all.at(-1)!.columns, file: all.at(-1)!.file },
  };
}

/** Bytes as jobs decode them. */
function decoded(bytes: Buffer): string {
  return new TextDecoder('utf-8', { fatal: false }).decode(bytes).replaceAll('\uFFFD', '\udc80');
}

const HEADER =
  'Patient_ID,Age,Gender,Condition,Procedure,Cost,Length_of_Stay,Readmission,Outcome,Satisfaction';

describe('the loader of jobs', () => {
  it('gives in QuickJS what it gives in Node, whatever the pieces', async () => {
    const here = inNode(settings());
    const there = await inQuickJs(settings());
    for (const { bytes } of damagedFiles(2000, 5)) {
      const text = decoded(bytes);
      const whole = read(here, text);
      expect(whole.bad.length).toBeGreaterThan(50);
      expect(whole.good.length + whole.bad.length).toBeGreaterThan(900);
      expect(read(here, text, 700)).toEqual(whole);
      expect(read(there, text, 4096)).toEqual(whole);
      const page = {
        ...{ file: JSON.parse(whole.file!), withRecords: true, withHeader: true },
        rows: whole.bad.map(([, row]) => JSON.parse(row) as RefusedRow),
      };
      const rejects = here('rejects', page) as string;
      expect(there('rejects', page)).toBe(rejects);
      expect(rejects.split('\n')[0]).toBe(`${HEADER},_line,_column,_reason,_hint,_record`);
    }
  });

  it('gives values as Spanner takes them', () => {
    const descriptor = {
      name: 'values',
      fields: [
        { name: 'id', type: 'integer', constraints: { required: true } },
        { name: 'f', type: 'number' },
        { name: 'b', type: 'boolean' },
        { name: 's', type: 'string' },
      ],
      primaryKey: ['id'],
    };
    const schema = parseTableSchema('values.json', () => JSON.stringify(descriptor));
    const call = inNode(settings({ schema, commitTimestamp: null }));
    const rows = ['9007199254740993,-0,true,"a ""b"""', '2,1e21,,', '3,0.1,no,é', '4,NaN,no,x'];
    const { good, columns } = read(call, `id,f,b,s\n${rows.join('\n')}\n`);
    expect(columns).toEqual(['id', 'f', 'b', 's']);
    expect(good.map(([key, number, , values]) => [key, number, values])).toEqual([
      ['9007199254740993', 0, '["9007199254740993",-0.0,true,"a \\"b\\""]'],
      ['2', 1, '["2",1e+21,null,null]'],
      ['3', 2, '["3",0.1,false,"é"]'],
      ['4', 3, '["4","NaN",false,"x"]'],
    ]);
  });

  it('says of repeated keys, refusals and limits what "load" says', () => {
    const call = inNode(settings({ severalFiles: true, maxRejects: { percent: 10 } }));
    expect(call('repeated', { label: 'gs://b/a.csv', line: 7 })).toEqual({
      column: 'Patient_ID',
      reason: 'repeats the key of an earlier row',
      hint: 'the first is on gs://b/a.csv, line 7; remove one of both or give it its own key',
    });
    expect(call('refused', { code: 9, message: '9 FAILED_PRECONDITION: too long' })).toMatchObject({
      reason: 'refused by Spanner',
      detail: 'too long',
    });
    expect(call('refused', { code: 5, message: '5 NOT_FOUND: Table not found: X' })).toBeNull();
    expect(call('refused', { code: 14, message: '14 UNAVAILABLE: down' })).toBeNull();
    expect(call('exceeds', { rowsRead: 100, rowsRejected: 10 })).toBe(false);
    expect(call('exceeds', { rowsRead: 100, rowsRejected: 11 })).toBe(true);
  });

  it.each([
    ['UTF-16', '\xff\xfeI\x00', 'is not UTF-8'],
    ['NUL bytes', 'a\x00b', 'is not UTF-8'],
    ['a workbook', 'PK\x03\x04', 'a ZIP archive or an Excel workbook'],
  ])('refuses %s', (_what, sample, message) => {
    expect(() => inNode(settings())('begin', { label: 'a.csv', stem: 'a', sample, text: '' })).toThrow(
      message,
    );
  });

  it('refuses the files that need all of a reader, and headers that do not fit, in words', async () => {
    const there = await inQuickJs(settings());
    const begin = (header: string) =>
      there('begin', { label: 'a.csv', stem: 'a', sample: header, text: `${header}\n1\n` });
    expect(() => begin(`${HEADER},_record`)).toThrow('unsupported: a.csv is a reject file');
    expect(() => begin('Patient,Age')).toThrow(/header-mismatch: .*Missing: Patient_ID/s);
  });
});
