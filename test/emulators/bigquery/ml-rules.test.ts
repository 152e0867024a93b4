import { beforeAll, describe, expect, it } from 'vitest';
import { PROJECT, request } from './harness.js';
import { type Row, useMlLab } from './ml-lab.js';

const lab = useMlLab();

beforeAll(async () => {
  await lab.query(`CREATE TABLE ml.rows AS SELECT n, MOD(n * 7919, 1000) / 1000 AS x, ['a', 'b', 'c'][OFFSET(MOD(n, 3))] AS c,
    IF(MOD(n * 7919, 1000) + MOD(n * 31, 300) > 600, 1, 0) AS label FROM UNNEST(GENERATE_ARRAY(1, 900)) AS n`);
  await create('served', "model_type='LOGISTIC_REG'");
});

const DATA = 'SELECT x, c, label FROM ml.rows';

function create(model: string, options: string, data = DATA): Promise<Row[]> {
  return lab.query(`CREATE OR REPLACE MODEL ml.${model} OPTIONS(${options}) AS ${data}`);
}

function refusal(options: string): Promise<string> {
  return lab.failure(`CREATE OR REPLACE MODEL ml.refused OPTIONS(${options}) AS ${DATA}`);
}

async function resource(model: string): Promise<Row> {
  const path = `/bigquery/v2/projects/${PROJECT}/datasets/ml/models/${model}`;
  return (await request(lab.server, 'GET', path)).body as Row;
}

describe('names', () => {
  it('belong to one table or model of a dataset', async () => {
    const taken = `Already Exists: Model ${PROJECT}:ml.served`;
    expect(await lab.failure('CREATE TABLE ml.served AS SELECT 1 AS x')).toBe(taken);
    expect(await lab.failure('CREATE OR REPLACE TABLE ml.served (x INT64)')).toBe(taken);
    expect(await lab.failure('CREATE VIEW ml.served AS SELECT 1 AS x')).toBe(taken);
    expect(await lab.failure('ALTER TABLE ml.rows RENAME TO served')).toBe(taken);
    expect(await lab.failure(`CREATE MODEL ml.rows OPTIONS(model_type='LINEAR_REG') AS ${DATA}`)).toBe(
      `Already Exists: Table ${PROJECT}:ml.rows`,
    );
  });

  it('may be ml for a dataset that holds a table function', async () => {
    await lab.query(`CREATE TABLE FUNCTION ml.positive(wanted STRING) AS SELECT * FROM ML.PREDICT(MODEL ml.served,
      (SELECT * FROM ml.rows WHERE c = wanted))`);
    expect(await lab.one("SELECT COUNT(*) AS n FROM ml.positive('a')")).toEqual({ n: 300 });
  });

  it('survive a copy onto themselves', async () => {
    const table = { projectId: PROJECT, datasetId: 'ml', tableId: 'served' };
    const answer = await request(lab.server, 'POST', `/bigquery/v2/projects/${PROJECT}/jobs`, {
      configuration: {
        copy: { sourceTable: table, destinationTable: table, writeDisposition: 'WRITE_TRUNCATE' },
      },
    });
    expect(answer.body.status).toEqual({ state: 'DONE' });
    expect(await lab.query('SELECT * FROM ML.EVALUATE(MODEL ml.served)')).toHaveLength(1);
  });
});

describe('REST', () => {
  it('names the model as the destination of the job that trained it', async () => {
    const [job] = await lab.client.createQueryJob({
      query: `CREATE OR REPLACE MODEL ml.trained OPTIONS(model_type='LINEAR_REG') AS ${DATA}`,
    });
    const [rows] = await job.getQueryResults();
    expect(rows).toEqual([]);
    const [metadata] = await job.getMetadata();
    expect(metadata.configuration.query.destinationTable).toEqual({
      projectId: PROJECT,
      datasetId: 'ml',
      tableId: 'trained',
    });
  });

  it('shows summaries in a list and metadata in a resource', async () => {
    await lab.query(
      "ALTER MODEL ml.served SET OPTIONS(description='d', friendly_name='f', labels=[('team', 'x')])",
    );
    const { body } = await request(lab.server, 'GET', `/bigquery/v2/projects/${PROJECT}/datasets/ml/models`);
    const [first] = (body.models as { modelReference: { modelId: string } }[]).filter(
      ({ modelReference }) => modelReference.modelId === 'served',
    );
    expect(Object.keys(first!).sort()).toEqual([
      'creationTime',
      'labels',
      'lastModifiedTime',
      'modelReference',
      'modelType',
    ]);
    expect(await resource('served')).toMatchObject({
      description: 'd',
      friendlyName: 'f',
      labels: { team: 'x' },
    });
    const idOf = async () => {
      const [{ trainingRuns }] = await lab.client.dataset('ml').model('served').getMetadata();
      return trainingRuns[0].vertexAiModelId as string | undefined;
    };
    expect(await idOf()).toBeUndefined();
    await lab.query("ALTER MODEL ml.served SET OPTIONS(vertex_ai_model_id='ward')");
    expect(await idOf()).toBe('ward');
    const register = (vertexAiModelId: string) =>
      lab.client
        .dataset('ml')
        .model('served')
        .setMetadata({ trainingRuns: [{ vertexAiModelId }] });
    await register('ward');
    await expect(register('other')).rejects.toThrow('The model is registered as ward already.');
    expect(await lab.failure('ALTER MODEL ml.served SET OPTIONS(deploy_model=TRUE)')).toBe(
      'The option deploy_model is not supported by the BigQuery emulator',
    );
  });
});

describe('ML.CONFUSION_MATRIX', () => {
  it('shows labels with the type and the values of the evaluation data', async () => {
    const counts = (label: string): Promise<Row[]> =>
      lab.query(
        `SELECT * FROM ML.CONFUSION_MATRIX(MODEL ml.served, (SELECT * REPLACE(${label} AS label) FROM ml.rows))`,
      );
    const own = await counts('label');
    expect(own.map((row) => row['expected_label'])).toEqual([0, 1]);
    expect(await counts('CAST(label AS STRING)')).toEqual(
      own.map((row) => ({ ...row, expected_label: String(row['expected_label']) })),
    );
    expect(await counts('IF(n = 7, NULL, label + 5)')).toMatchObject([
      { expected_label: 5 },
      { expected_label: 6 },
    ]);
  });

  it('compares numbers of different types by value', async () => {
    await create(
      'halves',
      "model_type='LOGISTIC_REG'",
      'SELECT x, CAST(label AS FLOAT64) AS label FROM ml.rows',
    );
    const metrics = await lab.one('SELECT accuracy FROM ML.EVALUATE(MODEL ml.halves, TABLE ml.rows)');
    expect(metrics['accuracy']).toBeGreaterThan(0.9);
  });

  it.each([
    ["IF(label = 1, NUMERIC '1.50', NUMERIC '2.5')", ['_1_5', '_2_5'], ['1.5', '2.5']],
    ["IF(label = 1, BIGNUMERIC '1.1', BIGNUMERIC '2.5')", ['_1_1', '_2_5'], ['1.1', '2.5']],
    ['IF(label = 1, 1.5, -2.0)', ['-2', '_1_5'], [-2, 1.5]],
    ['label = 1', ['FALSE', 'TRUE'], [false, true]],
  ])('keeps the values of labels %s', async (label, columns, values) => {
    await create('typed', "model_type='LOGISTIC_REG'", `SELECT x, ${label} AS label FROM ml.rows`);
    const rows = await lab.query('SELECT * FROM ML.CONFUSION_MATRIX(MODEL ml.typed)');
    expect(Object.keys(rows[0]!)).toEqual(['expected_label', ...columns]);
    const plain = (value: unknown): unknown => (typeof value === 'object' ? String(value) : value);
    expect(rows.map((row) => plain(row['expected_label']))).toEqual(values);
    const row = await lab.one(
      'SELECT predicted_label_probs AS p FROM ML.PREDICT(MODEL ml.typed, (SELECT 0.5 AS x))',
    );
    expect((row['p'] as Row[]).map(({ label: name }) => plain(name))).toEqual([...values].reverse());
  });
});

describe('CREATE MODEL', () => {
  it('refuses options that contradict themselves or the service has not', async () => {
    expect(await refusal("model_type='LOGISTIC_REG', class_weights=[('0', 0), ('1', 0)]")).toContain(
      'above 0',
    );
    expect(
      await refusal("model_type='LOGISTIC_REG', model_registry='VERTEX_AI', vertex_ai_model_id='9lives'"),
    ).toContain('VERTEX_AI_MODEL_ID');
    expect(await refusal("model_type='LOGISTIC_REG', kms_key_name='k'")).toBe(
      'The option KMS_KEY_NAME is not supported by the BigQuery emulator',
    );
    expect(await refusal("model_type='LOGISTIC_REG', num_trials=2, l1_reg=1, l2_reg=1")).toContain(
      'NUM_TRIALS',
    );
    expect(await refusal("model_type='LOGISTIC_REG', num_trials=2, l1_reg=HPARAM_RANGE(-1, 1)")).toContain(
      'L1_REG',
    );
    expect(
      await refusal("model_type='LOGISTIC_REG', num_trials=2, max_iterations=HPARAM_RANGE(1, 9)"),
    ).toContain('does not support hyperparameter tuning');
  });

  it('goes on from a model with the same columns and labels only', async () => {
    await create('warm', "model_type='LOGISTIC_REG', max_iterations=1");
    const again = (data: string): Promise<string> =>
      lab.failure(
        `CREATE OR REPLACE MODEL ml.warm OPTIONS(model_type='LOGISTIC_REG', warm_start=TRUE) AS ${data}`,
      );
    expect(await again('SELECT c, x, label FROM ml.rows')).toBe('no error');
    expect(await again('SELECT x, label FROM ml.rows')).toContain('WARM_START needs');
    expect(await again('SELECT x, c, MOD(n, 3) AS label FROM ml.rows')).toContain('WARM_START needs');
    const runs = await lab.query(
      'SELECT DISTINCT training_run FROM ML.TRAINING_INFO(MODEL ml.warm) ORDER BY 1',
    );
    expect(runs).toHaveLength(2);
  });

  it('standardises numbers by the values that are there', async () => {
    await create(
      'gaps',
      "model_type='LINEAR_REG', optimize_strategy='NORMAL_EQUATION', calculate_p_values=TRUE, category_encoding_method='DUMMY_ENCODING'",
      'SELECT IF(MOD(n, 2) = 0, NULL, x) AS x, x AS label FROM ml.rows',
    );
    const weight = async (call: string): Promise<number> => {
      const rows = await lab.query(`SELECT weight FROM ${call} WHERE processed_input = 'x'`);
      return Number(rows[0]!['weight']);
    };
    const [{ stddev }] = (await lab.query('SELECT stddev FROM ML.FEATURE_INFO(MODEL ml.gaps)')) as [
      { stddev: number },
    ];
    const raw = await weight('ML.WEIGHTS(MODEL ml.gaps)');
    for (const name of ['WEIGHTS', 'ADVANCED_WEIGHTS']) {
      const standardised = await weight(`ML.${name}(MODEL ml.gaps, STRUCT(TRUE AS standardize))`);
      expect(standardised / raw).toBeCloseTo(stddev, 10);
    }
  });
});

describe('TRANSFORM', () => {
  const transformed = (list: string, options = "model_type='LOGISTIC_REG'"): Promise<string> =>
    lab.failure(`CREATE OR REPLACE MODEL ml.shaped TRANSFORM(${list}) OPTIONS(${options}) AS
      SELECT *, n > 800 AS held FROM ml.rows`);

  it('passes the label and the split column as they are', async () => {
    const unchanged = 'must be in the TRANSFORM clause unchanged and without an alias';
    expect(await transformed('x, label + 0 AS label')).toContain(`Column label ${unchanged}`);
    expect(await transformed('* EXCEPT(n) REPLACE(1 - label AS label)')).toContain(
      `Column label ${unchanged}`,
    );
    const split = "model_type='LOGISTIC_REG', data_split_method='CUSTOM', data_split_col='held'";
    expect(await transformed('x, NOT held AS held, label', split)).toContain(`Column held ${unchanged}`);
    expect(await transformed('x, held, label', split)).toBe('no error');
    const [{ n }] = (await lab.query(
      'SELECT SUM(_0 + _1) AS n FROM ML.CONFUSION_MATRIX(MODEL ml.shaped)',
    )) as [{ n: number }];
    expect(n).toBe(100);
  });

  it('refuses columns of one name, functions of users and models without it that need it', async () => {
    expect(await transformed('x AS a, n AS a, label')).toContain('Duplicate column names');
    expect(await transformed('other.twice(x) AS a, label')).toContain('User-defined function other.twice');
    expect(await refusal("model_type='TRANSFORM_ONLY'")).toContain('needs a TRANSFORM clause');
  });

  it('needs at prediction what it reads, and no column that it leaves out', async () => {
    expect(await transformed('* EXCEPT(n, held) REPLACE(2 * x AS x)')).toBe('no error');
    const row = await lab.one("SELECT * FROM ML.PREDICT(MODEL ml.shaped, (SELECT 0.9 AS x, 'a' AS c))");
    expect(row).toMatchObject({ predicted_label: 1, x: 0.9, c: 'a' });
    expect(await lab.failure('SELECT * FROM ML.PREDICT(MODEL ml.shaped, (SELECT 0.9 AS x))')).toBe(
      'Invalid table-valued function ML.PREDICT\nColumn c is not found in the input data to the PREDICT function. at [1:15]',
    );
  });
});

describe('k-means', () => {
  it('clusters all rows', async () => {
    await create('clusters', "model_type='KMEANS', num_clusters=3", 'SELECT x, c FROM ml.rows');
    const [{ n }] =
      (await lab.query(`SELECT SUM(k.cluster_size) AS n FROM ML.TRAINING_INFO(MODEL ml.clusters),
      UNNEST(cluster_info) AS k WHERE iteration = 0`)) as [{ n: number }];
    expect(n).toBe(900);
    expect((await resource('clusters'))['trainingRuns']).toMatchObject([
      {
        trainingOptions: {
          numClusters: '3',
          distanceType: 'EUCLIDEAN',
          kmeansInitializationMethod: 'RANDOM',
        },
      },
    ]);
  });

  it('tunes the number of clusters', async () => {
    await create(
      'tuned',
      "model_type='KMEANS', num_trials=3, num_clusters=HPARAM_RANGE(2, 6)",
      'SELECT x, c FROM ml.rows',
    );
    const trials = await lab.query('SELECT * FROM ML.TRIAL_INFO(MODEL ml.tuned) ORDER BY trial_id');
    const index = (row: Row): number =>
      (row['hparam_tuning_evaluation_metrics'] as { davies_bouldin_index: number }).davies_bouldin_index;
    const best = trials.find((row) => row['is_optimal'])!;
    expect(index(best)).toBe(Math.min(...trials.map(index)));
    const row = await lab.one("SELECT * FROM ML.PREDICT(MODEL ml.tuned, (SELECT 0.5 AS x, 'a' AS c))");
    expect(Object.keys(row)).toEqual(['trial_id', 'CENTROID_ID', 'NEAREST_CENTROIDS_DISTANCE', 'x', 'c']);
    expect(row['trial_id']).toBe(best['trial_id']);
  });
});
