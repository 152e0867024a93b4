import { OFFICIAL_NAMES, type OfficialName, SERVICES } from '../core/services.js';

/**
 * Every setting, declared once: its place in `healthmon.json`, its environment variable, its default and its
 * check. Order of precedence: flag > environment > file > default.
 */
export interface SettingSpec {
  env?: string;
  description: string;
  /** Of a number, which is positive. */
  multipleOf?: number;
  default: string | number | ((settings: { project: string }) => string);
  pattern?: RegExp;
  choices?: readonly string[];
  /** Neither shown nor taken from a command line, which every user of the machine can read. */
  secret?: true;
}

const RESOURCE = /^[a-z][a-z0-9-]{1,62}$/;
const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/;
const PUBSUB_ID = /^[A-Za-z][A-Za-z0-9\-_.~+%]{2,254}$/;

/** Which emulator stands in for a service that Google has one of, by the name of the service. */
const EMULATORS = Object.fromEntries<SettingSpec>(
  OFFICIAL_NAMES.map((name) => [
    `emulators.${name}`,
    {
      env: `HEALTHMON_EMULATORS_${name.toUpperCase()}`,
      description: `Emulator of ${SERVICES[name].title}: the embedded one, or Google’s where it is installed.`,
      default: SERVICES[name].implementations[0],
      choices: SERVICES[name].implementations,
    },
  ]),
) as Record<`emulators.${OfficialName}`, SettingSpec>;

export const SETTINGS = {
  target: {
    env: 'HEALTHMON_TARGET',
    description: 'Where the pipeline runs: the local emulators or Google Cloud.',
    default: 'local',
    choices: ['local', 'cloud'],
  },
  project: {
    env: 'HEALTHMON_PROJECT',
    description: 'Google Cloud project id.',
    default: 'healthmon-local',
    pattern: /^[a-z][a-z0-9.:-]{4,61}[a-z0-9]$/,
  },
  location: {
    env: 'HEALTHMON_LOCATION',
    description: 'Location of the dataset, the bucket and the regional instances.',
    default: 'us-central1',
    pattern: /^[A-Za-z0-9-]+$/,
  },
  allowedHosts: {
    env: 'HEALTHMON_ALLOWED_HOSTS',
    description:
      'Names besides localhost by which emulators and metrics may be called, separated by commas (for containers).',
    default: '',
    pattern: /^(\[?[\w.:-]+\]?(,|$))*$/,
  },
  'storage.bucket': {
    env: 'HEALTHMON_BUCKET',
    description: 'Cloud Storage bucket for staged files.',
    default: ({ project }) => `${project}-healthmon`,
    pattern: /^[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]$/,
  },
  'spanner.instance': {
    env: 'HEALTHMON_SPANNER_INSTANCE',
    description: 'Spanner instance id.',
    default: 'healthmon',
    pattern: RESOURCE,
  },
  'spanner.database': {
    env: 'HEALTHMON_SPANNER_DATABASE',
    description: 'Spanner database id.',
    default: 'healthmon',
    pattern: /^[a-z][a-z0-9_-]{1,29}$/,
  },
  'spanner.processingUnits': {
    description: 'Size of the Spanner instance that provision creates (1000 processing units are one node).',
    default: 100,
    // https://cloud.google.com/spanner/docs/compute-capacity
    multipleOf: 100,
  },
  'pubsub.topic': { description: 'Topic of vitals messages.', default: 'patient-vitals', pattern: PUBSUB_ID },
  'pubsub.subscription': {
    description: 'Subscription the streaming worker pulls from.',
    default: 'patient-vitals-worker',
    pattern: PUBSUB_ID,
  },
  'pubsub.deadLetterTopic': {
    description: 'Topic of rejected messages.',
    default: 'patient-vitals-dead-letter',
    pattern: PUBSUB_ID,
  },
  'pubsub.deadLetterSubscription': {
    description: 'Subscription that keeps rejected messages for inspection.',
    default: 'patient-vitals-dead-letter-inspect',
    pattern: PUBSUB_ID,
  },
  'pubsub.alertTopic': {
    description: 'Topic of early-warning alerts.',
    default: 'patient-alerts',
    pattern: PUBSUB_ID,
  },
  'pubsub.alertSubscription': {
    description: 'Subscription that keeps early-warning alerts for whoever reads them.',
    default: 'patient-alerts-inspect',
    pattern: PUBSUB_ID,
  },
  'alerts.webhook': {
    env: 'HEALTHMON_ALERT_WEBHOOK',
    description: 'Address that every alert is posted to as well, as JSON.',
    default: '',
    pattern: /^(https?:\/\/[^\s@/?#\\]+([/?#]\S*)?)?$/,
    secret: true,
  },
  'alerts.webhookAuthorization': {
    env: 'HEALTHMON_ALERT_WEBHOOK_AUTHORIZATION',
    description: 'Authorization header of these requests, such as "Bearer …".',
    default: '',
    pattern: /^([!-~]([ -~]*[!-~])?)?$/,
    secret: true,
  },
  'jobs.templateVersion': {
    description: 'Version of Google’s Dataflow templates that launches jobs, such as 2026-08-18-00_RC00.',
    default: '',
    pattern: /^[\w.-]*$/,
  },
  'bigtable.instance': {
    env: 'HEALTHMON_BIGTABLE_INSTANCE',
    description: 'Bigtable instance id.',
    default: 'healthmon',
    pattern: RESOURCE,
  },
  'bigtable.table': {
    description: 'Bigtable table of vitals.',
    default: 'patient_vitals',
    pattern: /^[_a-zA-Z0-9][-_.a-zA-Z0-9]{0,49}$/,
  },
  'bigtable.nowTable': {
    description: 'Bigtable table of the newest vitals of each patient.',
    default: 'patient_now',
    pattern: /^[_a-zA-Z0-9][-_.a-zA-Z0-9]{0,49}$/,
  },
  'bigquery.dataset': {
    env: 'HEALTHMON_DATASET',
    description: 'BigQuery dataset.',
    default: 'healthmon',
    pattern: IDENTIFIER,
  },
  'bigquery.batchTable': {
    description: 'Table of admissions in BigQuery.',
    default: 'batch_patient_info',
    pattern: IDENTIFIER,
  },
  'bigquery.streamTable': {
    description: 'Table of streamed vitals in BigQuery.',
    default: 'stream_patient_vitals',
    pattern: IDENTIFIER,
  },
  'bigquery.joinedTable': {
    description: 'Joined table of admissions and vitals.',
    default: 'joined_patient_records',
    pattern: IDENTIFIER,
  },
  'bigquery.alertsTable': {
    description: 'Table of early-warning alerts.',
    default: 'patient_alerts',
    pattern: IDENTIFIER,
  },
  'bigquery.predictionsTable': {
    description: 'Table of stored predictions.',
    default: 'model_predictions',
    pattern: IDENTIFIER,
  },
  'bigquery.metricsTable': {
    description: 'Table of stored metrics of models.',
    default: 'model_metrics',
    pattern: IDENTIFIER,
  },
  'bigquery.versionsTable': {
    description: 'Table of versions of models.',
    default: 'model_versions',
    pattern: IDENTIFIER,
  },
  'bigquery.eventsTable': {
    description: 'Table of what happened to models.',
    default: 'model_events',
    pattern: IDENTIFIER,
  },
  'bigquery.driftTable': {
    description: 'Table of drift that was found.',
    default: 'model_drift',
    pattern: IDENTIFIER,
  },
  'bigquery.model': { description: 'BigQuery ML model.', default: 'outcome_model', pattern: IDENTIFIER },
  ...EMULATORS,
} as const satisfies Record<string, SettingSpec>;

export type SettingName = keyof typeof SETTINGS;
