import { calibrationChart } from '../../charts/calibration.js';
import { confusionChart } from '../../charts/confusion.js';
import { decisionChart } from '../../charts/decision.js';
import { type Child, element, Markup } from '../../charts/markup.js';
import { rocChart } from '../../charts/roc.js';
import { sheet } from '../../charts/sheet.js';
import { type SliceData, sliceChart } from '../../charts/slices.js';
import { chartStyle, colourStyle, standalone } from '../../charts/style.js';
import type { EvaluateResult } from './evaluate.js';
import type { HeldOut } from './held-out.js';
import { calibrationBins, netBenefit, rocPoints } from './quality.js';
import type { MetricRow } from './store-metrics.js';

const HISTOGRAM_PARTS = 20;
const THRESHOLDS = Array.from({ length: 19 }, (_, index) => (index + 1) / 20);
/** At which a model of two outcomes decides. */
const DECIDES_AT = 0.5;

/** ROC, calibration, confusion, decision curve and slices of the held-out patients, each as SVG. */
export function qualityCharts(
  { model, confusionMatrix }: Pick<EvaluateResult, 'model' | 'confusionMatrix'>,
  { event, rows }: HeldOut,
  metrics: readonly MetricRow[],
): string[] {
  const areas = metrics.filter(({ metric }) => metric === 'roc_auc');
  const [all] = areas;
  const { lower, upper } = all ?? {};
  const histogram = new Array<number>(HISTOGRAM_PARTS).fill(0);
  for (const { probability } of rows) {
    histogram[Math.min(HISTOGRAM_PARTS - 1, Math.floor(probability * HISTOGRAM_PARTS))]!++;
  }
  const labels = Object.keys(confusionMatrix[0] ?? {}).filter((name) => name !== 'expected_label');
  const of = `${rows.length} readings of ${all?.n_patients ?? 0} held-out patients`;
  return [
    rocChart({
      id: 'roc',
      title: `ROC curve of ${model}`,
      description: `True against false positive rate for ${event}, ${of}.`,
      points: rocPoints(rows),
      rocAuc: all?.value ?? null,
      interval: lower === undefined || upper === undefined ? undefined : [lower, upper],
      threshold: DECIDES_AT,
    }),
    calibrationChart({
      id: 'calibration',
      title: `Calibration of ${model}`,
      description: `Observed share of ${event} against predicted probability in ten bins, ${of}.`,
      event,
      bins: calibrationBins(rows),
      histogram,
    }),
    confusionChart({
      id: 'confusion',
      title: `Confusion matrix of ${model}`,
      description: `Recorded against predicted outcomes, ${of}.`,
      labels,
      counts: confusionMatrix.map((row) => labels.map((label) => Number(row[label]))),
    }),
    decisionChart({
      id: 'decision',
      title: `Decision curve of ${model}`,
      description: `Net benefit of deciding by the model against treating all or none, ${of}.`,
      points: THRESHOLDS.map((threshold) => ({ threshold, ...netBenefit(rows, threshold) })),
    }),
    sliceChart({
      id: 'slices',
      title: `Slices of ${model}`,
      description: `Area under the ROC curve for groups of patients, ${of}.`,
      metric: 'ROC AUC',
      domain: domainOf(areas),
      overall: all?.value ?? undefined,
      slices: areas.map(({ slice_column, slice_value, n_patients: n, value, lower, upper }) => ({
        label: slice_column === 'all' ? 'all' : `${slice_column} ${slice_value}`,
        n,
        value,
        lower,
        upper,
      })),
    }),
  ];
}

/** An area below 0.5 is worse than none, and must not be cut off. */
function domainOf(areas: readonly MetricRow[]): SliceData['domain'] {
  const lowest = Math.min(0.5, ...areas.map(({ value, lower }) => lower ?? value ?? 0.5));
  return [Math.floor(lowest * 10) / 10, 1];
}

/** The charts side by side in one picture that stands alone. */
export function qualitySvg(title: string, charts: readonly string[]): string {
  return standalone(sheet({ id: 'quality', title, description: `${charts.length} charts.` }, charts));
}

/** The charts as a page that needs nothing else. */
export function qualityPage(title: string, charts: readonly string[]): string {
  return standalonePage(title, [
    element('h1', {}, title),
    element(
      'main',
      { class: 'charts' },
      charts.map((chart) => element('figure', {}, new Markup(chart))),
    ),
  ]);
}

const PAGE_STYLE = `
body { margin: 1rem; background: var(--surface); color: var(--text); font-family: system-ui, "DejaVu Sans", sans-serif; }
.charts { display: flex; flex-wrap: wrap; gap: 1.5rem; }
figure { margin: 0; max-width: 100%; overflow-x: auto; }
.card { max-width: 70rem; line-height: 1.4; }
.scroll, pre { overflow-x: auto; }
table { border-collapse: collapse; font-size: 0.9rem; }
caption { text-align: left; font-weight: 600; padding: 0.3rem 0; }
th, td { border-bottom: 1px solid var(--grid); padding: 0.2rem 0.8rem 0.2rem 0; text-align: left; vertical-align: top; }`;

/** A page of HTML that loads nothing. @param script hash of the only script that may run, as a policy has it. */
export function standalonePage(title: string, body: Child[], script?: string): string {
  const scripts = script === undefined ? '' : `; script-src ${script}`;
  const html = element(
    'html',
    { lang: 'en' },
    element(
      'head',
      {},
      element('meta', { charset: 'utf-8' }),
      element('meta', { name: 'viewport', content: 'width=device-width, initial-scale=1' }),
      element('meta', {
        'http-equiv': 'Content-Security-Policy',
        content: `default-src 'none'; style-src 'unsafe-inline'${scripts}`,
      }),
      element('title', {}, title),
      element('style', {}, new Markup(`${colourStyle()}${chartStyle()}${PAGE_STYLE}`)),
    ),
    element('body', {}, body),
  );
  return `<!doctype html>\n${html.text}\n`;
}
