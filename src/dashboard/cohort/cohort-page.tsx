import { barChart, stackedChart } from '../../charts/bars.js';
import { bubbleChart } from '../../charts/bubbles.js';
import { gaugeChart } from '../../charts/gauge.js';
import type { Config } from '../../config/config.js';
import type { QueryParameter } from '../../gcp/bigquery/port.js';
import { statement, type TileName } from '../../pipeline/analytics/templates.js';
import type { Page, Query } from '../page.js';
import { addressWith, choiceOf } from '../query-state.js';
import { Drawing } from '../raw.js';
import type { Row, Tile, TileQuery } from '../tiles/tile.js';
import type { TileReader } from '../tiles/tile-reader.js';
import { tilesPage } from '../tiles/tiles-page.js';
import { AGE_BANDS, AGE_FILTERS, SEXES } from '../ward/board-view.js';

const PATH = '/cohort';

/** Who was admitted, and what came of it: what managers ask for, with the filters of condition, age and sex. */
export function cohortPage(reader: TileReader, config: Config): Page {
  return tilesPage({
    path: PATH,
    nav: 'Cohort',
    reader,
    tiles: (query) => cohortTiles(query, config),
    async head(query) {
      const ask = { sql: statement('tiles/conditions', config), params: [] };
      const all = { id: 'conditions', title: 'conditions', about: '', ask, draw: () => <></> };
      const { rows } = await reader.read(all, false);
      return <CohortFilters query={query} conditions={rows.map((row) => String(row.Condition))} />;
    },
  });
}

/** Conditions of SQL for what the address filters by, with their parameters. */
export function cohortFilters(query: Query): { filters: string; params: QueryParameter[] } {
  const conditions: string[] = [];
  const params: QueryParameter[] = [];
  const filter = (condition: string, ...values: QueryParameter[]) => {
    conditions.push(condition);
    params.push(...values);
  };
  const condition = query.get('condition');
  if (condition) filter('Condition = @condition', { name: 'condition', type: 'STRING', value: condition });
  const sex = choiceOf(query, 'sex', SEXES);
  if (sex !== 'all') filter('Gender = @sex', { name: 'sex', type: 'STRING', value: sex });
  const age = choiceOf(query, 'age', AGE_FILTERS);
  if (age !== 'all') {
    const [from, to] = AGE_BANDS[age];
    filter(
      'Age BETWEEN @from_age AND @to_age',
      { name: 'from_age', type: 'INT64', value: String(from) },
      { name: 'to_age', type: 'INT64', value: String(to) },
    );
  }
  return { filters: conditions.length === 0 ? 'TRUE' : conditions.join(' AND '), params };
}

export function cohortTiles(query: Query, config: Config): Tile[] {
  const { filters, params } = cohortFilters(query);
  const ask = (name: TileName): TileQuery => ({
    sql: statement(`tiles/${name}`, config, { filters }),
    params,
  });
  return [
    {
      id: 'patients',
      title: 'Patients',
      about: 'Different patients with an admission.',
      ask: ask('patients'),
      draw: ([row]) => <p class="big">{whole(row?.patients)}</p>,
    },
    {
      id: 'cost',
      title: 'Cost',
      about: 'Of all admissions together, and of one on average.',
      ask: ask('cost'),
      draw: ([row]) => (
        <>
          <p class="big">{whole(row?.cost)}</p>
          <p>{whole(row?.mean_cost)} on average</p>
        </>
      ),
    },
    {
      id: 'satisfaction',
      title: 'Satisfaction',
      about: 'Mean of the answers from 1 to 5.',
      ask: ask('satisfaction'),
      draw: ([row]) => (
        <Drawing
          svg={gaugeChart({
            id: 'satisfaction-chart',
            title: 'Satisfaction',
            description: 'Mean satisfaction from 1 to 5.',
            value: row?.satisfaction == null ? null : Number(row.satisfaction),
            minimum: 1,
            maximum: 5,
            detail: `of 5, from ${whole(row?.answers)} patients`,
          })}
        />
      ),
    },
    {
      id: 'outcomes',
      title: 'Outcomes by condition',
      about: 'Shares of the outcomes; the number is how many patients have the condition.',
      ask: ask('outcomes'),
      draw: outcomes,
    },
    {
      id: 'by-outcome',
      title: 'Stay, readmission and cost by outcome',
      about: 'Three measures, each on an axis of its own.',
      ask: ask('by-outcome'),
      draw: (rows) => (
        <>
          {bars('days', 'Length of stay', rows, 'days')}
          {bars('readmitted_percent', 'Readmitted', rows, 'percent')}
          {bars('cost', 'Cost', rows, 'per admission')}
        </>
      ),
    },
    {
      id: 'pulse',
      title: 'Pulse by condition',
      about: 'Mean of the patients’ mean pulses, so that nobody counts twice for being measured more often.',
      ask: ask('pulse'),
      draw: (rows) => (
        <Drawing
          svg={barChart({
            id: 'pulse-chart',
            title: 'Mean pulse by condition',
            description: 'The mean of the patients’ mean pulses, in beats per minute.',
            unit: 'beats per minute',
            bars: rows.map((row) => ({
              label: `${row.Condition} (${row.patients})`,
              value: Number(row.pulse),
            })),
          })}
        />
      ),
    },
    {
      id: 'age-stay',
      title: 'Age and length of stay',
      about: 'The area of a bubble is the number of patients.',
      ask: ask('age-stay'),
      draw: (rows) => (
        <Drawing
          svg={bubbleChart({
            id: 'age-stay-chart',
            title: 'Age and length of stay',
            description: 'Each bubble is the patients of one age and one length of stay.',
            xLabel: 'age in years',
            yLabel: 'days',
            points: rows.map(({ Age, Length_of_Stay, patients }) => ({
              x: Number(Age),
              y: Number(Length_of_Stay),
              size: Number(patients),
              label: `${Age} years, ${Length_of_Stay} days: ${patients} patients`,
            })),
          })}
        />
      ),
    },
  ];
}

/** Outcomes that are drawn one by one; the rarer ones share the last part. */
const MAX_OUTCOMES = 3;

function outcomes(rows: readonly Row[]) {
  const counts = new Map<string, number>();
  for (const { Outcome, patients } of rows) {
    counts.set(String(Outcome), (counts.get(String(Outcome)) ?? 0) + Number(patients));
  }
  const common = [...counts].sort((a, b) => b[1] - a[1]).map(([name]) => name);
  const named = common.length <= MAX_OUTCOMES + 1 ? common : common.slice(0, MAX_OUTCOMES);
  const parts = named.length === common.length ? named : [...named, 'other'];
  const conditions = [...new Set(rows.map((row) => String(row.Condition)))];
  const barsOf = conditions.map((label) => {
    const values = parts.map(() => 0);
    for (const row of rows.filter(({ Condition }) => String(Condition) === label)) {
      const at = named.indexOf(String(row.Outcome));
      values[at < 0 ? parts.length - 1 : at]! += Number(row.patients);
    }
    return { label, values };
  });
  return (
    <Drawing
      svg={stackedChart({
        id: 'outcomes-chart',
        title: 'Outcomes by condition',
        description: 'For each condition the shares of the outcomes.',
        parts,
        bars: barsOf,
      })}
    />
  );
}

function bars(column: string, title: string, rows: readonly Row[], unit: string) {
  return (
    <Drawing
      svg={barChart({
        id: `${column.replaceAll('_', '-')}-chart`,
        title,
        description: `${title} by outcome, ${unit}.`,
        unit: `${title}, ${unit}`,
        bars: rows.map((row) => ({ label: String(row.Outcome), value: Number(row[column]) })),
      })}
    />
  );
}

function whole(value: unknown): string {
  return value === null || value === undefined
    ? 'not known'
    : Math.round(Number(value)).toLocaleString('en-GB');
}

function CohortFilters({ query, conditions }: { query: Query; conditions: readonly string[] }) {
  const { length } = cohortFilters(query).params;
  const links = (name: string, label: string, choices: readonly string[], all: string) => {
    const current = query.get(name) ?? '';
    return (
      <nav aria-label={label}>
        {['', ...choices.filter((choice) => choice !== 'all')].map((choice) => (
          <a
            key={choice}
            class="chip"
            href={addressWith(PATH, query, { [name]: choice })}
            aria-current={choice === current ? 'true' : undefined}
          >
            {choice === '' ? all : choice}
          </a>
        ))}
      </nav>
    );
  };
  return (
    <details class="filters" open={length > 0}>
      <summary>Condition, age, sex</summary>
      {links('condition', 'Condition', conditions, 'all conditions')}
      {links('age', 'Age', AGE_FILTERS, 'all ages')}
      {links('sex', 'Sex', SEXES, 'all sexes')}
    </details>
  );
}
