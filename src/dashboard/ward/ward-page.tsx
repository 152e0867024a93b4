import { sparkline } from '../../charts/sparkline.js';
import { ageText, signed } from '../../core/number-text.js';
import { RISK_SIGNS } from '../../core/risk-signs.js';
import type { FeedClock, Page, Query, Snapshot, Table } from '../page.js';
import { addressWith, patientPath } from '../query-state.js';
import { Drawing } from '../raw.js';
import { PARAMETER_WORDS, RISK_WORDS } from '../words.js';
import { BoardFilters } from './board-filters.js';
import { type BoardState, boardState, chosen, countsOf, pageRows, type SORTS } from './board-view.js';
import { COURSE_MS, type WardCourse } from './ward-course.js';
import type { Board, BoardPatient, WardFeed } from './ward-feed.js';

export function wardPage(feed: WardFeed, intervalMs: number): Page {
  return {
    path: '/',
    nav: 'Ward',
    title: () => 'Ward',
    intervalMs,
    async read(_params, query) {
      return wardSnapshot(await feed.read((patients) => onPage(patients, boardState(query)).rows), query);
    },
  };
}

function onPage(patients: readonly BoardPatient[], state: BoardState) {
  const found = chosen(patients, state);
  return { found, ...pageRows(found, state.page) };
}

/** Name, order that it stands for, and whether its cells are numbers. */
const COLUMNS = [
  ['NEWS2', 'sickness', false],
  ['Patient', 'patient', false],
  ['Resp', null, true],
  ['SpO₂', null, true],
  ['BP', null, true],
  ['Pulse', null, true],
  ['Temp', null, true],
  ['12 h', null, false],
  ['1 h', 'change', true],
  ['Last', 'last', true],
  ['Alert', null, false],
  ['Outcome', null, false],
] as const;

/**
 * Names of the columns for screens that show a row as a card, and numbers to the right on all others. Cells that said so
 * themselves would be a third of what a tick sends.
 */
export function boardStyle(): string {
  return COLUMNS.map(([name, , isNumber], index) => {
    const cells = `.board :is(td, th):nth-child(${index + 1})`;
    const number = `@media (min-width: 60.01rem) { ${cells} { text-align: right; white-space: nowrap; } }`;
    return `${cells} { --column: "${name}"; }\n${isNumber ? `${number}\n` : ''}`;
  }).join('');
}

export function wardSnapshot(board: Board, query: Query): Snapshot {
  const state = boardState(query);
  const { found: patients, rows, page, pages } = onPage(board.patients, state);
  const counts = countsOf(board.patients);
  const filters = { counts, state, query, total: board.patients.length };
  return {
    // Of a ward of thousands, which the ticks of a live page do without.
    get data() {
      return {
        patients: patients.map(rowData),
        total: board.patients.length,
        byRisk: { ...counts.byRisk, stale: counts.stale, openAlerts: counts.openAlerts },
        asOf: board.feed.asOf,
      };
    },
    table: () => wardTable(patients),
    feed: board.feed,
    parts: [
      {
        id: 'filters',
        key: JSON.stringify([counts, board.patients.length]),
        draw: () => <BoardFilters {...filters} />,
      },
      {
        id: 'pager',
        key: JSON.stringify([patients.length, page, pages, board.trouble]),
        draw: () => <Pager {...{ found: patients.length, page, pages, query, trouble: board.trouble }} />,
      },
      ...rows.map((patient) => ({
        id: rowId(patient.Patient_ID),
        key: rowKey(patient),
        draw: () => <Row patient={patient} feed={board.feed} />,
      })),
    ],
    order: rows.map(({ Patient_ID }) => rowId(Patient_ID)),
    body: (drawn) => (
      <>
        <h1>Ward</h1>
        {drawn('filters')}
        <table class="board">
          <caption class="unseen">
            Patients, {state.sort === 'sickness' ? 'the sickest first' : state.sort}
          </caption>
          <thead>
            <tr>
              {COLUMNS.map(([name, sort]) => (
                <HeadCell key={name} {...{ name, sort, state, query }} />
              ))}
            </tr>
          </thead>
          <tbody data-list>{rows.map(({ Patient_ID }) => drawn(rowId(Patient_ID)))}</tbody>
        </table>
        {drawn('pager')}
      </>
    ),
  };
}

interface HeadCellProps {
  name: string;
  sort: (typeof SORTS)[number] | null;
  state: BoardState;
  query: Query;
}

function HeadCell({ name, sort, state, query }: HeadCellProps) {
  const isOrder = sort === state.sort;
  return (
    <th scope="col" aria-sort={isOrder ? 'descending' : undefined}>
      {sort === null ? (
        name
      ) : (
        <a href={addressWith('/', query, { sort: sort === 'sickness' ? '' : sort, page: '' })}>
          {name}
          {isOrder ? <span aria-hidden="true"> ▾</span> : null}
        </a>
      )}
    </th>
  );
}

/** Ids of patients may hold anything; those of elements hold no spaces. */
export function rowId(patientId: string): string {
  return `p-${encodeURIComponent(patientId)}`;
}

/** All that a row shows but the age of its reading, which the browser counts. */
function rowKey({ staleSeconds, course, ...patient }: BoardPatient): string {
  const { alert = null, points = [] } = course ?? {};
  return JSON.stringify([patient, alert, points.length, points.at(-1)]);
}

function Row({ patient, feed }: { patient: BoardPatient; feed: FeedClock }) {
  const { Patient_ID, Age, Gender, Condition, risk, stale, change, vitals, course, prediction } = patient;
  const systolic = vitals.Systolic;
  const diastolic = vitals.Diastolic;
  const temperature = vitals.Temperature_C;
  return (
    <tr id={rowId(Patient_ID)} class={stale ? 'stale' : undefined} data-risk={risk ?? 'none'}>
      <th scope="row">
        <Score patient={patient} />
      </th>
      <td>
        <a href={patientPath(Patient_ID)} class="patient">
          {Patient_ID}
        </a>{' '}
        {[Age === null ? null : `${Age} y`, Gender, Condition].filter((word) => word !== null).join(' ')}
      </td>
      <Value vital={vitals.Respiratory_Rate} />
      <Value vital={vitals.Oxygen_Saturation} />
      <Value vital={systolic && { ...systolic, text: `${systolic.value}/${diastolic?.value ?? '–'}` }} />
      <Value vital={vitals.Heart_Rate} />
      <Value vital={temperature && { ...temperature, text: temperature.value.toFixed(1) }} />
      {course !== undefined && course.points.length > 1 ? <Trend course={course} /> : <td />}
      <td class={change !== null && change > 0 ? 'worse' : undefined}>
        {change === null ? '–' : signed(change)}
      </td>
      <td data-at={patient.lastReadingAt ?? undefined}>
        <ReadingAge patient={patient} feed={feed} />
      </td>
      <td class="alert">{course?.alert != null && <Since at={course.alert.raisedAt} />}</td>
      <td title={prediction && `predicted by ${prediction.modelVersion}`}>
        {prediction === undefined ? '–' : `${prediction.predicted} ${prediction.probability.toFixed(2)}`}
      </td>
    </tr>
  );
}

function Score({ patient: { risk, known, possible, missing } }: { patient: BoardPatient }) {
  if (risk === null) return <span class="badge none">no reading</span>;
  const unknown = missing.map((parameter) => PARAMETER_WORDS[parameter as keyof typeof PARAMETER_WORDS]);
  return (
    <span class={`badge ${risk}`} title={`Not measured: ${unknown.join(', ')}`}>
      <span aria-hidden="true">{RISK_SIGNS[risk]} </span>
      {known === possible ? known : `${known}–${possible}`}
      <span class="unseen"> {RISK_WORDS[risk]}</span>
    </span>
  );
}

interface ShownVital {
  value: number;
  points: number | null;
  text?: string;
}

function Value({ vital }: { vital: ShownVital | undefined }) {
  if (vital === undefined) {
    return <td>–</td>;
  }
  const { value, points, text = String(value) } = vital;
  return (
    <td class={points ? `band${points}` : undefined}>
      {text}
      {points !== null && <sup>{points}</sup>}
    </td>
  );
}

const TREND_PARTS = 24;

/** The highest points in each half hour. */
function Trend({ course: { points } }: { course: WardCourse }) {
  const toMs = points.at(-1)!.atMs;
  const parts: (number | null)[] = Array.from({ length: TREND_PARTS }, () => null);
  for (const { atMs, points: sum } of points) {
    const part = TREND_PARTS - 1 - Math.floor(((toMs - atMs) / COURSE_MS) * TREND_PARTS);
    if (part >= 0) parts[part] = Math.max(parts[part] ?? 0, sum);
  }
  const measured = parts.filter((part) => part !== null);
  const label = `points from ${measured[0]} to ${measured.at(-1)}, at most ${Math.max(...measured)}`;
  return <Drawing as="td" svg={sparkline(parts, label)} />;
}

function ReadingAge({ patient: { lastReadingAt, stale }, feed }: { patient: BoardPatient; feed: FeedClock }) {
  if (lastReadingAt === null || feed.asOf === null) return <>–</>;
  const seconds = Math.max(0, Math.round((Date.parse(feed.asOf) - Date.parse(lastReadingAt)) / 1000));
  return (
    <>
      <span data-age="">{ageText(seconds)}</span>
      {stale && <span class="technical"> ⌁ stale</span>}
    </>
  );
}

function Since({ at }: { at: string | null }) {
  return <>{at === null ? 'since before' : `since ${at.slice(11, 16)}`}</>;
}

interface PagerProps {
  found: number;
  page: number;
  pages: number;
  query: Query;
  trouble: Board['trouble'];
}

function Pager({ found, page, pages, query, trouble }: PagerProps) {
  const to = (wanted: number) => addressWith('/', query, { page: wanted === 1 ? '' : wanted });
  return (
    <div id="pager" class="pager">
      {found === 0 && (
        <p>Nobody is on this board. Take a filter off, or run "healthmon load" and "healthmon stream".</p>
      )}
      {trouble.admissions !== null && (
        <p class="technical">Ages and conditions may be missing or old: {trouble.admissions}</p>
      )}
      {trouble.predictions !== null && (
        <p class="technical">Predicted outcomes may be missing or old: {trouble.predictions}</p>
      )}
      {pages > 1 && (
        <nav aria-label="Pages of the board">
          {page > 1 && (
            <a href={to(page - 1)} rel="prev">
              ← sicker
            </a>
          )}
          <span>
            page {page} of {pages}, {found} patients
          </span>
          {page < pages && (
            <a href={to(page + 1)} rel="next">
              next →
            </a>
          )}
        </nav>
      )}
    </div>
  );
}

function rowData({ course, prediction, ...patient }: BoardPatient) {
  return {
    ...patient,
    alertSince: course?.alert?.raisedAt ?? null,
    hasOpenAlert: course?.alert != null,
    prediction: prediction ?? null,
  };
}

function wardTable(patients: readonly BoardPatient[]): Table {
  const vitals = [...new Set(patients.flatMap((patient) => Object.keys(patient.vitals)))];
  const own = [
    'Patient_ID',
    'Age',
    'Gender',
    'Condition',
    'risk',
    'known',
    'possible',
    'change',
    'lastReadingAt',
    'staleSeconds',
    'stale',
  ] as const;
  return {
    columns: [...own, ...vitals, 'alertSince', 'predictedOutcome', 'probability', 'modelVersion'],
    rows: patients.map((patient) => [
      ...own.map((name) => patient[name]),
      ...vitals.map((name) => patient.vitals[name]?.value ?? null),
      patient.course?.alert?.raisedAt ?? null,
      patient.prediction?.predicted ?? null,
      patient.prediction?.probability ?? null,
      patient.prediction?.modelVersion ?? null,
    ]),
  };
}
