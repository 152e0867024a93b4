import { usageError } from '../../../errors/healthmon-error.js';
import { statement, tablePath } from '../../analytics/templates.js';
import { evaluateModel } from '../evaluate.js';
import { readHeldOut } from '../held-out.js';
import { findVersion, readHistory, type Version } from '../lifecycle.js';
import { readMetrics, type StoredMetric } from '../list.js';
import { MODEL_TYPES } from '../model-types.js';
import { qualityCharts } from '../plot.js';
import { meaningOf, type Question, questionValues, quoted, readQuestion } from '../question.js';
import { readJsonFile } from '../read-json-file.js';
import type { ModelEvent, VersionRecord } from '../registry.js';
import { metricRows } from '../store-metrics.js';
import type { ModelTools } from '../tools.js';
import { TRIPOD_ITEMS, type TripodItem } from './tripod.js';

export interface Predictor {
  name: string;
  type: string;
  description: string;
  /** UCUM code. */
  unit: string | null;
  missingInTraining: number;
  missingHeldOut: number;
}

export interface OutcomeCount {
  outcome: string;
  trainRows: number;
  trainPatients: number;
  heldOutRows: number;
  heldOutPatients: number;
}

export interface DriftFound {
  checkedAt: string;
  kind: string;
  input: string;
  metric: string;
  value: number | null;
  isAnomaly: boolean;
}

export interface ModelCard {
  model: string;
  version: string;
  stage: Version['stage'];
  record: VersionRecord;
  outcomes: OutcomeCount[];
  predictors: Predictor[];
  metrics: Omit<StoredMetric, 'version'>[];
  /** Name, what it is of (a category), and weight or importance. */
  coefficients: { input: string; category: string | null; weight: number | null }[];
  drift: DriftFound[];
  versions: { version: string; stage: Version['stage']; createdAt: string | null }[];
  events: ModelEvent[];
  tripod: TripodItem[];
  /** Items that only an author can fill, and nobody has. */
  unfilled: number[];
}

/** A card, and the charts that pages show with it as SVG; none of a model of other than two outcomes. */
export interface CardWithCharts {
  card: ModelCard;
  charts: string[];
}

/**
 * Everything that is known of a version, in the order of TRIPOD+AI.
 * @param notes what the author says, by item.
 */
export async function readCard(
  tools: ModelTools,
  asked: string,
  notes: ReadonlyMap<number, string>,
): Promise<CardWithCharts> {
  const history = await readHistory(tools);
  const { version, stage, record } = findVersion(history, asked);
  if (record === undefined || stage === 'pruned') {
    throw usageError({
      code: 'no-card',
      message: `There is no card of ${version}: ${record === undefined ? 'its training was not finished' : 'its model was deleted'}.`,
      suggestion: `Run "healthmon models show ${version}" for what is kept of it.`,
    });
  }
  const question = await readQuestion(tools, version);
  const metrics = (await readMetrics(tools)).filter((row) => row.version === version);
  const twoOutcomes = metrics.some(
    ({ metric, data }) => data === 'held_out' && metric === 'calibration_in_the_large',
  );
  const tripod = TRIPOD_ITEMS.map((each): TripodItem => {
    const section = 'section' in each ? each.section : null;
    return { item: each.item, topic: each.topic, section, text: notes.get(each.item) ?? null };
  });
  const card: ModelCard = {
    model: history.model,
    version,
    stage,
    record,
    outcomes: MODEL_TYPES[question.type].classifies ? await readOutcomes(tools, question) : [],
    predictors: await readPredictors(tools, question),
    metrics: metrics.map(({ version: _version, ...metric }) => metric),
    coefficients: await readCoefficients(tools, question),
    drift: await readDrift(tools, version),
    versions: history.versions.map((each) => ({
      version: each.version,
      stage: each.stage,
      createdAt: each.record?.createdAt ?? null,
    })),
    events: history.events,
    tripod,
    unfilled: tripod.filter(({ section, text }) => section === null && text === null).map(({ item }) => item),
  };
  return { card, charts: twoOutcomes ? await readCharts(tools, question) : [] };
}

async function readCharts(tools: ModelTools, question: Question): Promise<string[]> {
  const evaluated = await evaluateModel(tools, question);
  const heldOut = await readHeldOut(tools, question);
  const rows = metricRows(evaluated.metrics, heldOut);
  return qualityCharts({ model: question.version, ...evaluated }, heldOut, rows);
}

async function rowsOf(
  { port, signal }: ModelTools,
  sql: string,
  params: [name: string, value: string][] = [],
) {
  const outcome = await port.query(sql, {
    params: params.map(([name, value]) => ({ name, type: 'STRING', value })),
    signal,
    doing: 'read the card',
  });
  return outcome.rows();
}

async function readOutcomes(tools: ModelTools, question: Question): Promise<OutcomeCount[]> {
  const values = questionValues(tools, question);
  const rows = await rowsOf(tools, statement('outcome-counts', tools.config, values));
  return rows.map((row) => ({
    outcome: String(row.outcome),
    trainRows: Number(row.trainRows),
    trainPatients: Number(row.trainPatients),
    heldOutRows: Number(row.heldOutRows),
    heldOutPatients: Number(row.heldOutPatients),
  }));
}

async function readPredictors(tools: ModelTools, question: Question): Promise<Predictor[]> {
  const { features, source } = question;
  const values = questionValues(tools, question);
  const count = (name: string, side: string) => `COUNTIF(${quoted(name)} IS NULL AND ${side})`;
  const list = (side: string) => `[${features.map((name) => count(name, side)).join(', ')}]`;
  const [row] = await rowsOf(
    tools,
    `SELECT ${list(`NOT ${values.isHeldOut}`)} AS train, ${list(values.isHeldOut!)} AS held_out
FROM ${source.sql} AS joined_row
WHERE ${values.label} IS NOT NULL AND ${values.splitBy} IS NOT NULL`,
  );
  const counts = (side: string) => (row?.[side] ?? []) as number[];
  return features.map((name, index) => {
    const meaning = meaningOf(name);
    return {
      name,
      type: source.columns.find((column) => column.name === name)?.type ?? '',
      description: meaning?.title ?? meaning?.description ?? '',
      unit: meaning?.unit ?? null,
      missingInTraining: Number(counts('train')[index]),
      missingHeldOut: Number(counts('held_out')[index]),
    };
  });
}

async function readCoefficients(
  tools: ModelTools,
  { model, type }: Question,
): Promise<ModelCard['coefficients']> {
  const path = tablePath(tools.config, model);
  if (!MODEL_TYPES[type].linear) {
    const rows = await rowsOf(
      tools,
      `SELECT feature, importance_gain FROM ML.FEATURE_IMPORTANCE(MODEL ${path}) ORDER BY importance_gain DESC`,
    );
    return rows.map((row) => ({
      input: String(row.feature),
      category: null,
      weight: Number(row.importance_gain),
    }));
  }
  const rows = await rowsOf(
    tools,
    `SELECT processed_input, weight, category_weights FROM ML.WEIGHTS(MODEL ${path})`,
  );
  return rows.flatMap((row): ModelCard['coefficients'] => {
    const input = String(row.processed_input);
    if (row.weight !== null) return [{ input, category: null, weight: Number(row.weight) }];
    return (row.category_weights as unknown as { category: string; weight: number }[]).map((each) => ({
      input,
      category: each.category,
      weight: Number(each.weight),
    }));
  });
}

async function readDrift(tools: ModelTools, version: string): Promise<DriftFound[]> {
  const rows = await rowsOf(
    tools,
    `SELECT * FROM ${tablePath(tools.config, 'v_model_drift')} AS checked WHERE model_version = @version ORDER BY value DESC`,
    [['version', version]],
  );
  return rows.map((row) => ({
    checkedAt: String(row.checked_at),
    kind: String(row.kind),
    input: String(row.input),
    metric: String(row.metric),
    value: row.value === null ? null : Number(row.value),
    isAnomaly: row.is_anomaly === true,
  }));
}

/** What the author says, from a JSON file of items and texts: `{"4": "…"}`. */
export function readNotes(file: string | undefined, cwd: string): Map<number, string> {
  if (file === undefined) return new Map();
  const notes = readJsonFile(file, cwd, 'notes', '{"4": "To find patients who …"}');
  return new Map(
    Object.entries(notes ?? {}).map(([key, text]) => {
      const known = TRIPOD_ITEMS.find(({ item }) => String(item) === key);
      if (known === undefined || typeof text !== 'string' || text.trim() === '') {
        throw usageError({
          code: 'notes-invalid',
          message: `The notes ${file} have no text of an item at "${key}".`,
          detail: 'Items of TRIPOD+AI are numbers from 1 to 27.',
          suggestion: 'Give each item as "number": "text".',
        });
      }
      return [known.item, text];
    }),
  );
}
