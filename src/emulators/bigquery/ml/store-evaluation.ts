import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import type { Model, ModelDefinition, StoredEvaluation } from './definition.js';
import {
  classificationSql,
  classifiedSql,
  confusionCountsSql,
  evaluateSql,
  rocOfRowsSql,
} from './evaluate-sql.js';
import { classExplainSql, globalExplainSql } from './explain-sql.js';
import type { Relation } from './inputs.js';
import { learnDistances } from './kmeans/anomalies.js';
import { kmeansEvaluateSql } from './kmeans/kmeans-sql.js';
import type { SupervisedModel } from './score-sql.js';
import type { Cell } from './sql-text.js';

/** What the functions answer when they are called without data, computed once after training. */
export async function evaluateForStorage(
  definition: ModelDefinition,
  model: Model,
  relation: Relation,
  connection: DuckDBConnection,
): Promise<StoredEvaluation | undefined> {
  const read = async (sql: string): Promise<Cell[][]> =>
    (await connection.runAndReadAll(sql)).getRows().map((row) => row.map(cell));
  if (model.kind === 'transform') return undefined;
  if (model.kind === 'kmeans') {
    const [metrics] = await read(kmeansEvaluateSql(model, relation).sql);
    return { metrics: metrics!, distances: await learnDistances(model, relation, read) };
  }
  const evaluation: StoredEvaluation =
    definition.classes === undefined
      ? { metrics: (await read(evaluateSql(definition, model, relation).sql))[0]! }
      : await evaluateClasses(definition, model, relation, connection, read);
  if (definition.options['ENABLE_GLOBAL_EXPLAIN'] === true && model.kind === 'glm') {
    evaluation.explanation = await read(globalExplainSql(model, relation));
    if (definition.classes !== undefined) {
      evaluation.classExplanation = await read(classExplainSql(model, relation));
    }
  }
  return evaluation;
}

/** Scores the rows once for all that is derived from them. */
async function evaluateClasses(
  definition: ModelDefinition,
  model: SupervisedModel,
  relation: Relation,
  connection: DuckDBConnection,
  read: (sql: string) => Promise<Cell[][]>,
): Promise<StoredEvaluation> {
  const table = 'temp.ml_classified';
  const classified = classifiedSql(definition, model, relation, '0.5e0');
  await connection.run(`CREATE OR REPLACE TEMP TABLE ${table} AS ${classified}`);
  try {
    const rows = `FROM ${table}`;
    const [metrics] = await read(classificationSql(definition, rows));
    const counts = await read(confusionCountsSql(definition, rows, 'y - 1'));
    return {
      metrics: metrics!,
      confusion: counts.map(([label, ...rest]) => [definition.classes![Number(label)]!, ...rest]),
      roc: definition.classes!.length === 2 ? await read(rocOfRowsSql(rows)) : undefined,
    };
  } finally {
    await connection.run(`DROP TABLE IF EXISTS ${table}`);
  }
}

/** Counts and metrics are far below 2^53. */
function cell(value: DuckDBValue): Cell {
  if (typeof value === 'bigint') return Number(value);
  if (
    value === null ||
    typeof value === 'number' ||
    typeof value === 'string' ||
    typeof value === 'boolean'
  ) {
    return value;
  }
  return String(value);
}
