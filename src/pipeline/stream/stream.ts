import type { Config } from '../../config/config.js';
import { systemClock } from '../../core/clock.js';
import type { Implementation } from '../../core/services.js';
import { usageError } from '../../errors/healthmon-error.js';
import { bigQueryAdmin } from '../../gcp/bigquery/admin.js';
import { insertPort } from '../../gcp/bigquery/insert.js';
import { type BigtablePort, bigtablePort } from '../../gcp/bigtable/port.js';
import type { GoogleClients } from '../../gcp/clients.js';
import { translateGoogleError } from '../../gcp/google-errors.js';
import { cloudBacklogPort } from '../../gcp/pubsub/backlog.js';
import { publisherPort, subscriptionPort } from '../../gcp/pubsub/port.js';
import { storagePort } from '../../gcp/storage/port.js';
import { bigtableTables } from '../../schema/bigtable-columns.js';
import { patientVitalsSchema } from '../../schema/read-table-schema.js';
import { webhookOf } from './alert-delivery.js';
import { type AlertCounts, type AlertRun, alertRun } from './alert-run.js';
import type { AlertEvent } from './alerts.js';
import { STREAM_DEFAULTS } from './defaults.js';
import type { LatencySummary } from './latency.js';
import { bigqueryLoadSink } from './load-sink.js';
import { startMetricsServer } from './metrics-server.js';
import type { TimeFlag } from './reading.js';
import { bigquerySink, bigtableSink, type Sink, type SinkName } from './sinks.js';
import { timeZoneOf } from './time-zone.js';
import { UnjudgedMarks } from './unjudged-marks.js';
import { type StopReason, Worker, type WorkerOptions, type WorkerTools } from './worker.js';

export interface StreamInput {
  sinks: readonly SinkName[];
  maxMessages?: number | undefined;
  idleTimeoutMs?: number | undefined;
  durationMs?: number | undefined;
  drainTimeoutMs?: number | undefined;
  maxInFlight?: number | undefined;
  streams?: number | undefined;
  lingerMs?: number | undefined;
  /** From 10 s to 10 min. */
  ackDeadlineMs?: number | undefined;
  stallAfterMs?: number | undefined;
  giveUpAfterMs?: number | undefined;
  /** Of a row that a sink refuses, before its message becomes a dead letter. */
  maxTries?: number | undefined;
  timeZone?: string | undefined;
  retentionMs?: number | undefined;
  /** `insert`: streaming inserts, seconds after publishing, paid by volume. `load`: load jobs, free, minutes later. */
  bigqueryMethod?: 'insert' | 'load' | undefined;
  loadIntervalMs?: number | undefined;
  loadRows?: number | undefined;
  /** Scores readings and publishes alerts. */
  alerts?: boolean | undefined;
  /** Serves metrics and health; 0 takes any free port. */
  metricsPort?: number | undefined;
  metricsHost?: string | undefined;
  /** Names besides loopback's by which metrics and health may be called. */
  allowedHosts?: readonly string[] | undefined;
}

export interface StreamTools {
  clients: GoogleClients;
  config: Config;
  signal: AbortSignal;
  onEvent?: WorkerTools['onEvent'];
  /** The worker, as soon as it runs: for a live view and metrics. */
  onStarted?(worker: Worker): void;
  onAlert?(event: AlertEvent): void;
}

export interface StreamResult {
  subscription: string;
  sinks: readonly SinkName[];
  /** `written + deadLettered + nacked`. */
  received: number;
  /** Messages stored in all sinks. */
  written: number;
  /** Rows of the written messages. */
  readings: number;
  deadLettered: number;
  /** Received, not finished in time, and given back. */
  nacked: number;
  /** Given back unread, as they came after the stop. */
  turnedAway: number;
  ackFailed: number;
  retried: number;
  reasons: Record<string, number>;
  skipped: Record<string, number>;
  flagged: Record<TimeFlag, number>;
  stoppedBy: StopReason;
  seconds: number;
  messagesPerSecond: number;
  latencyMs: LatencySummary;
  /** Null when readings were not scored. */
  alerts: AlertCounts | null;
}

/** At the end every patient is judged who was stored a moment ago; after a backlog these are all. */
const ALERT_CLOSE_TIMEOUT_MS = 60_000;
/** After a failure. */
const ALERT_ABANDON_TIMEOUT_MS = 1_000;
const MAX_IN_FLIGHT_BYTES = 64 * 1024 * 1024;

/** A worker that pulls from the configured subscription until one of the ends of `input` is reached. */
export async function runStream(input: StreamInput, tools: StreamTools): Promise<StreamResult> {
  const { clients, config, signal } = tools;
  if (input.timeZone !== undefined) timeZoneOf(input.timeZone);
  const { ackDeadlineMs = STREAM_DEFAULTS.ackDeadlineMs } = input;
  if (ackDeadlineMs < 10_000 || ackDeadlineMs > 600_000) {
    throw usageError({
      code: 'invalid-option',
      message: `The acknowledgement deadline of ${ackDeadlineMs / 1000} s is not valid.`,
      suggestion: 'Give --ack-deadline 10s to 10m; these are the limits of Pub/Sub.',
    });
  }
  const clock = systemClock;
  const subscription = await subscriptionPort(clients, config.pubsub.subscription);
  const deadLetters = await publisherPort(clients, config.pubsub.deadLetterTopic);
  await subscription.check();
  const backlog = clients.local ? undefined : await cloudBacklogPort(config.project, subscription.name);
  const bigtable = input.sinks.includes('bigtable') ? await openBigtable(tools) : undefined;
  const marks = input.alerts === true ? new UnjudgedMarks(() => clock.now()) : undefined;
  const sinks = await Promise.all(
    input.sinks.map((name) =>
      name === 'bigtable' ? bigtableSink(bigtable!, marks) : openBigQuery(input, tools),
    ),
  );
  const alerts = marks && (await openAlerts(input, bigtable, marks, tools));
  const worker = new Worker(
    workerOptions(input, await clients.implementationOf('pubsub')),
    { subscription, deadLetters, sinks, backlog },
    {
      signal,
      clock,
      ...(tools.onEvent && { onEvent: tools.onEvent }),
      ...(alerts && { onReadings: (readings) => alerts.stored(readings) }),
    },
  );
  const metrics =
    input.metricsPort === undefined
      ? undefined
      : await startMetricsServer(worker, {
          port: input.metricsPort,
          host: input.metricsHost,
          allowedHosts: input.allowedHosts,
        });
  tools.onStarted?.(worker);
  tools.onEvent?.('info', `streaming from ${subscription.name} to ${input.sinks.join(' and ')}`, {});
  if (metrics !== undefined) tools.onEvent?.('info', `metrics at ${metrics.url}/metrics`, {});
  alerts?.start();
  try {
    const stoppedBy = await worker.run();
    const result = streamResult(worker, input.sinks, subscription.name, stoppedBy);
    return { ...result, alerts: (await alerts?.close(ALERT_CLOSE_TIMEOUT_MS)) ?? null };
  } catch (error) {
    await alerts?.close(ALERT_ABANDON_TIMEOUT_MS);
    tools.onEvent?.('warn', 'stopped by a failure', counts(worker));
    throw translateGoogleError(error, `stream from ${subscription.name}`, clients.local);
  } finally {
    await metrics?.close();
  }
}

async function openAlerts(
  { sinks }: StreamInput,
  bigtable: { vitals: BigtablePort; now: BigtablePort } | undefined,
  marks: UnjudgedMarks,
  { clients, config, onAlert, onEvent }: StreamTools,
): Promise<AlertRun> {
  if (bigtable === undefined) {
    throw usageError({
      code: 'conflicting-options',
      message: 'Alerts need the sink bigtable.',
      detail: 'Patients are judged by the readings that are stored there.',
      suggestion: 'Give --sink bigtable,bigquery, or leave --alerts out.',
    });
  }
  const table = sinks.includes('bigquery')
    ? await insertPort(clients, config, config.bigquery.alertsTable)
    : undefined;
  await table?.check();
  return alertRun({
    ...bigtable,
    table,
    marks,
    publisher: await publisherPort(clients, config.pubsub.alertTopic),
    webhook: webhookOf(config),
    clock: systemClock,
    onAlert,
    onEvent,
  });
}

async function openBigtable({
  clients,
  config,
}: StreamTools): Promise<{ vitals: BigtablePort; now: BigtablePort }> {
  const tables = bigtableTables(patientVitalsSchema(), config.bigtable);
  const [vitals, now] = await Promise.all([
    bigtablePort(clients, config, tables.vitals),
    bigtablePort(clients, config, tables.now),
  ]);
  await Promise.all([vitals.check(), now.check()]);
  return { vitals, now };
}

/** @param emulator of Pub/Sub; undefined on Google Cloud */
function workerOptions(input: StreamInput, emulator: Implementation | undefined): WorkerOptions {
  const method = (input.sinks.includes('bigquery') && input.bigqueryMethod) || STREAM_DEFAULTS.bigqueryMethod;
  return {
    decode: { timeZone: input.timeZone },
    streams: input.streams ?? STREAM_DEFAULTS.streams[emulator === 'official' ? 'official' : 'other'],
    maxInFlight: input.maxInFlight ?? STREAM_DEFAULTS.maxInFlight[method],
    maxInFlightBytes: MAX_IN_FLIGHT_BYTES,
    ackDeadlineSeconds: Math.round((input.ackDeadlineMs ?? STREAM_DEFAULTS.ackDeadlineMs) / 1000),
    lingerMs: input.lingerMs ?? STREAM_DEFAULTS.lingerMs,
    maxMessages: input.maxMessages,
    idleTimeoutMs: input.idleTimeoutMs,
    durationMs: input.durationMs,
    drainTimeoutMs: input.drainTimeoutMs ?? STREAM_DEFAULTS.drainTimeoutMs[method],
    stallAfterMs: input.stallAfterMs ?? STREAM_DEFAULTS.stallAfterMs,
    retentionMs: input.retentionMs ?? STREAM_DEFAULTS.retentionMs,
    giveUpAfterMs:
      input.giveUpAfterMs ?? STREAM_DEFAULTS.giveUpAfterMs[emulator === undefined ? 'cloud' : 'local'],
    maxTries: input.maxTries ?? STREAM_DEFAULTS.maxTries,
  };
}

async function openBigQuery(input: StreamInput, { clients, config }: StreamTools): Promise<Sink> {
  const table = config.bigquery.streamTable;
  const port = await insertPort(clients, config, table);
  await port.check();
  const nowMs = () => systemClock.now();
  if (input.bigqueryMethod !== 'load') return bigquerySink(port, nowMs);
  return bigqueryLoadSink({
    admin: await bigQueryAdmin(clients, config),
    storage: await storagePort(clients, config),
    table,
    maxRows: input.loadRows ?? STREAM_DEFAULTS.loadRows,
    intervalMs: input.loadIntervalMs ?? STREAM_DEFAULTS.loadIntervalMs,
    nowMs,
  });
}

/** Every message that was received is in exactly one of the others. */
function counts({
  stats,
}: Worker): Pick<StreamResult, 'received' | 'written' | 'deadLettered' | 'nacked' | 'turnedAway'> {
  const { received, written, deadLettered, nacked, turnedAway } = stats;
  return { received, written, deadLettered, nacked, turnedAway };
}

function streamResult(
  worker: Worker,
  sinks: readonly SinkName[],
  subscription: string,
  stoppedBy: StopReason,
): Omit<StreamResult, 'alerts'> {
  const { stats } = worker;
  const seconds = stats.busySeconds;
  return {
    subscription,
    sinks,
    ...counts(worker),
    readings: stats.readings,
    ackFailed: stats.ackFailed,
    retried: stats.retried,
    reasons: Object.fromEntries(stats.reasons),
    skipped: Object.fromEntries(stats.skipped),
    flagged: { ...stats.flags },
    stoppedBy,
    seconds,
    messagesPerSecond: seconds === 0 ? 0 : Math.round((stats.written + stats.deadLettered) / seconds),
    latencyMs: stats.latency.summary(),
  };
}
