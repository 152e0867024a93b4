import { barChart } from '../../charts/bars.js';
import { type TrendSeries, trendChart } from '../../charts/trend.js';
import type { Config } from '../../config/config.js';
import { ageText } from '../../core/number-text.js';
import { statement, type TileName } from '../../pipeline/analytics/templates.js';
import type { Page } from '../page.js';
import { Drawing } from '../raw.js';
import type { Row, Tile, TileQuery } from '../tiles/tile.js';
import type { TileReader } from '../tiles/tile-reader.js';
import { Rows, tilesPage } from '../tiles/tiles-page.js';
import { timeText } from '../words.js';

/** Dead letters by reason, without what is in them. */
export type ReadDeadLetters = () => Promise<Row[]>;

/** How good the data are, and the alerts that are made from them. */
export function dataPage(reader: TileReader, config: Config, readDeadLetters: ReadDeadLetters): Page {
  return tilesPage({
    path: '/data',
    nav: 'Data',
    reader,
    tiles: () => dataTiles(config, readDeadLetters),
  });
}

export function dataTiles(config: Config, readDeadLetters: ReadDeadLetters): Tile[] {
  const ask = (name: TileName): TileQuery => ({ sql: statement(`tiles/${name}`, config), params: [] });
  return [
    {
      id: 'arrived',
      title: 'What arrived',
      about: 'Rows, repeats, readings of nobody and odd times, by hour of arrival.',
      wide: true,
      ask: ask('arrival'),
      draw: (rows) => (
        <Rows
          label="What arrived"
          rows={rows}
          columns={[
            { name: 'hour', title: 'hour (UTC)', text: moment },
            { name: 'rows_stored', title: 'rows' },
            { name: 'messages', title: 'messages' },
            { name: 'patients', title: 'patients' },
            { name: 'repeated_rows', title: 'repeated' },
            { name: 'rows_without_patient', title: 'of nobody' },
            { name: 'rows_with_odd_time', title: 'odd time' },
            { name: 'share_without_respiration', title: 'no respiration', text: share },
            { name: 'share_without_spo2', title: 'no SpO₂', text: share },
          ]}
        />
      ),
    },
    {
      id: 'lag',
      title: 'Arrival lag',
      about: 'From the event to the store, by hour of arrival.',
      ask: ask('arrival'),
      draw: (rows) => (
        <Trend
          id="lag-chart"
          title="Arrival lag"
          rows={rows}
          columns={{ lag_seconds_p50: 'half within', lag_seconds_p95: '95 % within' }}
        />
      ),
    },
    {
      id: 'gaps',
      title: 'Who is not heard of',
      about: 'Admitted patients without a reading, and those whose newest is 15 min behind the feed.',
      ask: ask('feed-gaps'),
      draw: ([row]) => (
        <>
          <p class="big">
            {String(row?.without_reading)} + {String(row?.behind_15_min)}
          </p>
          <p>
            without a reading, and behind, of {String(row?.patients)} patients; newest reading{' '}
            {moment(row?.newest_reading)}
          </p>
        </>
      ),
    },
    {
      id: 'dead-letters',
      title: 'Dead letters',
      about: 'Messages that were no valid readings, by reason. What was in them is not shown.',
      ask: { command: 'healthmon dead-letters list', read: readDeadLetters },
      draw: (rows) => (
        <Drawing
          svg={barChart({
            id: 'dead-letters-chart',
            title: 'Dead letters by reason',
            description: 'How many messages were put aside for each reason.',
            unit: 'messages',
            bars: rows.map(({ reason, messages }) => ({ label: String(reason), value: Number(messages) })),
          })}
        />
      ),
    },
    {
      id: 'alerts',
      title: 'Alert load',
      about: 'Alerts by the hour in which they were raised; brief ones were over within 5 min.',
      ask: ask('alert-load'),
      draw: (rows) => (
        <Rows
          label="Alert load"
          rows={rows}
          columns={[
            { name: 'hour', title: 'hour (UTC)', text: moment },
            { name: 'alerts', title: 'alerts' },
            { name: 'emergencies', title: 'emergencies' },
            { name: 'still_open', title: 'open' },
            { name: 'shorter_than_5_min', title: 'brief' },
          ]}
        />
      ),
    },
    {
      id: 'thresholds',
      title: 'If the threshold were another',
      about:
        'Patients who ever reach so many points, how often it is crossed, and the share of readings at or above it.',
      ask: ask('thresholds'),
      draw: (rows) => (
        <Rows
          label="Thresholds"
          rows={rows}
          columns={[
            { name: 'threshold', title: 'points' },
            { name: 'patients', title: 'patients' },
            { name: 'crossings', title: 'crossings' },
            {
              name: 'percent_of_readings',
              title: '% of readings',
              text: (value) => Number(value).toFixed(1),
            },
          ]}
        />
      ),
    },
  ];
}

interface TrendProps {
  id: string;
  title: string;
  /** The newest first; values are in seconds. */
  rows: readonly Row[];
  columns: Readonly<Record<string, string>>;
}

/** Readings that are older when they come are a replay of another day, whose lag says nothing of the pipeline. */
const REPLAY_SECONDS = 86_400;

/** A line needs two hours; one is told in words. */
function Trend({ id, title, rows, columns }: TrendProps) {
  const names = Object.entries(columns);
  const replayed = Math.min(...rows.flatMap((row) => names.map(([name]) => Number(row[name]))));
  if (replayed >= REPLAY_SECONDS) {
    return (
      <p>
        A replay: readings were {ageText(Math.round(replayed))} old or more when they came. How long messages
        take from their publishing to the store is on the page of the pipeline.
      </p>
    );
  }
  if (rows.length < 2) {
    return (
      <p>
        {names.map(([name, label]) => `${label} ${ageText(Math.round(Number(rows[0]?.[name])))}`).join(', ')}
      </p>
    );
  }
  const inOrder = [...rows].reverse();
  const highest = Math.max(...rows.flatMap((row) => names.map(([name]) => Number(row[name]))));
  const [unit, seconds] = UNITS.find(([, length]) => highest >= 2 * length) ?? ['seconds', 1];
  const series: TrendSeries[] = names.map(([name, label]) => ({
    label,
    points: inOrder.map((row) => ({
      atMs: Date.parse(String(row.hour)),
      value: Number(row[name]) / seconds,
    })),
  }));
  return (
    <Drawing svg={trendChart({ id, title, description: `${title} by hour, in ${unit}.`, unit, series })} />
  );
}

/** With their lengths in seconds, from the longest. */
const UNITS: readonly (readonly [string, number])[] = [
  ['hours', 3_600],
  ['minutes', 60],
];

function moment(value: unknown): string {
  return typeof value === 'string' ? timeText(value).slice(0, 17) : '–';
}

function share(value: unknown): string {
  return `${Math.round(Number(value) * 100)} %`;
}
