/**
 * The pipeline as a library: what the commands do, for a program of your own. Every function takes an open target
 * first, gives the result that the command prints with `--json`, and throws `HealthmonError`.
 */
import { createContext } from './cli/context.js';
import { type Config, resolveConfig, type Target as TargetName } from './config/config.js';
import type { SettingName } from './config/settings.js';
import type { ServiceName } from './core/services.js';
import { HealthmonError } from './errors/healthmon-error.js';
import { servicesOf } from './gcp/access.js';
import type { GoogleClients } from './gcp/clients.js';
import { silentOutput } from './output/silent-output.js';
import type { JoinResult } from './pipeline/analytics/join.js';
import type { QueryResult } from './pipeline/analytics/query.js';
import type { LoadProgress } from './pipeline/load/load-options.js';
import type { LoadRequest } from './pipeline/load/load-request.js';
import type { LoadCommandResult } from './pipeline/load/run-load.js';
import type { Asked } from './pipeline/model/ask.js';
import type { EvaluateResult } from './pipeline/model/evaluate.js';
import type { GateThresholds } from './pipeline/model/gates.js';
import type { PredictResult } from './pipeline/model/predict.js';
import type { CommandTools } from './pipeline/model/tools.js';
import type { TrainResult } from './pipeline/model/train.js';
import type { ProvisionOptions, ProvisionResult } from './pipeline/provision/provision.js';
import type { SimulateInput } from './pipeline/simulate/run.js';
import type { SimulateResult } from './pipeline/simulate/simulate.js';
import type { StreamInput, StreamResult, StreamTools } from './pipeline/stream/stream.js';
import type { SyncOptions, SyncResult } from './pipeline/sync/sync.js';

export { EXIT, HealthmonError } from './errors/healthmon-error.js';
export type {
  Asked,
  Config,
  EvaluateResult,
  GateThresholds,
  GoogleClients,
  JoinResult,
  LoadCommandResult,
  LoadProgress,
  PredictResult,
  ProvisionResult,
  QueryResult,
  SettingName,
  SimulateInput,
  SimulateResult,
  StreamInput,
  StreamResult,
  SyncResult,
  TrainResult,
};

/** Where the pipeline runs, with its settings and clients. */
export interface OpenTarget {
  /** Settings in force, frozen. */
  readonly config: Config;
  /** Google's own clients, for what the functions here do not do. A local service is started when it is used. */
  clients(): Promise<GoogleClients>;
  /** Closes the clients. A local cloud that was started keeps running. */
  close(): Promise<void>;
}

export interface TargetOptions {
  /** Default: `local`, unless the environment or `healthmon.json` says otherwise. */
  target?: TargetName;
  project?: string;
  /** Settings by name, such as `{ 'bigquery.dataset': 'ward7' }`. */
  settings?: Partial<Record<SettingName, string>>;
  /** Folder of `healthmon.json`, of the local cloud's state and of relative paths; default: the working directory. */
  cwd?: string;
  /** Default: `process.env`. */
  env?: NodeJS.ProcessEnv;
  signal?: AbortSignal;
}

/** What every function takes besides its own options. */
export interface CallOptions {
  /** Stops the work; the promise rejects with the reason. Default: the signal of the target. */
  signal?: AbortSignal;
}

interface Opened extends OpenTarget {
  clients(services?: readonly ServiceName[]): Promise<GoogleClients>;
  cwd: string;
  signal: AbortSignal;
}

/**
 * Resolves the settings (options > environment > `healthmon.json` > defaults). Nothing is contacted yet; on the local
 * target the first call that needs it starts the local cloud.
 * @throws HealthmonError for a setting that is unknown or not valid.
 * @example
 * import { openTarget, provision } from 'healthmon';
 *
 * const target = openTarget({ settings: { 'bigquery.dataset': 'ward7' } });
 * try {
 *   const { created } = await provision(target);
 *   console.log(`${created} resources created in ${target.config.project}`);
 * } finally {
 *   await target.close();
 * }
 */
export function openTarget(options: TargetOptions = {}): OpenTarget {
  const { cwd = process.cwd(), env = process.env, signal = new AbortController().signal } = options;
  const flags = {
    ...options.settings,
    ...(options.target && { target: options.target }),
    ...(options.project && { project: options.project }),
  };
  const config = resolveConfig({ flags, env, cwd });
  const { context, close } = createContext(
    { config, env, cwd, output: silentOutput, signal, async announce() {} },
    '',
  );
  const opened: Opened = { config, cwd, signal, clients: (services) => context.google(services), close };
  return opened;
}

/**
 * Creates what is missing of all five services and adds what the table schemas have gained; a second call changes
 * nothing. With `dryRun` the changes are only named.
 * @throws HealthmonError `provision-blocked` when a change would not be safe; then nothing is changed.
 * @example
 * import { openTarget, provision } from 'healthmon';
 *
 * const target = openTarget();
 * const { changes } = await provision(target, { dryRun: true });
 * for (const { service, resource, action } of changes) console.log(service, resource, action);
 * await target.close();
 */
export function provision(
  target: OpenTarget,
  options: CallOptions & Partial<Omit<ProvisionOptions, 'signal'>> = {},
): Promise<ProvisionResult> {
  return call(target, 'provision', options, async ({ config, clients, signal }) => {
    const pipeline = await import('./pipeline/provision/provision.js');
    const { liveAdmins } = await import('./gcp/admins.js');
    return pipeline.provision(liveAdmins(await clients(), config), config, { ...options, signal });
  });
}

/**
 * Loads CSV files into Spanner: checks every row, writes the good ones by key, and the others with their reasons to a
 * file beside the source. After an interruption the same call goes on where it stopped.
 * @param files paths, folders, globs or `gs://bucket/prefix*`.
 * @param options the options of `healthmon load`; `check: true` writes nothing to Spanner.
 * @throws HealthmonError when the header does not match or more than `maxRejects` rows are rejected.
 * @example
 * import { loadCsv, openTarget } from 'healthmon';
 *
 * const target = openTarget();
 * const { rowsLoaded, rowsRejected, rejectsFile } = await loadCsv(target, 'admissions.csv', { maxRejects: '1%' });
 * console.log(`${rowsLoaded} rows loaded, ${rowsRejected} rejected`, rejectsFile ?? '');
 * await target.close();
 */
export function loadCsv(
  target: OpenTarget,
  files: string | readonly string[],
  options: CallOptions &
    Partial<Omit<LoadRequest, 'files'>> & { onProgress?: (progress: LoadProgress) => void } = {},
): Promise<LoadCommandResult> {
  const { signal: _signal, onProgress = () => {}, ...request } = options;
  return call(target, 'load', options, async ({ config, clients, cwd, signal }) => {
    const [{ DEFAULT_LOAD }, { runLoad }] = await Promise.all([
      import('./pipeline/load/defaults.js'),
      import('./pipeline/load/run-load.js'),
    ]);
    return runLoad(
      { ...DEFAULT_LOAD, ...request, files: typeof files === 'string' ? [files] : files },
      { config, cwd, stdin: process.stdin, clients, now: () => new Date(), signal, onProgress, onWait() {} },
    );
  });
}

/**
 * Publishes vitals of simulated patients to the vitals topic. The same seed and start time give the same bytes.
 * Without `count` and `durationMs` it goes on until the signal is aborted.
 * @example
 * import { openTarget, simulateVitals } from 'healthmon';
 *
 * const target = openTarget();
 * const { published } = await simulateVitals(target, { patients: 50, count: 5000, seed: 7 });
 * console.log(`${published} readings published`);
 * await target.close();
 */
export function simulateVitals(
  target: OpenTarget,
  options: CallOptions & Partial<SimulateInput> = {},
): Promise<SimulateResult> {
  const { signal: _signal, ...input } = options;
  return call(target, 'simulate', options, async ({ config, clients, cwd, signal }) => {
    const { runSimulate } = await import('./pipeline/simulate/run.js');
    return runSimulate(
      { patients: 200, seed: 1, intervalMs: 60_000, format: 'json', ...input },
      { config, clients, cwd, signal },
    );
  });
}

/**
 * Stores vitals from Pub/Sub in Bigtable and BigQuery. A message is acknowledged when both have it; one that is not a
 * valid reading goes to the dead-letter topic. Ends by `maxMessages`, `idleTimeoutMs`, `durationMs` or the signal, and
 * then finishes what it has begun and gives the rest back.
 * @example
 * import { openTarget, streamVitals } from 'healthmon';
 *
 * const target = openTarget();
 * const { written, deadLettered } = await streamVitals(target, { idleTimeoutMs: 3000 });
 * console.log(`${written} readings stored, ${deadLettered} put aside`);
 * await target.close();
 */
export function streamVitals(
  target: OpenTarget,
  options: CallOptions & Partial<StreamInput> & Pick<StreamTools, 'onEvent' | 'onAlert'> = {},
): Promise<StreamResult> {
  const { signal: _signal, onEvent, onAlert, ...input } = options;
  return call(target, 'stream', options, async ({ config, clients, signal }) => {
    const { runStream } = await import('./pipeline/stream/stream.js');
    return runStream(
      { sinks: ['bigtable', 'bigquery'], ...input },
      {
        clients: await clients(),
        config,
        signal,
        ...(onEvent && { onEvent }),
        ...(onAlert && { onAlert }),
      },
    );
  });
}

/**
 * Copies a Spanner table to BigQuery, as it is at one moment: all rows or none.
 * @example
 * import { openTarget, syncTable } from 'healthmon';
 *
 * const target = openTarget();
 * const { table, rows, snapshotTime } = await syncTable(target);
 * console.log(`${table}: ${rows} rows as of ${snapshotTime}`);
 * await target.close();
 */
export function syncTable(
  target: OpenTarget,
  options: CallOptions & Partial<Omit<SyncOptions, 'signal'>> = {},
): Promise<SyncResult> {
  return call(target, 'sync', options, async ({ config, clients, signal }) => {
    const pipeline = await import('./pipeline/sync/sync.js');
    return pipeline.syncTable(await clients(), config, { ...options, signal });
  });
}

/**
 * Rebuilds the joined table: one row for each reading of a known patient.
 * @example
 * import { joinRecords, openTarget } from 'healthmon';
 *
 * const target = openTarget();
 * const { rows, patients } = await joinRecords(target);
 * console.log(`${rows} readings of ${patients} patients`);
 * await target.close();
 */
export function joinRecords(target: OpenTarget, options: CallOptions = {}): Promise<JoinResult> {
  return call(target, 'join', options, async ({ config, clients, signal }) => {
    const pipeline = await import('./pipeline/analytics/join.js');
    return pipeline.joinRecords(await bigQuery(clients), config, signal);
  });
}

/**
 * Trains a version of the model with BigQuery ML on four fifths of the patients, evaluates it on the others, and lets it
 * serve unless it misses one of the thresholds.
 * @param options what to predict (`label`), from what (`features`, `except`, `table` or `sql`, a file), how (`type`,
 * `options` as `name=value`, `tune` trials), and the thresholds; `promote: false` lets the version not serve.
 * @example
 * import { openTarget, trainModel } from 'healthmon';
 *
 * const target = openTarget();
 * const { model, metrics } = await trainModel(target, { maxIterations: 20 });
 * console.log(model, metrics.roc_auc);
 * await target.close();
 */
export function trainModel(
  target: OpenTarget,
  options: CallOptions & Asked & GateThresholds & Partial<LibraryTraining> = {},
): Promise<TrainResult> {
  const { minRocAuc, minAccuracy, minF1, maxLogLoss, signal: _signal, ...asked } = options;
  return call(target, 'train', options, async (opened) => {
    const pipeline = await import('./pipeline/model/train.js');
    const { maxIterations = 20, promote = true, tune, options = [], ...question } = asked;
    return pipeline.trainModel(await modelToolsOf(opened), {
      ...question,
      maxIterations,
      promote,
      tune,
      options,
      thresholds: { minRocAuc, minAccuracy, minF1, maxLogLoss },
      gates: undefined,
    });
  });
}

/** How a model is trained. */
export interface LibraryTraining {
  /** Iterations of gradient descent, or trees, at the most; default 20. */
  maxIterations: number;
  /** Options of CREATE MODEL, such as `l2_reg=0.1`. */
  options: readonly string[];
  /** Trials of tuning. */
  tune: number;
  /** Lets the version serve; default true. */
  promote: boolean;
}

async function modelToolsOf({ config, clients, cwd, signal }: Opened): Promise<CommandTools> {
  const { modelTools } = await import('./pipeline/model/tools.js');
  return { ...(await modelTools(await clients(), config, signal)), nowMs: Date.now, by: '', cwd };
}

/**
 * Evaluates the model on patients it never saw. `passed` is false when a metric misses one of the thresholds.
 * @example
 * import { evaluateModel, openTarget } from 'healthmon';
 *
 * const target = openTarget();
 * const { passed, gates } = await evaluateModel(target, { minRocAuc: 0.75 });
 * if (!passed) console.log('the model is not good enough', gates);
 * await target.close();
 */
export function evaluateModel(
  target: OpenTarget,
  options: CallOptions & GateThresholds = {},
): Promise<EvaluateResult> {
  const { signal: _signal, ...thresholds } = options;
  return call(target, 'evaluate', options, async (opened) => {
    const pipeline = await import('./pipeline/model/evaluate-command.js');
    return pipeline.runEvaluateCommand(await modelToolsOf(opened), {
      version: undefined,
      thresholds,
      gates: undefined,
      later: false,
      store: false,
      plot: undefined,
    });
  });
}

/**
 * Predicts the outcome from the newest reading of each patient, or of one.
 * @param options `limit`: patients at the most, default 20; `explain`: what each feature adds to the log-odds.
 * @example
 * import { openTarget, predictOutcomes } from 'healthmon';
 *
 * const target = openTarget();
 * const { rows } = await predictOutcomes(target, { limit: 5 });
 * for (const row of rows) console.log(row.Patient_ID, row.predicted_Outcome, row.probability);
 * await target.close();
 */
export function predictOutcomes(
  target: OpenTarget,
  options: CallOptions & { patient?: string; limit?: number; explain?: boolean } = {},
): Promise<PredictResult> {
  return call(target, 'predict', options, async (opened) => {
    const pipeline = await import('./pipeline/model/predict.js');
    const { readQuestion } = await import('./pipeline/model/question.js');
    const { patient, limit = 20, explain = false } = options;
    const asked = { limit, explain, ...(patient !== undefined && { patient }) };
    const tools = await modelToolsOf(opened);
    return pipeline.predictOutcomes(tools, await readQuestion(tools), asked);
  });
}

/**
 * Runs one statement of GoogleSQL. Names without a dataset are looked up in the dataset of the settings.
 * INT64 and NUMERIC values beyond what a number holds are strings, times are RFC 3339 text.
 * @param options `params`: `name=value` or `name:TYPE=value`; `limit`: rows at the most, default all.
 * @example
 * import { openTarget, query } from 'healthmon';
 *
 * const target = openTarget();
 * const { rows } = await query(target, 'SELECT Outcome, COUNT(*) AS patients FROM batch_patient_info GROUP BY Outcome');
 * console.log(rows);
 * await target.close();
 */
export function query(
  target: OpenTarget,
  sql: string,
  options: CallOptions & { params?: readonly string[]; limit?: number; maxBytesBilled?: number } = {},
): Promise<QueryResult> {
  const { params = [], limit, maxBytesBilled } = options;
  return call(target, 'query', options, async ({ config, clients, signal }) => {
    const { runQueryCommand } = await import('./pipeline/analytics/query.js');
    return runQueryCommand(
      { sql, format: 'json', limit, params, maxBytesBilled, dryRun: false },
      { clients, config, signal, write: undefined },
    );
  });
}

async function bigQuery(clients: () => Promise<GoogleClients>) {
  const { bigQueryPort } = await import('./gcp/bigquery/port.js');
  return bigQueryPort(await clients());
}

/** @param command whose services the call needs. */
async function call<R>(
  target: OpenTarget,
  command: string,
  { signal }: CallOptions,
  work: (opened: Opened) => Promise<R>,
): Promise<R> {
  const opened = target as Opened;
  const inForce = signal ?? opened.signal;
  inForce.throwIfAborted();
  try {
    const clients = () => opened.clients(servicesOf(command));
    return await work({ ...opened, clients, signal: inForce });
  } catch (error) {
    if (error instanceof HealthmonError) throw error;
    const { translateGoogleError } = await import('./gcp/google-errors.js');
    throw translateGoogleError(error, 'finish the call', opened.config.target === 'local');
  }
}
