import { arrayOf, type Field, FLOAT64, INT64, structOf } from '../../../googlesql/syntax/types.js';
import type { KMeansModel } from '../definition.js';
import type { FittedInput } from '../fitted-inputs.js';
import { inputSql, type Relation } from '../inputs.js';
import { linearSql } from '../linear/linear-sql.js';
import { allColumnsSql, MissingColumn } from '../score-sql.js';
import { doubleListSql, doubleSql } from '../sql-text.js';

const MAX_NEAREST = 5;

/** A query with the input's columns and `ml_distances`, a list with the distance to each centroid. */
export function distancesSql(model: KMeansModel, relation: Relation): string {
  const missing = (column: string): Error => new MissingColumn(column);
  // Contributions are weight · (value − mean), so a weight of coordinate / stddev gives the scalar product.
  const weights = model.centroids.map((centroid) =>
    centroid.map((coordinates, index) => {
      const input = model.inputs[index]!;
      if (input.kind !== 'numeric') return coordinates;
      return [input.stddev > 0 ? coordinates[0]! / input.stddev : 0];
    }),
  );
  const { from, contributions } = linearSql({ inputs: model.inputs, weights }, relation, missing);
  const squares = model.inputs.map((input) =>
    squareSql(
      input,
      inputSql(input, relation, 'i', () => missing(input.column)),
    ),
  );
  const norms = model.centroids.map((centroid) =>
    centroid.flat().reduce((sum, value) => sum + value * value, 0),
  );
  const own = squares.join(' + ');
  const distances = contributions.map((list, k) => {
    const product = `(${list.join(' + ')})`;
    if (model.distance === 'COSINE') {
      return `1 - coalesce(${product} / nullif(sqrt((${own}) * ${doubleSql(norms[k]!)}), 0), 0e0)`;
    }
    return `sqrt(greatest(${own} - 2 * ${product} + ${doubleSql(norms[k]!)}, 0e0))`;
  });
  return `SELECT ${[...allColumnsSql(relation, 'i'), `[${distances.join(', ')}] AS ml_distances`].join(', ')} FROM ${from}`;
}

/** Squared length of a row in the direction of an input. */
function squareSql(input: FittedInput, sql: string): string {
  switch (input.kind) {
    case 'numeric':
      if (input.stddev === 0) return '0e0';
      return `coalesce(pow((${sql} - ${doubleSql(input.mean)}) / ${doubleSql(input.stddev)}, 2), 0e0)`;
    case 'category':
      return '1e0';
    case 'set':
      return `coalesce(CAST(len(${sql}) AS DOUBLE), 0e0)`;
    case 'vector':
      return `coalesce(list_sum(list_transform(${sql}, lambda e: e * e)), 0e0)`;
    case 'sparse':
      return `coalesce(list_sum(list_transform(${sql}, lambda e: CAST(e.f2 * e.f2 AS DOUBLE))), 0e0)`;
  }
}

/** ML.PREDICT of k-means: the nearest centroid, distances to the nearest five, and the input's columns. */
export function kmeansPredictSql(model: KMeansModel, input: Relation, shown: Relation): Relation {
  const columns: Field[] = [
    { name: 'CENTROID_ID', type: INT64 },
    {
      name: 'NEAREST_CENTROIDS_DISTANCE',
      type: arrayOf(
        structOf([
          { name: 'CENTROID_ID', type: INT64 },
          { name: 'DISTANCE', type: FLOAT64 },
        ]),
      ),
    },
    ...shown.columns,
  ];
  const ranked =
    'list_sort(list_transform(p.ml_distances, lambda d, k: struct_pack(d := d, k := CAST(k AS BIGINT))))';
  const select = [
    `(${ranked})[1].k`,
    `list_transform(list_slice(${ranked}, 1, ${MAX_NEAREST}), lambda e: struct_pack(f1 := e.k, f2 := e.d))`,
    ...allColumnsSql(shown, 'p'),
  ];
  return {
    sql: `SELECT ${select.map((item, index) => `${item} AS c${index}`).join(', ')}
      FROM (${distancesSql(model, input)}) AS p`,
    columns,
    physicalNames: select.map((_, index) => `c${index}`),
  };
}

export const KMEANS_METRICS: Field[] = ['davies_bouldin_index', 'mean_squared_distance'].map((name) => ({
  name,
  type: FLOAT64,
}));

export function kmeansEvaluateSql(model: KMeansModel, input: Relation): Relation {
  const flat = model.centroids.map((centroid) => centroid.flat());
  const between = flat.map((left) =>
    flat.map((right) => Math.sqrt(left.reduce((sum, value, index) => sum + (value - right[index]!) ** 2, 0))),
  );
  const matrix = `[${between.map((row) => doubleListSql(row)).join(', ')}]`;
  const sql = `WITH ml_rows AS (SELECT list_min(ml_distances) AS d,
      list_position(ml_distances, list_min(ml_distances)) AS k FROM (${distancesSql(model, input)})),
  ml_clusters AS (SELECT k, avg(d) AS s FROM ml_rows GROUP BY k),
  ml_worst AS (SELECT max((a.s + b.s) / ${matrix}[a.k][b.k]) AS r
    FROM ml_clusters AS a JOIN ml_clusters AS b ON a.k <> b.k GROUP BY a.k)
  SELECT (SELECT avg(r) FROM ml_worst) AS davies_bouldin_index,
    (SELECT avg(d * d) FROM ml_rows) AS mean_squared_distance`;
  return { sql, columns: KMEANS_METRICS, physicalNames: KMEANS_METRICS.map((column) => column.name) };
}
