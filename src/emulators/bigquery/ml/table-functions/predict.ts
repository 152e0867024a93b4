import { invalidQuery, notImplemented } from '../../../googlesql/errors.js';
import { arrayOf, type Field, FLOAT64, structOf } from '../../../googlesql/syntax/types.js';
import { isTuned } from '../definition.js';
import { explainPredictSql } from '../explain-sql.js';
import type { Relation } from '../inputs.js';
import { kmeansPredictSql } from '../kmeans/kmeans-sql.js';
import {
  allColumnsSql,
  classListSql,
  labelOf,
  predictedClassSql,
  scoreSql,
  supervised,
} from '../score-sql.js';
import { type MlCall, requireInput, TRIAL_ID, trialOf, withTrial } from './arguments.js';
import { modelInput } from './model-input.js';

/** ML.PREDICT: what the model says, then every column of the input. */
export async function predict(call: MlCall): Promise<Relation> {
  const { definition, settings } = call;
  const trial = trialOf(call);
  const threshold = settings.number('threshold', '0.5e0');
  const keepColumns = settings.literal('keep_original_columns') ?? true;
  const { model: input, shown } = await modelInput(call, requireInput(call));
  if (trial.model.kind === 'kmeans') {
    const kept = keepColumns === false ? noColumns(shown) : shown;
    return withTrial(call, trial, kmeansPredictSql(trial.model, input, kept));
  }
  const model = supervised(trial.model, 'ML.PREDICT');
  const { name, type } = labelOf(definition);
  const classes = definition.classes;
  const columns: Field[] = [];
  const select: string[] = [];
  if (isTuned(definition)) {
    columns.push(TRIAL_ID);
    select.push(`CAST(${trial.id} AS BIGINT)`);
  }
  let from = scoreSql(model, input).sql;
  if (classes === undefined) {
    columns.push({ name: `predicted_${name}`, type: FLOAT64 });
    select.push('p.ml_score');
  } else {
    if (settings.has('threshold') && classes.length > 2) throw thresholdForMulticlass(call);
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

function noColumns(relation: Relation): Relation {
  return { sql: relation.sql, columns: [], physicalNames: [] };
}

/** A SELECT whose columns are called c0, c1…: names of the input may repeat those of the prediction. */
export function numbered(select: readonly string[], columns: Field[], from: string): Relation {
  const physicalNames = select.map((_, index) => `c${index}`);
  return {
    sql: `SELECT ${select.map((item, index) => `${item} AS c${index}`).join(', ')} FROM ${from}`,
    columns,
    physicalNames,
  };
}

export function thresholdForMulticlass(call: MlCall): Error {
  return invalidQuery(
    `threshold can only be specified for binary classification in ML.${call.name}`,
    call.pos,
  );
}

export async function explainPredict(call: MlCall): Promise<Relation> {
  const { settings } = call;
  const trial = trialOf(call);
  if (trial.model.kind !== 'glm') {
    throw notImplemented(`ML.EXPLAIN_PREDICT of models of type ${call.definition.modelType}`);
  }
  const topFeatures = `CAST(${settings.number('top_k_features', '5')} AS BIGINT)`;
  const threshold = settings.number('threshold', '0.5e0');
  const { model: input, shown } = await modelInput(call, requireInput(call));
  return explainPredictSql(call.definition, trial.model, input, shown, { topFeatures, threshold });
}
