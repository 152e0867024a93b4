import { existsSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Row, useMlLab } from './ml-lab.js';

const penguins = `${process.env.HEALTHMON_CORPUS ?? ''}/data/penguins.jsonl`;
const { query, one } = useMlLab();

/** Rounds as the documentation prints: six decimals. */
function printed(value: unknown, decimals = 6): number {
  return Number(Number(value).toFixed(decimals));
}

describe.skipIf(!existsSync(penguins))('penguins', () => {
  beforeAll(async () => {
    await query(`CREATE TABLE penguins (species STRING, island STRING, culmen_length_mm FLOAT64,
      culmen_depth_mm FLOAT64, flipper_length_mm FLOAT64, body_mass_g FLOAT64, sex STRING)`);
    const literal = (value: unknown): string =>
      value === undefined || value === null ? 'NULL' : JSON.stringify(value);
    const rows = readFileSync(penguins, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Row)
      .map(
        (row) =>
          `(${[
            'species',
            'island',
            'culmen_length_mm',
            'culmen_depth_mm',
            'flipper_length_mm',
            'body_mass_g',
            'sex',
          ]
            .map((name) => literal(row[name]))
            .join(', ')})`,
      );
    await query(`INSERT INTO penguins VALUES ${rows.join(', ')}`);
  });

  describe('linear regression', () => {
    beforeAll(async () => {
      await query(`CREATE OR REPLACE MODEL ml.penguins_model
        OPTIONS(model_type='linear_reg', input_label_cols=['body_mass_g']) AS
        SELECT * FROM ml.penguins WHERE body_mass_g IS NOT NULL`);
    });

    it('gives the recorded metrics on all rows', async () => {
      const row = await one('SELECT * FROM ML.EVALUATE(MODEL ml.penguins_model)');
      expect(Object.keys(row)).toEqual([
        'mean_absolute_error',
        'mean_squared_error',
        'mean_squared_log_error',
        'median_absolute_error',
        'r2_score',
        'explained_variance',
      ]);
      expect(printed(row['mean_absolute_error'])).toBe(227.012237);
      expect(printed(row['mean_squared_error'])).toBe(81838.159892);
      expect(printed(row['mean_squared_log_error'], 5)).toBe(0.00507);
      expect(printed(row['median_absolute_error'])).toBe(173.080816);
      expect(printed(row['r2_score'])).toBe(0.872377);
      expect(printed(row['explained_variance'])).toBe(0.872377);
    });

    it('gives the recorded metrics on complete rows', async () => {
      const row = await one(`SELECT * FROM ML.EVALUATE(MODEL ml.penguins_model,
        (SELECT * FROM ml.penguins WHERE body_mass_g IS NOT NULL AND sex IS NOT NULL))`);
      expect(printed(row['mean_absolute_error'])).toBe(225.817334);
      expect(printed(row['mean_squared_error'])).toBe(80540.705944);
      expect(printed(row['mean_squared_log_error'])).toBe(0.004972);
      expect(printed(row['median_absolute_error'])).toBe(173.080816);
      expect(printed(row['r2_score'], 5)).toBe(0.87529);
    });

    it('predicts the recorded body masses', async () => {
      const rows = await query(`SELECT * FROM ML.PREDICT(MODEL ml.penguins_model, (
        SELECT 1 AS n, 'Gentoo penguin (Pygoscelis papua)' AS species, 'Biscoe' AS island,
          CAST(NULL AS FLOAT64) AS culmen_length_mm, CAST(NULL AS FLOAT64) AS culmen_depth_mm,
          CAST(NULL AS FLOAT64) AS flipper_length_mm, CAST(NULL AS STRING) AS sex
        UNION ALL SELECT 2, 'Gentoo penguin (Pygoscelis papua)', 'Biscoe', 46.2, 14.4, 214, NULL
        UNION ALL SELECT 3, 'Gentoo penguin (Pygoscelis papua)', 'Biscoe', 45.2, 16.4, 223, 'MALE'
        UNION ALL SELECT 4, 'Gentoo penguin (Pygoscelis papua)', 'Biscoe', 46.5, 14.5, 213, 'FEMALE'
        UNION ALL SELECT 5, 'Adelie Penguin (Pygoscelis adeliae)', 'Biscoe', 37.7, 16, 183, 'FEMALE'
        )) ORDER BY n`);
      expect(rows.map((row) => printed(row['predicted_body_mass_g']))).toEqual([
        4681.782896, 4740.7907, 5413.510134, 4768.351092, 3235.896372,
      ]);
      expect(Object.keys(rows[0]!).slice(0, 3)).toEqual(['predicted_body_mass_g', 'n', 'species']);
    });
  });

  describe('linear regression with p-values', () => {
    const DATA = `SELECT * FROM ml.penguins WHERE body_mass_g IS NOT NULL AND sex IN ('MALE', 'FEMALE')`;

    beforeAll(async () => {
      await query(`CREATE OR REPLACE MODEL ml.p_values OPTIONS(model_type='LINEAR_REG',
        input_label_cols=['body_mass_g'], calculate_p_values=TRUE, category_encoding_method='DUMMY_ENCODING',
        enable_global_explain=TRUE) AS ${DATA}`);
    });

    it('gives the recorded weights, errors and p-values', async () => {
      const rows = await query('SELECT * FROM ML.ADVANCED_WEIGHTS(MODEL ml.p_values)');
      const find = (input: string, category: string | null): Row => {
        const found = rows.find(
          (row) =>
            row['processed_input'] === input &&
            (category === null ? row['category'] === null : String(row['category']).startsWith(category)),
        );
        return found ?? {};
      };
      const expected: [string, string | null, number, number, number][] = [
        ['species', 'Chinstrap', -260.3062945523467, 87.35, 0.0033],
        ['species', 'Gentoo', 987.7614450022454, 135.37, 5.9e-8],
        ['island', 'Dream', -13.103051308902167, 57.74, 0.8206],
        ['island', 'Torgersen', -48.06362580809165, 60.09, 0.4239],
        ['culmen_length_mm', null, 18.189315, 7.04, 0.0101],
        ['culmen_depth_mm', null, 67.575429, 19.55, 0.00085],
        ['flipper_length_mm', null, 16.238506, 2.9, 2.6e-6],
        ['sex', 'FEMALE', -387.2242552964589, 47.48, 1.1e-8],
      ];
      for (const [input, category, weight, error, p] of expected) {
        const row = find(input, category);
        const digits = category === null ? 6 : 9;
        expect(printed(row['weight'], digits), input).toBe(printed(weight, digits));
        expect(printed(row['standard_error'], 2), input).toBe(error);
        const [mantissa = '', exponent = '0'] = p.toExponential().split('e');
        const significant = mantissa.replace('.', '').length;
        expect(Number(Number(row['p_value']).toPrecision(significant)), input).toBe(
          Number(`${mantissa}e${exponent}`),
        );
      }
      for (const [input, category] of [
        ['species', 'Adelie'],
        ['island', 'Biscoe'],
        ['sex', 'MALE'],
      ] as const) {
        const row = find(input, category);
        expect([row['weight'], row['standard_error']]).toEqual([0, 0]);
        expect(Number(row['p_value'])).toBeNaN();
      }
      const intercept = rows.at(-1)!;
      expect(intercept['processed_input']).toBe('__INTERCEPT__');
      expect(printed(intercept['weight'])).toBe(-1112.80484);
      expect(intercept['standard_error']).toBeNull();
      expect(intercept['p_value']).toBeNull();
    });

    it('standardises weights with the sample deviation', async () => {
      const rows = await query(
        'SELECT * FROM ML.ADVANCED_WEIGHTS(MODEL ml.p_values, STRUCT(TRUE AS standardize))',
      );
      const intercept = rows.at(-1)!;
      expect(printed(intercept['weight'], 2)).toBe(4110.72);
      expect(printed(intercept['standard_error'], 2)).toBe(71);
      expect(printed(intercept['p_value'], 6)).toBe(0);
      const flipper = rows.find((row) => row['processed_input'] === 'flipper_length_mm')!;
      expect(printed(flipper['weight'], 3)).toBe(227.595);
    });

    it('reports the loss of the one iteration', async () => {
      const row = await one('SELECT * FROM ML.TRAINING_INFO(MODEL ml.p_values)');
      expect(printed(row['loss'])).toBe(80658.955707);
      expect(row['iteration']).toBe(0);
      expect(row['learning_rate']).toBeNull();
      expect(row['eval_loss']).toBeNull();
    });

    it('describes the features', async () => {
      const rows = await query('SELECT * FROM ML.FEATURE_INFO(MODEL ml.p_values)');
      const numeric = rows.filter((row) => row['min'] !== null);
      expect(
        numeric.map((row) => [
          row['input'],
          row['min'],
          row['max'],
          printed(row['mean']),
          printed(row['stddev']),
        ]),
      ).toEqual([
        ['culmen_length_mm', 32.1, 59.6, 43.992793, 5.468668],
        ['culmen_depth_mm', 13.1, 21.5, 17.164865, 1.969235],
        ['flipper_length_mm', 172, 231, 200.966967, 14.015765],
      ]);
      // Approximate, as the service prints them: the exact ones are 44.5, 17.3 and 197.
      expect(numeric.map((row) => row['median'])).toEqual([44.1, 17.3, 197]);
      const categories = rows.filter((row) => row['category_count'] !== null);
      expect(categories.map((row) => [row['input'], row['category_count']])).toEqual([
        ['species', 3],
        ['island', 3],
        ['sex', 2],
      ]);
    });

    it('explains the recorded prediction', async () => {
      const rows = await query(`SELECT * FROM ML.EXPLAIN_PREDICT(MODEL ml.p_values, (${DATA}))`);
      const row = rows.find((candidate) => printed(candidate['predicted_body_mass_g']) === 3383.869817)!;
      const attributions = row['top_feature_attributions'] as { feature: string; attribution: number }[];
      expect(attributions.map(({ feature }) => feature)).toEqual([
        'sex',
        'flipper_length_mm',
        'culmen_length_mm',
        'culmen_depth_mm',
        'island',
      ]);
      expect(attributions.map(({ attribution }) => printed(attribution, 3))).toEqual([
        -387.224, -275.518, -134.47, 83.465, -13.103,
      ]);
      expect(attributions.map(({ attribution }) => printed(attribution, 7)).slice(1)).toEqual([
        -275.5181977, -134.4698375, 83.4647869, -13.1030513,
      ]);
      expect(row['approximation_error']).toBe(0);
    });

    it('explains the model globally', async () => {
      const rows = await query('SELECT * FROM ML.GLOBAL_EXPLAIN(MODEL ml.p_values)');
      const value = (feature: string): number =>
        printed(rows.find((row) => row['feature'] === feature)?.['attribution']);
      expect(value('flipper_length_mm')).toBe(197.569151);
      expect(value('culmen_depth_mm')).toBe(112.038866);
      expect(value('culmen_length_mm')).toBe(85.859295);
    });
  });
});
