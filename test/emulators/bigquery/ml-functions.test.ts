import { describe, expect, it } from 'vitest';
import { useMlLab } from './ml-lab.js';

const lab = useMlLab();

/** The rows of a query, as lists of values. */
async function values(sql: string): Promise<unknown[][]> {
  return (await lab.query(sql)).map((row) => Object.values(row));
}

const entry = (index: number, value: number): object => ({ index, value });
const LETTERS = "UNNEST([NULL, 'a', 'b', 'b', 'c', 'c', 'c', 'd', 'd']) AS f";
const DOCUMENTS = `(SELECT 1 AS id, ['I', 'like', 'pie', 'pie', 'pie', NULL] AS f
  UNION ALL SELECT 2, ['yum', 'yum', 'pie', NULL] UNION ALL SELECT 3, ['I', 'yum', 'pie', NULL]
  UNION ALL SELECT 4, ['you', 'like', 'pie', NULL])`;

describe('ML functions in a query, as the documentation prints them', () => {
  it('sorts numbers into buckets', async () => {
    expect(
      await values(`SELECT ML.BUCKETIZE(2.5, [1, 2, 3]), ML.BUCKETIZE(2.5, [1, 2, 3], TRUE),
        ML.BUCKETIZE(2.5, [1, 2, 3], FALSE, 'bucket_ranges'), ML.BUCKETIZE(2.5, [1, 2, 3], FALSE, 'bucket_ranges_json'),
        ML.BUCKETIZE(0, [2.5], FALSE, 'bucket_ranges'), ML.BUCKETIZE(9, [2.5], FALSE, 'bucket_ranges_json'),
        ML.BUCKETIZE(NULL, [1]), ML.BUCKETIZE(2, GENERATE_ARRAY(1, 5))`),
    ).toEqual([
      [
        'bin_3',
        'bin_2',
        '[2, 3)',
        '{"start": "2", "end": "3"}',
        '(-inf, 2.5)',
        '{"start": "2.5", "end": "Infinity"}',
        null,
        'bin_3',
      ],
    ]);
    expect(
      await values(`SELECT f, ML.QUANTILE_BUCKETIZE(f, 3) OVER(), ML.QUANTILE_BUCKETIZE(f, 3, 'bucket_ranges') OVER(),
        ML.QUANTILE_BUCKETIZE(f, 3, 'bucket_ranges_json') OVER() FROM UNNEST([1, 2, 3, 4, 5]) AS f ORDER BY f`),
    ).toEqual([
      [1, 'bin_1', '(-inf, 2)', '{"start": "-Infinity", "end": "2"}'],
      [2, 'bin_2', '[2, 4)', '{"start": "2", "end": "4"}'],
      [3, 'bin_2', '[2, 4)', '{"start": "2", "end": "4"}'],
      [4, 'bin_3', '[4, +inf)', '{"start": "4", "end": "Infinity"}'],
      [5, 'bin_3', '[4, +inf)', '{"start": "4", "end": "Infinity"}'],
    ]);
    expect(
      await values("SELECT ML.HASH_BUCKETIZE(f, 3) FROM UNNEST(['a', 'b', 'c', 'd']) AS f ORDER BY f"),
    ).toEqual([[0], [1], [1], [2]]);
  });

  it('encodes categories by the vocabulary of its own rows', async () => {
    expect(
      await values(`SELECT ML.ONE_HOT_ENCODER(f, 'most_frequent', 10, 0) OVER () FROM ${LETTERS} ORDER BY f`),
    ).toEqual(
      [
        entry(0, 1),
        entry(1, 1),
        entry(2, 1),
        entry(2, 1),
        entry(3, 0),
        entry(3, 0),
        entry(3, 0),
        entry(4, 1),
        entry(4, 1),
      ].map((one) => [[one]]),
    );
    expect(await values(`SELECT ML.LABEL_ENCODER(f, 2, 2) OVER () FROM ${LETTERS} ORDER BY f`)).toEqual(
      [0, 0, 1, 1, 2, 2, 2, 0, 0].map((place) => [place]),
    );
    expect(
      await values(`SELECT ML.LABEL_ENCODER(t.f, 10, 0) OVER () FROM (SELECT f FROM ${LETTERS}) AS t
        JOIN UNNEST(['d', 'b']) AS g ON t.f = g WHERE f != 'zz' ORDER BY t.f`),
    ).toEqual([[1], [1], [2], [2]]);
    expect(
      await values(`SELECT ML.MULTI_HOT_ENCODER(f, 3, 1) OVER () FROM (
        SELECT ['a', 'b', 'b', 'c', NULL] AS f UNION ALL SELECT ['c', 'c', 'd', 'd', NULL]) ORDER BY f[OFFSET(0)]`),
    ).toEqual([[[entry(1, 1), entry(2, 1), entry(3, 1), entry(0, 1)]], [[entry(3, 1), entry(0, 1)]]]);
  });

  it('weighs the words of documents', async () => {
    expect(
      await values(`SELECT ML.BAG_OF_WORDS(f, 4, 2) OVER () FROM (
        SELECT 1 AS id, ['a', 'b', 'b', 'b', 'c', 'c', 'c', 'c', 'd', 'd'] AS f UNION ALL SELECT 2, ['a', 'c', NULL])
        ORDER BY id`),
    ).toEqual([[[entry(0, 5), entry(1, 1), entry(2, 4)]], [[entry(0, 1), entry(1, 1), entry(2, 1)]]]);
    expect(await values(`SELECT ML.TF_IDF(f, 3, 1) OVER () FROM ${DOCUMENTS} ORDER BY id`)).toEqual([
      [
        [
          entry(0, 0.12679902142647365),
          entry(1, 0.1412163100645339),
          entry(2, 0.1412163100645339),
          entry(3, 0.29389333245105953),
        ],
      ],
      [[entry(0, 0.5705955964191315), entry(3, 0.14694666622552977)]],
      [[entry(0, 0.380397064279421), entry(1, 0.21182446509680086), entry(3, 0.14694666622552977)]],
      [[entry(0, 0.380397064279421), entry(2, 0.21182446509680086), entry(3, 0.14694666622552977)]],
    ]);
  });

  it('scales numbers', async () => {
    const scaled = async (call: string): Promise<unknown[]> =>
      (await values(`SELECT ${call} OVER () FROM UNNEST([NULL, -3, 1, 2, 3, 4, 5]) AS f ORDER BY f`)).flat();
    expect(await scaled('ML.ROBUST_SCALER(f)')).toEqual([
      null,
      -1.6666666666666667,
      -0.3333333333333333,
      0,
      0.3333333333333333,
      0.6666666666666666,
      1,
    ]);
    expect(await scaled('ML.MAX_ABS_SCALER(f)')).toEqual([null, -0.6, 0.2, 0.4, 0.6, 0.8, 1]);
    expect(await scaled('ML.MIN_MAX_SCALER(f)')).toEqual([null, 0, 0.5, 0.625, 0.75, 0.875, 1]);
    // The documentation prints the deviation of a sample here, the service has that of the population.
    expect(
      await values('SELECT ML.STANDARD_SCALER(f) OVER() FROM UNNEST([1, 2, 3, 4, 5]) AS f ORDER BY f'),
    ).toEqual(
      [-1.414213562373095, -0.7071067811865475, 0, 0.7071067811865475, 1.414213562373095].map((x) => [x]),
    );
  });

  it('fills gaps', async () => {
    const numbers =
      'UNNEST([NULL, -3, -3, -3, 1, 2, 3, 4, 5]) AS f WHERE f IS NULL OR f < 9 ORDER BY f LIMIT 1';
    expect(await values(`SELECT ML.IMPUTER(f, 'mean') OVER () FROM ${numbers}`)).toEqual([[0.75]]);
    expect(await values(`SELECT ML.IMPUTER(f, 'most_frequent') OVER () FROM ${numbers}`)).toEqual([[-3]]);
    expect(
      await values(
        `SELECT ML.IMPUTER(f, 'most_frequent') OVER () FROM UNNEST([NULL, 'a', 'c', 'c']) AS f ORDER BY f`,
      ),
    ).toEqual([['c'], ['a'], ['c'], ['c']]);
  });

  it('crosses, expands and joins', async () => {
    expect(await values("SELECT ML.FEATURE_CROSS(STRUCT('a' AS f1, 'b' AS f2, 'c' AS f3))")).toEqual([
      [{ f1_f2: 'a_b', f1_f3: 'a_c', f2_f3: 'b_c' }],
    ]);
    expect(await values('SELECT ML.POLYNOMIAL_EXPAND(STRUCT(2 AS f1, 3 AS f2))')).toEqual([
      [{ f1: 2, f1_f1: 4, f1_f2: 6, f2: 3, f2_f2: 9 }],
    ]);
    expect(
      await values("SELECT ML.NGRAMS(['a', 'b', 'c'], [2, 3], '#'), ML.NGRAMS(['a', 'b', 'c'], 2)"),
    ).toEqual([
      [
        ['a#b', 'a#b#c', 'b#c'],
        ['a b', 'b c'],
      ],
    ]);
    expect(
      await values(
        "SELECT ML.NGRAMS(['a', 'b', NULL, 'd'], [2, 3]), ML.NGRAMS(['a'], 2), ML.NGRAMS([''], 1)",
      ),
    ).toEqual([[['a b', 'a b', 'b', 'b d', 'd'], [], ['']]]);
    // Of each word once, and not of each pair of them.
    expect(await values("SELECT ARRAY_LENGTH(ML.NGRAMS(SPLIT(REPEAT('a,', 30000)), [1, 3]))")).toEqual([
      [90_000],
    ]);
  });

  it('measures vectors', async () => {
    expect(
      await values(`SELECT ML.NORMALIZER([4.0, 1.0, 2.0, 2.0, 0.0]), ML.NORMALIZER([4.0, 1.0], CAST('+INF' AS FLOAT64)),
        ML.LP_NORM([4.1, 0.5, 1.0], 2.0), ML.LP_NORM([3, -4], 1.0), ML.LP_NORM([3, 0], 0.0),
        ML.DISTANCE([4.1, 0.5, 1.0], [3.0, 0.0, 2.5], 'EUCLIDEAN'), ML.DISTANCE([1, 2], [3, 5], 'MANHATTAN'),
        ML.DISTANCE([1.0, 0.0], [0.0, 1.0], 'COSINE'),
        ML.DISTANCE([('a', 0.0), ('b', 1.0)], [('b', 4.0), ('c', 4.0)]), ML.DISTANCE(NULL, [1.0])`),
    ).toEqual([
      [[0.8, 0.2, 0.4, 0.4, 0], [1, 0.25], 4.2497058721751557, 7, 1, 1.926136028425822, 5, 1, 5, null],
    ]);
    expect(await lab.failure('SELECT ML.DISTANCE([1.0], [1.0, 2.0])')).toContain('equal length');
    expect(await lab.failure("SELECT ML.DISTANCE([('a', 1.0), ('a', 1.0)], [('a', 2.0)])")).toContain(
      'repeat',
    );
    expect(await lab.failure('SELECT ML.LP_NORM([1.0], 0.5)')).toContain('must be 0 or at least 1');
  });

  it('refuses what it cannot do by name', async () => {
    expect(await lab.failure('SELECT ML.DECODE_IMAGE(b"x")')).toBe(
      'ML.DECODE_IMAGE is not supported by the BigQuery emulator',
    );
    expect(
      await lab.failure("SELECT ML.LABEL_ENCODER(f) OVER() FROM UNNEST(['a']) AS f GROUP BY f"),
    ).toContain('is not supported by the BigQuery emulator');
    expect(
      await lab.failure('SELECT ML.STANDARD_SCALER(f) OVER(PARTITION BY f) FROM UNNEST([1]) AS f'),
    ).toContain('ML.STANDARD_SCALER takes an empty OVER()');
    for (const name of ['METRICS', 'TFDV_VALIDATE', 'TRANSLATE']) {
      expect(await lab.failure(`SELECT * FROM ML.${name}(TABLE ml.none)`)).toBe(
        `ML.${name} is not supported by the BigQuery emulator`,
      );
    }
  });
});

describe('a stored TRANSFORM', () => {
  it('encodes new rows by the vocabulary of the training rows', async () => {
    await lab.query(`CREATE MODEL ml.encoded TRANSFORM(id, ML.TF_IDF(f, 3, 1) OVER() AS weighed,
        ML.BAG_OF_WORDS(f, 3, 1) OVER() AS counted, ML.MULTI_HOT_ENCODER(f, 3, 1) OVER() AS present,
        ML.ONE_HOT_ENCODER(f[OFFSET(0)], 'most_frequent', 10, 0) OVER() AS first, ML.NORMALIZER([3, 4]) AS unit)
      OPTIONS(model_type='TRANSFORM_ONLY') AS SELECT * FROM ${DOCUMENTS.replaceAll('NULL', "'all'")}`);
    const rows = await lab.query(`SELECT * FROM ML.TRANSFORM(MODEL ml.encoded,
      (SELECT 9 AS id, ['pie', 'pie', 'I', 'new'] AS f))`);
    // The vocabulary is I, all and pie.
    const common = Math.log(1 + 4 / 5);
    const rare = Math.log(1 + 4 / 3);
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({
      counted: [entry(0, 1), entry(1, 1), entry(3, 2)],
      present: [entry(3, 1), entry(1, 1), entry(0, 1)],
      first: [entry(0, 1)],
      unit: [0.6, 0.8],
    });
    const weighed = rows[0]!['weighed'] as { index: number; value: number }[];
    expect(weighed.map(({ index }) => index)).toEqual([0, 1, 3]);
    expect(weighed[0]!.value).toBeCloseTo((2 * common + rare) / 3 / 4, 12);
    expect(weighed[1]!.value).toBeCloseTo(rare / 4, 12);
    expect(weighed[2]!.value).toBeCloseTo(common / 2, 12);
    const dropped = await lab.one(
      `SELECT first FROM ML.TRANSFORM(MODEL ml.encoded, (SELECT 1 AS id, ['I'] AS f))`,
    );
    expect(dropped['first']).toEqual([entry(1, 0)]);
  });

  it('scales as the documentation prints it', async () => {
    await lab.query(`CREATE TABLE ml.lengths AS SELECT * FROM UNNEST([STRUCT(36.6 AS culmen, 184 AS flipper, 3475.0 AS mass),
      (39.8, 184, 4650.0), (59.6, 231, 5000.0)])`);
    await lab.query(`CREATE MODEL ml.lengths_model TRANSFORM(ML.MAX_ABS_SCALER(culmen) OVER () AS culmen,
        ML.MAX_ABS_SCALER(flipper) OVER () AS flipper, mass)
      OPTIONS(model_type='linear_reg', input_label_cols=['mass']) AS SELECT * FROM ml.lengths`);
    expect(
      await values(
        'SELECT culmen, flipper, mass FROM ML.TRANSFORM(MODEL ml.lengths_model, TABLE ml.lengths) ORDER BY culmen LIMIT 2',
      ),
    ).toEqual([
      [0.6140939597315437, 0.7965367965367965, 3475],
      [0.6677852348993288, 0.7965367965367965, 4650],
    ]);
  });
});

describe('ML.DESCRIBE_DATA', () => {
  it('describes numbers, texts, arrays and fields', async () => {
    const rows = await lab.query(`SELECT * FROM ML.DESCRIBE_DATA((
        SELECT 4 AS number, 'b' AS name, [1, 2, 3] AS list, STRUCT('x' AS field) AS part, TIMESTAMP '2024-01-01' AS moment
        UNION ALL SELECT 0, 'a', [], STRUCT(CAST(NULL AS STRING)), NULL UNION ALL SELECT 2, 'b', [0, 0], STRUCT('y'), NULL
        UNION ALL SELECT NULL, 'ccc', NULL, STRUCT('y'), NULL),
      STRUCT(2 AS num_quantiles, 1 AS num_array_length_quantiles, 2 AS top_k))`);
    expect(Object.keys(rows[0]!)).toEqual([
      'name',
      'num_rows',
      'num_nulls',
      'num_zeros',
      'min',
      'max',
      'mean',
      'stdev',
      'median',
      'quantiles',
      'unique',
      'avg_string_length',
      'num_values',
      'top_values',
      'min_array_length',
      'max_array_length',
      'avg_array_length',
      'total_array_length',
      'array_length_quantiles',
      'dimension',
    ]);
    expect(rows.map((row) => row['name'])).toEqual(['number', 'name', 'list', 'part_field', 'moment']);
    expect(rows[0]).toMatchObject({
      num_rows: 4,
      num_nulls: 1,
      num_zeros: 1,
      min: '0',
      max: '4',
      mean: 2,
      median: 2,
    });
    expect(rows[0]).toMatchObject({ num_values: 3, quantiles: [0, 2, 4], top_values: [], unique: null });
    expect(rows[0]!['stdev']).toBeCloseTo(Math.sqrt(8 / 3), 12);
    expect(rows[1]).toMatchObject({
      min: 'a',
      max: 'ccc',
      unique: 3,
      avg_string_length: 1.5,
      mean: null,
      num_zeros: null,
    });
    expect(rows[1]!['top_values']).toEqual([
      { value: 'b', count: 2 },
      { value: 'a', count: 1 },
    ]);
    expect(rows[2]).toMatchObject({
      num_values: 5,
      num_zeros: 2,
      max_array_length: 3,
      total_array_length: 5,
    });
    expect(rows[4]).toMatchObject({ num_nulls: 3, min: '2024-01-01 00:00:00+00', unique: 1 });
    expect(
      await lab.failure('SELECT * FROM ML.DESCRIBE_DATA((SELECT 1 AS x), STRUCT(0 AS top_k))'),
    ).toContain('top_k');
  });
});

describe('ML.DETECT_ANOMALIES', () => {
  it('finds the rows that lie furthest from their clusters', async () => {
    await lab.query(`CREATE TABLE ml.points AS SELECT n, 10 * MOD(n, 2) + MOD(n * 7919, 1000) / 1000 AS x
      FROM UNNEST(GENERATE_ARRAY(1, 400)) AS n`);
    await lab.query(`CREATE MODEL ml.pair OPTIONS(model_type='KMEANS', num_clusters=2, kmeans_init_method='KMEANS++') AS
      SELECT x FROM ml.points`);
    const found = (share: number): Promise<unknown[][]> =>
      values(`SELECT n FROM ML.DETECT_ANOMALIES(MODEL ml.pair, STRUCT(${share} AS contamination), TABLE ml.points)
        WHERE is_anomaly`);
    expect(await found(0)).toHaveLength(0);
    expect(await found(0.05)).toHaveLength(20);
    const [row] =
      await lab.query(`SELECT * FROM ML.DETECT_ANOMALIES(MODEL ml.pair, STRUCT(0.05 AS contamination),
      (SELECT 5.0 AS x, 'kept' AS other))`);
    expect(Object.keys(row!)).toEqual(['is_anomaly', 'normalized_distance', 'centroid_id', 'x', 'other']);
    expect(row!['is_anomaly']).toBe(true);
    expect(await lab.failure('SELECT * FROM ML.DETECT_ANOMALIES(MODEL ml.pair, TABLE ml.points)')).toContain(
      'contamination',
    );
  });
});
