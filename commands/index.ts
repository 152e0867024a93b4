import type { CommandEntry } from '../src/cli/command.js';

/**
 * Every command with its one-line summary, in the order of the pipeline. The files are loaded when their command
 * runs, so that `--help` loads none of them.
 */
export const COMMANDS: readonly CommandEntry[] = [
  { path: 'init', summary: 'Write an example healthmon.json', load: () => import('./init.js') },
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
  { path: 'join', summary: 'Join admissions and vitals in BigQuery', load: () => import('./join.js') },
  {
    path: 'train',
    summary: 'Train the model with BigQuery ML, split by patient',
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
  { path: 'query', summary: 'Run GoogleSQL and print the rows', load: () => import('./query.js') },
  {
    path: 'config show',
    summary: 'Show every setting and where it comes from',
    load: () => import('./config/show.js'),
  },
  {
    path: 'completion',
    summary: 'Print a completion script for bash, zsh or fish',
    load: () => import('./completion.js'),
  },
];

/** Summaries of the words that only group commands. */
export const GROUPS: Readonly<Record<string, string>> = {
  config: 'Show and change settings',
  emulators: 'Start, stop and inspect the local cloud',
};
