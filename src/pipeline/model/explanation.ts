import type { JsonValue } from '../../gcp/bigquery/values.js';

/** Baseline and attributions add up to the log-odds of the predicted outcome, from which its probability follows. */
export interface Explanation {
  /** Without anything of the patient. */
  baseline: number;
  logOdds: number;
  /** What each feature adds, the largest first. */
  attributions: { feature: string; attribution: number }[];
  /** What baseline and attributions leave unexplained; no more than rounding. */
  unexplained: number;
}

/** From a row of `explain.sql`. */
export function explanationOf(row: Readonly<Record<string, JsonValue>>): Explanation {
  const features = row.attributions as unknown as { feature: string; attribution: number }[];
  const attributions = features.map(({ feature, attribution }) => ({
    feature,
    attribution: Number(attribution),
  }));
  const baseline = Number(row.baseline);
  const logOdds = Number(row.log_odds);
  const explained = attributions.reduce((sum, { attribution }) => sum + attribution, baseline);
  return { baseline, logOdds, attributions, unexplained: logOdds - explained };
}
