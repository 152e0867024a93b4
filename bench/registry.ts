/** One measured figure and what it is measured against, taken in the same run. */
export interface Measurement {
  value: number;
  baseline: number;
  /** Peak resident memory while `value` was measured, in MB. */
  rssMb: number;
  /** Where it is not the one that the bench names. */
  baselineName?: string;
}

export interface BenchContext {
  /** Endpoints of a running local stack, as `healthmon emulators env --json` names them. */
  env: Readonly<Record<string, string>>;
  note(text: string): void;
  signal: AbortSignal;
}

export interface Bench {
  name: string;
  /** `rows/s`, `messages/s` (a rate, higher is better) or `ms`, `s`, `MB` (lower is better). */
  unit: string;
  baselineName: string;
  /** Needs the local stack. */
  stack?: boolean;
  /** What it measures with and the machine lacks: it is left out then, and that is told. */
  missing?(): string | undefined;
  run(context: BenchContext): Promise<Measurement>;
}

export const BENCHES: readonly { load(): Promise<{ benches: readonly Bench[] }> }[] = [
  { load: () => import('./load.js') },
  { load: () => import('./pipeline.js') },
  { load: () => import('./simulate.js') },
  { load: () => import('./stream.js') },
  { load: () => import('./bigquery.js') },
  { load: () => import('./bigquery-storage.js') },
  { load: () => import('./bigquery-growth.js') },
  { load: () => import('./storage.js') },
  { load: () => import('./pubsub.js') },
  { load: () => import('./bigtable.js') },
  { load: () => import('./spanner.js') },
  { load: () => import('./services-idle.js') },
  { load: () => import('./soak.js') },
  { load: () => import('./dashboard.js') },
  { load: () => import('./cli.js') },
];
