import { readFile } from 'node:fs/promises';
import type { Config } from '../../config/config.js';
import { usageError } from '../../errors/healthmon-error.js';
import type { BigQueryPort, QueryOptions, QueryParameter } from '../../gcp/bigquery/port.js';
import type { JsonValue } from '../../gcp/bigquery/values.js';
import { type AlertQuality, alertQuality, ThresholdRule, type Truth } from './quality.js';

export interface AlertTools {
  port: BigQueryPort;
  config: Config;
  signal: AbortSignal;
}

export interface ListInput {
  patient?: string | undefined;
  /** Only alerts without an end. */
  open: boolean;
  since?: string | undefined;
  limit: number;
}

/** Alerts from begin to end, the newest first. */
export async function listAlerts(input: ListInput, tools: AlertTools): Promise<Record<string, JsonValue>[]> {
  const { patient, open, since, limit } = input;
  const params: QueryParameter[] = [];
  const conditions = ['TRUE'];
  if (patient !== undefined) {
    conditions.push('Patient_ID = @patient');
    params.push({ name: 'patient', type: 'STRING', value: patient });
  }
  if (since !== undefined) {
    conditions.push('raised_at >= @since');
    params.push({ name: 'since', type: 'TIMESTAMP', value: since });
  }
  if (open) conditions.push('resolved_at IS NULL');
  const sql = `SELECT Patient_ID, raised_at, resolved_at, minutes, peak_risk, peak_score, escalations
FROM v_alerts AS alert
WHERE ${conditions.join(' AND ')}
ORDER BY raised_at DESC, Patient_ID
LIMIT ${limit}`;
  const outcome = await tools.port.query(sql, { ...queryOptions(tools, 'list the alerts'), params });
  return outcome.rows();
}

export interface EvaluateInput {
  groundTruth: string;
  thresholds: readonly number[];
  since?: string | undefined;
  until?: string | undefined;
}

export interface EvaluateResult extends AlertQuality {
  patients: number;
  /** The same for other thresholds, had they been the rule. */
  whatIf: (AlertQuality & { threshold: number })[];
}

/** Announced alerts that reached at least urgent, and other thresholds, against who really got worse. */
export async function evaluateAlerts(input: EvaluateInput, tools: AlertTools): Promise<EvaluateResult> {
  const truth = await readTruth(input.groundTruth);
  const params: QueryParameter[] = [
    { name: 'since', type: 'TIMESTAMP', value: input.since ?? '1970-01-01T00:00:00Z' },
    { name: 'until', type: 'TIMESTAMP', value: input.until ?? '9999-12-31T23:59:59Z' },
  ];
  const options = { ...queryOptions(tools, 'evaluate the alerts'), params };
  const announced = await tools.port.query(
    'SELECT Patient_ID, UNIX_MILLIS(urgent_at) FROM v_alerts AS alert WHERE urgent_at BETWEEN @since AND @until',
    options,
  );
  const raised: { patientId: string; atMs: number }[] = [];
  for await (const page of announced.pages()) {
    for (const [id, atMs] of page) raised.push({ patientId: String(id), atMs: Number(atMs) });
  }
  const { rules, observedDays } = await tryThresholds(input.thresholds, truth, tools.port, options);
  return {
    patients: truth.length,
    ...alertQuality(truth, raised, observedDays),
    whatIf: rules.map((rule) => ({
      threshold: rule.threshold,
      ...alertQuality(truth, rule.raised, observedDays),
    })),
  };
}

const DAY_MS = 86_400_000;

async function tryThresholds(
  thresholds: readonly number[],
  truth: readonly Truth[],
  port: BigQueryPort,
  options: QueryOptions,
): Promise<{ rules: ThresholdRule[]; observedDays: number }> {
  const rules = thresholds.map((threshold) => new ThresholdRule(threshold));
  const known = new Set(truth.map(({ patientId }) => patientId));
  const readings = await port.query(
    `SELECT Patient_ID, UNIX_MILLIS(event_timestamp), news_known
FROM v_reading_news2 AS reading
WHERE event_timestamp BETWEEN @since AND @until
ORDER BY Patient_ID, event_timestamp, IFNULL(Device_ID, '') DESC`,
    options,
  );
  let observedMs = 0;
  let before: { id: string; atMs: number } | undefined;
  for await (const page of readings.pages()) {
    for (const [patient, time, points] of page) {
      const id = String(patient);
      if (!known.has(id)) continue;
      const atMs = Number(time);
      if (before?.id === id) observedMs += atMs - before.atMs;
      before = { id, atMs };
      for (const rule of rules) rule.next(id, atMs, Number(points));
    }
  }
  return { rules, observedDays: observedMs / DAY_MS };
}

async function readTruth(path: string): Promise<Truth[]> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw refuse(path, (cause as Error).message, cause);
  }
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.map((line, index) => {
    try {
      const { Patient_ID, deteriorates, onset, recovered } = JSON.parse(line) as Record<string, unknown>;
      const onsetMs = deteriorates === true ? Date.parse(String(onset)) : undefined;
      if (typeof Patient_ID !== 'string' || Number.isNaN(onsetMs)) throw new Error('no patient or no onset');
      const recoveredMs = typeof recovered === 'string' ? Date.parse(recovered) : undefined;
      return { patientId: Patient_ID, onsetMs, recoveredMs };
    } catch (cause) {
      throw refuse(path, `Line ${index + 1} is not a line of a ground truth.`, cause);
    }
  });
}

function refuse(path: string, detail: string, cause: unknown): Error {
  return usageError({
    code: 'ground-truth-invalid',
    message: `The ground truth ${path} cannot be used.`,
    detail,
    suggestion: 'Give the file that "healthmon simulate --ground-truth FILE" wrote.',
    cause,
  });
}

function queryOptions({ config, signal }: AlertTools, doing: string) {
  return { defaultDataset: config.bigquery.dataset, signal, doing };
}
