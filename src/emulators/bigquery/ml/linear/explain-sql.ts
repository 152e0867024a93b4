import { quoteString } from '../../../googlesql/duck/quote.js';
import { arrayOf, type Field, FLOAT64, STRING, structOf } from '../../../googlesql/syntax/types.js';
import type { GlmModel, ModelDefinition } from '../definition.js';
import type { Relation } from '../inputs.js';
import {
  allColumnsSql,
  classListSql,
  labelOf,
  MissingColumn,
  predictedClassSql,
  type Scored,
} from '../score-sql.js';
import { doubleListSql, doubleSql } from '../sql-text.js';
import { linearSql } from './linear-sql.js';

/** Features that inputs belong to, in order, with the DuckDB text of each feature's contribution by output. */
function featureContributions(
  model: GlmModel,
  contributions: readonly (readonly string[])[],
): { features: string[]; byOutput: string[][] } {
  const features = [...new Set(model.inputs.map((input) => input.feature))];
  const byOutput = contributions.map((list) =>
    features.map((feature) =>
      list.filter((_, index) => model.inputs[index]!.feature === feature).join(' + '),
    ),
  );
  return { features, byOutput };
}

export const EXPLANATION_COLUMNS: Field[] = [
  { name: 'feature', type: STRING },
  { name: 'attribution', type: FLOAT64 },
];

/** Mean |contribution| of each feature over the rows: (feature, attribution), descending. */
export function globalExplainSql(model: GlmModel, relation: Relation): string {
  const { from, features, means } = meanContributions(model, relation);
  const perFeature = features.map((_, index) => {
    const parts = means.map((list) => list[index]!);
    return `(${parts.join(' + ')}) / ${parts.length}`;
  });
  return `SELECT unnest([${features.map(quoteString).join(', ')}]) AS feature,
    unnest([${perFeature.join(', ')}]) AS attribution FROM ${from} ORDER BY attribution DESC`;
}

/** The same per class: (class number from 1, feature, attribution), the ten largest of each class. */
export function classExplainSql(model: GlmModel, relation: Relation): string {
  const { from, features, means } = meanContributions(model, relation);
  // Two classes have one score between them.
  const classes = means.length === 1 ? [means[0]!, means[0]!] : means;
  const perClass = classes.map(
    (list, index) =>
      `SELECT ${index + 1} AS class, unnest([${features.map(quoteString).join(', ')}]) AS feature,
      unnest([${list.join(', ')}]) AS attribution FROM ${from}`,
  );
  return `SELECT * FROM (${perClass.join(' UNION ALL ')})
    QUALIFY row_number() OVER (PARTITION BY class ORDER BY attribution DESC) <= 10
    ORDER BY class, attribution DESC`;
}

function meanContributions(
  model: GlmModel,
  relation: Relation,
): { from: string; features: string[]; means: string[][] } {
  const { from, contributions } = linearSql(model, relation, (column) => new MissingColumn(column));
  const { features, byOutput } = featureContributions(model, contributions);
  const means = byOutput.map((list) => list.map((sum) => `avg(abs(${sum}))`));
  return { from, features, means };
}

/** ML.EXPLAIN_PREDICT: the prediction, how each feature contributed to it, and all input columns. */
export function explainPredictSql(
  definition: ModelDefinition,
  model: GlmModel,
  score: (model: GlmModel, relation: Relation) => Scored,
  relation: Relation,
  shown: Relation,
  options: { topFeatures: string; threshold: string },
): Relation {
  const { from, contributions } = linearSql(model, relation, (column) => new MissingColumn(column));
  const { features, byOutput } = featureContributions(model, contributions);
  const own = allColumnsSql(relation, 'i').join(', ');
  const parts = byOutput.map((list) => `[${list.join(', ')}]`).join(', ');
  const inner: Relation = {
    sql: `SELECT ${own}, [${parts}] AS ml_parts FROM ${from}`,
    columns: [...relation.columns],
    physicalNames: relation.physicalNames,
  };
  // Scored once more over the same rows: the parts above ride along as one more column.
  const scored = score(model, {
    ...inner,
    columns: [...inner.columns, { name: 'ml_parts', type: FLOAT64 }],
    physicalNames: [...inner.physicalNames, 'ml_parts'],
  }).sql;
  const { name, type } = labelOf(definition);
  const classes = definition.classes;
  const output = model.link === 'softmax' ? 'ml_class' : '1';
  const classSql = classes === undefined ? '1' : predictedClassSql(classes.length, options.threshold);
  const predicted = classes === undefined ? 'ml_score' : `${classListSql(definition)}[ml_class]`;
  const attributions = `list_transform(list_slice(list_reverse_sort(list_transform(ml_parts[${output}],
    lambda x, n: struct_pack(size := abs(x), place := -n, value := x))), 1, ${options.topFeatures}),
    lambda e: struct_pack(f1 := [${features.map(quoteString).join(', ')}][-e.place], f2 := e.value))`;
  const columns: Field[] = [{ name: `predicted_${name}`, type: classes === undefined ? FLOAT64 : type }];
  const select = [predicted];
  if (classes !== undefined) {
    columns.push({ name: 'probability', type: FLOAT64 });
    select.push('ml_scores[ml_class]');
  }
  columns.push(
    {
      name: 'top_feature_attributions',
      type: arrayOf(
        structOf([
          { name: 'feature', type: STRING },
          { name: 'attribution', type: FLOAT64 },
        ]),
      ),
    },
    ...['baseline_prediction_value', 'prediction_value', 'approximation_error'].map((column) => ({
      name: column,
      type: FLOAT64,
    })),
    ...shown.columns,
  );
  select.push(
    attributions,
    `${doubleListSql(model.intercepts)}[${output}]`,
    `ml_logits[${output}]`,
    doubleSql(0),
    ...allColumnsSql(shown, 'p'),
  );
  const physicalNames = select.map((_, index) => `c${index}`);
  const list = select.map((item, index) => `${item} AS c${index}`).join(', ');
  return {
    sql: `SELECT ${list} FROM (SELECT *, ${classSql} AS ml_class FROM (${scored})) AS p`,
    columns,
    physicalNames,
  };
}
