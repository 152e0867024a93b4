import type { Config } from '../config/config.js';
import type { BigQueryPort } from '../gcp/bigquery/port.js';

/** A query that would read more fails before anything is billed. */
export const MAX_BYTES_BILLED = 1_000_000_000;

export interface MeteredPort extends BigQueryPort {
  /** Of all queries so far. */
  readonly bytesRead: number;
  readonly queries: number;
}

/**
 * A port that counts what its queries read, and on Google Cloud bounds each of them.
 * @param open opens the port on first use: what Bigtable and Spanner show does not wait for BigQuery.
 */
export function metered(open: () => Promise<BigQueryPort>, config: Config): MeteredPort {
  let bytesRead = 0;
  let queries = 0;
  return {
    async query(sql, options = {}) {
      queries++;
      const port = await open();
      const outcome = await port.query(sql, {
        defaultDataset: config.bigquery.dataset,
        ...(config.target === 'cloud' && { maximumBytesBilled: String(MAX_BYTES_BILLED) }),
        ...options,
      });
      bytesRead += outcome.bytesProcessed;
      return outcome;
    },
    get bytesRead() {
      return bytesRead;
    },
    get queries() {
      return queries;
    },
  };
}

/** `84 MB`, in steps of a thousand as bills have them. */
export function bytesText(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  const step = Math.min(units.length - 1, bytes < 1 ? 0 : Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** step;
  return `${step === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[step]}`;
}
