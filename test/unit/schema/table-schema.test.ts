import { describe, expect, it } from 'vitest';
import { bigQueryJson, bigQueryTable } from '../../../src/schema/bigquery-schema.js';
import { parentsFirst } from '../../../src/schema/parents-first.js';
import { parseTableSchema } from '../../../src/schema/parse-table-schema.js';
import { patientInfoSchema, patientVitalsSchema } from '../../../src/schema/read-table-schema.js';
import { createTableDdl } from '../../../src/schema/spanner-ddl.js';

const schemaOf = (document: unknown) => parseTableSchema('t.json', () => JSON.stringify(document));

describe('table schemas', () => {
  it('derive the admissions table of the contract', () => {
    const [ddl] = createTableDdl(patientInfoSchema());
    expect(ddl).toMatch(/^CREATE TABLE `PatientInfo` \(\n {2}`Patient_ID` STRING\(64\) NOT NULL,/);
    for (const column of [
      '`Age` INT64',
      '`Cost` NUMERIC',
      '`Length_of_Stay` INT64',
      '`Satisfaction` INT64',
      '`Loaded_At` TIMESTAMP OPTIONS (allow_commit_timestamp = true)',
    ]) {
      expect(ddl).toContain(column);
    }
    expect(ddl).toMatch(/PRIMARY KEY \(`Patient_ID`\)$/);
  });

  it('derive the stream table of the contract', () => {
    const { schema, timePartitioning, clustering } = bigQueryTable(patientVitalsSchema());
    expect(schema.fields.slice(0, 6).map(({ name, type }) => `${name} ${type}`)).toEqual([
      'Patient_ID STRING',
      'event_timestamp TIMESTAMP',
      'Temperature_C FLOAT',
      'Systolic INTEGER',
      'Diastolic INTEGER',
      'Heart_Rate INTEGER',
    ]);
    expect(schema.fields.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['Message_ID', 'Ingested_At']),
    );
    expect(timePartitioning).toEqual({ type: 'DAY', field: 'event_timestamp' });
    expect(clustering).toEqual({ fields: ['Patient_ID'] });
  });

  it.each([
    [{}, 'with "fields"', 'fields must be a list'],
    [{ fields: [{ name: 'a b' }], primaryKey: 'a b' }, '', 'not a column name'],
    [
      { fields: [{ name: 'a', type: 'strng' }], primaryKey: 'a' },
      'Did you mean "string"?',
      'unknown type "strng"',
    ],
    [{ fields: [{ name: 'a', type: 'duration' }], primaryKey: 'a' }, '', 'not supported'],
    [{ fields: [{ name: 'a' }] }, '', 'primaryKey is missing'],
    [{ fields: [{ name: 'a' }], primaryKey: 'b' }, '', 'unknown field "b"'],
    [{ fields: [{ name: 'a' }, { name: 'A' }], primaryKey: 'a' }, '', 'repeats the field a'],
    [
      { fields: [{ name: 'a', constraints: { maxlength: 3 } }], primaryKey: 'a' },
      'Did you mean "maxLength"?',
      'not supported',
    ],
    [
      { fields: [{ name: 'a', constraints: { pattern: '(' } }], primaryKey: 'a' },
      '',
      'no regular expression',
    ],
  ])('refuse %j', (document, suggestion, message) => {
    try {
      schemaOf(document);
      expect.unreachable();
    } catch (error) {
      const { message: text, suggestion: hint } = error as { message: string; suggestion: string };
      expect(`${text} ${hint}`).toContain(message);
      if (suggestion.startsWith('Did')) expect(hint).toBe(suggestion);
    }
  });

  const field = (more: object, name = 'a') => ({
    fields: [{ name: 'k' }, { name, ...more }],
    primaryKey: 'k',
  });
  const constraint = (type: string, constraints: object) => field({ type, constraints });
  const reference = (fields: unknown, reference: unknown) => ({
    ...field({}),
    foreignKeys: [{ fields, reference }],
  });
  it.each<[object, string]>([
    [field({}, ''), 'fields[1] is not a column name'],
    [field({ type: 'constructor' }), 'field a has the unknown type "constructor"'],
    [field({ type: 'TIMESTAMP' }), 'Did you mean "datetime"?'],
    [field({ type: 'number', decimalChar: ',' }), 'field a: decimalChar is not supported'],
    [field({ type: 'integer', groupChar: '.' }), 'field a: groupChar is not supported'],
    [field({ type: 'number', bareNumber: false }), 'field a: bareNumber is not supported'],
    [field({ format: 'email' }), 'field a: format "email" is not supported; use constraints.pattern'],
    [field({ type: 'date', format: '%d %b %Y' }), 'field a: format "%d %b %Y" is not understood'],
    [field({ type: 'list', delimiter: '' }), 'field a: delimiter must be one character or more'],
    [constraint('string', { maxLength: 0 }), 'field a: constraints.maxLength must be 1 to 2621440'],
    [constraint('string', { maxLength: 2_621_441 }), 'field a: constraints.maxLength must be 1 to 2621440'],
    [constraint('integer', { maxLength: 3 }), 'field a: constraints.maxLength is not supported for INT64'],
    [constraint('date', { minLength: 3 }), 'field a: constraints.minLength is not supported for DATE'],
    [constraint('string', { minimum: 3 }), 'field a: constraints.minimum is not supported for STRING'],
    [constraint('boolean', { maximum: 'true' }), 'field a: constraints.maximum is not supported for BOOL'],
    [constraint('integer', { minimum: 'x' }), 'field a: constraints.minimum "x" is not a whole number'],
    [constraint('date', { maximum: 2020 }), 'field a: constraints.maximum "2020" is not a date'],
    [constraint('integer', { enum: [1, 'x'] }), 'field a: constraints.enum "x" is not a whole number'],
    [constraint('integer', { maximum: 2 ** 53 }), 'constraints.maximum must be written in quotes'],
    [constraint('string', { enum: [null] }), 'field a: constraints.enum[0] must be a number or a text'],
    [constraint('string', { enum: ['x', {}] }), 'field a: constraints.enum[1] must be a number or a text'],
    [constraint('object', { unique: true }), 'field a: constraints.unique is not supported for JSON'],
    [constraint('list', { unique: true }), 'field a: constraints.unique is not supported for an array'],
    [{ ...field({}), primaryKey: ['k', 'k'] }, 'primaryKey names k twice'],
    [{ ...field({}), name: '' }, 'name must not be empty'],
    [{ ...field({}), uniqueKeys: [['a']] }, 'uniqueKeys is not supported'],
    [{ ...field({ type: 'object' }), clusterBy: 'a' }, 'clusterBy names a, which is JSON'],
    [
      { ...field({ type: 'datetime', filledBy: 'commit-timestamp' }), primaryKey: ['k', 'a'] },
      'primaryKey holds a, which no row brings',
    ],
    [
      reference('a', { resource: '', fields: 'x' }),
      'foreignKeys[0].reference.fields names the unknown field "x"',
    ],
    [reference('a', { resource: 'p' }), 'foreignKeys[0].reference.fields must be a list of texts'],
    [
      {
        ...field({}),
        foreignKeys: ['p', 'q'].map((resource) => ({ fields: 'a', reference: { resource, fields: 'k' } })),
      },
      'foreignKeys[1] has the fields of an earlier foreign key',
    ],
  ])('refuse %j by its place', (document, expected) => {
    try {
      schemaOf(document);
      expect.unreachable();
    } catch (error) {
      const { message, suggestion } = error as { message: string; suggestion: string };
      expect(`${message} ${suggestion}`).toContain(expected);
      expect(message).toContain('t.json');
    }
  });

  it('may begin with a byte order mark, and show nothing of a file that is none', () => {
    const text = JSON.stringify(field({}));
    expect(parseTableSchema('t.json', () => `\uFEFF${text}`).name).toBe('t');
    for (const data of ['Jane,1\n', '"Jane",1', '7001,Jane Doe,female', `{"a":"Jane",}`]) {
      try {
        parseTableSchema('t.json', () => data);
        expect.unreachable();
      } catch (error) {
        expect((error as { detail: string }).detail).not.toContain('Jane');
      }
    }
  });

  it('keep the digits of bounds', () => {
    const bounded = schemaOf(constraint('integer', { maximum: '9223372036854775807', minimum: -1 }));
    expect(bounded.fields[1]!.constraints).toEqual({ maximum: '9223372036854775807', minimum: '-1' });
  });

  it.each([
    ['two of one name', { name: 'p' }, { name: 'p' }, 'the name p'],
    [
      'two of one table',
      { name: 'p', spannerTable: 'T' },
      { name: 'q', spannerTable: 't' },
      'the Spanner table t',
    ],
    ['a circle', { name: 'p', to: ['q', 'Id'] }, { name: 'q', to: ['p', 'Id'] }, 'p → q → p'],
    ['an unknown field', { name: 'p', to: ['q', 'Nr'] }, { name: 'q' }, 'refers to Nr of q'],
    [
      'another type',
      { name: 'p', to: ['q', 'Id'] },
      { name: 'q', type: 'integer' },
      'Ref of p is STRING, but Id of q',
    ],
    [
      'another type of its own',
      { name: 'p', type: 'integer', to: ['p', 'Id'] },
      { name: 'q' },
      'Ref of p is STRING, but Id of p',
    ],
  ])('are refused together: %s', (_name, ...documents) => {
    const message = documents.pop() as string;
    const schemas = (
      documents as { name: string; type?: string; to?: string[]; spannerTable?: string }[]
    ).map(({ name, type = 'string', to, spannerTable }) =>
      schemaOf({
        name,
        spannerTable,
        fields: [{ name: 'Id', type }, { name: 'Ref' }],
        primaryKey: 'Id',
        foreignKeys: to && [{ fields: 'Ref', reference: { resource: to[0], fields: to[1] } }],
      }),
    );
    expect(() => parentsFirst(schemas)).toThrow(message);
  });

  it('order parents first', () => {
    const of = (name: string, ...parents: string[]) =>
      schemaOf({
        name,
        fields: [{ name: 'Id' }, ...parents.map((parent) => ({ name: parent }))],
        primaryKey: 'Id',
        foreignKeys: parents.map((parent) => ({
          fields: parent,
          reference: { resource: parent, fields: 'Id' },
        })),
      });
    const names = parentsFirst([of('c', 'b', 'a'), of('b', 'a'), of('a')]).map(({ name }) => name);
    expect(names).toEqual(['a', 'b', 'c']);
    const tables = [of('c', 'b', 'a'), of('b', 'a'), of('a')];
    const [ddl] = createTableDdl(
      tables[0]!,
      (name) => tables.find((table) => table.name === name)?.spannerTable,
    );
    expect(ddl).toContain('CONSTRAINT `FK_c_b` FOREIGN KEY (`b`) REFERENCES `b` (`Id`)');
  });

  it('write values for BigQuery without passing through a double', () => {
    const schema = schemaOf({
      fields: [
        { name: 'i', type: 'integer' },
        { name: 'f', type: 'number' },
        { name: 'j', type: 'object' },
        { name: 'l', type: 'list', itemType: 'integer' },
        { name: 't', type: 'datetime' },
      ],
      primaryKey: 'i',
    });
    const [i, f, j, l, t] = schema.fields;
    expect(bigQueryJson(i!, '9007199254740993')).toBe('"9007199254740993"');
    expect(bigQueryJson(f!, Number.NaN)).toBe('"NaN"');
    expect(bigQueryJson(j!, '{"a":9007199254740993}')).toBe('{"a":9007199254740993}');
    expect(bigQueryJson(l!, null)).toBe('[]');
    expect(bigQueryJson(t!, '2026-03-01T10:00:00.123456789Z')).toBe('"2026-03-01T10:00:00.123456Z"');
  });
});
