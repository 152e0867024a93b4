import { invalidQuery } from '../../../googlesql/errors.js';
import { STRING } from '../../../googlesql/syntax/types.js';
import { isTuned, type Trial } from '../definition.js';
import { confusionColumns, confusionSql, ROC_COLUMNS, rocSql } from '../evaluate-sql.js';
import { familyOfModel } from '../families.js';
import type { Relation } from '../inputs.js';
import { EXPLANATION_COLUMNS } from '../linear/explain-sql.js';
import type { Scored } from '../score-sql.js';
import { type Cell, constantRelation } from '../sql-text.js';
import { type MlCall, TRIAL_ID, trialOf, unsupportedModel, withTrial } from './arguments.js';
import { modelInput } from './model-input.js';
import { thresholdForMulticlass } from './predict.js';

/** ML.EVALUATE: metrics on the given rows, or those that were measured after training. */
export async function evaluate(call: MlCall): Promise<Relation> {
  const { definition } = call;
  const tuned = isTuned(definition);
  if (call.input === undefined) {
    refuseThreshold(call);
    const trials = call.settings.has('trial_id') || !tuned ? [trialOf(call)] : definition.trials;
    const columns = familyOfModel(definition).metrics(definition);
    const rows = trials.map(({ id, evaluation }): Cell[] => {
      if (evaluation === undefined) {
        throw invalidQuery(
          'Model was not evaluated during training, so ML.EVALUATE needs input data',
          call.pos,
        );
      }
      return tuned ? [id, ...evaluation.metrics] : evaluation.metrics;
    });
    return constantRelation(tuned ? [TRIAL_ID, ...columns] : columns, rows);
  }
  const trial = trialOf(call);
  const threshold = thresholdSql(call);
  const { model: input } = await modelInput(call, call.input);
  const family = familyOfModel(definition);
  if (family.evaluate === undefined) throw unsupportedModel(call);
  const relation = family.evaluate(definition, trial.model, input, threshold);
  return withTrial(call, trial, relation);
}

function refuseThreshold({ settings, name, pos }: MlCall): void {
  if (settings.has('threshold')) {
    throw invalidQuery(`threshold can only be specified together with input data in ML.${name}`, pos);
  }
}

function thresholdSql(call: MlCall): string {
  if (!call.settings.has('threshold')) return '0.5e0';
  if (call.definition.classes?.length !== 2) throw thresholdForMulticlass(call);
  return call.settings.number('threshold', '0.5e0');
}

function scored(call: MlCall, { model }: Trial, input: Relation): Scored {
  const { score } = familyOfModel(call.definition);
  if (score === undefined) throw unsupportedModel(call);
  return score(model, input);
}

function requireClasses(call: MlCall, binary: boolean): string[] {
  const classes = call.definition.classes;
  if (classes === undefined || (binary && classes.length > 2)) {
    const kind = binary ? 'binary classification' : 'classification';
    throw invalidQuery(`ML.${call.name} is only supported for ${kind} models`, call.pos);
  }
  return classes;
}

export async function confusionMatrix(call: MlCall): Promise<Relation> {
  requireClasses(call, false);
  const { definition } = call;
  const trial = trialOf(call);
  if (call.input === undefined) {
    refuseThreshold(call);
    return constantRelation(confusionColumns(definition), trial.evaluation?.confusion ?? []);
  }
  const threshold = thresholdSql(call);
  const { model: input } = await modelInput(call, call.input);
  return confusionSql(definition, scored(call, trial, input), input, threshold);
}

export async function rocCurve(call: MlCall): Promise<Relation> {
  requireClasses(call, true);
  const { definition } = call;
  const trial = trialOf(call);
  if (call.input === undefined) {
    if (call.array !== undefined) {
      throw invalidQuery(
        'Thresholds can only be specified together with input data in ML.ROC_CURVE',
        call.pos,
      );
    }
    return constantRelation(ROC_COLUMNS, trial.evaluation?.roc ?? []);
  }
  const { model: input } = await modelInput(call, call.input);
  return rocSql(definition, scored(call, trial, input), input, call.array?.sql);
}

/** ML.GLOBAL_EXPLAIN: mean absolute attribution of each feature over the evaluation rows. */
export async function globalExplain(call: MlCall): Promise<Relation> {
  const { evaluation } = trialOf(call);
  const byClass = call.settings.literal('class_level_explain') === true;
  const rows = byClass ? evaluation?.classExplanation : evaluation?.explanation;
  if (evaluation?.explanation === undefined) {
    throw invalidQuery(
      'ML.GLOBAL_EXPLAIN cannot be used because the input model was not explained when it was created. Please specify ENABLE_GLOBAL_EXPLAIN = TRUE in CREATE MODEL.',
      call.pos,
    );
  }
  if (!byClass) return constantRelation(EXPLANATION_COLUMNS, rows ?? []);
  const classes = requireClasses(call, false);
  return constantRelation(
    [{ name: 'class_label', type: STRING }, ...EXPLANATION_COLUMNS],
    (rows ?? []).map(([label, ...rest]) => [classes[Number(label) - 1]!, ...rest]),
  );
}
