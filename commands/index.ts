import type { CommandEntry } from '../src/cli/command.js';
import type { CommandIndex } from '../src/cli/program.js';

/**
 * Every command with its one-line summary, in the order of the pipeline. The files are loaded when their command
 * runs, so that `--help` loads none of them.
 */
export const COMMANDS: readonly CommandEntry[] = [
  {
    path: 'demo',
    summary: 'Run the whole pipeline locally and print what it did',
    load: () => import('./demo.js'),
  },
  { path: 'init', summary: 'Write an example healthmon.json', load: () => import('./init.js') },
  {
    path: 'provision',
    summary: 'Create the resources of all services, or bring them up to date',
    load: () => import('./provision.js'),
  },
  {
    path: 'emulators start',
    summary: 'Start the local cloud in the background',
    load: () => import('./emulators/start.js'),
  },
  {
    path: 'emulators stop',
    summary: 'Stop the local cloud and everything it started',
    load: () => import('./emulators/stop.js'),
  },
  {
    path: 'emulators restart',
    summary: 'Stop the local cloud and start it again',
    load: () => import('./emulators/restart.js'),
  },
  {
    path: 'emulators status',
    summary: 'Show what runs, where, and whether it works',
    load: () => import('./emulators/status.js'),
  },
  {
    path: 'emulators env',
    summary: 'Print the variables by which Google’s clients find the local cloud',
    load: () => import('./emulators/env.js'),
  },
  {
    path: 'emulators exec',
    summary: 'Run a command with a local cloud around it',
    load: () => import('./emulators/exec.js'),
  },
  {
    path: 'emulators logs',
    summary: 'Print what the services wrote',
    load: () => import('./emulators/logs.js'),
  },
  {
    path: 'emulators capabilities',
    summary: 'List what the local cloud does, does differently and refuses',
    load: () => import('./emulators/capabilities.js'),
  },
  {
    path: 'emulators install',
    summary: 'Download Google’s emulators where there is no Google Cloud CLI',
    load: () => import('./emulators/install.js'),
  },
  {
    path: 'emulators snapshot save',
    summary: 'Save everything the local cloud holds',
    load: () => import('./emulators/snapshot/save.js'),
  },
  {
    path: 'emulators snapshot load',
    summary: 'Put the local cloud back to what was saved',
    load: () => import('./emulators/snapshot/load.js'),
  },
  {
    path: 'emulators snapshot list',
    summary: 'List the snapshots',
    load: () => import('./emulators/snapshot/list.js'),
  },
  {
    path: 'emulators snapshot delete',
    summary: 'Remove a snapshot',
    load: () => import('./emulators/snapshot/delete.js'),
  },
  {
    path: 'emulators reset',
    summary: 'Empty the local cloud',
    load: () => import('./emulators/reset.js'),
  },
  {
    path: 'schema infer',
    summary: 'Propose a table schema for a CSV file',
    load: () => import('./schema/infer.js'),
  },
  { path: 'load', summary: 'Load CSV files into Spanner', load: () => import('./load.js') },
  {
    path: 'simulate',
    summary: 'Publish vitals of simulated patients to Pub/Sub',
    load: () => import('./simulate.js'),
  },
  {
    path: 'simulate admissions',
    summary: 'Write a made-up admissions file',
    load: () => import('./simulate/admissions.js'),
  },
  {
    path: 'stream',
    summary: 'Store vitals from Pub/Sub in Bigtable and BigQuery',
    load: () => import('./stream.js'),
  },
  {
    path: 'jobs render stream',
    summary: 'Write the text of the streaming job for Apache Beam and Dataflow',
    load: () => import('./jobs/render/stream.js'),
  },
  {
    path: 'jobs render load',
    summary: 'Write the text of a job that loads CSV files into Spanner',
    load: () => import('./jobs/render/load.js'),
  },
  {
    path: 'jobs run stream',
    summary: 'Launch the streaming job on Dataflow, or under Apache Beam on this machine',
    load: () => import('./jobs/run/stream.js'),
  },
  {
    path: 'jobs run load',
    summary: 'Load CSV files into Spanner by a job of Dataflow, or under Apache Beam on this machine',
    load: () => import('./jobs/run/load.js'),
  },
  {
    path: 'jobs verify stream',
    summary: 'Prove that the streaming job stores what the worker stores, byte by byte',
    load: () => import('./jobs/verify/stream.js'),
  },
  {
    path: 'jobs verify load',
    summary: 'Prove that a job loads what "load" loads, byte by byte',
    load: () => import('./jobs/verify/load.js'),
  },
  {
    path: 'jobs estimate stream',
    summary: 'Say what a month of the stream costs, by what carries it',
    load: () => import('./jobs/estimate/stream.js'),
  },
  {
    path: 'jobs estimate load',
    summary: 'Say what a job that loads files costs',
    load: () => import('./jobs/estimate/load.js'),
  },
  {
    path: 'jobs list',
    summary: 'List jobs',
    load: () => import('./jobs/list.js'),
  },
  {
    path: 'jobs describe',
    summary: 'Show what a job does and which decoder it runs',
    load: () => import('./jobs/describe.js'),
  },
  {
    path: 'jobs logs',
    summary: 'Print what a job said',
    load: () => import('./jobs/logs.js'),
  },
  {
    path: 'jobs metrics',
    summary: 'Print what a job counts',
    load: () => import('./jobs/metrics.js'),
  },
  {
    path: 'jobs update',
    summary: 'Put a job in the place of the running one',
    load: () => import('./jobs/update.js'),
  },
  {
    path: 'jobs drain',
    summary: 'End a job once it has stored what it holds',
    load: () => import('./jobs/drain.js'),
  },
  {
    path: 'jobs cancel',
    summary: 'End a job at once',
    load: () => import('./jobs/cancel.js'),
  },
  {
    path: 'jobs runner install',
    summary: 'Install Apache Beam, which runs jobs on this machine',
    load: () => import('./jobs/runner/install.js'),
  },
  {
    path: 'jobs runner status',
    summary: 'Say whether jobs can run on this machine',
    load: () => import('./jobs/runner/status.js'),
  },
  {
    path: 'jobs runner remove',
    summary: 'Remove Apache Beam again',
    load: () => import('./jobs/runner/remove.js'),
  },
  {
    path: 'patient',
    summary: 'Show one patient: admission, vitals, score, alerts and prediction',
    load: () => import('./patient.js'),
  },
  {
    path: 'ward',
    summary: 'Show the ward, the sickest patients first',
    load: () => import('./ward.js'),
  },
  {
    path: 'dashboard',
    summary: 'Serve the ward and its patients as web pages, live',
    load: () => import('./dashboard.js'),
  },
  {
    path: 'watch',
    summary: 'Watch the ward, live on a terminal or line by line in a pipe',
    load: () => import('./watch.js'),
  },
  { path: 'alerts list', summary: 'List alerts from begin to end', load: () => import('./alerts/list.js') },
  {
    path: 'alerts evaluate',
    summary: 'Compare alerts with who really got worse',
    load: () => import('./alerts/evaluate.js'),
  },
  {
    path: 'looker',
    summary: 'Print links that open the views in Looker Studio',
    load: () => import('./looker.js'),
  },
  {
    path: 'dead-letters list',
    summary: 'Show why messages were put aside',
    load: () => import('./dead-letters/list.js'),
  },
  {
    path: 'dead-letters show',
    summary: 'Print one dead letter with its payload',
    load: () => import('./dead-letters/show.js'),
  },
  {
    path: 'dead-letters replay',
    summary: 'Publish dead letters again',
    load: () => import('./dead-letters/replay.js'),
  },
  {
    path: 'dead-letters purge',
    summary: 'Remove dead letters for good',
    load: () => import('./dead-letters/purge.js'),
  },
  { path: 'sync', summary: 'Copy admissions from Spanner to BigQuery', load: () => import('./sync.js') },
  { path: 'join', summary: 'Join admissions and vitals in BigQuery', load: () => import('./join.js') },
  {
    path: 'train',
    summary: 'Train a version of the model with BigQuery ML, split by patient',
    load: () => import('./train.js'),
  },
  {
    path: 'evaluate',
    summary: 'Evaluate the model on patients it never saw, with gates for CI',
    load: () => import('./evaluate.js'),
  },
  {
    path: 'predict',
    summary: 'Predict the outcome from the newest reading of each patient',
    load: () => import('./predict.js'),
  },
  {
    path: 'models list',
    summary: 'List the versions of the model, with what serves',
    load: () => import('./models/list.js'),
  },
  {
    path: 'models show',
    summary: 'Show everything that is kept of one version',
    load: () => import('./models/show.js'),
  },
  {
    path: 'models compare',
    summary: 'Compare two versions on the same held-out patients',
    load: () => import('./models/compare.js'),
  },
  {
    path: 'models promote',
    summary: 'Let a version serve',
    load: () => import('./models/promote.js'),
  },
  {
    path: 'models rollback',
    summary: 'Let the version serve again that served before',
    load: () => import('./models/rollback.js'),
  },
  {
    path: 'models drift',
    summary: 'Say whether features, predictions or outcomes have moved',
    load: () => import('./models/drift.js'),
  },
  {
    path: 'models card',
    summary: 'Write what TRIPOD+AI asks of a report about a version',
    load: () => import('./models/card.js'),
  },
  {
    path: 'models export',
    summary: 'Write a model so that it works without BigQuery',
    load: () => import('./models/export.js'),
  },
  {
    path: 'models register',
    summary: 'Add a version to the model registry of Vertex AI',
    load: () => import('./models/register.js'),
  },
  {
    path: 'models archive',
    summary: 'Put a version aside',
    load: () => import('./models/archive.js'),
  },
  {
    path: 'models prune',
    summary: 'Delete the models of old versions',
    load: () => import('./models/prune.js'),
  },
  { path: 'query', summary: 'Run GoogleSQL and print the rows', load: () => import('./query.js') },
  {
    path: 'config show',
    summary: 'Show every setting and where it comes from',
    load: () => import('./config/show.js'),
  },
  {
    path: 'config get',
    summary: 'Print the value of one setting',
    load: () => import('./config/get.js'),
  },
  {
    path: 'config set',
    summary: 'Write settings to healthmon.json',
    load: () => import('./config/set.js'),
  },
  {
    path: 'config unset',
    summary: 'Take settings out of healthmon.json',
    load: () => import('./config/unset.js'),
  },
  {
    path: 'teardown',
    summary: 'List the resources of the pipeline, and delete them',
    load: () => import('./teardown.js'),
  },
  {
    path: 'deploy worker',
    summary: 'Run the streaming worker on Cloud Run or GKE',
    load: () => import('./deploy/worker.js'),
  },
  {
    path: 'doctor',
    summary: 'Check this machine and the target, and say how to fix what is missing',
    load: () => import('./doctor.js'),
  },
  {
    path: 'completion',
    summary: 'Print a completion script for bash, zsh or fish',
    load: () => import('./completion.js'),
  },
];

/** Summaries of the words that only group commands. */
export const GROUPS: Readonly<Record<string, string>> = {
  schema: 'Work with table schemas',
  config: 'Show and change settings',
  alerts: 'List and evaluate early-warning alerts',
  'dead-letters': 'List, show, replay and purge messages that were put aside',
  deploy: 'Run parts of the pipeline on Google Cloud',
  models: 'List, compare, promote and look after the versions of the model',
  emulators: 'Start, stop and inspect the local cloud',
  'emulators snapshot': 'Save and load everything the local cloud holds',
};

export const INDEX: CommandIndex = { commands: COMMANDS, groups: GROUPS };
