import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drawTable } from '../../../src/output/table.js';
import { fold, textWidth } from '../../../src/output/text-width.js';

const plain = { width: undefined, vertical: false, bold: (text: string) => text };
const draw = (columns: string[], rows: unknown[][], layout: object = {}) =>
  drawTable(columns, rows, { ...plain, ...layout });

const ADMISSION = [
  'Patient_ID',
  'Age',
  'Gender',
  'Condition',
  'Procedure',
  'Cost',
  'Length_of_Stay',
  'Readmission',
  'Outcome',
  'Satisfaction',
  'Temperature_C',
  'Systolic',
  'Diastolic',
  'Heart_Rate',
  'event_timestamp',
  'Message_ID',
  'Ingested_At',
];
const ROW = [
  '42',
  71,
  'Female',
  'Heart Failure',
  'Medication and Counseling',
  12500.5,
  6,
  'No',
  'Recovered',
  4,
  37.2,
  128,
  84,
  81,
  '2026-03-01 10:00:00.000 UTC',
  '1f4d2a10-6d39-4a6e-9a57-0d4a6f2c8b11',
  '2026-03-01 10:00:01.250 UTC',
];

describe('a table', () => {
  it('aligns numbers to the right and ends no line with spaces', () => {
    expect(
      draw(
        ['table', 'rows'],
        [
          ['a', 7],
          ['long name', 1200],
        ],
      ).text,
    ).toBe('table      rows\na             7\nlong name  1200');
    expect(draw(['a', 'b'], []).text).toBe('a  b');
    expect(draw(['a', 'b'], [[null, undefined]]).text).toBe('a  b\n');
  });

  it('is as wide as its values in a pipe', () => {
    const long = 'x'.repeat(500);
    expect(draw(['a'], [[long]]).text).toBe(`a\n${long}`);
  });

  it('folds text between words to the width of a terminal, and no number', () => {
    expect(
      draw(['check', 'n', 'found'], [['spanner', 12345, 'the table PatientInfo is not there']], { width: 32 })
        .text,
    ).toBe(
      'check        n  found\nspanner  12345  the table\n                PatientInfo is\n                not there',
    );
  });

  it('shows 17 columns at 80 characters, every value whole', () => {
    const { text, shortened } = draw(ADMISSION, [ROW, ROW], { width: 80 });
    expect(shortened).toBe(false);
    const lines = text.split('\n');
    expect(Math.max(...lines.map(textWidth))).toBeLessThanOrEqual(80);
    const words = text.replaceAll(/\s+/g, ' ');
    for (const value of ['Medication', '12500.5', '37.2', 'Recovered']) expect(words).toContain(value);
    // The first column says in each part which row it is.
    expect(lines.filter((line) => line.startsWith('Patient_ID')).length).toBeGreaterThan(1);
    expect(text).toMatchInlineSnapshot(`
      "Patient_ID  Age  Gender  Condition      Procedure                     Cost
              42   71  Female  Heart Failure  Medication and Counseling  12500.5
              42   71  Female  Heart Failure  Medication and Counseling  12500.5

      Patient_ID  Length_of_Stay  Readmission  Outcome    Satisfaction  Temperature_C
              42               6  No           Recovered             4           37.2
              42               6  No           Recovered             4           37.2

      Patient_ID  Systolic  Diastolic  Heart_Rate  event_timestamp
              42       128         84          81  2026-03-01 10:00:00.000 UTC
              42       128         84          81  2026-03-01 10:00:00.000 UTC

      Patient_ID  Message_ID                            Ingested_At
              42  1f4d2a10-6d39-4a6e-9a57-0d4a6f2c8b11  2026-03-01 10:00:01.250 UTC
              42  1f4d2a10-6d39-4a6e-9a57-0d4a6f2c8b11  2026-03-01 10:00:01.250 UTC"
    `);
  });

  it('shows the parts of a wide table page by page', () => {
    const rows = Array.from({ length: 45 }, (_, index) => [`row${index}`, ...ROW.slice(1)]);
    const text = draw(ADMISSION, rows, { width: 80 }).text;
    const parts = text.split('\n\n').map((part) => part.match(/row\d+/g)!);
    const bands = parts.findIndex(([first]) => first === 'row20');
    expect(parts.slice(0, bands).every((names) => names.length === 20)).toBe(true);
    expect(parts.length).toBe(bands * 3);
  });

  it('shortens what would fill the screen, and says so', () => {
    const { text, shortened } = draw(['a', 'b'], [['x y '.repeat(200), 1]], { width: 40 });
    expect(shortened).toBe(true);
    expect(text.split('\n').length).toBe(7);
    expect(text).toContain('…');
  });

  it('is one block a row when it is vertical', () => {
    expect(
      draw(
        ['name', 'n'],
        [
          ['a', 1],
          ['b\nc', 22],
        ],
        { vertical: true },
      ).text,
    ).toBe('— 1 —\nname  a\nn     1\n— 2 —\nname  b\n      c\nn     22');
    const { text } = draw(ADMISSION, [ROW], { vertical: true, width: 80 });
    expect(text.split('\n').length).toBe(18);
    expect(draw(['a'], [['x '.repeat(30)]], { vertical: true, width: 20 }).text.split('\n')[1]).toHaveLength(
      20,
    );
  });

  it('counts wide and combining characters as a terminal does', () => {
    expect(
      draw(
        ['a', 'b'],
        [
          ['病院', 'x'],
          ['e\u0301', 'x'],
          ['😀', 'x'],
        ],
      ).text,
    ).toBe('a     b\n病院  x\ne\u0301     x\n😀    x');
  });

  it('lets no value steer the terminal', () => {
    const { text } = draw(['a'], [['\u001b]0;owned\u0007\u001b[2Jx\r\t\u009b31m\u001b[31mred\u001b[0m']]);
    expect(text).toBe('a\n\\u001b]0;owned\\u0007\\u001b[2Jx\\u000d\\u0009\\u009b31m\u001b[31mred\u001b[0m');
  });

  it('never is wider than a terminal in which its columns fit, and loses no character', () => {
    const cell = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 60 }), fc.integer(), fc.constant(null));
    const table = fc.integer({ min: 1, max: 12 }).chain((count) =>
      fc.record({
        rows: fc.array(fc.array(cell, { minLength: count, maxLength: count }), {
          minLength: 1,
          maxLength: 5,
        }),
        width: fc.integer({ min: 60, max: 200 }),
      }),
    );
    fc.assert(
      fc.property(table, ({ rows, width }) => {
        const names = rows[0]!.map((_, index) => `column_${index}`);
        const { text, shortened } = draw(names, rows, { width });
        expect(Math.max(...text.split('\n').map(textWidth))).toBeLessThanOrEqual(width);
        expect(shortened).toBe(false);
      }),
    );
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), fc.integer({ min: 1, max: 50 }), (text, width) => {
        const folded = fold(text, width).join('');
        expect(folded.replaceAll(/[ \n]/g, '')).toBe(text.replaceAll(/[ \n]/g, ''));
      }),
    );
  });
});
