import { invalidQuery } from '../../../googlesql/errors.js';
import { arrayOf, type Field, FLOAT64, INT64, STRING, structOf } from '../../../googlesql/syntax/types.js';
import { familyOfModel } from '../families.js';
import type { Relation } from '../inputs.js';
import { constantRelation } from '../sql-text.js';
import { type MlCall, trialOf, withTrial } from './arguments.js';

const COLUMNS: Field[] = [
  { name: 'centroid_id', type: INT64 },
  { name: 'feature', type: STRING },
  { name: 'numerical_value', type: FLOAT64 },
  {
    name: 'categorical_value',
    type: arrayOf(
      structOf([
        { name: 'category', type: STRING },
        { name: 'value', type: FLOAT64 },
      ]),
    ),
  },
];

/** ML.CENTROIDS: where the clusters of a k-means model lie, in units of the features unless `standardize` is set. */
export async function centroids(call: MlCall): Promise<Relation> {
  const trial = trialOf(call);
  const { centroids: rowsOf } = familyOfModel(call.definition);
  if (rowsOf === undefined) {
    throw invalidQuery('ML.CENTROIDS is only supported for k-means models', call.pos);
  }
  const rows = rowsOf(trial.model, call.settings.literal('standardize') === true);
  return withTrial(call, trial, constantRelation(COLUMNS, rows));
}
