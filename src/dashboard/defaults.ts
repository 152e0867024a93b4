/** What holds for a dashboard where nothing else is said. Loads nothing, so that declarations of commands may use it. */
export const DASHBOARD_DEFAULTS = {
  /** How often a page that is looked at is read anew. */
  intervalMs: { local: 2_000, cloud: 5_000 },
  /** What Spanner and BigQuery answered serves for this long. BigQuery bills each query, so longer on Google Cloud. */
  maxAgeMs: { local: 30_000, cloud: 5 * 60_000 },
} as const;
