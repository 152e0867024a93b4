import type { Risk } from '../../pipeline/stream/news2.js';
import { byId } from '../../pipeline/ward/ward.js';
import type { Query } from '../page.js';
import { choiceOf, pageOf } from '../query-state.js';
import type { BoardPatient } from './ward-feed.js';

export const RISK_FILTERS = [
  'all',
  'emergency',
  'urgent',
  'single-parameter',
  'undetermined',
  'no-reading',
] as const;
export const SORTS = ['sickness', 'patient', 'age', 'condition', 'change', 'last'] as const;
export const SEXES = ['all', 'Female', 'Male'] as const;

/** Ages in years, both ends included. */
export const AGE_BANDS = { '0–39': [0, 39], '40–64': [40, 64], '65–79': [65, 79], '80+': [80, 200] } as const;
export type AgeBand = keyof typeof AGE_BANDS;
export const AGE_FILTERS = ['all', ...Object.keys(AGE_BANDS)] as ('all' | AgeBand)[];

/** A row is about a kilobyte, and a tick that changes all of a page's must stay small. */
export const PAGE_ROWS = 40;

/** Filters, order and page of the board, as they stand in the address. */
export interface BoardState {
  risk: (typeof RISK_FILTERS)[number];
  sex: (typeof SEXES)[number];
  age: 'all' | AgeBand;
  /** Empty for all. */
  condition: string;
  /** Only patients with an open alert. */
  alert: boolean;
  stale: boolean;
  /** Part of an id. */
  find: string;
  sort: (typeof SORTS)[number];
  page: number;
}

export function boardState(query: Query): BoardState {
  return {
    risk: choiceOf(query, 'risk', RISK_FILTERS),
    sex: choiceOf(query, 'sex', SEXES),
    age: choiceOf(query, 'age', AGE_FILTERS),
    condition: query.get('condition') ?? '',
    alert: query.get('alert') === 'open',
    stale: query.get('stale') === 'only',
    find: query.get('find') ?? '',
    sort: choiceOf(query, 'sort', SORTS),
    page: pageOf(query),
  };
}

/** The patients that a state lets through, in its order. Without a filter it is everybody. */
export function chosen(patients: readonly BoardPatient[], state: BoardState): BoardPatient[] {
  const kept = patients.filter((patient) => passes(patient, state));
  const order = ORDERS[state.sort];
  return order === undefined ? kept : kept.sort((a, b) => order(a, b) || byId(a, b));
}

function passes(patient: BoardPatient, state: BoardState): boolean {
  const { risk, sex, age, condition, find } = state;
  return (
    (risk === 'all' || (patient.risk ?? 'no-reading') === risk) &&
    (sex === 'all' || patient.Gender === sex) &&
    (age === 'all' || isWithin(patient.Age, AGE_BANDS[age])) &&
    (condition === '' || patient.Condition === condition) &&
    (!state.alert || patient.course?.alert != null) &&
    (!state.stale || patient.stale) &&
    (find === '' || patient.Patient_ID.includes(find))
  );
}

function isWithin(age: number | null, [from, to]: readonly [number, number]): boolean {
  return age !== null && age >= from && age <= to;
}

type Order = (a: BoardPatient, b: BoardPatient) => number;

/** Patients come in the order of sickness, so that it needs no other. */
const ORDERS: Readonly<Record<BoardState['sort'], Order | undefined>> = {
  sickness: undefined,
  patient: () => 0,
  age: (a, b) => (b.Age ?? -1) - (a.Age ?? -1),
  condition: (a, b) => (a.Condition ?? '').localeCompare(b.Condition ?? '', 'en'),
  change: (a, b) => (b.change ?? Number.NEGATIVE_INFINITY) - (a.change ?? Number.NEGATIVE_INFINITY) || 0,
  last: (a, b) => (b.staleSeconds ?? Number.MAX_SAFE_INTEGER) - (a.staleSeconds ?? Number.MAX_SAFE_INTEGER),
};

export interface BoardCounts {
  byRisk: Record<Risk | 'no-reading', number>;
  stale: number;
  openAlerts: number;
  conditions: string[];
}

export function countsOf(patients: readonly BoardPatient[]): BoardCounts {
  const byRisk: BoardCounts['byRisk'] = {
    emergency: 0,
    urgent: 0,
    'single-parameter': 0,
    undetermined: 0,
    'no-reading': 0,
  };
  const conditions = new Set<string>();
  let stale = 0;
  let openAlerts = 0;
  for (const patient of patients) {
    byRisk[patient.risk ?? 'no-reading']++;
    if (patient.stale) stale++;
    if (patient.course?.alert != null) openAlerts++;
    if (patient.Condition !== null) conditions.add(patient.Condition);
  }
  return { byRisk, stale, openAlerts, conditions: [...conditions].sort() };
}

/** The page of a state; the last one when there are not as many. */
export function pageRows(
  patients: readonly BoardPatient[],
  page: number,
): { rows: BoardPatient[]; page: number; pages: number } {
  const pages = Math.max(1, Math.ceil(patients.length / PAGE_ROWS));
  const shown = Math.min(page, pages);
  return { rows: patients.slice((shown - 1) * PAGE_ROWS, shown * PAGE_ROWS), page: shown, pages };
}
