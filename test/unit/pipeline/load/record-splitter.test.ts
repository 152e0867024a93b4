import { stringify } from 'csv-stringify/sync';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Dialect } from '../../../../src/pipeline/load/csv/dialect.js';
import { RecordSplitter } from '../../../../src/pipeline/load/csv/record-splitter.js';

const COMMA: Dialect = { delimiter: ',', quote: '"', escape: '"' };

interface Seen {
  line: number;
  fields: string[];
  broken?: string;
}

/** Splits a text that arrives in pieces of the given length. */
function split(text: string, dialect = COMMA, piece = text.length || 1, oneColumn = false): Seen[] {
  const splitter = new RecordSplitter(dialect);
  splitter.emptyLinesCount = oneColumn;
  const seen: Seen[] = [];
  const drain = () => {
    for (let step = splitter.next(); step === 'record' || step === 'broken'; step = splitter.next()) {
      const { line, count } = splitter;
      seen.push({
        line,
        fields: splitter.fields.slice(0, count),
        ...(step === 'broken' && { broken: splitter.breakage }),
      });
    }
  };
  for (let at = 0; at < text.length; at += piece) {
    splitter.push(text.slice(at, at + piece));
    drain();
  }
  splitter.end();
  drain();
  return seen;
}

const CASES: [string, string, Seen[]][] = [
  [
    'LF',
    'a,b\nc,d\n',
    [
      { line: 1, fields: ['a', 'b'] },
      { line: 2, fields: ['c', 'd'] },
    ],
  ],
  [
    'CRLF',
    'a,b\r\nc,d\r\n',
    [
      { line: 1, fields: ['a', 'b'] },
      { line: 2, fields: ['c', 'd'] },
    ],
  ],
  [
    'CR',
    'a,b\rc,d\r',
    [
      { line: 1, fields: ['a', 'b'] },
      { line: 2, fields: ['c', 'd'] },
    ],
  ],
  [
    'no line end at the end',
    'a,b\nc,',
    [
      { line: 1, fields: ['a', 'b'] },
      { line: 2, fields: ['c', ''] },
    ],
  ],
  [
    'blank lines',
    '\n\na,b\n\r\n\nc,d\n\n',
    [
      { line: 3, fields: ['a', 'b'] },
      { line: 6, fields: ['c', 'd'] },
    ],
  ],
  [
    'quoted line ends count as lines',
    '"a\nb\r\nc\rd",1\ne,2\n',
    [
      { line: 1, fields: ['a\nb\r\nc\rd', '1'] },
      { line: 5, fields: ['e', '2'] },
    ],
  ],
  ['doubled quotes', '"say ""hi""",""\n', [{ line: 1, fields: ['say "hi"', ''] }]],
  ['spaces are kept', ' a , b \n', [{ line: 1, fields: [' a ', ' b '] }]],
  [
    'text after a closing quote costs one line',
    'a,1\n"b"x,2\nc,3\n',
    [
      { line: 1, fields: ['a', '1'] },
      { line: 2, fields: ['"b"x', '2'], broken: 'text after a closing quote' },
      { line: 3, fields: ['c', '3'] },
    ],
  ],
  [
    'a quote within an unquoted field',
    'a,5" pipe\nb,2\n',
    [
      { line: 1, fields: ['a', '5" pipe'], broken: 'quote within an unquoted field' },
      { line: 2, fields: ['b', '2'] },
    ],
  ],
  [
    'an unclosed quote is reported where it starts',
    'a,1\nb,"open\nc,3\nd,4',
    [
      { line: 1, fields: ['a', '1'] },
      { line: 2, fields: ['b', '"open'], broken: 'unclosed quote' },
      { line: 3, fields: ['c', '3'] },
      { line: 4, fields: ['d', '4'] },
    ],
  ],
];

describe('splitting records', () => {
  for (const [name, text, expected] of CASES) {
    it(name, () => {
      for (const piece of [1, 2, 3, 5, 1000]) expect(split(text, COMMA, piece)).toEqual(expected);
    });
  }

  it('takes another escape character', () => {
    const dialect = { ...COMMA, escape: '\\' };
    expect(split('"a\\"b\\\\",2\n', dialect)).toEqual([{ line: 1, fields: ['a"b\\', '2'] }]);
  });

  it('counts empty lines as records in a file of one column', () => {
    expect(split('foo\n\n1\n', COMMA, 2, true).map(({ fields }) => fields)).toEqual([['foo'], [''], ['1']]);
  });

  const cell = fc.string({
    unit: fc.constantFrom('a', 'é', '😀', ',', ';', '"', '\n', '\r', ' ', '\t', '\\'),
    maxLength: 8,
  });
  const table = fc
    .integer({ min: 2, max: 5 })
    .chain((width) => fc.array(fc.array(cell, { minLength: width, maxLength: width }), { maxLength: 12 }));

  it('reads back what was written, however it is cut', () => {
    const dialect = fc.constantFrom(
      COMMA,
      { ...COMMA, delimiter: ';' },
      { ...COMMA, delimiter: '\t' },
      { ...COMMA, escape: '\\' },
    );
    fc.assert(
      fc.property(
        table,
        dialect,
        fc.constantFrom('\n', '\r\n', '\r'),
        fc.integer({ min: 1, max: 9 }),
        fc.boolean(),
        (rows, { delimiter, escape: escaping }, eol, piece, quotedAll) => {
          const text = stringify(rows, {
            delimiter,
            escape: escaping,
            record_delimiter: eol,
            quoted: quotedAll,
            quoted_match: /[\r\n\\]/,
            quoted_empty: true,
          });
          // csv-stringify does not escape the escape character itself.
          fc.pre(escaping === '"' || !rows.flat().some((value) => value.includes('\\')));
          const seen = split(text, { delimiter, quote: '"', escape: escaping }, piece);
          expect(seen.map(({ fields }) => fields)).toEqual(rows);
        },
      ),
      { numRuns: 400 },
    );
  });

  it('gives the same records and lines for any text, however it is cut', () => {
    const any = fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', '\r'), maxLength: 40 });
    fc.assert(
      fc.property(any, fc.integer({ min: 1, max: 7 }), (text, piece) => {
        expect(split(text, COMMA, piece)).toEqual(split(text));
      }),
      { numRuns: 3000 },
    );
  });

  it('starts every record on the line that its place in the text says', () => {
    const any = fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', '\r'), maxLength: 40 });
    fc.assert(
      fc.property(any, (text) => {
        const lines = text.split(/\r\n|\n|\r/);
        const splitter = new RecordSplitter(COMMA);
        splitter.push(text);
        splitter.end();
        let covered = 0;
        for (let step = splitter.next(); step !== 'end'; step = splitter.next()) {
          const own = splitter.raw.split(/\r\n|\n|\r/);
          // A broken record is told by the line of its fault, which is its last.
          const from = step === 'broken' ? splitter.line - own.length : splitter.line - 1;
          expect(lines.slice(from, from + own.length)).toEqual(own);
          expect(lines.slice(covered, from).every((line) => line === '')).toBe(true);
          covered = from + own.length;
        }
        expect(lines.slice(covered).every((line) => line === '')).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });
});
