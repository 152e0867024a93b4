import { beforeAll, describe, expect, it } from 'vitest';
import { PROJECT } from './harness.js';
import { type Row, useMlLab } from './ml-lab.js';

const lab = useMlLab();
const { query, one, failure } = lab;

/** A number between 0 and 1 that depends on `n` and a name only. */
const noise = (name: string): string =>
  `(MOD(ABS(FARM_FINGERPRINT(CONCAT('${name}', CAST(n AS STRING)))), 1000003) / 1000003)`;

beforeAll(async () => {
  await query(`CREATE TABLE ml.rows AS
    WITH base AS (
      SELECT n, ${noise('x')} AS x, 10 * ${noise('y')} AS y,
        ['red', 'green', 'blue'][OFFSET(CAST(FLOOR(3 * ${noise('c')}) AS INT64))] AS color, ${noise('u')} AS u,
        IF(MOD(n, 50) = 0, NULL, ${noise('z')}) AS z
      FROM UNNEST(GENERATE_ARRAY(1, 2000)) AS n)
    SELECT *, IF(u < 1 / (1 + EXP(-(4 * x - 2 + IF(color = 'red', 2, -1)))), 1, 0) AS label,
      CASE WHEN x + 0.2 * u > 0.7 THEN 'high' WHEN x + 0.2 * u > 0.4 THEN 'middle' ELSE 'low' END AS level
    FROM base`);
});

describe('binary classification', () => {
  beforeAll(async () => {
    await query(`CREATE OR REPLACE MODEL ml.binary OPTIONS(MODEL_TYPE='LOGISTIC_REG', enable_global_explain=TRUE) AS
      SELECT x, y, color, z, label FROM ml.rows`);
  });

  it('learns on four fifths of the rows and evaluates on the rest', async () => {
    const [{ trainingRuns = [] } = {}] = (await lab.client.dataset('ml').model('binary').getMetadata()) as {
      trainingRuns?: { results: { trainingLoss: number; evalLoss: number }[] }[];
    }[];
    const metrics = await one('SELECT * FROM ML.EVALUATE(MODEL ml.binary)');
    expect(Object.keys(metrics)).toEqual([
      'precision',
      'recall',
      'accuracy',
      'f1_score',
      'log_loss',
      'roc_auc',
    ]);
    expect(metrics['roc_auc']).toBeGreaterThan(0.8);
    const last = trainingRuns[0]!.results.at(-1)!;
    expect(metrics['log_loss']).toBeCloseTo(last.evalLoss, 10);
    const counts = await query('SELECT * FROM ML.CONFUSION_MATRIX(MODEL ml.binary)');
    expect(Object.keys(counts[0]!)).toEqual(['expected_label', '_0', '_1']);
    const total = counts.reduce((sum, row) => sum + Number(row['_0']) + Number(row['_1']), 0);
    expect(total).toBeGreaterThan(320);
    expect(total).toBeLessThan(480);
  });

  it('keeps the type of the label and prints the higher one first', async () => {
    const row = await one(`SELECT * FROM ML.PREDICT(MODEL ml.binary,
      (SELECT 1.0 AS x, 5.0 AS y, 'red' AS color, 0.5 AS z, 'kept' AS extra))`);
    expect(Object.keys(row)).toEqual([
      'predicted_label',
      'predicted_label_probs',
      'x',
      'y',
      'color',
      'z',
      'extra',
    ]);
    expect(row['predicted_label']).toBe(1);
    const probabilities = row['predicted_label_probs'] as { label: number; prob: number }[];
    expect(probabilities.map(({ label }) => label)).toEqual([1, 0]);
    expect(probabilities[0]!.prob + probabilities[1]!.prob).toBeCloseTo(1, 12);
  });

  it('is the model that its weights describe', async () => {
    const weights = await query('SELECT * FROM ML.WEIGHTS(MODEL ml.binary)');
    const number = (name: string): number =>
      Number(weights.find((row) => row['processed_input'] === name)?.['weight']);
    const colors = weights.find((row) => row['processed_input'] === 'color')?.['category_weights'] as {
      category: string;
      weight: number;
    }[];
    const red = colors.find(({ category }) => category === 'red')!.weight;
    const logit = number('__INTERCEPT__') + 0.3 * number('x') + 2 * number('y') + 0.5 * number('z') + red;
    const row = await one(`SELECT prob FROM ML.PREDICT(MODEL ml.binary,
      (SELECT 0.3 AS x, 2.0 AS y, 'red' AS color, 0.5 AS z)), UNNEST(predicted_label_probs) WHERE label = 1`);
    expect(row['prob']).toBeCloseTo(1 / (1 + Math.exp(-logit)), 12);
  });

  it('imputes missing numbers and gives unseen categories no weight', async () => {
    const rows =
      await query(`SELECT color, (SELECT prob FROM UNNEST(predicted_label_probs) WHERE label = 1) AS p
      FROM ML.PREDICT(MODEL ml.binary, (SELECT 0.5 AS x, 5.0 AS y, c AS color, CAST(NULL AS FLOAT64) AS z
        FROM UNNEST(['red', 'blue', 'unseen']) AS c))`);
    const p = Object.fromEntries(rows.map((row) => [row['color'], row['p']]));
    expect(p['red']).toBeGreaterThan(p['unseen'] as number);
    expect(p['unseen']).toBeGreaterThan(p['blue'] as number);
  });

  it('moves precision and recall with the threshold', async () => {
    const at = (threshold: number): Promise<Row> =>
      one(`SELECT * FROM ML.EVALUATE(MODEL ml.binary, TABLE ml.rows, STRUCT(${threshold} AS threshold))`);
    const [low, high, all] = [await at(0.2), await at(0.8), await at(1)];
    expect(low['recall']).toBeGreaterThan(high['recall'] as number);
    expect(high['precision']).toBeGreaterThan(low['precision'] as number);
    expect(low['roc_auc']).toBe(high['roc_auc']);
    expect(all['precision']).toBeNaN();
    expect(all['recall']).toBe(0);
  });

  it('draws a curve that begins at one end and finishes at the other', async () => {
    const rows = await query('SELECT * FROM ML.ROC_CURVE(MODEL ml.binary, TABLE ml.rows)');
    expect(rows.length).toBeGreaterThan(90);
    const last = rows.at(-1)!;
    expect([last['recall'], last['false_positive_rate']]).toEqual([1, 1]);
    const counts = await query(
      'SELECT * FROM ML.ROC_CURVE(MODEL ml.binary, TABLE ml.rows, [0.5]) ORDER BY threshold',
    );
    const [matrix] = await query(`SELECT * FROM ML.CONFUSION_MATRIX(MODEL ml.binary, TABLE ml.rows)
      WHERE expected_label = 1`);
    expect(counts[0]!['true_positives']).toBe(matrix!['_1']);
    const area = rows.reduce((sum, row, index) => {
      const before = rows[index - 1] ?? { recall: 0, false_positive_rate: 0 };
      const width = Number(row['false_positive_rate']) - Number(before['false_positive_rate']);
      return sum + (width * (Number(row['recall']) + Number(before['recall']))) / 2;
    }, 0);
    const { roc_auc: auc } = await one('SELECT roc_auc FROM ML.EVALUATE(MODEL ml.binary, TABLE ml.rows)');
    expect(area).toBeCloseTo(auc as number, 2);
  });

  it('explains a prediction to the last digit', async () => {
    const row = await one(`SELECT * FROM ML.EXPLAIN_PREDICT(MODEL ml.binary,
      (SELECT 0.9 AS x, 1.0 AS y, 'blue' AS color, 0.1 AS z), STRUCT(10 AS top_k_features))`);
    const parts = row['top_feature_attributions'] as { attribution: number }[];
    const sum = parts.reduce(
      (total, part) => total + part.attribution,
      Number(row['baseline_prediction_value']),
    );
    expect(sum).toBeCloseTo(Number(row['prediction_value']), 12);
    const positive = 1 / (1 + Math.exp(-Number(row['prediction_value'])));
    expect(Number(row['probability'])).toBeCloseTo(Math.max(positive, 1 - positive), 12);
    const sizes = parts.map(({ attribution }) => Math.abs(attribution));
    expect(sizes).toEqual([...sizes].sort((a, b) => b - a));
  });

  it('learns nothing from labels that mean nothing', async () => {
    await query(`CREATE OR REPLACE MODEL ml.permuted OPTIONS(model_type='LOGISTIC_REG', input_label_cols=['coin'],
      data_split_method='RANDOM', data_split_eval_fraction=0.5) AS
      SELECT x, y, color, IF(${noise('coin')} < 0.5, 'heads', 'tails') AS coin FROM ml.rows`);
    const { roc_auc: auc } = await one('SELECT roc_auc FROM ML.EVALUATE(MODEL ml.permuted)');
    expect(Math.abs(Number(auc) - 0.5)).toBeLessThan(0.05);
  });

  it('weighs classes', async () => {
    const train = (weights: string): Promise<Row[]> =>
      query(`CREATE OR REPLACE MODEL ml.weighted OPTIONS(model_type='LOGISTIC_REG', class_weights=${weights}) AS
        SELECT x, color, label FROM ml.rows`);
    await train("[('0', 0.1), ('1', 0.9)]");
    const eager = await one('SELECT recall FROM ML.EVALUATE(MODEL ml.weighted, TABLE ml.rows)');
    await train("[('0', 0.9), ('1', 0.1)]");
    const shy = await one('SELECT recall FROM ML.EVALUATE(MODEL ml.weighted, TABLE ml.rows)');
    expect(eager['recall']).toBeGreaterThan((shy['recall'] as number) + 0.3);
    expect(
      await failure(`CREATE OR REPLACE MODEL ml.weighted OPTIONS(model_type='LOGISTIC_REG',
      class_weights=[('0', 1.0)]) AS SELECT x, label FROM ml.rows`),
    ).toContain("no weight for label '1'");
  });
});

describe('ML functions as tables', () => {
  it('join, nest and take common table expressions, parameters and variables', async () => {
    const sql = `WITH red AS (SELECT * FROM ml.rows WHERE color = 'red')
      SELECT COUNT(*) AS n, COUNTIF(p.predicted_label = r.label) AS hits
      FROM ML.PREDICT(MODEL ml.binary, TABLE red) AS p JOIN red AS r USING (n)`;
    const row = await one(sql);
    expect(row['hits']).toBeGreaterThan(Number(row['n']) / 2);
    const filtered = await query(
      'SELECT COUNT(*) AS n FROM ML.PREDICT(MODEL ml.binary, (SELECT * FROM ml.rows WHERE color = @color))',
      { color: 'red' },
    );
    expect(filtered[0]!['n']).toBe(row['n']);
    await query(
      'CREATE OR REPLACE TABLE ml.predicted AS SELECT * FROM ML.PREDICT(MODEL ml.binary, TABLE ml.rows)',
    );
    await query('CREATE OR REPLACE VIEW ml.seen AS SELECT * FROM ML.PREDICT(MODEL ml.binary, TABLE ml.rows)');
    const [stored] = await query('SELECT SUM(predicted_label) AS s FROM ml.predicted');
    const [viewed] = await query('SELECT SUM(predicted_label) AS s FROM ml.seen');
    expect(viewed).toEqual(stored);
    const script = await query(`DECLARE cut FLOAT64 DEFAULT 0.8;
      SELECT recall FROM ML.EVALUATE(MODEL ml.binary, TABLE ml.rows, STRUCT(cut AS threshold));`);
    const direct = await query(
      'SELECT recall FROM ML.EVALUATE(MODEL ml.binary, TABLE ml.rows, STRUCT(0.8 AS threshold))',
    );
    expect(script).toEqual(direct);
  });

  it('say what is wrong with a call', async () => {
    expect(await failure('SELECT * FROM ML.PREDICT(MODEL ml.missing, TABLE ml.rows)')).toBe(
      `Not found: Model ${PROJECT}:ml.missing`,
    );
    expect(
      await failure('SELECT * FROM ML.PREDICT(MODEL ml.binary, (SELECT 1.0 AS x, 2.0 AS y, 3.0 AS z))'),
    ).toBe(
      'Invalid table-valued function ML.PREDICT\nColumn color is not found in the input data to the PREDICT function. at [1:15]',
    );
    expect(await failure('SELECT * FROM ML.ADVANCED_WEIGHTS(MODEL ml.binary)')).toBe(
      'Model is not supported by ML.ADVANCED_WEIGHTS because it was not trained with calculate_p_values = true.',
    );
    expect(await failure('SELECT * FROM ML.FORECAST(MODEL ml.binary)')).toContain(
      'ML.FORECAST is not supported',
    );
    expect(await failure('SELECT * FROM ML.EVALUATE(MODEL ml.binary, STRUCT(0.5 AS threshold))')).toContain(
      'threshold can only be specified together with input data',
    );
  });
});

describe('CREATE MODEL', () => {
  it('refuses what it cannot train on', async () => {
    const create = (options: string, sql: string): Promise<string> =>
      failure(`CREATE OR REPLACE MODEL ml.refused OPTIONS(${options}) AS ${sql}`);
    expect(await create("model_type='LOGISTIC_REG'", 'SELECT x FROM ml.rows')).toContain(
      'Unable to identify the label column in query statement.',
    );
    expect(
      await create("model_type='LINEAR_REG'", 'SELECT 1 AS x, 2 AS label FROM ml.rows WHERE FALSE'),
    ).toBe("Input data doesn't contain any rows.");
    expect(await create("model_type='LINEAR_REG'", 'SELECT x, z AS label FROM ml.rows')).toContain('NULL');
    expect(await create("model_type='LOGISTIC_REG', speed=3", 'SELECT x, label FROM ml.rows')).toContain(
      'Unknown option: speed',
    );
    expect(
      await create("model_type='LOGISTIC_REG', max_iterations='x'", 'SELECT x, label FROM ml.rows'),
    ).toContain('MAX_ITERATIONS');
    expect(await create("model_type='ARIMA_PLUS'", 'SELECT x, label FROM ml.rows')).toContain(
      'Model type ARIMA_PLUS is not supported',
    );
    expect(
      await create("model_type='LINEAR_REG', calculate_p_values=TRUE", 'SELECT x, label FROM ml.rows'),
    ).toBe('Please specify CATEGORY_ENCODING_METHOD=DUMMY_ENCODING to enable p_values calculation.');
    expect(
      await create("model_type='LOGISTIC_REG', learn_rate=0.1", 'SELECT x, label FROM ml.rows'),
    ).toContain('LEARN_RATE_STRATEGY');
    expect(
      await failure(`CREATE MODEL ml.binary OPTIONS(model_type='LOGISTIC_REG') AS
      SELECT x, label FROM ml.rows`),
    ).toBe(`Already Exists: Model ${PROJECT}:ml.binary`);
    expect(await failure('EXPORT MODEL ml.binary OPTIONS(URI="gs://b/o")')).toContain(
      'EXPORT MODEL is not supported',
    );
  });

  it('splits by a column and in order', async () => {
    await query(`CREATE OR REPLACE MODEL ml.custom OPTIONS(model_type='LINEAR_REG', input_label_cols=['y'],
      data_split_method='CUSTOM', data_split_col='held') AS SELECT x, y, n > 1900 AS held FROM ml.rows`);
    const [custom] = await query('SELECT * FROM ML.EVALUATE(MODEL ml.custom)');
    const [direct] = await query(
      'SELECT * FROM ML.EVALUATE(MODEL ml.custom, (SELECT * FROM ml.rows WHERE n > 1900))',
    );
    expect(custom!['mean_squared_error']).toBeCloseTo(Number(direct!['mean_squared_error']), 10);
    const inputs = await query('SELECT input FROM ML.FEATURE_INFO(MODEL ml.custom)');
    expect(inputs).toEqual([{ input: 'x' }]);
    await query(`CREATE OR REPLACE MODEL ml.ordered OPTIONS(model_type='LINEAR_REG', input_label_cols=['y'],
      data_split_method='SEQ', data_split_col='t', data_split_eval_fraction=0.25) AS
      SELECT n AS t, n AS copy, y FROM ml.rows`);
    const row = await one('SELECT min, max FROM ML.FEATURE_INFO(MODEL ml.ordered)');
    expect(row).toEqual({ min: 1, max: 1500 });
  });

  it('goes on from where it was with WARM_START', async () => {
    const train = (options: string): Promise<Row[]> =>
      query(`CREATE OR REPLACE MODEL ml.warm OPTIONS(model_type='LOGISTIC_REG', max_iterations=2, early_stop=FALSE,
        data_split_method='NO_SPLIT'${options}) AS SELECT x, color, label FROM ml.rows`);
    await train('');
    await train(', warm_start=TRUE');
    const rows = await query(
      'SELECT * FROM ML.TRAINING_INFO(MODEL ml.warm) ORDER BY training_run, iteration',
    );
    expect(rows.map((row) => [row['training_run'], row['iteration']])).toEqual([
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ]);
    const losses = rows.map((row) => Number(row['loss']));
    expect(losses).toEqual([...losses].sort((a, b) => b - a));
  });

  it('can be cancelled', async () => {
    const [job] = await lab.client.createQueryJob({
      query: `CREATE OR REPLACE MODEL ml.endless OPTIONS(model_type='LOGISTIC_REG', max_iterations=1000000,
        early_stop=FALSE) AS SELECT x, color, label FROM ml.rows`,
    });
    await expect.poll(async () => (await job.getMetadata())[0].status.state).toBe('RUNNING');
    await job.cancel();
    const error: Error = await job.getQueryResults().then(
      () => new Error('no error'),
      (reason: Error) => reason,
    );
    expect(error.message).toContain('cancelled');
    expect(await failure('SELECT * FROM ML.WEIGHTS(MODEL ml.endless)')).toContain('Not found: Model');
  });

  it('keeps a table of the same name, and an old model when training fails', async () => {
    expect(
      await failure(`CREATE MODEL ml.rows OPTIONS(model_type='LINEAR_REG') AS SELECT 1 AS x, 2 AS label`),
    ).toBe(`Already Exists: Table ${PROJECT}:ml.rows`);
    await failure(
      `CREATE OR REPLACE MODEL ml.binary OPTIONS(model_type='LOGISTIC_REG') AS SELECT 1 AS x, 1 AS label`,
    );
    expect(await query('SELECT * FROM ML.EVALUATE(MODEL ml.binary)')).toHaveLength(1);
  });

  it('tunes', async () => {
    await query(`CREATE OR REPLACE MODEL ml.tuned OPTIONS(model_type='LOGISTIC_REG', num_trials=4,
      hparam_tuning_algorithm='GRID_SEARCH', hparam_tuning_objectives=['log_loss'],
      l2_reg=HPARAM_CANDIDATES([0, 1]), l1_reg=HPARAM_CANDIDATES([0, 2000])) AS SELECT x, color, label FROM ml.rows`);
    const trials = await query('SELECT * FROM ML.TRIAL_INFO(MODEL ml.tuned) ORDER BY trial_id');
    expect(trials).toHaveLength(4);
    expect(trials.map((trial) => trial['hyperparameters'])).toEqual([
      { l2_reg: 0, l1_reg: 0 },
      { l2_reg: 0, l1_reg: 2000 },
      { l2_reg: 1, l1_reg: 0 },
      { l2_reg: 1, l1_reg: 2000 },
    ]);
    const optimal = trials.filter((trial) => trial['is_optimal']);
    expect(optimal).toHaveLength(1);
    expect((optimal[0]!['hyperparameters'] as Row)['l1_reg']).toBe(0);
    expect(await query('SELECT trial_id FROM ML.EVALUATE(MODEL ml.tuned)')).toHaveLength(4);
    const row = await one('SELECT * FROM ML.PREDICT(MODEL ml.tuned, (SELECT 0.5 AS x, "red" AS color))');
    expect(row['trial_id']).toBe(optimal[0]!['trial_id']);
    expect(await failure('SELECT * FROM ML.TRAINING_INFO(MODEL ml.tuned)')).toContain(
      'hyperparameter tuning',
    );
  });
});

describe('TRANSFORM', () => {
  it('scales as documented and repeats it on new rows', async () => {
    await query(`CREATE OR REPLACE MODEL ml.scaled TRANSFORM(
        ML.STANDARD_SCALER(f) OVER() AS standard, ML.MIN_MAX_SCALER(f) OVER() AS min_max,
        ML.MAX_ABS_SCALER(f) OVER() AS max_abs, ML.ROBUST_SCALER(f) OVER() AS robust,
        ML.QUANTILE_BUCKETIZE(f, 4) OVER() AS quantile, ML.BUCKETIZE(f, [2, 4]) AS bucket,
        ML.IMPUTER(g, 'mean') OVER() AS imputed, ML.LABEL_ENCODER(s, 10, 0) OVER() AS encoded,
        ML.ONE_HOT_ENCODER(s, 'none', 10, 0) OVER() AS one_hot, ML.FEATURE_CROSS(STRUCT(s, t)) AS crossed,
        ML.POLYNOMIAL_EXPAND(STRUCT(f AS a, 2 AS b)) AS expanded, ML.NGRAMS([s, t], [1, 2], '#') AS grams,
        ML.HASH_BUCKETIZE(s, 5) AS hashed, ML.NORMALIZER([3.0, 4.0]) AS unit)
      OPTIONS(model_type='TRANSFORM_ONLY') AS
      SELECT f, IF(f = 3, NULL, f) AS g, ['b', 'a', 'b', 'c', 'b'][ORDINAL(f)] AS s, 't' AS t
      FROM UNNEST([1, 2, 3, 4, 5]) AS f`);
    const rows = await query(`SELECT * FROM ML.TRANSFORM(MODEL ml.scaled,
      (SELECT f, CAST(NULL AS INT64) AS g, s, 't' AS t FROM UNNEST([STRUCT(1 AS f, 'a' AS s), (4, 'b'), (9, 'new')])))
      ORDER BY f`);
    expect(rows.map((row) => row['standard'])).toEqual([
      -1.414213562373095, 0.7071067811865475, 4.242640687119285,
    ]);
    expect(rows.map((row) => row['min_max'])).toEqual([0, 0.75, 1]);
    expect(rows.map((row) => row['max_abs'])).toEqual([0.2, 0.8, 1.8]);
    expect(rows.map((row) => row['robust'])).toEqual([-1, 0.5, 3]);
    expect(rows.map((row) => row['quantile'])).toEqual(['bin_1', 'bin_4', 'bin_4']);
    expect(rows.map((row) => row['bucket'])).toEqual(['bin_1', 'bin_3', 'bin_3']);
    expect(rows.map((row) => row['imputed'])).toEqual([3, 3, 3]);
    expect(rows.map((row) => row['encoded'])).toEqual([1, 2, 0]);
    expect(rows[1]!['one_hot']).toEqual([{ index: 2, value: 1 }]);
    expect(rows[1]!['crossed']).toEqual({ s_t: 'b_t' });
    expect(rows[1]!['expanded']).toEqual({ a: 4, a_a: 16, a_b: 8, b: 2, b_b: 4 });
    expect(rows[1]!['grams']).toEqual(['b', 'b#t', 't']);
    expect(rows[1]!['unit']).toEqual([0.6, 0.8]);
    expect(rows[1]!['f']).toBe(4);
  });

  it('is not needed to use its functions in a query', async () => {
    const rows = await query(`SELECT f, ML.STANDARD_SCALER(f) OVER() AS s, ML.ROBUST_SCALER(f) OVER() AS r,
        ML.QUANTILE_BUCKETIZE(f, 4) OVER() AS q, ML.BUCKETIZE(f, [2, 4]) AS b, ML.IMPUTER(NULLIF(f, 3), 'mean') OVER() AS i
      FROM UNNEST([1, 2, 3, 4, 5]) AS f ORDER BY f`);
    expect(rows.map((row) => row['s'])).toEqual([
      -1.414213562373095, -0.7071067811865475, 0, 0.7071067811865475, 1.414213562373095,
    ]);
    expect(rows.map((row) => row['r'])).toEqual([-1, -0.5, 0, 0.5, 1]);
    expect(rows.map((row) => row['q'])).toEqual(['bin_1', 'bin_2', 'bin_3', 'bin_4', 'bin_4']);
    expect(rows.map((row) => row['b'])).toEqual(['bin_1', 'bin_2', 'bin_2', 'bin_3', 'bin_3']);
    expect(rows.map((row) => row['i'])).toEqual([1, 2, 3, 4, 5]);
    expect(await failure('SELECT ML.UNHEARD("a")')).toContain('Function not found: ML.UNHEARD');
  });

  it('trains on its outputs and predicts from its inputs', async () => {
    await query(`CREATE OR REPLACE MODEL ml.transformed
      TRANSFORM(ML.STANDARD_SCALER(x) OVER() AS sx, ML.MIN_MAX_SCALER(ML.IMPUTER(z, 'median') OVER()) OVER() AS sz,
        UPPER(color) AS shade, label)
      OPTIONS(model_type='LOGISTIC_REG') AS SELECT * FROM ml.rows`);
    const inputs = await query('SELECT processed_input FROM ML.WEIGHTS(MODEL ml.transformed)');
    expect(inputs.map((row) => row['processed_input'])).toEqual(['sx', 'sz', 'shade', '__INTERCEPT__']);
    const raw = await query('SELECT input FROM ML.FEATURE_INFO(MODEL ml.transformed)');
    expect(raw.map((row) => row['input']).sort()).toEqual(['color', 'x', 'z']);
    const row = await one(`SELECT * FROM ML.PREDICT(MODEL ml.transformed,
      (SELECT 'red' AS color, 0.9 AS x, 0.1 AS z, 'extra' AS other))`);
    expect(Object.keys(row).slice(2)).toEqual(['color', 'x', 'z', 'other']);
    expect(row['predicted_label']).toBe(1);
    const metrics = await one('SELECT roc_auc FROM ML.EVALUATE(MODEL ml.transformed, TABLE ml.rows)');
    expect(metrics['roc_auc']).toBeGreaterThan(0.8);
    expect(
      await failure('SELECT * FROM ML.PREDICT(MODEL ml.transformed, (SELECT 1.0 AS x, 0.5 AS z))'),
    ).toContain('Column color is not found in the input data to the PREDICT function.');
  });

  it('refuses aggregates, subqueries and columns without a name', async () => {
    const create = (list: string): Promise<string> =>
      failure(`CREATE OR REPLACE MODEL ml.refused TRANSFORM(${list}, label) OPTIONS(model_type='LOGISTIC_REG') AS
        SELECT * FROM ml.rows`);
    expect(await create('AVG(x) AS a')).toContain('Aggregate function AVG is not allowed');
    expect(await create('(SELECT 1) AS a')).toContain('Subqueries are not allowed');
    expect(await create('x + 1')).toContain('Anonymous columns are not allowed');
    expect(await create("ML.DECODE_IMAGE(b'x') AS a")).toContain('ML.DECODE_IMAGE is not supported');
  });
});

describe('other models', () => {
  it('boosts trees that a linear model cannot replace', async () => {
    const data = 'SELECT x, y, color, IF((x > 0.5) = (y > 5), "same", "different") AS label FROM ml.rows';
    await query(`CREATE OR REPLACE MODEL ml.trees OPTIONS(model_type='BOOSTED_TREE_CLASSIFIER', max_iterations=30) AS
      ${data}`);
    await query(`CREATE OR REPLACE MODEL ml.straight OPTIONS(model_type='LOGISTIC_REG') AS ${data}`);
    const trees = await one('SELECT * FROM ML.EVALUATE(MODEL ml.trees)');
    const straight = await one('SELECT * FROM ML.EVALUATE(MODEL ml.straight)');
    expect(trees['accuracy']).toBeGreaterThan(0.97);
    expect(straight['accuracy']).toBeLessThan(0.65);
    const info = await query('SELECT * FROM ML.TRAINING_INFO(MODEL ml.trees) ORDER BY iteration');
    expect(info[0]!['iteration']).toBe(1);
    expect(info.every((row) => row['learning_rate'] === 0.3)).toBe(true);
    const importance = await query('SELECT * FROM ML.FEATURE_IMPORTANCE(MODEL ml.trees)');
    const gain = Object.fromEntries(
      importance.map((row) => [row['feature'], Number(row['importance_gain'])]),
    );
    expect(Math.min(gain['x']!, gain['y']!)).toBeGreaterThan(gain['color']!);
    const [stored] = info.slice(-1);
    const metrics = await one(`SELECT log_loss FROM ML.EVALUATE(MODEL ml.trees)`);
    expect(metrics['log_loss']).toBeCloseTo(Number(stored!['eval_loss']), 10);
  });

  it('boosts several classes and numbers', async () => {
    await query(`CREATE OR REPLACE MODEL ml.levels OPTIONS(model_type='BOOSTED_TREE_CLASSIFIER',
      input_label_cols=['level'], subsample=0.8, colsample_bytree=0.9) AS SELECT x, u, color, level FROM ml.rows`);
    const levels = await one('SELECT accuracy FROM ML.EVALUATE(MODEL ml.levels)');
    expect(levels['accuracy']).toBeGreaterThan(0.95);
    await query(`CREATE OR REPLACE MODEL ml.numbers OPTIONS(model_type='BOOSTED_TREE_REGRESSOR') AS
      SELECT x, y, x * y AS label FROM ml.rows`);
    const numbers = await one('SELECT r2_score FROM ML.EVALUATE(MODEL ml.numbers)');
    expect(numbers['r2_score']).toBeGreaterThan(0.97);
  });

  it('boosts the same trees of the same rows, however they are stored', async () => {
    const said: Row[][] = [];
    for (const order of ['n', 'n DESC', 'FARM_FINGERPRINT(CAST(n AS STRING))']) {
      await query(
        `CREATE OR REPLACE TABLE ml.same_rows AS SELECT n, x, y, x * y + u AS label FROM ml.rows ORDER BY ${order}`,
      );
      await query(`CREATE OR REPLACE MODEL ml.trees_of_same_rows OPTIONS(model_type='BOOSTED_TREE_REGRESSOR', subsample=0.6,
        max_iterations=5, data_split_method='NO_SPLIT') AS SELECT x, y, label FROM ml.same_rows`);
      said.push(
        await query(
          'SELECT n, predicted_label FROM ML.PREDICT(MODEL ml.trees_of_same_rows, TABLE ml.rows) ORDER BY n',
        ),
      );
    }
    expect(said[1]).toEqual(said[0]);
    expect(said[2]).toEqual(said[0]);
  });

  it('finds clusters', async () => {
    await query(`CREATE OR REPLACE MODEL ml.clusters OPTIONS(model_type='KMEANS', num_clusters=3,
      kmeans_init_method='KMEANS++') AS
      SELECT 100 * MOD(n, 3) + x AS a, 50 * MOD(n, 3) - x AS b FROM ml.rows`);
    const rows = await query(`SELECT MOD(n, 3) AS g, p.CENTROID_ID AS c, COUNT(*) AS k, MIN(d.DISTANCE) AS d
      FROM ML.PREDICT(MODEL ml.clusters, (SELECT n, 100 * MOD(n, 3) + x AS a, 50 * MOD(n, 3) - x AS b FROM ml.rows)) AS p,
        UNNEST(NEAREST_CENTROIDS_DISTANCE) AS d WITH OFFSET AS o WHERE o = 0 GROUP BY g, c`);
    expect(rows).toHaveLength(3);
    expect(new Set(rows.map((row) => row['c'])).size).toBe(3);
    const centroids = await query(
      "SELECT numerical_value AS v FROM ML.CENTROIDS(MODEL ml.clusters) WHERE feature = 'a' ORDER BY v",
    );
    for (const [index, row] of centroids.entries())
      expect(Number(row['v'])).toBeCloseTo(100 * index + 0.5, 0);
    const metrics = await one('SELECT * FROM ML.EVALUATE(MODEL ml.clusters)');
    expect(Object.keys(metrics)).toEqual(['davies_bouldin_index', 'mean_squared_distance']);
    expect(metrics['davies_bouldin_index']).toBeLessThan(0.1);
  });
});

describe('model resources', () => {
  it('show columns, training runs and metrics', async () => {
    const [model] = await lab.client.dataset('ml').model('binary').getMetadata();
    expect(model).toMatchObject({
      modelReference: { projectId: PROJECT, datasetId: 'ml', modelId: 'binary' },
      modelType: 'LOGISTIC_REGRESSION',
      featureColumns: [
        { name: 'x', type: { typeKind: 'FLOAT64' } },
        { name: 'y', type: { typeKind: 'FLOAT64' } },
        { name: 'color', type: { typeKind: 'STRING' } },
        { name: 'z', type: { typeKind: 'FLOAT64' } },
      ],
      labelColumns: [{ name: 'label', type: { typeKind: 'INT64' } }],
      trainingRuns: [
        {
          trainingOptions: { lossType: 'MEAN_LOG_LOSS', maxIterations: '20', autoClassWeights: false },
          evaluationMetrics: {
            binaryClassificationMetrics: {
              positiveLabel: '1',
              negativeLabel: '0',
              aggregateClassificationMetrics: { threshold: 0.5 },
            },
          },
        },
      ],
    });
    const [job] = await lab.client.createQueryJob({
      query:
        "CREATE OR REPLACE MODEL ml.counted OPTIONS(model_type='LINEAR_REG') AS SELECT x, y AS label FROM ml.rows",
    });
    await job.getQueryResults();
    const [metadata] = await job.getMetadata();
    expect(metadata.statistics.query).toMatchObject({
      statementType: 'CREATE_MODEL',
      mlStatistics: { modelType: 'LINEAR_REGRESSION', trainingType: 'SINGLE_TRAINING', maxIterations: '20' },
    });
  });

  it('survive a restart', async () => {
    const sql =
      'SELECT SUM(q.prob) AS s FROM ML.PREDICT(MODEL ml.binary, TABLE ml.rows), UNNEST(predicted_label_probs) AS q';
    const before = await one(`${sql} WHERE q.label = 1`);
    await lab.restart();
    const after = await one(`${sql} WHERE q.label = 1`);
    expect(Number(after['s'])).toBeCloseTo(Number(before['s']), 8);
    await query('DROP MODEL ml.binary');
    expect(await failure('SELECT * FROM ML.EVALUATE(MODEL ml.binary)')).toBe(
      `Not found: Model ${PROJECT}:ml.binary`,
    );
  });
});
