import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import type { Model, ModelDefinition, StoredEvaluation } from './definition.js';
import { confusionSql, evaluateSql, rocSql } from './evaluate-sql.js';
import { classExplainSql, globalExplainSql } from './explain-sql.js';
import type { Relation } from './inputs.js';
import { kmeansEvaluateSql } from './kmeans/kmeans-sql.js';
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
    const [distances] = await read(kmeansEvaluateSql(model, relation).sql);
    return { metrics: distances! };
  }
  const [metrics] = await read(evaluateSql(definition, model, relation).sql);
  const evaluation: StoredEvaluation = { metrics: metrics! };
  if (definition.classes !== undefined) {
    const counts = await read(confusionSql(definition, model, relation, classNumbersSql(definition)).sql);
    evaluation.confusion = counts.map(([label, ...rest]) => [definition.classes![Number(label)]!, ...rest]);
    if (definition.classes.length === 2) evaluation.roc = await read(rocSql(definition, model, relation).sql);
  }
  if (definition.options['ENABLE_GLOBAL_EXPLAIN'] === true && model.kind === 'glm') {
    evaluation.explanation = await read(globalExplainSql(model, relation));
    if (definition.classes !== undefined) {
      evaluation.classExplanation = await read(classExplainSql(model, relation));
    }
  }
  return evaluation;
}

/** Places instead of labels: text is what is stored. */
function classNumbersSql(definition: ModelDefinition): string {
  return `[${definition.classes!.map((_, index) => index).join(', ')}]`;
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
