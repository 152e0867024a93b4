import { tablePath } from '../analytics/templates.js';
import { findVersion, readHistory, type Stage } from './lifecycle.js';
import type { ModelEvent, VersionRecord } from './registry.js';
import type { ModelTools } from './tools.js';

/** A measured metric of a version. */
export interface ListedMetric {
  metric: string;
  value: number | null;
  lower: number | null;
  upper: number | null;
}

export interface ListedVersion {
  version: string;
  stage: Stage;
  createdAt: string | null;
  createdBy: string | null;
  modelType: string | null;
  label: string | null;
  trainRows: number | null;
  heldOutPatients: number | null;
  /** Id in the registry of Vertex AI, or null. */
  vertexAiModelId: string | null;
  /** Of all held-out patients, by name; empty of a training that was not finished. */
  metrics: Record<string, ListedMetric>;
}

export interface ModelsListed {
  model: string;
  champion: string | null;
  models: ListedVersion[];
}

/** Versions of the configured model with their newest metrics, the newest version first. */
export async function listModels(tools: ModelTools): Promise<ModelsListed> {
  const history = await readHistory(tools);
  const metrics = await readMetrics(tools);
  const models = history.versions.map(({ version, stage, record }): ListedVersion => {
    const own = metrics.filter(
      (row) => row.version === version && row.slice === 'all' && row.data === 'held_out',
    );
    return {
      version,
      stage,
      createdAt: record?.createdAt ?? null,
      createdBy: record?.createdBy ?? null,
      modelType: record?.modelType ?? null,
      label: record?.label ?? null,
      trainRows: record?.trainRows ?? null,
      heldOutPatients: record?.heldOutPatients ?? null,
      vertexAiModelId: registeredAs(history.events, version),
      metrics: Object.fromEntries(
        own.map(({ metric, value, lower, upper }) => [metric, { metric, value, lower, upper }]),
      ),
    };
  });
  return { model: history.model, champion: history.champion ?? null, models: models.reverse() };
}

function registeredAs(events: readonly ModelEvent[], version: string): string | null {
  const registered = events.findLast((each) => each.version === version && each.event === 'registered');
  return (registered?.detail as { vertexAiModelId?: string } | undefined)?.vertexAiModelId ?? null;
}

export interface StoredMetric extends ListedMetric {
  version: string;
  /** `held_out` or `predictions`. */
  data: string;
  slice: string;
  sliceValue: string;
  patients: number;
}

/** The newest stored metrics of the versions of the configured model. */
export async function readMetrics({ port, config, signal }: ModelTools): Promise<StoredMetric[]> {
  const outcome = await port.query(
    `SELECT * FROM ${tablePath(config, 'v_model_quality')} AS measured
WHERE STARTS_WITH(model_version, @prefix)
ORDER BY model_version, slice_column, slice_value, metric`,
    {
      params: [{ name: 'prefix', type: 'STRING', value: `${config.bigquery.model}_v` }],
      signal,
      doing: 'read the metrics of models',
    },
  );
  const number = (value: unknown) => (value === null || value === undefined ? null : Number(value));
  return (await outcome.rows()).map((row) => ({
    version: String(row.model_version),
    data: String(row.data),
    slice: String(row.slice_column),
    sliceValue: String(row.slice_value),
    metric: String(row.metric),
    value: number(row.value),
    lower: number(row.lower),
    upper: number(row.upper),
    patients: Number(row.n_patients),
  }));
}

export interface ModelShown {
  version: string;
  stage: Stage;
  /** Null of a training that was not finished. */
  record: VersionRecord | null;
  metrics: Omit<StoredMetric, 'version'>[];
  events: ModelEvent[];
}

/** Everything that is kept of one version. */
export async function showModel(tools: ModelTools, asked: string): Promise<ModelShown> {
  const history = await readHistory(tools);
  const { version, stage, record } = findVersion(history, asked);
  const metrics = (await readMetrics(tools)).filter((row) => row.version === version);
  return {
    version,
    stage,
    record: record ?? null,
    metrics: metrics.map(({ version: _version, ...metric }) => metric),
    events: history.events.filter((event) => event.version === version),
  };
}
