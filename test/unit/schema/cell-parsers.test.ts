import { describe, expect, it } from 'vitest';
import { type CellOptions, cellParser } from '../../../src/schema/cell-parsers.js';
import { CellProblem } from '../../../src/schema/cell-problem.js';
import type { ColumnType, Constraints, Field } from '../../../src/schema/table-schema.js';

function field(type: ColumnType, constraints: Constraints = {}, more: Partial<Field> = {}): Field {
  return { name: 'c', type, array: false, role: undefined, filledBy: undefined, constraints, ...more };
}

function parse(type: ColumnType, text: string, constraints: Constraints = {}, options: CellOptions = {}) {
  const value = cellParser(field(type, constraints), options)(text);
  return value instanceof CellProblem ? { reason: value.reason, hint: value.hint } : value;
}

describe('INT64', () => {
  it.each([
    ['0', '0'],
    ['42', '42'],
    ['-7', '-7'],
    ['+7', '7'],
    ['007', '7'],
    [' 5 ', '5'],
    ['-0', '0'],
    ['9007199254740993', '9007199254740993'],
    ['9223372036854775807', '9223372036854775807'],
    ['-9223372036854775808', '-9223372036854775808'],
  ])('takes %s', (text, value) => expect(parse('INT64', text)).toBe(value));

  it.each([
    ['9223372036854775808', 'a whole number beyond 64 bits'],
    ['-9223372036854775809', 'a whole number beyond 64 bits'],
    ['99999999999999999999999', 'a whole number beyond 64 bits'],
    ['45.0', 'not a whole number'],
    ['1,000', 'not a number'],
    ['abc', 'not a whole number'],
    ['1e3', 'not a whole number'],
    ['٣', 'not a whole number'],
  ])('refuses %s', (text, reason) => expect(parse('INT64', text)).toMatchObject({ reason }));

  it('compares bounds beyond 2^53 exactly', () => {
    const constraints = { maximum: '9007199254740992' };
    expect(parse('INT64', '9007199254740992', constraints)).toBe('9007199254740992');
    expect(parse('INT64', '9007199254740993', constraints)).toMatchObject({
      reason: 'above 9007199254740992',
    });
  });
});

describe('NUMERIC', () => {
  const most = `${'9'.repeat(29)}.${'9'.repeat(9)}`;
  it.each([
    ['12.50', '12.5'],
    ['-0.0', '0'],
    ['.5', '0.5'],
    ['1e3', '1000'],
    ['1.5e-3', '0.0015'],
    ['15000', '15000'],
    [most, most],
    [`-${most}`, `-${most}`],
  ])('takes %s', (text, value) => expect(parse('NUMERIC', text)).toBe(value));

  it.each([
    ['1'.repeat(30), 'a number with more than 29 digits before the point'],
    ['0.0123456789', 'a number with more than 9 digits after the point'],
    ['$12', 'not a number'],
    ['1,5', 'not a number'],
    ['', 'not a number'],
    ['.', 'not a number'],
  ])('refuses %s', (text, reason) => expect(parse('NUMERIC', text)).toMatchObject({ reason }));

  it('compares bounds exactly where doubles are equal', () => {
    expect(parse('NUMERIC', '0.100000001', { maximum: '0.1' })).toMatchObject({ reason: 'above 0.1' });
    expect(
      parse('NUMERIC', '99999999999999999999.000000001', { maximum: '99999999999999999999' }),
    ).toMatchObject({ reason: 'above 99999999999999999999' });
  });
});

describe('FLOAT64', () => {
  it.each([
    ['1.5', 1.5],
    ['-2e10', -2e10],
    ['NaN', Number.NaN],
    ['Infinity', Number.POSITIVE_INFINITY],
    ['-inf', Number.NEGATIVE_INFINITY],
  ])('takes %s', (text, value) => expect(parse('FLOAT64', text)).toBe(value));

  it.each(['constructor', '__proto__', 'toString'])('refuses %s, which every object has', (text) =>
    expect(parse('FLOAT64', text)).toMatchObject({ reason: 'not a number' }),
  );

  it('refuses what is beyond its range, hexadecimal, and NaN where there is a bound', () => {
    expect(parse('FLOAT64', '1e999')).toMatchObject({ reason: 'a number beyond the range of FLOAT64' });
    expect(parse('FLOAT64', '0x10')).toMatchObject({ reason: 'not a number' });
    expect(parse('FLOAT64', 'NaN', { minimum: '0' })).toMatchObject({ reason: 'below 0' });
  });
});

describe('BOOL', () => {
  it.each(['true', 'TRUE', 't', 'yes', 'Y', '1'])('takes %s as true', (text) =>
    expect(parse('BOOL', text)).toBe(true),
  );
  it.each(['false', 'F', 'no', 'N', '0'])('takes %s as false', (text) =>
    expect(parse('BOOL', text)).toBe(false),
  );
  it('takes only the spellings of the schema when it names some', () => {
    const own = cellParser(field('BOOL', {}, { trueValues: ['ja'], falseValues: ['nein'] }));
    expect(own('ja')).toBe(true);
    expect(own('true')).toBeInstanceOf(CellProblem);
  });
});

describe('DATE', () => {
  it.each(['2024-02-29', '0001-01-01', '9999-12-31'])('takes %s', (text) =>
    expect(parse('DATE', text)).toBe(text),
  );
  it.each([
    ['2023-02-29', 'a date that does not exist'],
    ['2024-13-01', 'a date that does not exist'],
    ['03/04/2024', 'an ambiguous date: day and month cannot be told apart'],
    ['31/12/2024', 'a date in another format than YYYY-MM-DD'],
    ['20240304', 'a date in another format than YYYY-MM-DD'],
    ['yesterday', 'not a date'],
  ])('refuses %s', (text, reason) => expect(parse('DATE', text)).toMatchObject({ reason }));
  it.each([
    ['13/04/2024', 'DD/MM/YYYY'],
    ['04/13/2024', 'MM/DD/YYYY'],
    ['2024/04/13', 'YYYY/MM/DD'],
    ['20240413', 'YYYYMMDD'],
  ])('names the format of %s', (text, format) =>
    expect(parse('DATE', text)).toMatchObject({
      hint: `give its format by --date-format, for example ${format}`,
    }),
  );
  it('puts the format it is given before ISO 8601, and knows all of its letters', () => {
    expect(parse('DATE', '2024-05-06', {}, { dateFormat: 'YYYY-DD-MM' })).toBe('2024-06-05');
    const options = { dateFormat: 'YYYY-DD-MM', timezone: 'UTC' };
    expect(parse('TIMESTAMP', '2024-05-06 10:00:00', {}, options)).toBe('2024-06-05T10:00:00Z');
    for (const dateFormat of [
      'DD MMM YYYY',
      'DD/MM/YY',
      'D/M/YYYY',
      'DD/MM/YYYY hh:mm',
      'DD/MM/YYYY h:mm a',
    ]) {
      expect(() => parse('DATE', 'x', {}, { dateFormat })).toThrow('is not understood');
    }
    expect(parse('TIMESTAMP', '03/04/2024 10:05 PM', {}, { dateFormat: 'DD/MM/YYYY' })).toMatchObject({
      reason: 'not a timestamp',
      hint: 'write it in the format given by --date-format, or as 2026-03-01T10:00:00Z',
    });
  });
  it('reads the format it is given, and ISO 8601 besides', () => {
    const options = { dateFormat: 'DD/MM/YYYY' };
    expect(parse('DATE', '03/04/2024', {}, options)).toBe('2024-04-03');
    expect(parse('DATE', '2024-04-03', {}, options)).toBe('2024-04-03');
    expect(parse('DATE', '31/02/2024', {}, options)).toMatchObject({ reason: 'a date that does not exist' });
    expect(parse('DATE', '20240403', {}, { dateFormat: '%Y%m%d' })).toBe('2024-04-03');
  });
});

describe('TIMESTAMP', () => {
  it.each([
    ['2026-03-01T10:00:00Z', '2026-03-01T10:00:00Z'],
    ['2026-03-01 10:00:00+02:00', '2026-03-01T08:00:00Z'],
    ['2026-03-01T10:00:00.123456789-0530', '2026-03-01T15:30:00.123456789Z'],
    ['2026-03-01T10:00Z', '2026-03-01T10:00:00Z'],
    ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00Z'],
  ])('takes %s', (text, value) => expect(parse('TIMESTAMP', text)).toBe(value));

  it.each([
    ['2026-03-01T10:00:00', 'a time without an offset'],
    ['2026-03-01T25:00:00Z', 'a time of day that does not exist'],
    ['2026-03-01T10:00:60Z', 'a time of day that does not exist'],
    ['0001-01-01T00:00:00+01:00', 'a time outside the years 0001 to 9999'],
    ['2026-03-01T10:00:00.1234567891Z', 'a time finer than nanoseconds'],
    ['2026-02-30T10:00:00Z', 'a date that does not exist'],
  ])('refuses %s', (text, reason) => expect(parse('TIMESTAMP', text)).toMatchObject({ reason }));

  it('reads times without an offset in the given zone, and refuses what the clock change hides', () => {
    const berlin = { timezone: 'Europe/Berlin' };
    expect(parse('TIMESTAMP', '2026-07-01T10:00:00', {}, berlin)).toBe('2026-07-01T08:00:00Z');
    expect(parse('TIMESTAMP', '2026-01-01T10:00:00', {}, berlin)).toBe('2026-01-01T09:00:00Z');
    expect(parse('TIMESTAMP', '2026-03-29T02:30:00', {}, berlin)).toMatchObject({
      reason: 'a time that the clock change skipped',
    });
    expect(parse('TIMESTAMP', '2026-10-25T02:30:00', {}, berlin)).toMatchObject({
      reason: 'a time that the clock change repeated',
    });
    expect(parse('TIMESTAMP', '2026-10-25T02:30:00+01:00', {}, berlin)).toBe('2026-10-25T01:30:00Z');
    expect(() => parse('TIMESTAMP', 'x', {}, { timezone: 'Mars/Olympus' })).toThrow('not a time zone');
  });

  it('orders fractions of a second', () => {
    const after = { exclusiveMinimum: '2026-03-01T10:00:00Z' };
    expect(parse('TIMESTAMP', '2026-03-01T10:00:00.000000001Z', after)).toBe(
      '2026-03-01T10:00:00.000000001Z',
    );
    expect(parse('TIMESTAMP', '2026-03-01T10:00:00Z', after)).toHaveProperty('reason');
  });
});

describe('other types and constraints', () => {
  it('checks JSON and base64', () => {
    expect(parse('JSON', '{"a":[1,9007199254740993]}')).toBe('{"a":[1,9007199254740993]}');
    expect(parse('JSON', '{a:1}')).toMatchObject({ reason: 'not valid JSON' });
    expect(parse('BYTES', 'aGk=')).toBe('aGk=');
    expect(parse('BYTES', 'aGk')).toBe('aGk=');
    expect(parse('BYTES', 'a!')).toMatchObject({ reason: 'not base64' });
    expect(parse('BYTES', 'aGl=')).toMatchObject({ reason: 'not base64' });
  });

  const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
  it.each([
    '{"a":{"a":1},"b":[{"a":1},{"a":2}]}',
    '{"a":18446744073709551615,"b":-9223372036854775808}',
    '{"a":0.30000000000000004,"b":1e2,"c":5e-324,"d":1.7976931348623157e308}',
    '["\\ud83d\\ude00", "{\\"a\\":1,\\"a\\":2}", "0.12345678901234567890"]',
    nested(80),
  ])('takes the JSON %s', (text) => expect(parse('JSON', text)).toBe(text));

  it.each([
    ['null', 'a JSON null'],
    ['{"a":1,"\\u0061":2}', 'JSON with a name twice in one object'],
    ['[{"b":{"a":1,"c":{},"a":2}}]', 'JSON with a name twice in one object'],
    ['{"a":18446744073709551616}', 'JSON with a number that would lose digits'],
    ['[2.2412421353246235436]', 'JSON with a number that would lose digits'],
    ['[1e400]', 'JSON with a number that would lose digits'],
    ['[1e99999]', 'JSON with a number that would lose digits'],
    ['["\\ud800"]', 'not valid Unicode'],
    [nested(81), 'JSON of more than 80 levels'],
  ])('refuses the JSON %s', (text, reason) => expect(parse('JSON', text)).toMatchObject({ reason }));

  it('keeps every digit of numbers in arrays', () => {
    const array = cellParser(field('INT64', {}, { array: true }));
    expect(array('[1, 9007199254740993]')).toEqual(['1', '9007199254740993']);
    expect(array('[1, null]')).toMatchObject({ reason: expect.stringContaining('NULL') });
    expect(array('[1.5]')).toBeInstanceOf(CellProblem);
    expect(array('1')).toBeInstanceOf(CellProblem);
    const list = cellParser(field('STRING', {}, { array: true, delimiter: ';' }));
    expect(list('a;b')).toEqual(['a', 'b']);
    const strings = cellParser(field('STRING', {}, { array: true }));
    expect(strings('["\\ud83d\\ude00"]')).toEqual(['😀']);
    expect(strings('["\\ud800"]')).toMatchObject({ reason: 'an element: not valid Unicode' });
  });

  it('counts characters, not UTF-16 units', () => {
    expect(parse('STRING', '😀😀', { maxLength: 2 })).toBe('😀😀');
    expect(parse('STRING', '😀😀😀', { maxLength: 2 })).toMatchObject({ reason: 'longer than 2 characters' });
    expect(parse('STRING', '😀', { minLength: 2 })).toMatchObject({ reason: 'shorter than 2 characters' });
  });

  it('names the near spelling of an enumeration', () => {
    expect(parse('STRING', 'yes', { enum: ['Yes', 'No'] })).toEqual({
      reason: 'not an allowed value',
      hint: 'write "Yes"',
    });
    expect(parse('STRING', 'Nox', { pattern: 'No' })).toMatchObject({ reason: 'not in the required form' });
  });

  it('never puts the value into the reason', () => {
    for (const type of [
      'INT64',
      'FLOAT64',
      'NUMERIC',
      'BOOL',
      'DATE',
      'TIMESTAMP',
      'JSON',
      'BYTES',
    ] as const) {
      expect(JSON.stringify(parse(type, 'Jane Doe!'))).not.toContain('Jane');
    }
  });
});
