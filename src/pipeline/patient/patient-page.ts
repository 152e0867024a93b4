import { barChart } from '../../charts/bars.js';
import { type Child, element, Markup } from '../../charts/markup.js';
import { observationChart } from '../../charts/observation-chart.js';
import { observationTable } from '../../charts/observations.js';
import { DISCLAIMER, percent } from '../../charts/picture.js';
import { sparkline } from '../../charts/sparkline.js';
import { chartStyle, colourStyle } from '../../charts/style.js';
import { signed } from '../../core/number-text.js';
import { RISK_SIGNS } from '../../core/risk-signs.js';
import type { Explanation } from '../model/explanation.js';
import { SEVERITY } from '../stream/news2.js';
import { observationsOf } from './observations.js';
import type { PatientResult } from './read-patient.js';

export interface PageInput {
  patientId: string;
  sinceMs: number;
  /** Written at the foot of the page. */
  version: string;
  nowMs: number;
}

/** Attributions that are drawn; the others are one bar. */
const ATTRIBUTIONS = 10;
const ALERTS = 8;

/**
 * A patient as one document of HTML that asks nobody for anything and prints on one A4 page.
 * @param result read with all readings that are to be drawn.
 */
export function patientPage(result: PatientResult, input: PageInput): string {
  const { patientId } = input;
  const chart = observationsOf(result, { id: 'news2', patientId, sinceMs: input.sinceMs });
  const head = element(
    'head',
    {},
    element('meta', { charset: 'utf-8' }),
    element('meta', { name: 'viewport', content: 'width=device-width, initial-scale=1' }),
    element('meta', {
      'http-equiv': 'Content-Security-Policy',
      content: "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'",
    }),
    element('title', {}, `Patient ${patientId}`),
    element('style', {}, new Markup(`${colourStyle()}${chartStyle()}${PAGE_STYLE}`)),
  );
  const body = element(
    'body',
    {},
    banner(patientId, result),
    score(result),
    element(
      'main',
      {},
      chart === undefined
        ? element('p', {}, 'No reading.')
        : element('figure', {}, new Markup(observationChart(chart))),
      element(
        'div',
        { class: 'columns' },
        vitals(result),
        element('div', {}, prediction(result), alerts(result)),
      ),
      chart !== undefined &&
        element(
          'details',
          {},
          element('summary', {}, `All ${chart.observations.length} readings`),
          new Markup(observationTable(chart)),
        ),
    ),
    footer(result, input),
  );
  return `<!doctype html>\n${element('html', { lang: 'en' }, head, body).text}\n`;
}

export function banner(patientId: string, { patient }: PatientResult): Markup {
  const entries = Object.entries(patient ?? {}).filter(([name]) => name !== 'Patient_ID');
  return element(
    'header',
    {},
    element('h1', {}, `Patient ${patientId}`),
    element(
      'dl',
      {},
      entries.map(([name, value]) =>
        element(
          'div',
          {},
          element('dt', {}, words(name)),
          element('dd', {}, value === null ? 'not known' : String(value)),
        ),
      ),
      patient === null && element('div', {}, element('dt', {}, 'admission'), element('dd', {}, 'not known')),
    ),
  );
}

/** `Length_of_Stay` as people read it. */
function words(name: string): string {
  return name.replaceAll('_', ' ');
}

export function score({ news2 }: PatientResult): Markup {
  if (news2 === null) return element('p', { class: 'score risk0' }, 'No score: nothing was measured.');
  const { known, possible, risk, missing, at } = news2;
  return element(
    'p',
    { class: `score risk${SEVERITY[risk]}` },
    element('strong', {}, `${RISK_SIGNS[risk]} NEWS2 ${known} to ${possible}, ${risk}`),
    ` at ${moment(at)}. Not measured: ${missing.map(spaced).join(', ')}.`,
  );
}

/** `supplementalOxygen` as people read it. */
function spaced(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function moment(at: string): string {
  return `${at.slice(0, 16).replace('T', ' ')} UTC`;
}

function table(names: readonly string[], rows: readonly (readonly Child[])[]): Markup {
  return element(
    'table',
    { class: 'readings' },
    element(
      'thead',
      {},
      element(
        'tr',
        {},
        names.map((name) => element('th', { scope: 'col' }, name)),
      ),
    ),
    element(
      'tbody',
      {},
      rows.map(([first, ...rest]) =>
        element(
          'tr',
          {},
          element('th', { scope: 'row' }, first),
          rest.map((cell) => element('td', {}, cell)),
        ),
      ),
    ),
  );
}

function section(title: string, ...content: Child[]): Markup {
  return element('section', {}, element('h2', {}, title), content);
}

export function vitals(result: PatientResult): Markup {
  return section(
    'Vitals',
    table(
      ['vital', 'now', 'points', 'range', '1 h', 'course'],
      result.vitals.map(({ name, value, points, minimum, maximum, change, parts }) => [
        words(name),
        value,
        points ?? '–',
        minimum === maximum ? minimum : `${minimum}–${maximum}`,
        change === null ? '–' : signed(change),
        new Markup(sparkline(parts, `${words(name)} from ${minimum} to ${maximum}, ${value} at the end`)),
      ]),
    ),
  );
}

export function alerts({ alerts: episodes }: PatientResult): Markup {
  if (episodes.length === 0) return section('Alerts', element('p', {}, 'None in this stretch.'));
  const shown = episodes.slice(-ALERTS).reverse();
  return section(
    episodes.length <= ALERTS ? 'Alerts' : `Alerts, the newest ${ALERTS} of ${episodes.length}`,
    table(
      ['raised', 'resolved', 'peak', 'points'],
      shown.map(({ raisedAt, resolvedAt, peakRisk, peakScore }) => [
        raisedAt === null ? 'before' : moment(raisedAt),
        resolvedAt === null ? 'open' : moment(resolvedAt),
        `${RISK_SIGNS[peakRisk]} ${peakRisk}`,
        peakScore,
      ]),
    ),
  );
}

export function prediction({ prediction: predicted, sources }: PatientResult): Markup {
  if (predicted === null) {
    const error = sources.find(({ block }) => block === 'prediction')?.error;
    return section('Prediction', element('p', {}, error ?? 'None.'));
  }
  return section(
    'Prediction',
    element(
      'p',
      {},
      element('strong', {}, [predicted.predicted, ...chance(predicted.probability)].join(' ')),
      ` by ${predicted.modelVersion}, from the reading at ${moment(predicted.at)}.`,
    ),
    predicted.explanation === null ? [] : attributionBars(predicted.predicted, predicted.explanation),
  );
}

function chance(probability: number | null): string[] {
  return probability === null ? [] : [percent(probability)];
}

function attributionBars(predicted: string, { baseline, logOdds, attributions }: Explanation): Markup {
  const shown = attributions.slice(0, ATTRIBUTIONS);
  const rest = attributions.slice(ATTRIBUTIONS).reduce((sum, { attribution }) => sum + attribution, 0);
  const bars = shown.map(({ feature, attribution }) => ({ label: words(feature), value: attribution }));
  if (attributions.length > ATTRIBUTIONS) bars.push({ label: 'all others', value: rest });
  return new Markup(
    barChart({
      id: 'attributions',
      title: `Why ${predicted}`,
      description: `Baseline ${signed(baseline, 2)} and what each feature adds make log-odds of ${signed(logOdds, 2)}.`,
      unit: `log-odds; baseline ${signed(baseline, 2)}, sum ${signed(logOdds, 2)}`,
      signed: true,
      bars,
      width: 460,
    }),
  );
}

function footer({ sources }: PatientResult, { nowMs, version }: PageInput): Markup {
  return element(
    'footer',
    {},
    element(
      'ul',
      {},
      sources.map(({ block, store, at, error }) =>
        element('li', {}, `${block}: ${store}, ${error ?? (at === null ? 'nothing' : moment(at))}`),
      ),
    ),
    element(
      'p',
      {},
      `${DISCLAIMER} Written ${moment(new Date(nowMs).toISOString())} by healthmon ${version}.`,
    ),
  );
}

const PAGE_STYLE = `
body { margin: 0 auto; padding: 1rem; max-width: 62rem; background: var(--surface); color: var(--text); font: 14px/1.4 system-ui, "DejaVu Sans", sans-serif; }
h1 { font-size: 1.5rem; margin: 0 0 0.25rem; }
h2 { font-size: 1rem; margin: 0.75rem 0 0.25rem; }
dl { display: flex; flex-wrap: wrap; gap: 0.1rem 1.25rem; margin: 0; }
dt { color: var(--muted); font-size: 0.85em; }
dd { margin: 0; font-weight: 600; }
figure { margin: 0.5rem 0; overflow-x: auto; }
figure .chart { min-width: 40rem; }
.score { margin: 0.5rem 0; padding: 0.4rem 0.75rem; border: 1px solid var(--axis); }
${[0, 1, 2, 3].map((level) => `.risk${level} { background: var(--risk${level}); color: var(--risk${level}-text); }`).join('\n')}
.columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); gap: 0 1.5rem; }
.columns > * { min-width: 0; overflow-x: auto; }
summary { cursor: pointer; padding: 0.4rem 0; }
footer { margin-top: 0.75rem; color: var(--muted); font-size: 0.85em; }
footer ul { display: flex; flex-wrap: wrap; gap: 0 1rem; padding: 0; margin: 0; list-style: none; }
footer p { margin: 0.25rem 0 0; }
@page { size: A4; margin: 10mm; }
@media print {
  body { padding: 0; max-width: none; font-size: 9px; line-height: 1.3; }
  h1 { font-size: 16px; }
  h2 { font-size: 11px; }
  figure .chart { width: 100%; }
  details { display: none; }
  figure { overflow: visible; }
  figure .chart { min-width: 0; }
  .columns { grid-template-columns: 1fr 1fr; gap: 0 4mm; }
  table.readings th, table.readings td { padding: 0 3px; }
  .sparkline { height: 12px; }
  .score { print-color-adjust: exact; }
  section { break-inside: avoid; }
}
`;
