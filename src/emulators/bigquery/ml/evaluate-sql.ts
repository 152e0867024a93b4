import { type Field, FLOAT64, INT64 } from '../../googlesql/syntax/types.js';
import type { ModelDefinition } from './definition.js';
import type { Relation } from './inputs.js';
import { PROBABILITY_FLOOR } from './numerics/objectives.js';
import {
  actualClassSql,
  actualNumberSql,
  labelColumn,
  labelOf,
  predictedClassSql,
  type Scored,
} from './score-sql.js';

const CLASSIFICATION = ['precision', 'recall', 'accuracy', 'f1_score', 'log_loss', 'roc_auc'];
const REGRESSION = [
  'mean_absolute_error',
  'mean_squared_error',
  'mean_squared_log_error',
  'median_absolute_error',
  'r2_score',
  'explained_variance',
];

/** Of a model that learns from labels. */
export function metricColumns(definition: ModelDefinition): Field[] {
  const names = definition.classes === undefined ? REGRESSION : CLASSIFICATION;
  return names.map((name) => ({ name, type: FLOAT64 }));
}

/** Metrics of a model on rows that hold its label: one row. `threshold` is DuckDB text. */
export function evaluateSql(
  definition: ModelDefinition,
  scored: Scored,
  relation: Relation,
  threshold = '0.5e0',
): Relation {
  const columns = metricColumns(definition);
  const sql =
    definition.classes === undefined
      ? regressionSql(definition, scored, relation)
      : classificationSql(definition, classifiedSql(definition, scored, relation, threshold));
  return { sql, columns, physicalNames: columns.map((column) => column.name) };
}

function regressionSql(definition: ModelDefinition, scored: Scored, relation: Relation): string {
  const label = actualNumberSql(definition, relation);
  const logarithm = (x: string): string =>
    `CASE WHEN ${x} > -1 THEN ln(1 + ${x}) ELSE CAST('NaN' AS DOUBLE) END`;
  return `SELECT avg(abs(y - p)) AS mean_absolute_error,
    avg((y - p) * (y - p)) AS mean_squared_error,
    avg(pow(${logarithm('y')} - ${logarithm('p')}, 2)) AS mean_squared_log_error,
    quantile_disc(abs(y - p), 0.5) AS median_absolute_error,
    1 - avg((y - p) * (y - p)) / var_pop(y) AS r2_score,
    1 - var_pop(y - p) / var_pop(y) AS explained_variance
  FROM (SELECT ${label} AS y, ml_score AS p FROM (${scored.sql}) AS s) WHERE y IS NOT NULL`;
}

/**
 * Rows as y (class from 1), p (class predicted), q (probability of the own class), and s (score of the second of two
 * classes) or ps (probabilities of all classes).
 */
export function classifiedSql(
  definition: ModelDefinition,
  scored: Scored,
  relation: Relation,
  threshold: string,
): string {
  const label = actualClassSql(definition, relation);
  const predicted = predictedClassSql(definition.classes!.length, threshold);
  // Two classes have one score, and lists of a million rows cost more than all else here.
  const own =
    definition.classes!.length === 2
      ? 'CASE y WHEN 2 THEN ml_score ELSE 1e0 / (1e0 + exp(ml_logits[1])) END AS q, ml_score AS s'
      : 'ml_scores[y] AS q, ml_scores AS ps';
  return `SELECT y, p, ${own}
    FROM (SELECT ml_score, ml_scores, ml_logits, ${label} AS y, ${predicted} AS p FROM (${scored.sql}) AS s)
    WHERE y IS NOT NULL`;
}

const LOG_LOSS = `avg(-ln(greatest(least(q, ${1 - PROBABILITY_FLOOR}), ${PROBABILITY_FLOOR.toExponential()})))`;

/** Metrics of classified rows: one row. */
export function classificationSql(definition: ModelDefinition, rows: string): string {
  return definition.classes!.length === 2 ? binarySql(rows) : multiclassSql(rows);
}

/** Rows as `ml_rows`, computed once; those of a table are there already and need no copy. */
function rowsOnce(rows: string): string {
  return `ml_rows AS ${/^FROM [\w.]+$/.test(rows) ? 'NOT MATERIALIZED' : 'MATERIALIZED'} (${rows})`;
}

function binarySql(rows: string): string {
  return `WITH ${rowsOnce(rows)},
  ml_groups AS (SELECT s, count(*) FILTER (y = 2) AS np, count(*) FILTER (y = 1) AS nn FROM ml_rows GROUP BY s),
  ml_auc AS (SELECT sum(np * (below + nn / 2e0)) / (CAST(sum(np) AS DOUBLE) * CAST(sum(nn) AS DOUBLE)) AS roc_auc
    FROM (SELECT np, nn, CAST(sum(nn) OVER (ORDER BY s ROWS UNBOUNDED PRECEDING) - nn AS DOUBLE) AS below
      FROM ml_groups)),
  ml_counts AS (SELECT CAST(count(*) FILTER (y = 2 AND p = 2) AS DOUBLE) AS tp,
    CAST(count(*) FILTER (y = 1 AND p = 2) AS DOUBLE) AS fp,
    CAST(count(*) FILTER (y = 2 AND p = 1) AS DOUBLE) AS fn,
    CAST(count(*) FILTER (y = 1 AND p = 1) AS DOUBLE) AS tn, ${LOG_LOSS} AS log_loss FROM ml_rows)
  SELECT tp / (tp + fp) AS precision, tp / (tp + fn) AS recall, (tp + tn) / (tp + tn + fp + fn) AS accuracy,
    CASE WHEN tp = 0 THEN 0e0 ELSE 2 * tp / (2 * tp + fp + fn) END AS f1_score, log_loss, roc_auc
  FROM ml_counts, ml_auc`;
}

/** Averages over the classes that occur among the labels; each class counts the same. */
function multiclassSql(rows: string): string {
  return `WITH ${rowsOnce(rows)},
  ml_classes AS (SELECT y AS k, count(*) AS n, count(*) FILTER (p = y) AS tp, ${LOG_LOSS} AS log_loss
    FROM ml_rows GROUP BY y),
  ml_predicted AS (SELECT p AS k, count(*) AS n FROM ml_rows GROUP BY p),
  ml_each AS (SELECT c.log_loss, CASE WHEN c.tp = 0 THEN 0e0 ELSE c.tp / CAST(d.n AS DOUBLE) END AS pr,
      c.tp / CAST(c.n AS DOUBLE) AS re
    FROM ml_classes AS c LEFT JOIN ml_predicted AS d ON d.k = c.k),
  ml_long AS (SELECT k, y = k AS own, ps[k] AS s FROM ml_rows, (SELECT k FROM ml_classes)),
  ml_ranked AS (SELECT k, own, rank() OVER (PARTITION BY k ORDER BY s)
      + (count(*) OVER (PARTITION BY k, s) - 1) / 2e0 AS r FROM ml_long),
  ml_auc AS (SELECT avg((rs - np * (np + 1) / 2e0) / (CAST(np AS DOUBLE) * nn)) AS roc_auc
    FROM (SELECT count(*) FILTER (own) AS np, count(*) FILTER (NOT own) AS nn, sum(r) FILTER (own) AS rs
      FROM ml_ranked GROUP BY k))
  SELECT avg(pr) AS precision, avg(re) AS recall,
    (SELECT avg(CASE WHEN p = y THEN 1e0 ELSE 0e0 END) FROM ml_rows) AS accuracy,
    avg(CASE WHEN pr + re = 0 THEN 0e0 ELSE 2 * pr * re / (pr + re) END) AS f1_score,
    avg(log_loss) AS log_loss, (SELECT roc_auc FROM ml_auc) AS roc_auc
  FROM ml_each`;
}

/** Columns of ML.CONFUSION_MATRIX: the label, then one per class. */
export function confusionColumns(definition: ModelDefinition, labelType = labelOf(definition).type): Field[] {
  const names = new Set(['expected_label']);
  const columns: Field[] = [{ name: 'expected_label', type: labelType }];
  for (const label of definition.classes!) {
    let name = columnNameOf(label, definition);
    while (names.has(name.toLowerCase())) name = `${name}_`;
    names.add(name.toLowerCase());
    columns.push({ name, type: INT64 });
  }
  return columns;
}

/** A label as a column name: names may not begin with a digit nor hold punctuation that SQL needs. */
function columnNameOf(label: string, definition: ModelDefinition): string {
  if (labelOf(definition).type.kind === 'BOOL') return label.toUpperCase();
  const name = label.replaceAll(/[!"$()*,./;?@[\]\\^`{}~]/g, '_');
  return name === '' || /^[0-9]/.test(name) ? `_${name}` : name;
}

/** Counts by label as the rows hold it, also when the model does not know that label. */
export function confusionSql(
  definition: ModelDefinition,
  scored: Scored,
  relation: Relation,
  threshold = '0.5e0',
): Relation {
  const label = labelColumn(definition, relation);
  const columns = confusionColumns(definition, label.type);
  const predicted = predictedClassSql(definition.classes!.length, threshold);
  const rows = `SELECT ${label.sql} AS y, ${predicted} AS p FROM (${scored.sql}) AS s WHERE ${label.sql} IS NOT NULL`;
  return {
    sql: confusionCountsSql(definition, rows, 'y'),
    columns,
    physicalNames: columns.map((_, index) => `c${index}`),
  };
}

/** Counts of classified rows by `y`; `label` is DuckDB text of what is shown for it. */
export function confusionCountsSql(definition: ModelDefinition, rows: string, label: string): string {
  const counts = definition.classes!.map((_, index) => `count(*) FILTER (p = ${index + 1}) AS c${index + 1}`);
  return `SELECT ${label} AS c0, ${counts.join(', ')} FROM (${rows}) GROUP BY y ORDER BY y`;
}

export const ROC_COLUMNS: Field[] = [
  ...['threshold', 'recall', 'false_positive_rate'].map((name) => ({ name, type: FLOAT64 })),
  ...['true_positives', 'false_positives', 'true_negatives', 'false_negatives'].map((name) => ({
    name,
    type: INT64,
  })),
];

/** `thresholds` is DuckDB text of a list; without it 1 and the percentiles of the scores below the largest are taken. */
export function rocSql(
  definition: ModelDefinition,
  scored: Scored,
  relation: Relation,
  thresholds?: string,
): Relation {
  const rows = classifiedSql(definition, scored, relation, '0.5e0');
  return {
    sql: rocOfRowsSql(rows, thresholds),
    columns: ROC_COLUMNS,
    physicalNames: ROC_COLUMNS.map((column) => column.name),
  };
}

/** The curve of classified rows. */
export function rocOfRowsSql(rows: string, thresholds?: string): string {
  const percentiles = Array.from({ length: 100 }, (_, index) => String(index / 100));
  const list =
    thresholds === undefined
      ? `SELECT DISTINCT unnest(list_append(quantile_disc(s, [${percentiles.join(', ')}]), 1e0)) AS t FROM ml_rows`
      : `SELECT DISTINCT t FROM (SELECT CAST(unnest(${thresholds}) AS DOUBLE) AS t) WHERE t IS NOT NULL`;
  return `WITH ${rowsOnce(rows)}, ml_thresholds AS (${list}),
  ml_steps AS (SELECT b.t, count(*) FILTER (r.y = 2) AS np, count(*) FILTER (r.y = 1) AS nn
    FROM ml_rows AS r ASOF JOIN ml_thresholds AS b ON r.s >= b.t GROUP BY b.t),
  ml_totals AS (SELECT count(*) FILTER (y = 2) AS np, count(*) FILTER (y = 1) AS nn FROM ml_rows),
  ml_above AS (SELECT a.t, CAST(sum(coalesce(b.np, 0)) OVER w AS BIGINT) AS tp,
      CAST(sum(coalesce(b.nn, 0)) OVER w AS BIGINT) AS fp
    FROM ml_thresholds AS a LEFT JOIN ml_steps AS b ON b.t = a.t
    WINDOW w AS (ORDER BY a.t DESC ROWS UNBOUNDED PRECEDING))
  SELECT t AS threshold, tp / CAST(np AS DOUBLE) AS recall, fp / CAST(nn AS DOUBLE) AS false_positive_rate,
    tp AS true_positives, fp AS false_positives, nn - fp AS true_negatives, np - tp AS false_negatives
  FROM ml_above, ml_totals ORDER BY t DESC`;
}
