import type { Config } from '../../config/config.js';
import { type ModelsPort, modelsPort } from '../../gcp/bigquery/models.js';
import { type BigQueryPort, bigQueryPort } from '../../gcp/bigquery/port.js';
import type { GoogleClients } from '../../gcp/clients.js';

/** What every work on models needs. */
export interface ModelTools {
  /** Names without a dataset are looked up in the configured one. */
  port: BigQueryPort;
  models: ModelsPort;
  config: Config;
  signal: AbortSignal;
}

/** Of a command, which knows the time and who runs it as well. */
export interface CommandTools extends ModelTools {
  nowMs: () => number;
  /** Who is named in the events. */
  by: string;
  cwd: string;
}

export async function modelTools(
  clients: GoogleClients,
  config: Config,
  signal: AbortSignal,
): Promise<ModelTools> {
  const port = await bigQueryPort(clients);
  const defaultDataset = config.bigquery.dataset;
  return {
    port: { query: (sql, options) => port.query(sql, { defaultDataset, ...options }) },
    models: modelsPort(clients, config),
    config,
    signal,
  };
}

/** Of the context of a command. */
export async function commandTools(context: {
  google(): Promise<GoogleClients>;
  config: Config;
  signal: AbortSignal;
  env: NodeJS.ProcessEnv;
  cwd: string;
  now(): Date;
}): Promise<CommandTools> {
  const { env, cwd } = context;
  return {
    ...(await modelTools(await context.google(), context.config, context.signal)),
    nowMs: () => context.now().getTime(),
    by: env.USER ?? env.LOGNAME ?? env.USERNAME ?? '',
    cwd,
  };
}
