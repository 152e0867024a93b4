import { BOOL, type Field, FLOAT64, INT64 } from '../../../googlesql/syntax/types.js';
import type { KMeansModel, NormalisedDistances } from '../definition.js';
import type { Relation } from '../inputs.js';
import { allColumnsSql } from '../score-sql.js';
import { type Cell, doubleListSql, doubleSql } from '../sql-text.js';
import { distancesSql } from './kmeans-sql.js';

/** Largest share of the training rows that may count as anomalies. */
export const MAX_CONTAMINATION = 0.5;
/** Distances that are kept of the training rows, from the median to the largest. */
const KEPT = 1000;

/** What ML.DETECT_ANOMALIES needs to know of the training rows: one row per query. */
export async function learnDistances(
  model: KMeansModel,
  relation: Relation,
  read: (sql: string) => Promise<Cell[][]>,
): Promise<NormalisedDistances> {
  const squares = await read(`SELECT list_position(ml_distances, list_min(ml_distances)) AS k,
    sqrt(avg(list_min(ml_distances) ** 2)) FROM (${distancesSql(model, relation)}) GROUP BY 1`);
  const radii = model.centroids.map((_, k) => Number(squares.find(([place]) => place === k + 1)?.[1] ?? 0));
  const shares = Array.from({ length: KEPT + 1 }, (_, index) => 1 - MAX_CONTAMINATION * (1 - index / KEPT));
  const quantiles = await read(`SELECT unnest(quantile_disc(d, [${shares.join(', ')}]))
    FROM (SELECT list_min(ml_normalised) AS d FROM (${normalisedSql(model, radii, relation)}))`);
  return { radii, quantiles: quantiles.map(([distance]) => Number(distance)) };
}

/** Distances to the centroids in units of each cluster's radius. */
function normalisedSql(model: KMeansModel, radii: readonly number[], relation: Relation): string {
  const each = `CASE WHEN d = 0 THEN 0e0 ELSE d / ${doubleListSql(radii)}[k] END`;
  return `SELECT *, list_transform(ml_distances, lambda d, k: ${each}) AS ml_normalised
    FROM (${distancesSql(model, relation)})`;
}

/** ML.DETECT_ANOMALIES of k-means: rows further away than that share of the training rows that is not contaminated. */
export function detectAnomaliesSql(
  model: KMeansModel,
  { radii, quantiles }: NormalisedDistances,
  input: Relation,
  shown: Relation,
  contamination: number,
): Relation {
  const cutoff = quantiles[Math.round((1 - contamination / MAX_CONTAMINATION) * KEPT)]!;
  const columns: Field[] = [
    { name: 'is_anomaly', type: BOOL },
    { name: 'normalized_distance', type: FLOAT64 },
    { name: 'centroid_id', type: INT64 },
    ...shown.columns,
  ];
  const nearest = 'list_min(p.ml_normalised)';
  const select = [
    `${nearest} > ${doubleSql(cutoff)}`,
    nearest,
    `CAST(list_position(p.ml_normalised, ${nearest}) AS BIGINT)`,
    ...allColumnsSql(shown, 'p'),
  ];
  return {
    sql: `SELECT ${select.map((item, index) => `${item} AS c${index}`).join(', ')}
      FROM (${normalisedSql(model, radii, input)}) AS p`,
    columns,
    physicalNames: select.map((_, index) => `c${index}`),
  };
}
