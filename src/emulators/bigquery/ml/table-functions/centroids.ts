import { invalidQuery } from '../../../googlesql/errors.js';
import { arrayOf, type Field, FLOAT64, INT64, STRING, structOf } from '../../../googlesql/syntax/types.js';
import { NULL_CATEGORY } from '../advanced-weights.js';
import type { Relation } from '../inputs.js';
import { type Cell, constantRelation } from '../sql-text.js';
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
  const { model } = trial;
  if (model.kind !== 'kmeans') {
    throw invalidQuery('ML.CENTROIDS is only supported for k-means models', call.pos);
  }
  const standardise = call.settings.literal('standardize') === true;
  const rows = model.centroids.flatMap((centroid, cluster) =>
    model.inputs.map((input, index): Cell[] => {
      const coordinates = centroid[index]!;
      if (input.kind === 'numeric') {
        const value = standardise ? coordinates[0]! : coordinates[0]! * input.stddev + input.mean;
        return [cluster + 1, input.name, value, []];
      }
      const values = coordinates.map((value, code): Cell[] => {
        const category = 'categories' in input ? (input.categories[code] ?? NULL_CATEGORY) : String(code);
        return [category, value];
      });
      return [cluster + 1, input.name, null, values];
    }),
  );
  return withTrial(call, trial, constantRelation(COLUMNS, rows));
}
