import { defaultTrial, type KMeansModel } from '../definition.js';
import type { ModelFamily } from '../family.js';
import { NULL_CATEGORY } from '../linear/advanced-weights.js';
import { OPTIONS_OF_TRAINING } from '../option-rules.js';
import { OptionReader } from '../option-values.js';
import { readCells } from '../read-cells.js';
import { jsonOf } from '../rest-json.js';
import type { Cell } from '../sql-text.js';
import { detectAnomaliesSql, learnDistances } from './anomalies.js';
import { KMEANS_METRICS, kmeansEvaluateSql, kmeansPredictSql } from './kmeans-sql.js';
import { prepareKMeans } from './train-kmeans.js';

export const KMEANS: ModelFamily<KMeansModel> = {
  restType: 'KMEANS',
  supervised: false,
  options: {
    ...OPTIONS_OF_TRAINING,
    WARM_START: { kind: 'boolean' },
    NUM_CLUSTERS: {
      kind: 'integer',
      min: 2,
      max: 100,
      tunable: { min: 2, max: 10, integer: true },
    },
    KMEANS_INIT_METHOD: { kind: 'string', values: ['RANDOM', 'KMEANS++', 'CUSTOM'] },
    KMEANS_INIT_COL: { kind: 'string' },
    DISTANCE_TYPE: { kind: 'string', values: ['EUCLIDEAN', 'COSINE'] },
    STANDARDIZE_FEATURES: { kind: 'boolean' },
  },
  hyperparameters: ['NUM_CLUSTERS'],
  tunesOthers: true,
  clusters: true,
  prepare: prepareKMeans,
  metrics: () => KMEANS_METRICS,
  objectives: () => ['DAVIES_BOULDIN_INDEX'],
  predict: (_definition, model, { input, shown, keepsColumns }) =>
    kmeansPredictSql(model, input, keepsColumns ? shown : { sql: shown.sql, columns: [], physicalNames: [] }),
  evaluate: (_definition, model, relation) => kmeansEvaluateSql(model, relation),
  async evaluateForStorage(_definition, model, relation, connection) {
    const read = (sql: string) => readCells(connection, sql);
    const [metrics] = await read(kmeansEvaluateSql(model, relation).sql);
    return { metrics: metrics!, distances: await learnDistances(model, relation, read) };
  },
  centroids: centroidRows,
  detectAnomalies: detectAnomaliesSql,
  restOptions(definition) {
    const reader = new OptionReader(definition.options);
    const { centroids } = defaultTrial(definition).model as KMeansModel;
    return {
      numClusters: String(centroids.length),
      distanceType: reader.text('DISTANCE_TYPE', 'EUCLIDEAN'),
      // REST has its own spelling of KMEANS++.
      kmeansInitializationMethod: reader.text('KMEANS_INIT_METHOD', 'RANDOM').replace('++', '_PLUS_PLUS'),
    };
  },
  restMetrics(_definition, { metrics }) {
    const [daviesBouldinIndex, meanSquaredDistance] = metrics.map(jsonOf);
    return {
      clusteringMetrics: {
        daviesBouldinIndex: daviesBouldinIndex!,
        meanSquaredDistance: meanSquaredDistance!,
      },
    };
  },
};

/** Where the clusters lie, in units of the features unless they are to be standardised. */
function centroidRows(model: KMeansModel, standardise: boolean): Cell[][] {
  return model.centroids.flatMap((centroid, cluster) =>
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
}
