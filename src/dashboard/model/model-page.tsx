import type { Config } from '../../config/config.js';
import type { ModelsPort } from '../../gcp/bigquery/models.js';
import { statement, tablePath } from '../../pipeline/analytics/templates.js';
import { evaluateModel } from '../../pipeline/model/evaluate.js';
import { heldOutStatement, readHeldOut } from '../../pipeline/model/held-out.js';
import { qualityCharts } from '../../pipeline/model/plot.js';
import { type Question, questionValues, readQuestion } from '../../pipeline/model/question.js';
import { numberOfVersion } from '../../pipeline/model/registry.js';
import { type MetricRow, metricRows } from '../../pipeline/model/store-metrics.js';
import { Kept } from '../kept.js';
import type { MeteredPort } from '../metered.js';
import type { Page, Query } from '../page.js';
import { addressWith } from '../query-state.js';
import { Drawing, Scrolling } from '../raw.js';
import type { Row, Tile } from '../tiles/tile.js';
import { type Asked, Rows, tilesSnapshot } from '../tiles/tiles-page.js';

export interface ModelPageTools {
  bigQuery: MeteredPort;
  models: ModelsPort;
  config: Config;
  signal: AbortSignal;
  nowMs(): number;
  maxAgeMs: number;
}

const NAV = { path: '/model', nav: 'Model' } as const;
/** Answers that are asked for on demand are this young. */
const FRESH_MS = 5_000;

/** Newest versions that can be chosen; "healthmon evaluate --model" measures older ones. */
const MAX_VERSIONS = 10;

/** How good the model that serves, or `?version=v2` of it, is for patients whom it never saw. */
export function modelPage({ bigQuery, models, config, signal, nowMs, maxAgeMs }: ModelPageTools): Page {
  const kept = new Kept<Asked[]>(maxAgeMs, nowMs);
  const tools = { port: bigQuery, models, config, signal };
  const versions = new Kept<string[]>(maxAgeMs, nowMs);
  const read = async (model: string): Promise<Asked[]> => {
    const readAt = new Date(nowMs()).toISOString();
    const before = bigQuery.bytesRead;
    try {
      const question = await readQuestion(tools, model);
      const evaluated = await evaluateModel(tools, question);
      const heldOut = await readHeldOut(tools, question);
      const metrics = metricRows(evaluated.metrics, heldOut);
      const charts = qualityCharts({ model: question.version, ...evaluated }, heldOut, metrics);
      const bytes = bigQuery.bytesRead - before;
      return modelTiles(config, question, metrics, evaluated.confusionMatrix, charts).map(
        ({ rows, ...tile }, index) => ({
          tile,
          answer: { rows, bytes: index === 0 ? bytes : 0, error: null, readAt },
        }),
      );
    } catch (error) {
      const tile = metricsTile(`SELECT * FROM ML.EVALUATE(MODEL ${tablePath(config, model)})`);
      return [{ tile, answer: { rows: [], bytes: 0, error: (error as Error).message, readAt } }];
    }
  };
  return {
    ...NAV,
    title: () => NAV.nav,
    intervalMs: maxAgeMs,
    async read(_params, query) {
      const maxMs = query.get('fresh') === 'yes' ? FRESH_MS : undefined;
      const { model } = config.bigquery;
      const names = await versions.get('', () => readVersionNames(models, model), maxMs);
      const chosen = names.find((name) => labelOf(model, name) === query.get('version'));
      const asked = await kept.get(chosen ?? '', () => read(chosen ?? model), maxMs);
      const top = <VersionChoice {...{ model, names, chosen, query }} />;
      return tilesSnapshot({ ...NAV, query, asked, top });
    },
  };
}

/** The newest first; none while BigQuery does not answer, which the tiles say. */
async function readVersionNames(models: ModelsPort, model: string): Promise<string[]> {
  const numbered = (await models.names().catch(() => [])).flatMap((name) => {
    const number = numberOfVersion(model, name);
    return number === undefined ? [] : [{ name, number }];
  });
  return numbered
    .sort((a, b) => b.number - a.number)
    .slice(0, MAX_VERSIONS)
    .map(({ name }) => name);
}

function labelOf(model: string, version: string): string {
  return `v${numberOfVersion(model, version)}`;
}

interface VersionChoiceProps {
  model: string;
  names: readonly string[];
  chosen: string | undefined;
  query: Query;
}

/** Versions are links, so that a page of one can be kept. */
function VersionChoice({ model, names, chosen, query }: VersionChoiceProps) {
  const link = (value: string, isOn: boolean, text: string) => (
    <a
      key={value}
      class="chip"
      href={addressWith(NAV.path, query, { version: value, fresh: '' })}
      aria-current={isOn ? 'true' : undefined}
    >
      {text}
    </a>
  );
  return (
    <div class="filters">
      <nav aria-label="Version">
        {link('', chosen === undefined, 'the one that serves')}
        {names.map((name) => link(labelOf(model, name), name === chosen, labelOf(model, name)))}
      </nav>
    </div>
  );
}

function metricsTile(sql: string): Tile {
  return {
    id: 'metrics',
    title: 'Metrics',
    about: 'Of patients whom the model never saw, all of them together.',
    ask: { sql, params: [] },
    draw: (rows) => (
      <Rows
        label="Metrics"
        rows={rows}
        columns={[
          { name: 'metric', title: 'metric', text: (value) => String(value).replaceAll('_', ' ') },
          { name: 'value', title: 'value', text: rounded },
          {
            name: 'lower',
            title: '95 % within',
            text: (lower, { upper }) =>
              typeof lower !== 'number' ? '–' : `${rounded(lower)} to ${rounded(upper)}`,
          },
          { name: 'n_patients', title: 'patients' },
        ]}
      />
    ),
  };
}

function rounded(value: unknown): string {
  return typeof value === 'number' ? value.toFixed(3) : '–';
}

/** A patient has many readings, each with a prediction of its own. */
function countedText(confusion: readonly object[], overall: readonly MetricRow[]): string {
  const cells = confusion.flatMap((row) => Object.values(row).filter((cell) => typeof cell === 'number'));
  const readings = cells.reduce((sum, cell) => sum + cell, 0).toLocaleString('en-GB');
  return `It counts readings: ${readings}, of ${overall[0]!.n_patients.toLocaleString('en-GB')} patients.`;
}

/** In the order in which `qualityCharts` draws them. */
const CHARTS = [
  ['roc', 'ROC', 'True against false positives at every threshold.', 'scored-held-out'],
  ['calibration', 'Calibration', 'What was predicted against what came, with intervals.', 'scored-held-out'],
  ['confusion', 'Confusion', 'What was predicted and what was recorded.', 'confusion-matrix'],
  ['decision', 'Decision curve', 'What deciding by the model gains, by threshold.', 'scored-held-out'],
  ['slices', 'Slices', 'The same for groups of patients; small groups say little.', 'scored-held-out'],
] as const;

function modelTiles(
  config: Config,
  question: Question,
  metrics: readonly MetricRow[],
  confusion: readonly object[],
  charts: readonly string[],
): (Tile & { rows: Row[] })[] {
  const values = questionValues({ config }, question);
  const sql = {
    evaluate: statement('evaluate', config, values),
    'confusion-matrix': statement('confusion-matrix', config, values),
    'scored-held-out': heldOutStatement({ config }, question),
  };
  const overall = metrics.filter(({ slice_column }) => slice_column === 'all');
  return [
    { ...metricsTile(sql.evaluate), rows: overall as unknown as Row[] },
    ...CHARTS.map(([id, title, about, name], index) => ({
      id: `model-${id}`,
      title,
      about: id === 'confusion' ? `${about} ${countedText(confusion, overall)}` : about,
      wide: id === 'slices',
      ask: { sql: sql[name], params: [] },
      rows: (id === 'confusion' ? confusion : metrics) as unknown as Row[],
      draw: () => (
        <Scrolling label={title}>
          <Drawing svg={charts[index]!} />
        </Scrolling>
      ),
    })),
  ];
}
