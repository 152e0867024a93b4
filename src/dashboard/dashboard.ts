import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Config } from '../config/config.js';
import { isLoopbackName } from '../core/request-guard.js';
import { usageError } from '../errors/healthmon-error.js';
import { modelsPort } from '../gcp/bigquery/models.js';
import { bigQueryPort } from '../gcp/bigquery/port.js';
import { bigtablePort } from '../gcp/bigtable/port.js';
import type { GoogleClients } from '../gcp/clients.js';
import { openSpannerData, type SpannerData } from '../gcp/spanner/data.js';
import { readPatientRecords } from '../gcp/spanner/patients.js';
import { listDeadLetters, openDeadLetters } from '../pipeline/stream/dead-letter-commands.js';
import { WARD_DEFAULTS } from '../pipeline/ward/defaults.js';
import { admissionOf } from '../pipeline/ward/ward.js';
import { bigtableTables } from '../schema/bigtable-columns.js';
import { patientVitalsSchema } from '../schema/read-table-schema.js';
import { Access } from './access.js';
import { dashboardApp } from './app.js';
import { Audit } from './audit.js';
import { cohortPage } from './cohort/cohort-page.js';
import { dataPage } from './data/data-page.js';
import { DASHBOARD_DEFAULTS } from './defaults.js';
import { LiveViews } from './live.js';
import { bytesText, metered } from './metered.js';
import { modelPage } from './model/model-page.js';
import type { Page } from './page.js';
import { PatientFeed } from './patient/patient-feed.js';
import { patientPage } from './patient/patient-page.js';
import { pipelinePage } from './pipeline/pipeline-page.js';
import { readWorker } from './pipeline/worker-metrics.js';
import { serve } from './server.js';
import type { Row } from './tiles/tile.js';
import { TileReader } from './tiles/tile-reader.js';
import { WardFeed } from './ward/ward-feed.js';
import { wardPage } from './ward/ward-page.js';
import { readPredictions } from './ward/ward-predictions.js';

export interface DashboardInput {
  host: string;
  port: number;
  allowedHosts: readonly string[];
  live: boolean;
  /** How often live pages are read anew; by default that of the target in `DASHBOARD_DEFAULTS`. */
  intervalMs?: number | undefined;
  tokenFile?: string | undefined;
  /** File of who looked at which patient. */
  audit?: string | undefined;
  /** Of a streaming worker on this machine. */
  metricsPort?: number | undefined;
}

export interface DashboardTools {
  clients: GoogleClients;
  config: Config;
  cwd: string;
  signal: AbortSignal;
  nowMs(): number;
  onWarning(text: string): void;
}

export interface Dashboard {
  /** With the token that opens it. */
  url: string;
  port: number;
  close(): Promise<void>;
}

/** Serves the pages; resolves when they can be opened. */
export async function startDashboard(input: DashboardInput, tools: DashboardTools): Promise<Dashboard> {
  const { config, cwd, onWarning } = tools;
  const access = new Access(input.tokenFile && readToken(resolve(cwd, input.tokenFile), onWarning));
  checkHost(input, onWarning);
  const target = config.target === 'local' ? `local, project ${config.project}` : `project ${config.project}`;
  const audit = input.audit === undefined ? undefined : new Audit(resolve(cwd, input.audit), target);
  const bigQuery = metered(() => bigQueryPort(tools.clients), config);
  const pages = await pagesOf(input, tools, bigQuery);
  const live = input.live ? new LiveViews() : undefined;
  const app = dashboardApp({
    pages,
    live,
    target,
    reads: () => `BigQuery has read ${bytesText(bigQuery.bytesRead)} for this dashboard.`,
    audit,
  });
  const server = await serve({ ...input, access }, app);
  return {
    url: `${server.url}/?t=${access.token}`,
    port: server.port,
    async close() {
      live?.close();
      await server.close();
    },
  };
}

async function pagesOf(
  input: DashboardInput,
  tools: DashboardTools,
  bigQuery: ReturnType<typeof metered>,
): Promise<Page[]> {
  const { clients, config, signal, nowMs } = tools;
  const { metricsPort } = input;
  const tables = bigtableTables(patientVitalsSchema(), config.bigtable);
  const [now, vitals] = await Promise.all([
    bigtablePort(clients, config, tables.now),
    bigtablePort(clients, config, tables.vitals),
  ]);
  await Promise.all([now.check(), vitals.check()]);
  const intervalMs = input.intervalMs ?? DASHBOARD_DEFAULTS.intervalMs[config.target];
  const maxAgeMs = DASHBOARD_DEFAULTS.maxAgeMs[config.target];
  const withSpanner = spannerUser(clients, config);
  const ward = new WardFeed({
    now,
    vitals,
    readAdmissions: () =>
      withSpanner(async (data) => (await readPatientRecords(clients, config, data)).map(admissionOf)),
    readPredictions: () => readPredictions(bigQuery, config, signal),
    nowMs,
    staleAfterMs: WARD_DEFAULTS.staleAfterMs,
    maxAgeMs: intervalMs / 2,
    storesMaxAgeMs: maxAgeMs,
  });
  const patients = new PatientFeed({ ...tools, now, vitals, withSpanner, bigQuery, maxAgeMs });
  const reader = new TileReader({ ...tools, bigQuery, maxAgeMs });
  return [
    wardPage(ward, intervalMs),
    patientPage(patients, ward, intervalMs),
    cohortPage(reader, config),
    dataPage(reader, config, deadLetterReader(tools)),
    modelPage({ ...tools, bigQuery, models: modelsPort(clients, config), maxAgeMs }),
    pipelinePage({
      ward,
      intervalMs,
      nowMs,
      readWorker: metricsPort === undefined ? undefined : (atMs) => readWorker(metricsPort, atMs),
    }),
  ];
}

/** As many as are counted; a larger heap is a matter for "healthmon dead-letters". */
const MAX_DEAD_LETTERS = 1_000;

function deadLetterReader(tools: DashboardTools): () => Promise<Row[]> {
  let subscription: ReturnType<typeof openDeadLetters> | undefined;
  return async () => {
    subscription ??= openDeadLetters(tools).catch((error) => {
      subscription = undefined;
      throw error;
    });
    const { byReason } = await listDeadLetters({ limit: MAX_DEAD_LETTERS }, tools, await subscription);
    return Object.entries(byReason)
      .sort((a, b) => b[1] - a[1])
      .map(([reason, messages]) => ({ reason, messages }));
  };
}

export type SpannerUser = <T>(use: (data: SpannerData) => Promise<T>) => Promise<T>;

/** Opens the database once, and anew after a failure: a session that the service has ended is gone for good. */
function spannerUser(clients: GoogleClients, config: Config): SpannerUser {
  let opened: Promise<SpannerData> | undefined;
  return async (use) => {
    opened ??= openSpannerData(clients, config);
    const mine = opened;
    try {
      return await use(await mine);
    } catch (error) {
      if (opened === mine) opened = undefined;
      throw error;
    }
  };
}

/** As many signs as the tokens that are made here have. */
const MIN_TOKEN_LENGTH = 22;

function readToken(file: string, onWarning: (text: string) => void): string {
  const refuse = (detail: string, cause?: unknown) =>
    usageError({
      code: 'token-file-invalid',
      message: `The token file ${file} cannot be used.`,
      detail,
      suggestion: `Write a token of at least ${MIN_TOKEN_LENGTH} letters and digits to it, such as: openssl rand -hex 16 > FILE`,
      cause,
    });
  let text: string;
  try {
    text = readFileSync(file, 'utf8').trim();
  } catch (cause) {
    throw refuse((cause as Error).message, cause);
  }
  if (!/^[\w.~-]+$/.test(text) || text.length < MIN_TOKEN_LENGTH) {
    throw refuse('It holds no token, or one that is too short.');
  }
  if (process.platform !== 'win32' && (statSync(file).mode & 0o077) !== 0) {
    onWarning(`other users of this machine may read the token file ${file}`);
  }
  return text;
}

function checkHost({ host, tokenFile }: DashboardInput, onWarning: (text: string) => void): void {
  if (isLoopbackName(host)) return;
  if (tokenFile === undefined) {
    throw usageError({
      code: 'invalid-option',
      message: `Beyond this machine the dashboard is not opened by a token that works once.`,
      detail: `--host ${host} lets other machines reach it.`,
      suggestion: 'Add --token-file FILE, or leave --host out and forward the port by ssh.',
    });
  }
  onWarning(`patients' data leave this machine without encryption by ${host}`);
}
