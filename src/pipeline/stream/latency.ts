export interface LatencySummary {
  p50: number;
  p95: number;
  p99: number;
}

/** Buckets grow by 2 %, so a percentile is right within 2 % in constant memory. */
const GROWTH = Math.log(1.02);
/** The last bucket begins at about eleven days. */
const BUCKETS = 1_050;

/** Counts durations in milliseconds. */
export class LatencyHistogram {
  readonly #counts = new Uint32Array(BUCKETS);
  #total = 0;

  record(ms: number): void {
    const bucket = Math.min(BUCKETS - 1, Math.floor(Math.log(Math.max(0, ms) + 1) / GROWTH));
    this.#counts[bucket]!++;
    this.#total++;
  }

  /** 0 when nothing was recorded. */
  percentile(share: number): number {
    const rank = Math.ceil(this.#total * share);
    let seen = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      seen += this.#counts[bucket]!;
      if (seen >= rank && seen > 0) return Math.round(Math.exp((bucket + 1) * GROWTH) - 1);
    }
    return 0;
  }

  summary(): LatencySummary {
    return { p50: this.percentile(0.5), p95: this.percentile(0.95), p99: this.percentile(0.99) };
  }
}
