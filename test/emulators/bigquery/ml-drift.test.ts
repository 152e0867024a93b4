import { beforeAll, describe, expect, it } from 'vitest';
import {
  type Histogram,
  histogramDivergence,
} from '../../../src/emulators/googlesql/values/histogram-distance.js';
import { useMlLab } from './ml-lab.js';

const lab = useMlLab();

/** Ages from 0 to 99 by day and ward, the second day shifted by ten. */
const day = (shift: number) => `SELECT
  CAST(n + ${shift} AS FLOAT64) AS age, MOD(n, 4) = 0 AS ill, ['a', 'b', 'c'][OFFSET(MOD(n, 3))] AS ward,
  IF(MOD(n, 4) = 0, 'yes', 'no') AS label
FROM UNNEST(GENERATE_ARRAY(0, 99)) AS n`;

/** Ten buckets of a hundred evenly spaced numbers. */
function evenly(from: number): Histogram {
  const bound = (index: number) => from + (99 * index) / 10;
  return {
    buckets: Array.from({ length: 10 }, (_, index) => [bound(index), bound(index + 1), 10] as const),
    nan: 0,
    infinite: 0,
  };
}

beforeAll(async () => {
  await lab.query(`CREATE TABLE first_day AS ${day(0)}`);
  await lab.query(`CREATE TABLE second_day AS ${day(10)}`);
  await lab.query(`CREATE MODEL m OPTIONS (MODEL_TYPE = 'LOGISTIC_REG', INPUT_LABEL_COLS = ['label'], DATA_SPLIT_METHOD = 'NO_SPLIT')
    AS SELECT age, ward, label FROM first_day`);
});

describe('ML.VALIDATE_DATA_DRIFT', () => {
  it('compares the columns of two tables, with the thresholds of the documentation', async () => {
    const rows = await lab.query(
      'SELECT * FROM ML.VALIDATE_DATA_DRIFT(TABLE first_day, TABLE second_day, STRUCT()) ORDER BY input',
    );
    expect(Object.keys(rows[0]!)).toEqual(['input', 'metric', 'threshold', 'value', 'is_anomaly']);
    expect(rows.map(({ input, metric, threshold }) => [input, metric, threshold])).toEqual([
      ['age', 'JENSEN_SHANNON_DIVERGENCE', 0.3],
      ['ill', 'L_INFTY', 0.3],
      ['label', 'L_INFTY', 0.3],
      ['ward', 'L_INFTY', 0.3],
    ]);
    expect(rows[0]!.value).toBeCloseTo(histogramDivergence(evenly(0), evenly(10))!, 10);
    expect(rows.slice(1).map(({ value }) => value)).toEqual([0, 0, 0]);
    expect(rows.map(({ is_anomaly }) => is_anomaly)).toEqual([false, false, false, false]);
  });

  it('takes queries, thresholds of its own, another metric and other buckets', async () => {
    const rows = await lab.query(`SELECT * FROM ML.VALIDATE_DATA_DRIFT(
      (SELECT age, ward FROM first_day), (SELECT age + 60 AS age, 'a' AS ward FROM first_day),
      STRUCT(0.9 AS numerical_default_threshold, 'JENSEN_SHANNON_DIVERGENCE' AS categorical_metric_type,
        20 AS num_histogram_buckets, [('age', 0.2)] AS thresholds)) ORDER BY input`);
    expect(
      rows.map(({ input, metric, threshold, is_anomaly }) => [input, metric, threshold, is_anomaly]),
    ).toEqual([
      ['age', 'JENSEN_SHANNON_DIVERGENCE', 0.2, true],
      ['ward', 'JENSEN_SHANNON_DIVERGENCE', 0.3, true],
    ]);
  });

  it('tells NaN and infinities apart from numbers, and has no value where a side is empty', async () => {
    const rows = await lab.query(`SELECT input, value, is_anomaly FROM ML.VALIDATE_DATA_DRIFT(
      (SELECT CAST(x AS FLOAT64) AS x, y FROM UNNEST([STRUCT('1' AS x, CAST(NULL AS INT64) AS y), ('2', NULL), ('nan', NULL)])),
      (SELECT CAST(x AS FLOAT64) AS x, y FROM UNNEST([STRUCT('1' AS x, 1 AS y), ('2', 2), ('inf', 3)])), STRUCT()) ORDER BY input`);
    const side = (nan: number, infinite: number): Histogram => ({
      buckets: [
        [1, 1.1, 1],
        [1.9, 2, 1],
      ],
      nan,
      infinite,
    });
    expect(rows[0]!.value).toBeCloseTo(histogramDivergence(side(1, 0), side(0, 1))!, 10);
    expect(rows[1]).toEqual({ input: 'y', value: null, is_anomaly: false });
  });

  it('refuses what it does not do, and what is wrong', async () => {
    const call = (rest: string) =>
      lab.failure(`SELECT * FROM ML.VALIDATE_DATA_DRIFT(TABLE first_day, TABLE second_day, ${rest})`);
    expect(await call('STRUCT(), MODEL m')).toContain('MODEL in ML.VALIDATE_DATA_DRIFT');
    expect(await call('STRUCT(1.0 AS numerical_default_threshold)')).toContain('must be in the range [0, 1)');
    expect(await call("STRUCT('L_INFTY' AS numerical_metric_type)")).toContain(
      'must be one of: JENSEN_SHANNON_DIVERGENCE',
    );
    expect(await call("STRUCT([('nothing', 0.1)] AS thresholds)")).toContain(
      'name an unknown column: nothing',
    );
    expect(await call('STRUCT(0 AS num_histogram_buckets)')).toContain('must be between 1 and 1000');
    expect(await lab.failure('SELECT * FROM ML.VALIDATE_DATA_DRIFT(TABLE first_day, STRUCT())')).toContain(
      'needs two tables',
    );
  });
});

describe('ML.VALIDATE_DATA_SKEW', () => {
  const skew = (rows: string, rest = 'STRUCT()') =>
    lab.query(`SELECT * FROM ML.VALIDATE_DATA_SKEW(MODEL m, ${rows}, ${rest}) ORDER BY input`);

  it('compares with the rows that the model was trained on, features alone, also after a restart', async () => {
    const same = await skew('TABLE first_day');
    expect(same.map(({ input, value }) => [input, value])).toEqual([
      ['age', 0],
      ['ward', 0],
    ]);
    await lab.restart();
    const moved = await skew('TABLE second_day', 'STRUCT(0.05 AS numerical_default_threshold)');
    expect(moved[0]!.value).toBeCloseTo(histogramDivergence(evenly(0), evenly(10))!, 10);
    expect(moved.map(({ is_anomaly }) => is_anomaly)).toEqual([true, false]);
    const [ward] = await skew("(SELECT 'd' AS ward)");
    expect(ward).toMatchObject({ input: 'ward', value: 1, is_anomaly: true });
  });

  it('says of a warm start that it has no statistics', async () => {
    const options =
      "MODEL_TYPE = 'LOGISTIC_REG', INPUT_LABEL_COLS = ['label'], DATA_SPLIT_METHOD = 'NO_SPLIT'";
    const query = 'AS SELECT age, ward, label FROM first_day';
    await lab.query(`CREATE MODEL warm OPTIONS (${options}) ${query}`);
    await lab.query(`CREATE OR REPLACE MODEL warm OPTIONS (${options}, WARM_START = TRUE) ${query}`);
    expect(
      await lab.failure('SELECT * FROM ML.VALIDATE_DATA_SKEW(MODEL warm, TABLE first_day, STRUCT())'),
    ).toContain('has no statistics of its training data');
  });
});
