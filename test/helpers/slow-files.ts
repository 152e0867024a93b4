/** A run of the whole suite in `.ci/run`; see there for the conditions of each. */
export const CI_RUNS = ['node20', 'node24'] as const;
export type CiRun = (typeof CI_RUNS)[number];

interface SlowFile {
  /** How long it takes on two cores, for the order. */
  seconds: number;
  /** The only run of CI that has it, where no version of Node and no condition of the other run changes what it proves. */
  only?: CiRun;
}

/** Files of tests that take more than a few seconds, by their path within `test`. All others are in every run. */
export const SLOW_FILES: Readonly<Record<string, SlowFile>> = {
  // The pages and recipes of the documentation, as their readers run them: with Node 20 and the Google Cloud CLI.
  'docs/sessions.test.ts': { seconds: 180, only: 'node20' },
  'docs/ci-recipes.test.ts': { seconds: 60, only: 'node20' },
  // The protocol between worker and services: leases, acknowledgements and fixed waits for both.
  'e2e/stream-chaos-embedded.test.ts': { seconds: 190, only: 'node24' },
  'e2e/stream-chaos-official.test.ts': { seconds: 155, only: 'node20' },
  'e2e/alerts.test.ts': { seconds: 42, only: 'node24' },
  'e2e/data-layer.test.ts': { seconds: 50, only: 'node24' },
  // Trainings, most of them by the BigQuery emulator.
  'commands/models.test.ts': { seconds: 30, only: 'node24' },
  'commands/stream.test.ts': { seconds: 20, only: 'node24' },
  // The protocol between loads and Spanner, and what a kill leaves.
  'emulators/load/interrupted.test.ts': { seconds: 75, only: 'node20' },
  'emulators/load/provision.test.ts': { seconds: 24, only: 'node20' },
  'emulators/load/faults.test.ts': { seconds: 7, only: 'node20' },
  'emulators/load/names.test.ts': { seconds: 8, only: 'node20' },
  // What goes from one implementation of a service to the other, most of it Google's emulators at work, which are hidden
  // from the other run.
  'emulators/supervisor/snapshot.test.ts': { seconds: 72, only: 'node20' },
  'emulators/supervisor/migration.test.ts': { seconds: 72, only: 'node20' },
  'emulators/supervisor/commands.test.ts': { seconds: 41, only: 'node24' },
  'emulators/supervisor/everything.test.ts': { seconds: 9, only: 'node20' },
  'emulators/spanner/schema.test.ts': { seconds: 20, only: 'node20' },
  'emulators/spanner/gcloud.test.ts': { seconds: 75, only: 'node20' },
  'emulators/local-cloud.test.ts': { seconds: 8 },
  'emulators/spanner/node-client.test.ts': { seconds: 6 },
  'package/testing.test.ts': { seconds: 25, only: 'node20' },
  'emulators/spanner/limits.test.ts': { seconds: 7, only: 'node24' },
  'emulators/spanner/streams.test.ts': { seconds: 20, only: 'node24' },
  'emulators/spanner/serializable.test.ts': { seconds: 8, only: 'node24' },
  'emulators/spanner/data.test.ts': { seconds: 10, only: 'node20' },
  'emulators/pubsub/conformance.test.ts': { seconds: 36, only: 'node20' },
  'emulators/official/install.test.ts': { seconds: 19, only: 'node20' },
  'emulators/official/capabilities.test.ts': { seconds: 6, only: 'node20' },
  // Clients that are no programs of Node: bq, gcloud, cbt, Python, a browser.
  'e2e/pipeline.test.ts': { seconds: 32, only: 'node20' },
  'e2e/beam.test.ts': { seconds: 60, only: 'node20' },
  'emulators/bigquery/javascript.test.ts': { seconds: 8 },
  'unit/pipeline/jobs/decoder.test.ts': { seconds: 6 },
  'emulators/bigquery/storage-api.test.ts': { seconds: 8 },
  'emulators/bigquery/process.test.ts': { seconds: 24, only: 'node20' },
  'emulators/storage/gcloud.test.ts': { seconds: 8, only: 'node20' },
  'emulators/storage/clients.test.ts': { seconds: 25, only: 'node20' },
  'emulators/spanner/clients.test.ts': { seconds: 28, only: 'node20' },
  'emulators/bigtable/cbt.test.ts': { seconds: 5, only: 'node20' },
  'emulators/interop/clients.test.ts': { seconds: 11, only: 'node20' },
  'emulators/interop/languages.test.ts': { seconds: 250, only: 'node20' },
  'emulators/hostile-page.test.ts': { seconds: 14, only: 'node20' },
  'e2e/dashboard.test.ts': { seconds: 80, only: 'node20' },
  'e2e/dashboard-live.test.ts': { seconds: 60, only: 'node20' },
  'e2e/cohort.test.ts': { seconds: 18, only: 'node20' },
  'e2e/demo-dashboard.test.ts': { seconds: 12, only: 'node20' },
  // What a file holds after kill -9 at any point, which is between us and the kernel.
  'emulators/bigquery/kill.test.ts': { seconds: 13, only: 'node24' },
  'emulators/bigtable/crash.test.ts': { seconds: 12, only: 'node24' },
  'emulators/spanner/crash.test.ts': { seconds: 15, only: 'node24' },
  'emulators/serving/journal-crash.test.ts': { seconds: 9, only: 'node24' },
  // Whole pipelines without a home folder and a network, as the run itself is.
  'e2e/sealed.test.ts': { seconds: 50, only: 'node24' },
  // The work of DuckDB, not of Node.
  'emulators/bigquery/names.test.ts': { seconds: 15, only: 'node24' },
  'emulators/bigquery/bounds.test.ts': { seconds: 110, only: 'node24' },
  'emulators/bigquery/load-csv-readers.test.ts': { seconds: 9, only: 'node24' },
  'emulators/bigquery/patterns.test.ts': { seconds: 7, only: 'node20' },
  // These prove processes, signals, sockets, files or the absence of a network, so both runs have them.
  'commands/process.test.ts': { seconds: 70 },
  'emulators/supervisor/death.test.ts': { seconds: 27 },
  'emulators/supervisor/start.test.ts': { seconds: 14 },
  'emulators/supervisor/private.test.ts': { seconds: 12 },
  'emulators/load/load.test.ts': { seconds: 10 },
  'e2e/node-alone.test.ts': { seconds: 10 },
  'emulators/pubsub/transforms.test.ts': { seconds: 10 },
  'emulators/supervisor/subsets.test.ts': { seconds: 9 },
};

/** The run that `HEALTHMON_CI_RUN` names; undefined when every file is to be run. */
export function ciRunOf({ HEALTHMON_CI_RUN: name }: NodeJS.ProcessEnv): CiRun | undefined {
  if (!name) return undefined;
  const run = CI_RUNS.find((each) => each === name);
  if (run === undefined) throw new Error(`HEALTHMON_CI_RUN is one of ${CI_RUNS.join(', ')}, not ${name}`);
  return run;
}

/** Files that the other run of CI has, as paths from the root of the project. */
export function filesOfOtherRun(run: CiRun | undefined): string[] {
  return Object.entries(SLOW_FILES)
    .filter(([, { only }]) => run !== undefined && only !== undefined && only !== run)
    .map(([path]) => `test/${path}`);
}
