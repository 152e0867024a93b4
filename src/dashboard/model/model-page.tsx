import type { Config } from '../../config/config.js';
import type { ModelsPort } from '../../gcp/bigquery/models.js';
import { statement, tablePath } from '../../pipeline/analytics/templates.js';
import { evaluateModel } from '../../pipeline/model/evaluate.js';
import { heldOutStatement, readHeldOut } from '../../pipeline/model/held-out.js';
import { qualityCharts } from '../../pipeline/model/plot.js';
import { type Question, questionValues, readQuestion } from '../../pipeline/model/question.js';
import { type MetricRow, metricRows } from '../../pipeline/model/store-metrics.js';
import { Kept } from '../kept.js';
import type { MeteredPort } from '../metered.js';
import type { Page } from '../page.js';
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

/** How good the model is for patients whom it never saw. */
export function modelPage({ bigQuery, models, config, signal, nowMs, maxAgeMs }: ModelPageTools): Page {
  const kept = new Kept<Asked[]>(maxAgeMs, nowMs);
  const tools = { port: bigQuery, models, config, signal };
  const read = async (): Promise<Asked[]> => {
    const readAt = new Date(nowMs()).toISOString();
    const before = bigQuery.bytesRead;
    try {
      const question = await readQuestion(tools);
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
      const tile = metricsTile(
        `SELECT * FROM ML.EVALUATE(MODEL ${tablePath(config, config.bigquery.model)})`,
      );
      return [{ tile, answer: { rows: [], bytes: 0, error: (error as Error).message, readAt } }];
    }
  };
  return {
    ...NAV,
    title: () => NAV.nav,
    intervalMs: maxAgeMs,
    async read(_params, query) {
      const asked = await kept.get('model', read, query.get('fresh') === 'yes' ? FRESH_MS : undefined);
      return tilesSnapshot({ ...NAV, query, asked, top: undefined });
    },
  };
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
          { name: 'metric', title: 'metric' },
          { name: 'value', title: 'value', text: rounded },
          { name: 'lower', title: '95 % from', text: rounded },
          { name: 'upper', title: 'to', text: rounded },
          { name: 'n_patients', title: 'patients' },
        ]}
      />
    ),
  };
}

function rounded(value: unknown): string {
  return typeof value === 'number' ? value.toFixed(3) : '–';
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
      about,
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
