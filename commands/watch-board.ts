import { counted } from '../src/core/counted.js';
import type { Style } from '../src/output/output.js';
import { drawTable } from '../src/output/table.js';
import { fold } from '../src/output/text-width.js';
import { type BoardState, boardPatients, selectedIndex } from '../src/pipeline/ward/board.js';
import type { WardPatient } from '../src/pipeline/ward/ward.js';
import type { RiskChange, WatchedWard } from '../src/pipeline/ward/watch.js';
import { changeText, WARD_COLUMNS, wardRow, wardSummary } from './ward-table.js';

export interface BoardView {
  ward: WatchedWard;
  /** The newest last. */
  changes: readonly RiskChange[];
  state: BoardState;
  columns: number;
  rows: number;
  style: Style;
}

const CHANGES = 3;
/** Title, summary, filter, names of columns, a gap and the line that stays free below. */
const OTHER_LINES = 7;

/** What the columns of `WARD_COLUMNS` are at least, so that a digit more does not move all the others. */
const WIDTHS = [9, 0, 0, 0, 0, 5, 5, 10, 5, 6, 3, 12];

const KEYS = [
  '↑ ↓ page home end   move between patients',
  '→ or return         show the patient, any other key goes back',
  '/                   type a part of an id, a condition or a risk; escape shows all again',
  's                   next order: sickest, patient, change, oldest reading',
  'p                   pause, and go on',
  'q                   quit',
];

/** The lines of the screen, at most as many as there are rows. The first never changes, so that little is rewritten. */
export function boardLines(view: BoardView): string[] {
  const { ward, state, rows, style } = view;
  const shown = boardPatients(ward.patients, state);
  const wrapped = (lines: readonly string[]) => lines.flatMap((line) => fold(line, view.columns));
  const head = wrapped([
    style.bold('Ward   ? keys   q quit   not a medical device'),
    `${state.paused ? style.cyan('PAUSED   ') : ''}${wardSummary(ward)}`,
    filterLine(view, shown.length),
  ]);
  const body = {
    board: () => [...table(view, shown), '', ...wrapped(view.changes.slice(-CHANGES).map(changeText))],
    patient: () => wrapped(patientLines(shown[selectedIndex(state, shown)], style)),
    keys: () => wrapped(KEYS),
  }[state.view]();
  return [...head, ...body].slice(0, rows - 1);
}

function filterLine({ state, ward }: BoardView, shown: number): string {
  const { filter, typing, order } = state;
  const cursor = typing ? '▏' : '';
  const filtered = filter === '' && !typing ? '' : `filter: ${filter}${cursor}   `;
  return `${filtered}order: ${order}   ${shown} of ${ward.chosen.length}`;
}

function table({ state, columns, rows, style }: BoardView, shown: readonly WardPatient[]): string[] {
  const room = Math.max(1, rows - OTHER_LINES - CHANGES);
  const at = selectedIndex(state, shown);
  const from = Math.max(0, Math.min(at - Math.floor(room / 2), shown.length - room));
  const cells = shown.slice(from, from + room).map((patient, index) => {
    const [score, ...rest] = wardRow(patient).map((cell, place) => String(cell).padEnd(WIDTHS[place] ?? 0));
    const colour = colourOf(patient, style);
    return [from + index === at ? '›' : ' ', colour(score!), ...rest];
  });
  const layout = { width: columns, vertical: false, bold: style.bold };
  return drawTable(['', ...WARD_COLUMNS], cells, layout)
    .text.split('\n')
    .slice(0, room + 1);
}

/** Signs and words say the same. What is wrong with the feed is cyan, as on monitors, and never red. */
function colourOf({ risk, stale }: WardPatient, style: Style): (text: string) => string {
  if (stale) return style.cyan;
  if (risk === 'emergency') return style.red;
  return risk === 'urgent' ? style.yellow : (text) => text;
}

function patientLines(patient: WardPatient | undefined, style: Style): string[] {
  if (patient === undefined) return ['nobody'];
  const { Patient_ID, Age, Gender, Condition, missing, vitals, lastReadingAt } = patient;
  return [
    style.bold(`Patient ${Patient_ID}`),
    [Age === null ? undefined : `${Age} y`, Gender, Condition].filter((each) => each != null).join(', '),
    `NEWS2 ${wardRow(patient)[0]}, newest reading ${lastReadingAt ?? 'none'}`,
    `not measured: ${missing.join(', ')}`,
    '',
    ...Object.entries(vitals).map(
      ([name, { value, points, at }]) =>
        `${name.padEnd(20)}${String(value).padStart(6)}   ${points === null ? 'not scored' : counted(points, 'point')}   ${at}`,
    ),
    '',
    `More: healthmon patient ${Patient_ID}`,
  ];
}
