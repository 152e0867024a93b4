import { existsSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Row, useMlLab } from './ml-lab.js';
import {
  balancedWeights,
  classesOf,
  type Features,
  macroMetrics,
  predict,
  type Recipe,
  type Sample,
  type Trained,
  train,
} from './ml-recipe.js';

const penguinFile = `${process.env.HEALTHMON_CORPUS ?? ''}/data/penguins.jsonl`;

const lab = useMlLab();
let nextTable = 0;

/** Multiply-with-carry: the same numbers between 0 and 1 for the same seed. */
function generator(seed: number): () => number {
  let state = seed + 1;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}

/** Rows with gaps in numbers and categories, and labels that depend on both. */
function samples(seed: number, count: number, classes: number): Sample[] {
  const random = generator(seed);
  const skew = Array.from({ length: classes }, () => random() * 1.5);
  return Array.from({ length: count }, () => {
    const x = 100 + 40 * random();
    const y = random() ** 3 - 0.2;
    const color = [' red', 'green', 'blue', 'Zinc'][Math.floor(4 * random() ** 2)]!;
    const scores = skew.map(
      (base, name) => base + ((x - 120) / 12) * Math.sin(name + 1) + (color === ' red' ? name : 0),
    );
    const noisy = scores.map((score) => score - Math.log(-Math.log(0.001 + 0.998 * random())));
    return {
      x: random() < 0.08 ? null : x,
      y: random() < 0.2 ? null : y,
      color: random() < 0.1 ? null : color,
      size: random() < 0.5 ? 'small' : 'large',
      label: `class ${noisy.indexOf(Math.max(...noisy))}`,
      held: random() < 0.25 ? 'eval' : 'train',
    };
  });
}

const FEATURES: Features = { numeric: ['x', 'y'], categorical: ['color', 'size'] };

async function store(rows: readonly Sample[]): Promise<string> {
  const table = `ml.samples${nextTable++}`;
  const columns = Object.keys(rows[0]!);
  const typeOf = (name: string): string =>
    rows.some((row) => typeof row[name] === 'number') ? 'FLOAT64' : 'STRING';
  await lab.query(`CREATE TABLE ${table} (${columns.map((name) => `${name} ${typeOf(name)}`).join(', ')})`);
  const literal = (value: number | string | null): string =>
    value === null ? 'NULL' : JSON.stringify(value);
  for (let start = 0; start < rows.length; start += 2000) {
    const values = rows
      .slice(start, start + 2000)
      .map((row) => `(${columns.map((name) => literal(row[name]!)).join(', ')})`);
    await lab.query(`INSERT INTO ${table} VALUES ${values.join(', ')}`);
  }
  return table;
}

async function expectSameHistory(model: string, expected: Trained): Promise<void> {
  const rows = await lab.query(`SELECT * FROM ML.TRAINING_INFO(MODEL ${model}) ORDER BY iteration`);
  expect(rows.map((row) => row['learning_rate'])).toEqual(expected.history.map(({ rate }) => rate));
  for (const [index, step] of expected.history.entries()) {
    expect(rows[index]!['loss']).toBeCloseTo(step.loss, 10);
    if (step.evalLoss === undefined) expect(rows[index]!['eval_loss']).toBeNull();
    else expect(rows[index]!['eval_loss']).toBeCloseTo(step.evalLoss, 10);
  }
}

/** Weights by `class label / input / category`, with numbers on their raw scale. */
function weightsOf(model: Trained, dummy: boolean, rows: readonly Sample[]): Map<string, number> {
  const result = new Map<string, number>();
  const multiclass = model.classes.length > 2;
  for (const [output, name] of (multiclass ? model.classes : ['']).entries()) {
    let column = 0;
    let intercept = model.weights.at(-1)![output]!;
    for (const input of model.numeric) {
      const { mean, stddev } = model.preprocessing.moments.get(input)!;
      const weight = model.weights[column++]![output]! / stddev;
      result.set(`${name}/${input}/`, weight);
      intercept -= weight * mean;
    }
    for (const input of model.categorical) {
      const vocabulary = model.preprocessing.vocabularies.get(input)!;
      const counts = vocabulary.map((category) => rows.filter((row) => row[input] === category).length);
      const base = dummy ? model.weights[column + counts.indexOf(Math.max(...counts))]![output]! : 0;
      for (const category of vocabulary) {
        result.set(
          `${name}/${input}/${category ?? '_null_filler'}`,
          model.weights[column++]![output]! - base,
        );
      }
      intercept += base;
    }
    result.set(`${name}/__INTERCEPT__/`, intercept);
  }
  return result;
}

async function expectSameWeights(model: string, expected: Map<string, number>): Promise<void> {
  const found = new Map<string, number>();
  for (const row of await lab.query(`SELECT * FROM ML.WEIGHTS(MODEL ${model})`)) {
    const head = `${row['class_label'] ?? ''}/${row['processed_input']}`;
    if (row['weight'] !== null) found.set(`${head}/`, Number(row['weight']));
    for (const { category, weight } of row['category_weights'] as { category: string; weight: number }[]) {
      found.set(`${head}/${category}`, weight);
    }
  }
  expect([...found.keys()].sort()).toEqual([...expected.keys()].sort());
  for (const [key, weight] of expected) expect(found.get(key), key).toBeCloseTo(weight, 8);
}

async function expectSamePredictions(
  model: string,
  table: string,
  rows: readonly Sample[],
  expected: Trained,
) {
  const given = await lab.query(`SELECT predicted_label AS name, predicted_label_probs AS probs
    FROM ML.PREDICT(MODEL ${model}, TABLE ${table})`);
  const key = (probs: readonly number[]): string => probs.map((prob) => prob.toFixed(8)).join(' ');
  const found = given.map((row) => {
    const probs = row['probs'] as { label: string; prob: number }[];
    expect(probs.map(({ label }) => label)).toEqual([...expected.classes].reverse());
    const largest = Math.max(...probs.map(({ prob }) => prob));
    expect(probs.find(({ label }) => label === row['name'])?.prob).toBe(largest);
    return key(probs.map(({ prob }) => prob).reverse());
  });
  expect(found.sort()).toEqual(predict(rows, expected).map(key).sort());
}

describe('logistic regression against a second transcription of the recipe', () => {
  const cases: {
    seed: number;
    classes: number;
    options?: string;
    recipe?: Partial<Recipe>;
    dummy?: boolean;
    split?: boolean;
    /** No step is taken. */
    stays?: boolean;
  }[] = [
    { seed: 1, classes: 2 },
    { seed: 2, classes: 3 },
    { seed: 3, classes: 4 },
    { seed: 4, classes: 5 },
    { seed: 5, classes: 2, options: ', auto_class_weights=TRUE' },
    { seed: 6, classes: 4, options: ', auto_class_weights=TRUE' },
    {
      seed: 7,
      classes: 2,
      options: ", class_weights=[('class 0', 0.2), ('class 1', 0.8)]",
      recipe: { classWeights: { 'class 0': 0.2, 'class 1': 0.8 } },
    },
    {
      seed: 8,
      classes: 3,
      options: ", class_weights=[('class 0', 1), ('class 1', 0.1), ('class 2', 3)]",
      recipe: { classWeights: { 'class 0': 1, 'class 1': 0.1, 'class 2': 3 } },
    },
    { seed: 9, classes: 2, dummy: true },
    { seed: 10, classes: 3, dummy: true, split: true },
    {
      seed: 11,
      classes: 2,
      split: true,
      options: ', auto_class_weights=TRUE, max_iterations=5',
      recipe: { maxIterations: 5 },
    },
    // All weight on one class: the first step makes the loss worse, so none is taken.
    {
      seed: 12,
      classes: 2,
      options: ", class_weights=[('class 0', 1), ('class 1', 0)]",
      recipe: { classWeights: { 'class 0': 1, 'class 1': 0 } },
      stays: true,
    },
  ];

  it.each(cases)('seed $seed, $classes classes', async (given) => {
    const { seed, classes, options = '', recipe, dummy = false, split = false, stays = false } = given;
    const rows = samples(seed, 450, classes);
    const table = await store(rows);
    const training = split ? rows.filter((row) => row['held'] === 'train') : rows;
    const held = split ? rows.filter((row) => row['held'] === 'eval') : undefined;
    expect(classesOf(rows, 'label')).toHaveLength(classes);
    const auto = options.includes('auto_class_weights');
    const expected = train(
      training,
      {
        ...FEATURES,
        label: 'label',
        ...(auto && { classWeights: balancedWeights(training, 'label') }),
        ...recipe,
      },
      held,
    );
    const splitting = split ? "'CUSTOM', data_split_col='held'" : "'NO_SPLIT'";
    await lab.query(`CREATE OR REPLACE MODEL ml.recipe OPTIONS(model_type='LOGISTIC_REG',
      category_encoding_method='${dummy ? 'DUMMY' : 'ONE_HOT'}_ENCODING', data_split_method=${splitting}${options}) AS
      SELECT * EXCEPT(held)${split ? ", held = 'eval' AS held" : ''} FROM ${table}`);
    expect(expected.history.length > 0, 'steps').toBe(!stays);
    await expectSameHistory('ml.recipe', expected);
    await expectSameWeights('ml.recipe', weightsOf(expected, dummy, training));
    await expectSamePredictions('ml.recipe', table, rows, expected);
    if (classes === 2) return;
    const metrics = await lab.one(`SELECT * FROM ML.EVALUATE(MODEL ml.recipe, TABLE ${table})`);
    for (const [name, value] of Object.entries(macroMetrics(rows, expected))) {
      expect(metrics[name], name).toBeCloseTo(value, 10);
    }
  });
});

describe('rows in the shape of the census', () => {
  const CENSUS: Features = {
    numeric: ['age', 'education_num', 'hours_per_week'],
    categorical: ['workclass', 'marital_status', 'occupation'],
  };
  const VIEWED = 'SELECT * FROM ml.input_data WHERE dataframe';
  let rows: Sample[];

  beforeAll(async () => {
    const noise = (name: string): string =>
      `MOD(ABS(FARM_FINGERPRINT(CONCAT('${name}', CAST(n AS STRING)))), 1000003) / 1000003`;
    const pick = (name: string, values: string[]): string =>
      `${JSON.stringify(values)}[OFFSET(CAST(FLOOR(${values.length} * POW(${noise(name)}, 1.7)) AS INT64))]`;
    const workclass = pick('w', [
      ' Private',
      ' ?',
      ' Self-emp-not-inc',
      ' Local-gov',
      ' State-gov',
      ' Never-worked',
    ]);
    const marital = pick('m', [
      ' Married-civ-spouse',
      ' Never-married',
      ' Divorced',
      ' Widowed',
      ' Married-AF-spouse',
    ]);
    const occupation = pick('o', [
      ' Prof-specialty',
      ' Craft-repair',
      ' Exec-managerial',
      ' ?',
      ' Sales',
      ' Tech-support',
    ]);
    await lab.query(`CREATE TABLE ml.census AS
      WITH people AS (
        SELECT CAST(17 + FLOOR(73 * POW(${noise('a')}, 1.6)) AS INT64) AS age,
          CAST(FLOOR(1000000 * (${noise('f')})) AS INT64) AS functional_weight, ${workclass} AS workclass,
          ${marital} AS marital_status, CAST(1 + FLOOR(16 * (${noise('e')})) AS INT64) AS education_num,
          ${occupation} AS occupation, CAST(1 + FLOOR(98 * (${noise('h')})) AS INT64) AS hours_per_week, ${noise('u')} AS u
        FROM UNNEST(GENERATE_ARRAY(1, 32561)) AS n)
      SELECT * EXCEPT(u), IF(u < 1 / (1 + EXP(7.5 - 0.03 * age - 0.28 * education_num - 0.03 * hours_per_week
          - IF(marital_status = ' Married-civ-spouse', 2, 0) - IF(occupation = ' Exec-managerial', 1, 0))),
        ' >50K', ' <=50K') AS income_bracket
      FROM people`);
    await lab.query(`CREATE VIEW ml.input_data AS SELECT age, workclass, marital_status, education_num, occupation,
      hours_per_week, income_bracket, CASE WHEN MOD(functional_weight, 10) < 8 THEN 'training'
        WHEN MOD(functional_weight, 10) = 8 THEN 'evaluation' WHEN MOD(functional_weight, 10) = 9 THEN 'prediction'
      END AS dataframe FROM ml.census`);
    await lab.query(`CREATE OR REPLACE MODEL ml.census_model OPTIONS(model_type='LOGISTIC_REG', auto_class_weights=TRUE,
      enable_global_explain=TRUE, data_split_method='NO_SPLIT', input_label_cols=['income_bracket'],
      max_iterations=15) AS SELECT * EXCEPT(dataframe) FROM ml.input_data WHERE dataframe = 'training'`);
    rows = (await lab.query(
      `SELECT * EXCEPT(dataframe) FROM ml.input_data WHERE dataframe = 'training'`,
    )) as Sample[];
  });

  it('trains as the recipe says', async () => {
    expect(rows.length).toBeGreaterThan(25_000);
    const expected = train(rows, {
      ...CENSUS,
      label: 'income_bracket',
      classWeights: balancedWeights(rows, 'income_bracket'),
      maxIterations: 15,
    });
    await expectSameHistory('ml.census_model', expected);
    await expectSameWeights('ml.census_model', weightsOf(expected, false, rows));
    const { log_loss: loss } = await lab.one('SELECT log_loss FROM ML.EVALUATE(MODEL ml.census_model)');
    expect(loss).toBeCloseTo(expected.history.at(-1)!.loss, 10);
  });

  it('keeps the leading space of labels in values and in column names', async () => {
    const [row] = await lab.query(
      `SELECT * FROM ML.PREDICT(MODEL ml.census_model, (${VIEWED} = 'prediction')) LIMIT 1`,
    );
    expect(Object.keys(row!)).toEqual([
      'predicted_income_bracket',
      'predicted_income_bracket_probs',
      'age',
      'workclass',
      'marital_status',
      'education_num',
      'occupation',
      'hours_per_week',
      'income_bracket',
      'dataframe',
    ]);
    expect((row!['predicted_income_bracket_probs'] as Row[]).map(({ label }) => label)).toEqual([
      ' >50K',
      ' <=50K',
    ]);
    const matrix = await lab.query(
      `SELECT * FROM ML.CONFUSION_MATRIX(MODEL ml.census_model, (${VIEWED} = 'evaluation'))`,
    );
    expect(matrix.map((line) => Object.keys(line))).toEqual([
      ['expected_label', ' <=50K', ' >50K'],
      ['expected_label', ' <=50K', ' >50K'],
    ]);
    expect(matrix.map((line) => line['expected_label'])).toEqual([' <=50K', ' >50K']);
    const [counted] = await lab.query(
      `SELECT COUNTIF(income_bracket = ' >50K') AS positive FROM ml.input_data WHERE dataframe = 'evaluation'`,
    );
    expect(Number(matrix[1]![' <=50K']) + Number(matrix[1]![' >50K'])).toBe(counted!['positive']);
  });

  it('answers all functions', async () => {
    const evaluation = `(${VIEWED} = 'evaluation')`;
    const curve = await lab.query(`SELECT * FROM ML.ROC_CURVE(MODEL ml.census_model, ${evaluation})`);
    expect(Object.keys(curve[0]!)).toEqual([
      'threshold',
      'recall',
      'false_positive_rate',
      'true_positives',
      'false_positives',
      'true_negatives',
      'false_negatives',
    ]);
    expect(curve.length).toBeGreaterThan(95);
    expect(curve.length).toBeLessThan(105);
    expect(curve[0]!['threshold']).toBe(1);
    const above = curve.map((row) => Number(row['true_positives']) + Number(row['false_positives']));
    const [{ n }] = (await lab.query(`SELECT COUNT(*) AS n FROM ${evaluation}`)) as [{ n: number }];
    for (const [index, count] of above.slice(1, -1).entries()) {
      expect(count - above[index]!).toBeLessThan(0.02 * n);
    }
    const thresholds = await lab.query(
      `SELECT threshold FROM ML.ROC_CURVE(MODEL ml.census_model, ${evaluation}, GENERATE_ARRAY(0.4, 0.6, 0.1))`,
    );
    expect(thresholds).toHaveLength(3);
    const explained = await lab.query(`SELECT * FROM ML.EXPLAIN_PREDICT(MODEL ml.census_model, ${evaluation},
      STRUCT(3 AS top_k_features)) LIMIT 5`);
    for (const row of explained) {
      expect(row['top_feature_attributions']).toHaveLength(3);
      const positive = 1 / (1 + Math.exp(-Number(row['prediction_value'])));
      const own = row['predicted_income_bracket'] === ' >50K' ? positive : 1 - positive;
      expect(row['probability']).toBeCloseTo(own, 12);
    }
    const global = await lab.query('SELECT * FROM ML.GLOBAL_EXPLAIN(MODEL ml.census_model)');
    expect(global).toHaveLength(6);
    const byClass = await lab.query(
      'SELECT * FROM ML.GLOBAL_EXPLAIN(MODEL ml.census_model, STRUCT(TRUE AS class_level_explain))',
    );
    expect(byClass).toHaveLength(12);
    expect(await lab.query('SELECT input FROM ML.FEATURE_INFO(MODEL ml.census_model)')).toHaveLength(6);
  });
});

describe.skipIf(!existsSync(penguinFile))('penguins by sex, three classes', () => {
  it('gives the metrics and the confusion matrix of the recipe', async () => {
    const rows = readFileSync(penguinFile, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Sample)
      .filter((row) => typeof row['sex'] === 'string');
    expect(rows).toHaveLength(334);
    const table = await store(rows);
    const expected = train(rows, {
      numeric: ['culmen_length_mm', 'culmen_depth_mm', 'flipper_length_mm', 'body_mass_g'],
      categorical: ['species', 'island'],
      label: 'sex',
    });
    await lab.query(`CREATE OR REPLACE MODEL ml.sexes OPTIONS(model_type='LOGISTIC_REG', input_label_cols=['sex'],
      data_split_method='NO_SPLIT') AS SELECT * FROM ${table}`);
    await expectSameHistory('ml.sexes', expected);
    const metrics = await lab.one('SELECT * FROM ML.EVALUATE(MODEL ml.sexes)');
    for (const [name, value] of Object.entries(macroMetrics(rows, expected))) {
      expect(metrics[name], name).toBeCloseTo(value, 10);
    }
    const probabilities = predict(rows, expected);
    const count = (actual: string, named: number): number =>
      rows.filter((row, index) => {
        const list = probabilities[index]!;
        return row['sex'] === actual && list.indexOf(Math.max(...list)) === named;
      }).length;
    expect(await lab.query('SELECT * FROM ML.CONFUSION_MATRIX(MODEL ml.sexes)')).toEqual(
      ['.', 'FEMALE', 'MALE'].map((label) => ({
        expected_label: label,
        _: count(label, 0),
        FEMALE: count(label, 1),
        MALE: count(label, 2),
      })),
    );
  });
});
