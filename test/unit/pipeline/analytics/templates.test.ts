import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { resolveConfig } from '../../../../src/config/config.js';
import { packageRoot } from '../../../../src/core/package-root.js';
import { statement, type TemplateName } from '../../../../src/pipeline/analytics/templates.js';
import { joinedSource, type Question, questionValues } from '../../../../src/pipeline/model/question.js';
import {
  modelEventsSchema,
  modelMetricsSchema,
  modelPredictionsSchema,
  modelVersionsSchema,
  patientAlertsSchema,
  patientInfoSchema,
  patientVitalsSchema,
} from '../../../../src/schema/read-table-schema.js';

const config = resolveConfig({ flags: { project: 'ward-seven' }, env: {}, cwd: '/nowhere' });
const names = readdirSync(join(packageRoot(), 'templates', 'bigquery'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.sql'))
  .map((file) => file.replaceAll('\\', '/').replace('.sql', ''));

const source = joinedSource({ config }, 'reading');
const QUESTION: Question = {
  model: 'outcome_model_v1',
  version: 'outcome_model_v1',
  type: 'LOGISTIC_REG',
  label: 'Outcome',
  features: ['Age', 'Heart_Rate'],
  source,
  splitBy: 'Patient_ID',
};
/** What those who use the statements fill in besides. */
const FILLED = [
  ...[
    'limit',
    'slices',
    'predictions',
    'baseline',
    'attributions',
    'filters',
    'options',
    'split',
    'name',
    'column',
  ],
  ...[
    'score',
    'sets',
    'admissionOnce',
    'vitalSummaries',
    'kind',
    'columns',
    'base',
    'study',
    'settings',
    'said',
  ],
];

describe('statements of templates/bigquery', () => {
  it.each(names)('%s leaves no name unfilled', (name) => {
    const text = statement(name as TemplateName, config, {
      ...questionValues({ config }, QUESTION),
      ...Object.fromEntries(FILLED.map((value) => [value, 'NULL'])),
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

  it.each(names)('%s names the rows of every table by a word that is no column of ours', (name) => {
    const text = readFileSync(join(packageRoot(), 'templates', 'bigquery', `${name}.sql`), 'utf8');
    const columns = [
      patientInfoSchema(),
      patientVitalsSchema(),
      patientAlertsSchema(),
      modelPredictionsSchema(),
      modelMetricsSchema(),
      modelVersionsSchema(),
      modelEventsSchema(),
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
