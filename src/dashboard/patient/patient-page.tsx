import type { VNode } from 'preact';
import type { Markup } from '../../charts/markup.js';
import { observationChart } from '../../charts/observation-chart.js';
import { observationTable } from '../../charts/observations.js';
import { ageText } from '../../core/number-text.js';
import { observationsOf } from '../../pipeline/patient/observations.js';
import { alerts, banner, prediction, score, vitals } from '../../pipeline/patient/patient-page.js';
import type { PatientResult } from '../../pipeline/patient/read-patient.js';
import type { FeedClock, Page, Part, Query, Snapshot } from '../page.js';
import { addressWith, choiceOf, patientPath } from '../query-state.js';
import { Drawing, Scrolling } from '../raw.js';
import type { WardFeed } from '../ward/ward-feed.js';
import { timeText } from '../words.js';
import type { PatientFeed } from './patient-feed.js';

export const RANGES = ['24h', '4h', '12h', '72h'] as const;
const HOUR_MS = 3_600_000;

export function patientPage(patients: PatientFeed, ward: WardFeed, intervalMs: number): Page {
  return {
    path: '/patients/:patientId',
    nav: null,
    title: ({ patientId }) => `Patient ${patientId}`,
    intervalMs,
    async read({ patientId = '' }, query) {
      const sinceMs = Number.parseInt(choiceOf(query, 'range', RANGES), 10) * HOUR_MS;
      const [result, { feed }] = await Promise.all([patients.read(patientId, sinceMs), ward.read()]);
      return patientSnapshot({ patientId, sinceMs, result, feed, query });
    },
  };
}

export interface PatientView {
  patientId: string;
  sinceMs: number;
  result: PatientResult;
  feed: FeedClock;
  query: Query;
}

export function patientSnapshot({ patientId, sinceMs, result, feed, query }: PatientView): Snapshot {
  const { patient, news2, readings, sources } = result;
  const newest = readings[0] ?? null;
  const chart = observationsOf(result, { id: 'news2', patientId, sinceMs });
  const part = (id: string, key: unknown, draw: () => VNode): Part => ({
    id,
    key: JSON.stringify(key),
    draw,
  });
  const section = (id: string, label: string, key: unknown, draw: () => Markup) =>
    part(id, key, () => (
      <div id={id} class="section">
        <Scrolling label={label}>
          <Drawing svg={draw().text} />
        </Scrolling>
      </div>
    ));
  const parts = [
    section('banner-patient', 'Admission', patient, () => banner(patientId, result)),
    section('score', 'Score', news2, () => score(result)),
    part('chart', [newest, readings.length, result.alerts], () => (
      <figure id="chart">
        {chart === undefined ? (
          <p>No reading.</p>
        ) : (
          <>
            <Scrolling label="Chart">
              <Drawing svg={observationChart(chart)} />
            </Scrolling>
            <p class="reading-text" aria-live="polite" />
          </>
        )}
      </figure>
    )),
    section('vitals', 'Vitals', [newest, readings.length], () => vitals(result)),
    section('alerts', 'Alerts', result.alerts, () => alerts(result)),
    section('prediction', 'Prediction', [result.prediction, errorOf(result)], () => prediction(result)),
    part('readings', [newest, readings.length], () => (
      <details id="readings">
        <summary>All {readings.length} readings as a table</summary>
        <Scrolling label="Readings">
          {chart !== undefined && <Drawing svg={observationTable(chart)} />}
        </Scrolling>
      </details>
    )),
    part(
      'sources',
      sources.map(({ ageSeconds: _, ...source }) => source),
      () => <Sources result={result} />,
    ),
  ];
  return {
    data: result,
    table: () => {
      const columns = [...new Set(readings.flatMap((row) => Object.keys(row)))];
      return { columns, rows: readings.map((row) => columns.map((name) => row[name] ?? null)) };
    },
    feed,
    parts,
    body: (drawn) => (
      <div class="patient-page">
        {drawn('banner-patient')}
        {drawn('score')}
        <Ranges patientId={patientId} query={query} />
        {drawn('chart')}
        <div class="columns">
          {drawn('vitals')}
          <div>
            {drawn('prediction')}
            {drawn('alerts')}
          </div>
        </div>
        {drawn('readings')}
        {drawn('sources')}
      </div>
    ),
  };
}

function errorOf({ sources }: PatientResult): string | null | undefined {
  return sources.find(({ block }) => block === 'prediction')?.error;
}

function Ranges({ patientId, query }: { patientId: string; query: Query }) {
  const current = choiceOf(query, 'range', RANGES);
  const inOrder = [...RANGES].sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10));
  return (
    <nav class="filters" aria-label="Time range">
      {inOrder.map((range) => (
        <a
          key={range}
          class="chip"
          href={addressWith(patientPath(patientId), query, { range: range === RANGES[0] ? '' : range })}
          aria-current={range === current ? 'true' : undefined}
        >
          {range.replace('h', ' h')}
        </a>
      ))}
    </nav>
  );
}

/** Where each block comes from, and how old it was when it was last drawn. */
function Sources({ result: { sources } }: { result: PatientResult }) {
  return (
    <ul id="sources" class="sources">
      {sources.map(({ block, store, at, ageSeconds, error }) => (
        <li key={block} class={error === null ? undefined : 'technical'}>
          {block}: {store},{' '}
          {error ?? (at === null ? 'nothing' : `${timeText(at)} UTC, ${ageText(ageSeconds ?? 0)} old`)}
        </li>
      ))}
    </ul>
  );
}
