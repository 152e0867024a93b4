import type { Band } from './bands.js';
import { element } from './markup.js';
import type { Caption } from './picture.js';

export interface MeasuredRow {
  /** Key of its value in `Observation.values`. */
  key: string;
  name: string;
  unit: string;
  bands: readonly Band[];
  /** The smallest difference of two values. */
  resolution: number;
  /** Where the first and the last band end, if they do. */
  lowest?: number | undefined;
  highest?: number | undefined;
  /** Key of an unscored value that a bar reaches down to, as the diastolic pressure. */
  lowerKey?: string | undefined;
}

/** A parameter that nothing measures: drawn and hatched, so that nobody takes the sum for the whole. */
export interface UnmeasuredRow {
  name: string;
  unmeasured: string;
}

/** A row of the chart; they are drawn in the order in which they are given. */
export type ObservationRow = MeasuredRow | UnmeasuredRow;

export function isMeasured(row: ObservationRow): row is MeasuredRow {
  return 'key' in row;
}

export interface Observation {
  atMs: number;
  values: Readonly<Record<string, number | undefined>>;
  /** Points of the known part, and with everything unknown at its worst. */
  known: number;
  possible: number;
  /** What it proves, in words. */
  risk: string;
}

export interface ObservedAlert {
  /** Null when it began before the stretch. */
  fromMs: number | null;
  /** Null while it is open. */
  toMs: number | null;
  escalatedMs: readonly number[];
  /** `emergency 12`. */
  label: string;
}

export interface ObservationData extends Caption {
  rows: readonly ObservationRow[];
  /** Of the sum: what the thresholds of the response are. */
  total: { name: string; bands: readonly Band[] };
  fromMs: number;
  toMs: number;
  /** In the order of time. */
  observations: readonly Observation[];
  alerts: readonly ObservedAlert[];
  /** The reading that a prediction was made from. */
  predictionAtMs?: number | undefined;
  width?: number | undefined;
}

/** One reading as a sentence, for the line under the chart and for those who hear it. */
export function observationText(
  rows: readonly ObservationRow[],
  { atMs, values, known, possible, risk }: Observation,
): string {
  const parts = rows.filter(isMeasured).flatMap((row) => {
    const value = values[row.key];
    if (value === undefined) return [`${row.name} not measured`];
    const lower = row.lowerKey === undefined ? undefined : values[row.lowerKey];
    return [`${row.name} ${value}${lower === undefined ? '' : `/${lower}`} ${row.unit}`.trimEnd()];
  });
  return `${new Date(atMs).toISOString().slice(0, 16).replace('T', ' ')} UTC: ${parts.join(', ')}; NEWS2 ${known} to ${possible}, ${risk}`;
}

/** The same readings as a table of HTML, the newest first. */
export function observationTable({ title, rows, observations }: ObservationData): string {
  const measured = rows.filter(isMeasured);
  return element(
    'table',
    { class: 'readings' },
    element('caption', {}, title),
    element(
      'thead',
      {},
      element(
        'tr',
        {},
        element('th', { scope: 'col' }, 'time (UTC)'),
        measured.map(({ name, unit }) =>
          element('th', { scope: 'col' }, unit === '' ? name : `${name} (${unit})`),
        ),
        element('th', { scope: 'col' }, 'NEWS2'),
        element('th', { scope: 'col' }, 'risk'),
      ),
    ),
    element(
      'tbody',
      {},
      observations.toReversed().map(({ atMs, values, known, possible, risk }) =>
        element(
          'tr',
          {},
          element('th', { scope: 'row' }, new Date(atMs).toISOString().slice(0, 19).replace('T', ' ')),
          measured.map(({ key, lowerKey }) => {
            const value = values[key];
            const lower = lowerKey === undefined ? undefined : values[lowerKey];
            return element('td', {}, value ?? 'not measured', lower !== undefined && `/${lower}`);
          }),
          element('td', {}, `${known}–${possible}`),
          element('td', {}, risk),
        ),
      ),
    ),
  ).text;
}
