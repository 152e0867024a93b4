import { byId, bySickness, type WardPatient } from './ward.js';

/** Orders that a board can have, each with its name on the screen. */
export const BOARD_ORDERS = ['sickest', 'patient', 'change', 'oldest reading'] as const;
export type BoardOrder = (typeof BOARD_ORDERS)[number];

const COMPARE: Readonly<Record<BoardOrder, (a: WardPatient, b: WardPatient) => number>> = {
  sickest: bySickness,
  patient: byId,
  change: (a, b) => (b.change ?? Number.NEGATIVE_INFINITY) - (a.change ?? Number.NEGATIVE_INFINITY),
  'oldest reading': (a, b) =>
    (b.staleSeconds ?? Number.MAX_SAFE_INTEGER) - (a.staleSeconds ?? Number.MAX_SAFE_INTEGER),
};

/** What a person has done to a board. */
export interface BoardState {
  /** The patient that the cursor is on; null before there is one. */
  selected: string | null;
  order: BoardOrder;
  /** Part of an id, condition or risk. */
  filter: string;
  typing: boolean;
  paused: boolean;
  view: 'board' | 'patient' | 'keys';
  quit: boolean;
}

export const NEW_BOARD: BoardState = {
  selected: null,
  order: 'sickest',
  filter: '',
  typing: false,
  paused: false,
  view: 'board',
  quit: false,
};

/** The patients of a board in its order, without those that its filter leaves out. */
export function boardPatients(
  patients: readonly WardPatient[],
  { order, filter }: BoardState,
): WardPatient[] {
  const wanted = filter.toLowerCase();
  return patients
    .filter(({ Patient_ID, Condition, risk }) =>
      [Patient_ID, Condition, risk].some((text) => text?.toLowerCase().includes(wanted)),
    )
    .sort(COMPARE[order]);
}

const PAGE = 10;
const STEPS: Readonly<Record<string, number>> = {
  up: -1,
  down: 1,
  pageup: -PAGE,
  pagedown: PAGE,
  home: Number.NEGATIVE_INFINITY,
  end: Number.POSITIVE_INFINITY,
};

/** The state after a key; the same one when the key means nothing. @param patients as `boardPatients` gives them. */
export function pressed(state: BoardState, key: string, patients: readonly WardPatient[]): BoardState {
  if (state.typing) return typed(state, key);
  if (state.view !== 'board') {
    if (key === 'q') return { ...state, quit: true };
    return key in STEPS && state.view === 'patient'
      ? moved(state, key, patients)
      : { ...state, view: 'board' };
  }
  if (key in STEPS) return moved(state, key, patients);
  switch (key) {
    case 'right':
    case 'return':
      return patients.length === 0 ? state : { ...moved(state, 'stay', patients), view: 'patient' };
    case '/':
      return { ...state, typing: true };
    case 'escape':
      return { ...state, filter: '' };
    case 's':
      return {
        ...state,
        order: BOARD_ORDERS[(BOARD_ORDERS.indexOf(state.order) + 1) % BOARD_ORDERS.length]!,
      };
    case 'p':
      return { ...state, paused: !state.paused };
    case '?':
      return { ...state, view: 'keys' };
    case 'q':
      return { ...state, quit: true };
    default:
      return state;
  }
}

function typed(state: BoardState, key: string): BoardState {
  if (key === 'return') return { ...state, typing: false };
  if (key === 'escape') return { ...state, typing: false, filter: '' };
  if (key === 'backspace') return { ...state, filter: state.filter.slice(0, -1) };
  const sign = key === 'space' ? ' ' : key;
  return Array.from(sign).length === 1 ? { ...state, filter: state.filter + sign } : state;
}

function moved(state: BoardState, key: string, patients: readonly WardPatient[]): BoardState {
  const at = Math.max(0, selectedIndex(state, patients));
  const to = Math.min(patients.length - 1, Math.max(0, at + (STEPS[key] ?? 0)));
  return { ...state, selected: patients[to]?.Patient_ID ?? null };
}

/** Where the cursor is: the first patient before any was chosen, or when the chosen one is left out. */
export function selectedIndex({ selected }: BoardState, patients: readonly WardPatient[]): number {
  const at = patients.findIndex(({ Patient_ID }) => Patient_ID === selected);
  return at === -1 && patients.length > 0 ? 0 : at;
}
