import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { resolveConfig } from '../../../../src/config/config.js';
import { packageRoot } from '../../../../src/core/package-root.js';
import { statement, type TemplateName } from '../../../../src/pipeline/analytics/templates.js';
import {
  modelMetricsSchema,
  modelPredictionsSchema,
  patientAlertsSchema,
  patientInfoSchema,
  patientVitalsSchema,
} from '../../../../src/schema/table-schema.js';

const config = resolveConfig({ flags: { project: 'ward-seven' }, env: {}, cwd: '/nowhere' });
const names = readdirSync(join(packageRoot(), 'templates', 'bigquery'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.sql'))
  .map((file) => file.replaceAll('\\', '/').replace('.sql', ''));

describe('statements of templates/bigquery', () => {
  it.each(names)('%s leaves no name unfilled', (name) => {
    const text = statement(name as TemplateName, config, {
      maxIterations: '20',
      limit: '5',
      slices: 'Gender',
      predictions: 'SELECT 1',
      baseline: 'NULL',
      attributions: 'NULL',
      filters: 'TRUE',
    });
    expect(text).not.toContain('{{');
    expect(text.length).toBeGreaterThan(20);
  });

  it('joins the ten admission columns, the vitals and the event time, in the order of the contract', () => {
    const columns = /SELECT\n([\s\S]*?)\nFROM/.exec(statement('join', config))![1]!;
    expect(columns.replaceAll(/\s+/g, '').split(',').slice(0, 15)).toEqual([
      ...['Patient_ID', 'Age', 'Gender', 'Condition', 'Procedure', 'Cost', 'Length_of_Stay'].map(
        (name) => `admission.${name}`,
      ),
      ...['Readmission', 'Outcome', 'Satisfaction'].map((name) => `admission.${name}`),
      ...['Temperature_C', 'Systolic', 'Diastolic', 'Heart_Rate', 'event_timestamp'].map(
        (name) => `reading.${name}`,
      ),
    ]);
  });

  it('keeps what is known only after the outcome, and identifiers, out of the features', () => {
    const text = statement('train', config, { maxIterations: '20' });
    const features = /SELECT\n([\s\S]*?)\nFROM/.exec(text)![1]!;
    expect(features).toContain('Length_of_Stay');
    expect(features).not.toMatch(/Readmission|Satisfaction|event_timestamp/);
    expect(features.split('\n')[0]).not.toContain('Patient_ID');
  });

  it.each(names)('%s names the rows of every table by a word that is no column of ours', (name) => {
    const text = readFileSync(join(packageRoot(), 'templates', 'bigquery', `${name}.sql`), 'utf8');
    const columns = [
      patientInfoSchema(),
      patientVitalsSchema(),
      patientAlertsSchema(),
      modelPredictionsSchema(),
      modelMetricsSchema(),
    ].flatMap(({ fields }) => fields);
    // ML functions and CREATE take a name that cannot be taken for a column.
    for (const [, table, alias] of text.matchAll(/\b(?:FROM|JOIN)\s+\{\{(\w+)\}\}(?:\s+AS\s+(\w+))?/g)) {
      expect(alias, table).toBeDefined();
      expect(columns.map((field) => field.name.toLowerCase())).not.toContain(alias!.toLowerCase());
    }
  });

  it('quotes every path with the project', () => {
    expect(statement('join', config)).toContain('`ward-seven.healthmon.joined_patient_records`');
  });
});
