import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BigQueryServer } from '../../../src/emulators/bigquery/server/index.js';
import { PROJECT, request, startEmulator } from './harness.js';

// CSV is read by DuckDB where that is sure to be right, and row by row elsewhere. Which of both must not show: each
// file is loaded twice, the second time with a second null marker, which only the reader of rows takes.

let server: BigQueryServer;
beforeAll(async () => {
  server = await startEmulator();
  await request(server, 'POST', `/projects/${PROJECT}/datasets`, { datasetReference: { datasetId: 'd' } });
});
afterAll(() => server?.close());

let tables = 0;

async function load(content: string | Buffer, options: object): Promise<unknown> {
  const tableId = `t${++tables}`;
  const load = { destinationTable: { datasetId: 'd', tableId }, sourceFormat: 'CSV', ...options };
  const response = await fetch(
    `${server.url}/upload/bigquery/v2/projects/${PROJECT}/jobs?uploadType=multipart`,
    {
      method: 'POST',
      headers: { 'Content-Type': 'multipart/related; boundary=part' },
      body: Buffer.concat([
        Buffer.from(
          `--part\r\nContent-Type: application/json\r\n\r\n${JSON.stringify({ configuration: { load } })}\r\n`,
        ),
        Buffer.from('--part\r\nContent-Type: application/octet-stream\r\n\r\n'),
        Buffer.from(content),
        Buffer.from('\r\n--part--\r\n'),
      ]),
      signal: AbortSignal.timeout(30_000),
    },
  );
  let job = (await response.json()) as {
    jobReference: { jobId: string };
    status: { state: string; errors?: { message: string }[] };
    statistics: { load?: { badRecords: string; outputRows: string } };
  };
  while (job.status.state !== 'DONE') {
    job = (await request(server, 'GET', `/projects/${PROJECT}/jobs/${job.jobReference.jobId}`)).body;
  }
  const data = await request(server, 'GET', `/projects/${PROJECT}/datasets/d/tables/${tableId}/data`);
  return {
    errors: job.status.errors?.map(({ message }) => message),
    badRecords: job.statistics.load?.badRecords,
    outputRows: job.statistics.load?.outputRows,
    rows: data.body.rows,
  };
}

async function expectSame(content: string | Buffer, options: Record<string, unknown>): Promise<void> {
  const { nullMarker = '', ...rest } = options;
  const byEither = await load(content, options);
  const byRow = await load(content, { ...rest, nullMarkers: [nullMarker, '\u0001'] });
  expect(byEither).toEqual(byRow);
}

function columns(...types: string[]): { schema: object } {
  return { schema: { fields: types.map((type, index) => ({ name: `c${index}`, type })) } };
}

const PAIR = columns('STRING', 'INTEGER');

describe('the shape of a file', () => {
  const cases: Record<string, [content: string | Buffer, options: Record<string, unknown>]> = {
    'no newline at the end': ['a,1\nb,2', PAIR],
    'CR LF': ['a,1\r\nb,2\r\n', PAIR],
    'CR alone': ['a,1\rb,2\r', PAIR],
    'LF, then CR LF': ['a,1\nb,2\r\nc,3\n', PAIR],
    'CR LF, then LF': ['a,1\r\nb,2\nc,3\n', PAIR],
    'CR within a cell': ['a\rb,1\r\nc,2\r\n', PAIR],
    'nothing at all': ['', PAIR],
    'only a newline': ['\n', PAIR],
    'blank lines': ['a,1\n\nb,2\n\n\n', PAIR],
    'blank lines of CR LF': ['a,1\r\n\r\nb,2\r\n', PAIR],
    'blank lines of one column': ['1\n\n2\n', columns('INTEGER')],
    'an empty quoted cell of one column': ['a\n""\nb\n', columns('STRING')],
    'a line of spaces': ['a,1\n  \nb,2\n', PAIR],
    'a blank line before the header': ['\nh,h\na,1\n', { ...PAIR, skipLeadingRows: 1 }],
    'a blank line between skipped rows': ['h,h\n\na,1\nb,2\n', { ...PAIR, skipLeadingRows: 2 }],
    'a newline in the header': [
      '"h\nx",h\na,1\nb,2\n',
      { ...PAIR, skipLeadingRows: 1, allowQuotedNewlines: true },
    ],
    'a header only': ['h,h\n', { ...PAIR, skipLeadingRows: 1 }],
    'fewer rows than are skipped': ['a,1\n', { ...PAIR, skipLeadingRows: 5 }],
    'a short header': ['h\na,1\n', { ...PAIR, skipLeadingRows: 1 }],
    'a wide header': ['h,h,h\na,1\n', { ...PAIR, skipLeadingRows: 1 }],
    'a byte order mark': ['\ufeffa,1\n', PAIR],
    'a byte order mark before a quote': ['\ufeff"a",1\n', PAIR],
    'quoted delimiters and doubled quotes': ['"a,""b""",1\n"""",2\n', PAIR],
    'quoted numbers': ['a,"1"\n', PAIR],
    'an empty quoted number': ['a,""\n', PAIR],
    'empty cells, quoted and not': ['"",1\n,2\n', PAIR],
    'a quote within a cell': ['a"b,1\n', PAIR],
    'quotes within a cell': ['a"b"c,1\n', PAIR],
    'text behind a quote': ['"a"b,1\n', PAIR],
    'a space behind a quote': ['"a" ,1\n', PAIR],
    'a space before a quote': [' "a",1\n', PAIR],
    'a quote that is not closed': ['"a,1\nb,2\n', PAIR],
    'a quote that is not closed at the end': ['a,b\nc,"d', columns('STRING', 'STRING')],
    'a newline in quotes': ['"a\nb",1\n', PAIR],
    'an allowed newline in quotes': ['"a\nb",1\n"c\r\nd",2\n', { ...PAIR, allowQuotedNewlines: true }],
    'a newline in a quoted number': ['a,"1\n"\n', PAIR],
    'an allowed newline in a quoted number': ['a,"1\n"\n', { ...PAIR, allowQuotedNewlines: true }],
    'a row too short': ['a,1\nb\n', PAIR],
    'a row too long': ['a,1\nb,2,3\n', PAIR],
    'a delimiter at the end of rows': ['a,1,\nb,2,\n', PAIR],
    'rows too long and ignored': ['a,1,\nb,2,3\n', { ...PAIR, ignoreUnknownValues: true }],
    'rows too short and allowed': ['a,1\nb\n', { ...PAIR, allowJaggedRows: true }],
    'a null marker': ['NA,NA\n"NA",2\n,3\n', { ...PAIR, nullMarker: 'NA' }],
    'a quoted null marker for a number': ['a,"NA"\n', { ...PAIR, nullMarker: 'NA' }],
    tabs: ['a\t1\n', { ...PAIR, fieldDelimiter: '\t' }],
    'another quote': ["'a,b',1\n\"c,2\n", { ...PAIR, quote: "'" }],
    'no quotes': ['"a",1\n"b,2\n', { ...PAIR, quote: '' }],
    'bytes that are not UTF-8': [Buffer.from([0x61, 0xff, 0x2c, 0x31, 0x0a]), PAIR],
    'a NUL': ['a\0b,1\n', PAIR],
    'comments and backslashes': ['#a\\,1\n', PAIR],
    'letters beyond ASCII': ['é漢🎈,1\n', PAIR],
    'a cell of megabytes': [`${'x'.repeat(2_100_000)},1\n`, PAIR],
    'a bad record within the limit': ['a,1\nb,x\nc,3\n', { ...PAIR, maxBadRecords: 1 }],
    'a bad record': ['a,1\nb,x\nc,3\n', PAIR],
  };
  for (const [name, [content, options]] of Object.entries(cases)) {
    test(name, () => expectSame(content, options));
  }
});

describe('the text of values', () => {
  const texts: Record<string, string> = {
    INTEGER:
      '0 -5 +7 007 1.0 1.5 1e3 1_000 0x1F 0b11 .0 1E 9223372036854775807 9223372036854775808 9007199254740993.5 12e-1 nan true １',
    FLOAT: '0 -0 1.5 .5 5. 1e400 1e-400 nan -Infinity +inf 1_000.5 0x1p3 +-5 1e e5 1.5f 00012.50 4.9e-324',
    BOOLEAN: 'true FALSE t F yes n 1 0 on off 2 1.0 tru',
    NUMERIC: '0 1.5 1e3 .5 5. 1_000 0.1234567891 1.0000000000 +5 1E nan 123456789012345678901234567890 0x1',
    DATE: '2024-01-02 2024-1-2 24-01-02 2024/01/02 20240102 2024-02-30 9999-12-31 10000-01-01 0000-01-01 -204-01-01 2024-01-2z epoch',
    TIME: '10:20:30 1:2:3 10:20 24:00:00 10:20:30.123456 10:20:30.1234567 10:20:60 10:20:3Z 10:20:30Z 5:',
    DATETIME:
      '2024-01-02T10:20:30 2024-01-02t10:20:30 2024-01-02T10:20 2024-01-02 2024/01/02T10:20:30 2024-01-02T10:20:30.5 2024-01-02T24:00:00 2024-01-02T10:20:30Z 2024-01-02T10:20:3. 24-01-02T10:20:30 infinity',
    TIMESTAMP:
      '2024-01-02T10:20:30 2024-01-02T10:20:30Z 2024-01-02T10:20:30.5Z 2024-01-02T10:20:30+01:00 2024-01-02T10:20:30-0830 2024-01-02T10:20Z 2024-01-02 2024-01-02T24:00:00Z 1700000000 -5 2024-01-02T10:20:30+14:30 0000-01-01T00:00:00Z epoch 2024-01-02T10:20:6Z',
  };
  for (const [type, list] of Object.entries(texts)) {
    test(type, async () => {
      for (const text of [...list.split(' '), ' ', '- ', ` ${list.split(' ')[0]} `]) {
        await expectSame(`${text},x\n`, columns(type, 'STRING'));
      }
      // The second cell keeps a first one that is missing from making the line blank.
      await expectSame(',x\n', columns(type, 'STRING'));
    });
  }
  test('a time and its zone behind spaces', async () => {
    for (const text of [
      '2024-01-02 10:20:30 UTC',
      '2024-01-02  10:20:30',
      '2024-01-02 10:20:30 Europe/Berlin',
    ]) {
      await expectSame(`${text}\n`, columns('TIMESTAMP'));
    }
  });
});
