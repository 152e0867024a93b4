import { float, text, udf } from '../duck/scalar-function.js';
import * as distance from '../values/histogram-distance.js';

/** How far apart the values of a feature are, for ML.VALIDATE_DATA_SKEW and its like. */
export const driftUdfs = {
  histogram_divergence: udf([text, text], float, (base, study) =>
    distance.histogramDivergence(JSON.parse(base), JSON.parse(study)),
  ),
  counts_divergence: udf([text, text], float, (base, study) =>
    distance.countsDivergence(JSON.parse(base), JSON.parse(study)),
  ),
  largest_difference: udf([text, text], float, (base, study) =>
    distance.largestDifference(JSON.parse(base), JSON.parse(study)),
  ),
};
