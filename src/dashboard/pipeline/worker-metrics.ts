/** What a streaming worker says of itself on its metrics port. Counts are since its start. */
export interface WorkerSample {
  atMs: number;
  received: number;
  written: number;
  readings: number;
  deadLetters: number;
  inFlight: number;
  oldestSeconds: number;
  silentSeconds: number;
  isPaused: boolean;
  /** Of the subscription, where somebody counts it. */
  backlog: number | null;
  latencySeconds: { p50: number; p95: number; p99: number };
}

const TIMEOUT_MS = 1_500;

/** Asks a worker on this machine. @throws when it does not answer. */
export async function readWorker(port: number, nowMs: number): Promise<WorkerSample> {
  const answer = await fetch(`http://127.0.0.1:${port}/metrics`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (!answer.ok) throw new Error(`the metrics port answered ${answer.status}`);
  return sampleOf(await answer.text(), nowMs);
}

/** @param text in the format of Prometheus: https://prometheus.io/docs/instrumenting/exposition_formats/ */
export function sampleOf(text: string, atMs: number): WorkerSample {
  const values = new Map<string, number>();
  const totals = new Map<string, number>();
  for (const line of text.split('\n')) {
    const match = /^(healthmon_\w+)(\{[^}]*\})? (\S+)/.exec(line);
    if (match === null) continue;
    const value = Number(match[3]);
    values.set(match[1]! + (match[2] ?? ''), value);
    totals.set(match[1]!, (totals.get(match[1]!) ?? 0) + value);
  }
  const of = (name: string) => totals.get(`healthmon_${name}`) ?? 0;
  const latency = (quantile: string) => values.get(`healthmon_latency_seconds{quantile="${quantile}"}`) ?? 0;
  const backlog = totals.get('healthmon_backlog_messages') ?? Number.NaN;
  return {
    atMs,
    received: of('messages_received_total'),
    written: of('messages_written_total'),
    readings: of('readings_written_total'),
    deadLetters: of('dead_letters_total'),
    inFlight: of('messages_in_flight'),
    oldestSeconds: of('oldest_message_age_seconds'),
    silentSeconds: of('seconds_since_last_message'),
    isPaused: of('intake_paused') === 1,
    backlog: Number.isNaN(backlog) ? null : backlog,
    latencySeconds: { p50: latency('0.5'), p95: latency('0.95'), p99: latency('0.99') },
  };
}

export interface WorkerRates {
  receivedPerSecond: number;
  readingsPerSecond: number;
  deadLettersPerSecond: number;
}

/** Between two samples; null when there is one, or the worker was started anew between them. */
export function ratesOf(before: WorkerSample | undefined, now: WorkerSample): WorkerRates | null {
  if (before === undefined || before.received > now.received || now.atMs <= before.atMs) return null;
  const seconds = (now.atMs - before.atMs) / 1000;
  const rate = (name: 'received' | 'readings' | 'deadLetters') => (now[name] - before[name]) / seconds;
  return {
    receivedPerSecond: rate('received'),
    readingsPerSecond: rate('readings'),
    deadLettersPerSecond: rate('deadLetters'),
  };
}
