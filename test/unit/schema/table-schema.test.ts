import { describe, expect, it } from 'vitest';
import { bigQueryJson, bigQueryTable } from '../../../src/schema/bigquery-schema.js';
import { parseTableSchema } from '../../../src/schema/parse-table-schema.js';
import { createTableDdl } from '../../../src/schema/spanner-ddl.js';
import { parentsFirst, patientInfoSchema, patientVitalsSchema } from '../../../src/schema/table-schema.js';

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
