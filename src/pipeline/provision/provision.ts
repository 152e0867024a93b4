import type { Config } from '../../config/config.js';
import type { ServiceName, StandardService } from '../../core/services.js';
import { HealthmonError } from '../../errors/healthmon-error.js';
import type { Admins } from '../../gcp/admins.js';
import type { SchemaEncoding } from '../../schema/avro-schema.js';
import { bigtableTables } from '../../schema/bigtable-columns.js';
import {
  modelDriftSchema,
  modelEventsSchema,
  modelMetricsSchema,
  modelPredictionsSchema,
  modelVersionsSchema,
  patientAlertsSchema,
  patientInfoSchema,
  patientVitalsSchema,
} from '../../schema/read-table-schema.js';
import type { TableSchema } from '../../schema/table-schema.js';
import { VIEW_NAMES, viewDefinition } from '../analytics/templates.js';
import { planBigQuery } from './bigquery-steps.js';
import { planBigtable, planPubSub, planStorage } from './service-steps.js';
import { planSpanner } from './spanner-steps.js';
import type { Action, Planner, Step } from './step.js';

export interface Change {
  service: ServiceName;
  resource: string;
  action: Exclude<Action, 'unchanged'>;
  detail?: string[];
}

export interface ProvisionResult {
  /** What was done, or would be done in a dry run. */
  changes: Change[];
  created: number;
  updated: number;
  unchanged: number;
  blocked: number;
  dryRun: boolean;
  seconds: number;
}

export interface ProvisionOptions {
  /** Default: all services. */
  only?: readonly StandardService[] | undefined;
  /** Table schemas besides admissions and vitals. */
  schemas?: readonly TableSchema[];
  /** Gives the vitals topic an Avro schema, so that it takes matching messages only. */
  vitalsEncoding?: SchemaEncoding | undefined;
  dryRun?: boolean;
  signal: AbortSignal;
  onStep?(step: Step): void;
}

/** In the order in which their resources are told. */
const PROVISIONED: readonly StandardService[] = ['storage', 'spanner', 'pubsub', 'bigtable', 'bigquery'];

/** Makes every resource of the pipeline exist as the configuration and the schemas say. Safe to repeat. */
export async function provision(
  admins: Admins,
  config: Config,
  options: ProvisionOptions,
): Promise<ProvisionResult> {
  const startedMs = performance.now();
  const all = planners(admins, config, options.schemas ?? [], options.vitalsEncoding);
  const plans = await Promise.all((options.only ?? PROVISIONED).map((service) => all[service]()));
  const steps = plans.flat();
  const blocked = steps.filter((step) => step.action === 'blocked');
  if (!options.dryRun) {
    if (blocked.length > 0) throw blockedError(blocked);
    // Services do not depend on each other; within one, order matters.
    await Promise.all(
      plans.map(async (plan) => {
        for (const step of plan) {
          options.signal.throwIfAborted();
          await step.apply?.();
          options.onStep?.(step);
        }
      }),
    );
  }
  const count = (action: Action) => steps.filter((step) => step.action === action).length;
  return {
    changes: steps.flatMap(({ service, resource, action, detail }) =>
      action === 'unchanged' ? [] : [{ service, resource, action, ...(detail && { detail }) }],
    ),
    created: count('create'),
    updated: count('update'),
    unchanged: count('unchanged'),
    blocked: blocked.length,
    dryRun: options.dryRun === true,
    seconds: (performance.now() - startedMs) / 1000,
  };
}

function planners(
  admins: Admins,
  config: Config,
  extra: readonly TableSchema[],
  vitalsEncoding: SchemaEncoding | undefined,
): Record<StandardService, Planner> {
  const vitals = patientVitalsSchema();
  const schemas = [patientInfoSchema(), ...extra];
  const projectNumber = async () => (await admins.storage()).projectNumber();
  return {
    storage: async () => planStorage(await admins.storage(), config.storage.bucket),
    spanner: async () =>
      planSpanner({
        admin: await admins.spanner(),
        openData: admins.spannerData,
        instance: config.spanner.instance,
        database: config.spanner.database,
        schemas,
      }),
    pubsub: async () =>
      planPubSub(
        await admins.pubsub(),
        config,
        config.target === 'local' ? undefined : projectNumber,
        vitalsEncoding,
      ),
    bigtable: async () =>
      planBigtable(
        await admins.bigtable(),
        config.bigtable.instance,
        Object.values(bigtableTables(vitals, config.bigtable)),
      ),
    bigquery: async () =>
      planBigQuery(await admins.bigquery(), {
        dataset: config.bigquery.dataset,
        tables: [
          { name: config.bigquery.batchTable, schema: patientInfoSchema() },
          { name: config.bigquery.streamTable, schema: vitals },
          { name: config.bigquery.alertsTable, schema: patientAlertsSchema() },
          { name: config.bigquery.predictionsTable, schema: modelPredictionsSchema() },
          { name: config.bigquery.metricsTable, schema: modelMetricsSchema() },
          { name: config.bigquery.versionsTable, schema: modelVersionsSchema() },
          { name: config.bigquery.eventsTable, schema: modelEventsSchema() },
          { name: config.bigquery.driftTable, schema: modelDriftSchema() },
          ...extra.map((schema) => ({ name: schema.bigqueryTable, schema })),
        ],
        views: VIEW_NAMES.map((name) => ({ name, ...viewDefinition(name, config) })),
      }),
  };
}

function blockedError(steps: readonly Step[]): HealthmonError {
  return new HealthmonError({
    code: 'provision-blocked',
    message: `${steps.length === 1 ? 'One resource differs' : `${steps.length} resources differ`} from the schema in a way that cannot be changed safely; nothing was changed.`,
    detail: steps
      .flatMap(({ service, resource, detail }) =>
        (detail ?? []).map((line) => `${service} ${resource}: ${line}`),
      )
      .join('\n'),
    suggestion:
      'Follow the steps above, or correct the table schema. "healthmon provision --diff" shows all.',
  });
}
