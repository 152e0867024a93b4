import { createServer } from 'node:http';
import type { Gauge, Registry } from 'prom-client';
import { type OpenPort, openPort } from '../../core/open-port.js';
import { boundName, refusalOf } from '../../core/request-guard.js';
import { HealthmonError } from '../../errors/healthmon-error.js';
import { STREAM_DEFAULTS } from './defaults.js';
import type { Worker } from './worker.js';

/** A value that nobody has counted, where 0 would be one: https://prometheus.io/docs/instrumenting/exposition_formats/ */
const UNKNOWN = Number.NaN;

export interface MetricsServerOptions {
  port: number;
  /** Interface to serve; only this machine's without it. */
  host?: string | undefined;
  /** Names besides loopback's and that of `host` by which it may be called. */
  allowedHosts?: readonly string[] | undefined;
}

/** Serves `/metrics` for Prometheus, `/healthz` (the process runs) and `/readyz` (subscription and sinks answer). */
export async function startMetricsServer(worker: Worker, options: MetricsServerOptions): Promise<OpenPort> {
  const registry = await workerRegistry(worker);
  const { port, host = STREAM_DEFAULTS.metricsHost, allowedHosts = [] } = options;
  const server = createServer((request, response) => {
    const answer = (status: number, body: string, type = 'text/plain; charset=utf-8') => {
      response.writeHead(status, { 'content-type': type });
      response.end(request.method === 'HEAD' ? '' : body);
    };
    const refusal = refusalOf(request.headers, {
      boundName: boundName(host, request.socket.localAddress),
      allowedNames: allowedHosts,
      bodies: 'any',
    });
    if (refusal !== undefined) return answer(403, `${refusal}\n`);
    if (request.method !== 'GET' && request.method !== 'HEAD') return answer(405, 'only GET\n');
    switch (new URL(request.url ?? '/', 'http://localhost').pathname) {
      case '/metrics':
        registry.metrics().then(
          (text) => answer(200, text, registry.contentType),
          () => answer(500, 'the metrics could not be collected\n'),
        );
        return undefined;
      case '/healthz':
        return answer(200, 'ok\n');
      case '/readyz':
        return worker.notReadyReason === undefined
          ? answer(200, 'ready\n')
          : answer(503, `not ready: ${worker.notReadyReason}\n`);
      default:
        return answer(404, 'see /metrics, /healthz and /readyz\n');
    }
  });
  return openPort(
    server,
    { host, port },
    (cause) =>
      new HealthmonError({
        code: 'port-taken',
        message: `The metrics port ${port} cannot be opened.`,
        detail: cause.message,
        suggestion: 'Give another --metrics-port, or 0 for any free one.',
        cause,
      }),
  );
}

/** Values are read from the worker when they are asked for: counting costs the messages nothing. */
async function workerRegistry(worker: Worker): Promise<Registry> {
  const { Counter, Gauge, Registry, collectDefaultMetrics } = await import('prom-client');
  const registry = new Registry();
  const { stats } = worker;
  const counter = (name: string, help: string, read: () => number) =>
    new Counter({
      name,
      help,
      registers: [registry],
      collect() {
        this.reset();
        this.inc(read());
      },
    });
  const gauge = (name: string, help: string, labelNames: string[], collect: (self: Gauge) => void) =>
    new Gauge({
      name,
      help,
      labelNames,
      registers: [registry],
      collect() {
        collect(this);
      },
    });
  counter('healthmon_messages_received_total', 'Messages received', () => stats.received);
  counter('healthmon_messages_written_total', 'Messages stored in all sinks', () => stats.written);
  counter('healthmon_messages_given_back_total', 'Messages given back for redelivery', () => stats.nacked);
  counter('healthmon_readings_written_total', 'Readings stored', () => stats.readings);
  counter('healthmon_rows_retried_total', 'Rows sent more than once', () => stats.retried);
  counter('healthmon_acks_failed_total', 'Acknowledgements that failed', () => stats.ackFailed);
  counter('healthmon_streams_reopened_total', 'Times the streams were opened anew', () => stats.reopened);
  new Counter({
    name: 'healthmon_dead_letters_total',
    help: 'Messages put aside, by reason',
    labelNames: ['reason'],
    registers: [registry],
    collect() {
      this.reset();
      for (const [reason, count] of stats.reasons) this.inc({ reason }, count);
    },
  });
  gauge('healthmon_messages_in_flight', 'Messages received and not yet settled', [], (self) =>
    self.set(worker.inFlight),
  );
  gauge('healthmon_oldest_message_age_seconds', 'Age of the oldest message in flight', [], (self) =>
    self.set(worker.oldestMessageAgeMs / 1000),
  );
  gauge('healthmon_backlog_messages', 'Messages in the subscription, by Cloud Monitoring', [], (self) => {
    self.set(worker.backlog?.messages ?? UNKNOWN);
  });
  gauge('healthmon_backlog_oldest_age_seconds', 'Age of the oldest of them', [], (self) => {
    self.set(worker.backlog?.oldestAgeSeconds ?? UNKNOWN);
  });
  gauge('healthmon_seconds_since_last_message', 'Time since the last message came', [], (self) =>
    self.set(worker.silentMs / 1000),
  );
  gauge('healthmon_intake_paused', '1 while intake waits for a sink', [], (self) =>
    self.set(worker.paused ? 1 : 0),
  );
  gauge('healthmon_latency_seconds', 'From publishing to being stored in all sinks', ['quantile'], (self) => {
    for (const quantile of [0.5, 0.95, 0.99]) {
      self.set({ quantile: String(quantile) }, stats.latency.percentile(quantile) / 1000);
    }
  });
  gauge('healthmon_batch_items', 'Mean items of a request, by sink', ['sink'], (self) => {
    for (const [sink, { batches, items }] of stats.batches) self.set({ sink }, items / batches);
  });
  gauge('healthmon_batch_seconds', 'Mean duration of a request, by sink', ['sink'], (self) => {
    for (const [sink, { batches, totalMs }] of stats.batches) self.set({ sink }, totalMs / batches / 1000);
  });
  collectDefaultMetrics({ register: registry });
  return registry;
}
