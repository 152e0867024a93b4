import { quoteIdentifier } from '../../googlesql/duck/quote.js';
import type { BqType } from '../../googlesql/syntax/types.js';
import type { GlmModel, ModelDefinition, TreeModel } from './definition.js';
import { categorySql, findColumn, numberSql, type Relation } from './inputs.js';
import { cellSql } from './sql-text.js';

/** A relation with the model's answer beside its columns. */
export interface Scored {
  /**
   * A query with all columns of the input under their names, and
   * `ml_score`: the prediction of a regression, or the probability of the second of two classes;
   * `ml_scores`: a list with the probability of each class, ascending (classifiers);
   * `ml_logits`: the scores behind them, a list.
   */
  sql: string;
}

export type SupervisedModel = GlmModel | TreeModel;

/** The scores of a model, before any link: DuckDB text by output, over rows called i. */
export type Logits<M> = (
  model: M,
  relation: Relation,
  missing: (column: string) => Error,
) => { from: string; logits: string[] };

/** Applies a model to every row of a relation. */
export function scoreSql<M extends SupervisedModel>(
  logitsOf: Logits<M>,
  model: M,
  relation: Relation,
): Scored {
  const { from, logits } = logitsOf(model, relation, (column) => new MissingColumn(column));
  const columns = allColumnsSql(relation, 'i').join(', ');
  const inner = `SELECT ${columns}, [${logits.join(', ')}] AS ml_logits FROM ${from}`;
  return { sql: `SELECT *, ${probabilitySql(model)} FROM (${inner})` };
}

/** Columns `ml_score` and `ml_scores` from `ml_logits`. */
function probabilitySql(model: SupervisedModel): string {
  if (model.link === 'identity') return 'ml_logits[1] AS ml_score';
  if (model.link === 'logistic') {
    // exp of a large number is infinite, and one over it 0, which is what is wanted.
    const positive = '1e0 / (1e0 + exp(-ml_logits[1]))';
    return `${positive} AS ml_score, [1e0 / (1e0 + exp(ml_logits[1])), ${positive}] AS ml_scores`;
  }
  const exponentials = 'list_transform(ml_logits, lambda e: exp(e - list_max(ml_logits)))';
  const sum = `list_sum(${exponentials})`;
  return `NULL AS ml_score, list_transform(${exponentials}, lambda e: e / ${sum}) AS ml_scores`;
}

/** The rows that a model is called with lack a column; the function that was called tells so with its name. */
export class MissingColumn extends Error {
  readonly column: string;

  constructor(column: string) {
    super(`Column ${column} is missing`);
    this.column = column;
  }
}

/** DuckDB text of the number of the class (from 1, ascending) that a scored row is predicted to have. */
export function predictedClassSql(classes: number, threshold: string): string {
  if (classes === 2) return `CASE WHEN ml_score > ${threshold} THEN 2 ELSE 1 END`;
  return 'list_position(ml_scores, list_max(ml_scores))';
}

/** DuckDB list of the labels of a classifier, ascending, in the label's own type. */
export function classListSql(definition: ModelDefinition): string {
  const { type } = labelOf(definition);
  return `[${definition.classes!.map((label) => cellSql(label, type)).join(', ')}]`;
}

export function labelOf(definition: ModelDefinition): { name: string; type: BqType } {
  if (definition.label === undefined) throw new Error('the model has no label');
  return definition.label;
}

/** DuckDB text of the number of the class (from 1) that a row's label is, NULL when the model does not know it. */
export function actualClassSql(definition: ModelDefinition, relation: Relation): string {
  const { sql, type } = labelColumn(definition, relation);
  const classes = definition.classes!.map((label) => cellSql(label, { kind: 'STRING' }));
  return `list_position([${classes.join(', ')}], ${categorySql(sql, type)})`;
}

/** DuckDB text of a row's label as a number. */
export function actualNumberSql(definition: ModelDefinition, relation: Relation): string {
  const { sql, type } = labelColumn(definition, relation);
  return numberSql(sql, type);
}

/** The column of the label in rows called `s`. */
export function labelColumn(definition: ModelDefinition, relation: Relation): { sql: string; type: BqType } {
  const { name } = labelOf(definition);
  const column = findColumn(relation, name, 's');
  if (column === undefined) throw new MissingColumn(name);
  return column;
}

/** `alias."column"` for all columns of a relation. */
export function allColumnsSql(relation: Relation, alias: string): string[] {
  return relation.physicalNames.map((name) => `${alias}.${quoteIdentifier(name)}`);
}
