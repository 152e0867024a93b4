import { arrayOf, type Field, FLOAT64, structOf } from '../../googlesql/syntax/types.js';
import type { JsonObject } from '../catalog/entries.js';
import type { ModelDefinition, StoredEvaluation, TrainingRun } from './definition.js';
import {
  classificationSql,
  classifiedSql,
  confusionCountsSql,
  evaluateSql,
  metricColumns,
  rocOfRowsSql,
} from './evaluate-sql.js';
import type { ModelFamily, PredictInput } from './family.js';
import type { Relation } from './inputs.js';
import { OptionReader } from './option-values.js';
import { readCells } from './read-cells.js';
import { defined, jsonOf } from './rest-json.js';
import {
  allColumnsSql,
  classListSql,
  type Logits,
  labelOf,
  predictedClassSql,
  type Scored,
  type SupervisedModel,
  scoreSql,
} from './score-sql.js';
import { type Cell, numbered } from './sql-text.js';

const REGRESSION_OBJECTIVES = [
  'R2_SCORE',
  'EXPLAINED_VARIANCE',
  'MEDIAN_ABSOLUTE_ERROR',
  'MEAN_ABSOLUTE_ERROR',
  'MEAN_SQUARED_ERROR',
  'MEAN_SQUARED_LOG_ERROR',
];
const CLASSIFICATION_OBJECTIVES = ['ROC_AUC', 'PRECISION', 'RECALL', 'ACCURACY', 'F1_SCORE', 'LOG_LOSS'];

type Shared<M extends SupervisedModel> = Pick<
  ModelFamily<M>,
  'supervised' | 'metrics' | 'objectives' | 'restMetrics'
> &
  Required<Pick<ModelFamily<M>, 'score' | 'predict' | 'evaluate' | 'evaluateForStorage'>>;

/** What families have in common that learn from labels. @param logits scores of a model, before any link. */
export function supervisedFamily<M extends SupervisedModel>(logits: Logits<M>): Shared<M> {
  const score = (model: M, relation: Relation): Scored => scoreSql(logits, model, relation);
  return {
    supervised: true,
    metrics: metricColumns,
    objectives: ({ classes }) => (classes === undefined ? REGRESSION_OBJECTIVES : CLASSIFICATION_OBJECTIVES),
    score,
    predict: (definition, model, rows) => predict(definition, score(model, rows.input), rows),
    evaluate: (definition, model, relation, threshold) =>
      evaluateSql(definition, score(model, relation), relation, threshold),
    async evaluateForStorage(definition, model, relation, connection) {
      const scored = score(model, relation);
      if (definition.classes !== undefined) {
        return await evaluateClasses(definition, scored, relation, connection);
      }
      const [metrics] = await readCells(connection, evaluateSql(definition, scored, relation).sql);
      return { metrics: metrics! };
    },
    restMetrics,
  };
}

/** The prediction, for a classifier with the probabilities of all labels, then every column of the input. */
function predict(definition: ModelDefinition, scored: Scored, { shown, threshold }: PredictInput): Relation {
  const { name, type } = labelOf(definition);
  const { classes } = definition;
  const columns: Field[] = [];
  const select: string[] = [];
  let from = scored.sql;
  if (classes === undefined) {
    columns.push({ name: `predicted_${name}`, type: FLOAT64 });
    select.push('p.ml_score');
  } else {
    from = `SELECT *, ${predictedClassSql(classes.length, threshold)} AS ml_class FROM (${from})`;
    const labels = classListSql(definition);
    columns.push(
      { name: `predicted_${name}`, type },
      {
        name: `predicted_${name}_probs`,
        type: arrayOf(
          structOf([
            { name: 'label', type },
            { name: 'prob', type: FLOAT64 },
          ]),
        ),
      },
    );
    // The probabilities come by descending label.
    const probabilities = classes
      .map((_, index) => classes.length - index)
      .map((place) => `struct_pack(f1 := ${labels}[${place}], f2 := p.ml_scores[${place}])`);
    select.push(`${labels}[p.ml_class]`, `[${probabilities.join(', ')}]`);
  }
  columns.push(...shown.columns);
  select.push(...allColumnsSql(shown, 'p'));
  return numbered(select, columns, `(${from}) AS p`);
}

/** Scores the rows once for all that is derived from them. */
async function evaluateClasses(
  definition: ModelDefinition,
  scored: Scored,
  relation: Relation,
  connection: Parameters<typeof readCells>[0],
): Promise<StoredEvaluation> {
  const table = 'temp.ml_classified';
  const classified = classifiedSql(definition, scored, relation, '0.5e0');
  await connection.run(`CREATE OR REPLACE TEMP TABLE ${table} AS ${classified}`);
  try {
    const rows = `FROM ${table}`;
    const [metrics] = await readCells(connection, classificationSql(definition, rows));
    const counts = await readCells(connection, confusionCountsSql(definition, rows, 'y - 1'));
    return {
      metrics: metrics!,
      confusion: counts.map(([label, ...rest]) => [definition.classes![Number(label)]!, ...rest]),
      roc: definition.classes!.length === 2 ? await readCells(connection, rocOfRowsSql(rows)) : undefined,
    };
  } finally {
    await connection.run(`DROP TABLE IF EXISTS ${table}`);
  }
}

/** What `trainingOptions` of REST hold of every model that learns from labels. */
export function supervisedRestOptions(definition: ModelDefinition, run: TrainingRun): JsonObject {
  const { method } = run.split;
  return defined({
    inputLabelCols: [labelOf(definition).name],
    lossType: definition.classes === undefined ? 'MEAN_SQUARED_LOSS' : 'MEAN_LOG_LOSS',
    dataSplitMethod: method === 'SEQ' ? 'SEQUENTIAL' : method,
    autoClassWeights:
      definition.classes === undefined
        ? undefined
        : new OptionReader(definition.options).boolean('AUTO_CLASS_WEIGHTS', false),
  });
}

function restMetrics({ classes }: ModelDefinition, evaluation: StoredEvaluation): JsonObject {
  const metrics = evaluation.metrics.map(jsonOf);
  if (classes === undefined) {
    const [meanAbsoluteError, meanSquaredError, meanSquaredLogError, medianAbsoluteError, rSquared] = metrics;
    return {
      regressionMetrics: defined({
        meanAbsoluteError,
        meanSquaredError,
        meanSquaredLogError,
        medianAbsoluteError,
        rSquared,
      }),
    };
  }
  const [precision, recall, accuracy, f1Score, logLoss, rocAuc] = metrics;
  const aggregate = defined({ precision, recall, accuracy, f1Score, logLoss, rocAuc });
  if (classes.length === 2) {
    return {
      binaryClassificationMetrics: {
        aggregateClassificationMetrics: { ...aggregate, threshold: 0.5 },
        binaryConfusionMatrixList: (evaluation.roc ?? []).map(binaryConfusion),
        positiveLabel: classes[1]!,
        negativeLabel: classes[0]!,
      },
    };
  }
  const rows = (evaluation.confusion ?? []).map(([actualLabel, ...counts]) => ({
    actualLabel: String(actualLabel),
    entries: counts.map((count, index) => ({
      predictedLabel: classes[index]!,
      itemCount: String(count),
    })),
  }));
  return {
    multiClassClassificationMetrics: {
      aggregateClassificationMetrics: aggregate,
      confusionMatrixList: [{ confidenceThreshold: 0, rows }],
    },
  };
}

function binaryConfusion([threshold, recall, , ...counts]: Cell[]): JsonObject {
  const [tp = 0, fp = 0, tn = 0, fn = 0] = counts.map(Number);
  return {
    positiveClassThreshold: jsonOf(threshold!),
    truePositives: String(tp),
    falsePositives: String(fp),
    trueNegatives: String(tn),
    falseNegatives: String(fn),
    precision: jsonOf(tp / (tp + fp)),
    recall: jsonOf(recall!),
    f1Score: jsonOf((2 * tp) / (2 * tp + fp + fn)),
    accuracy: jsonOf((tp + tn) / (tp + fp + tn + fn)),
  };
}
