import { describe, expect, it } from 'vitest';
import {
  type BoardState,
  boardPatients,
  NEW_BOARD,
  pressed,
  selectedIndex,
} from '../../../../src/pipeline/ward/board.js';
import { countsByRisk, type WardPatient } from '../../../../src/pipeline/ward/ward.js';
import { riskChanges, type WatchedWard, watchWard } from '../../../../src/pipeline/ward/watch.js';
import { wardPatient } from '../../../helpers/ward-patients.js';

function wardWith(...chosen: WardPatient[]): WatchedWard {
  return { patients: chosen, chosen, total: chosen.length, byRisk: countsByRisk(chosen), asOf: null };
}

const ILL = wardPatient('42', { risk: 'emergency', known: 12, possible: 17 });
const BETTER = wardPatient('42', { risk: 'urgent', known: 6, possible: 11 });

describe('changes of risk', () => {
  it('are told once, with where they came from', () => {
    const before = new Map([
      ['42', 'urgent' as const],
      ['7', null],
    ]);
    expect(riskChanges(before, [ILL, wardPatient('7'), wardPatient('8', { risk: null })])).toEqual([
      { at: ILL.lastReadingAt, Patient_ID: '42', from: 'urgent', to: 'emergency', known: 12, possible: 17 },
      { at: ILL.lastReadingAt, Patient_ID: '7', from: null, to: 'undetermined', known: 1, possible: 6 },
    ]);
    expect(riskChanges(new Map([['42', 'emergency']]), [ILL])).toEqual([]);
  });
});

describe('watching', () => {
  const watch = async (wards: WatchedWard[], rest: { exitOn?: 'emergency'; quit?: AbortSignal } = {}) => {
    const seen: (string[] | undefined)[] = [];
    const abort = new AbortController();
    const end = await watchWard({
      read: async () => wards.shift()!,
      pause: async () => {},
      exitOn: rest.exitOn,
      quit: rest.quit,
      signal: abort.signal,
      onWard(_ward, changes) {
        seen.push(changes?.map(({ Patient_ID, to }) => `${Patient_ID} ${to}`));
        if (wards.length === 0) abort.abort(new Error('the last ward was read'));
      },
    }).catch((error: Error) => error.message);
    return { seen, end };
  };

  it('tells what changed since the last time, and ends when it is interrupted', async () => {
    const { seen, end } = await watch([
      wardWith(BETTER),
      wardWith(BETTER),
      wardWith(ILL),
      wardWith(),
      wardWith(ILL),
    ]);
    expect(seen).toEqual([undefined, [], ['42 emergency'], [], []]);
    expect(end).toBe('the last ward was read');
  });

  it('ends at the risk that it waits for, and when there was enough', async () => {
    const waited = await watch([wardWith(BETTER), wardWith(ILL), wardWith(ILL)], { exitOn: 'emergency' });
    expect(waited).toEqual({ seen: [undefined, ['42 emergency']], end: { changes: 1, reached: true } });
    const once = await watch([wardWith(BETTER), wardWith(ILL)], { quit: AbortSignal.abort() });
    expect(once).toEqual({ seen: [undefined], end: { changes: 0, reached: false } });
  });
});

describe('the board', () => {
  const patients = [
    ILL,
    wardPatient('7', { Condition: 'Stroke', change: 3, staleSeconds: 900 }),
    wardPatient('10', { change: null, staleSeconds: null, risk: null }),
  ];
  const pressing = (keys: readonly string[], from: BoardState = NEW_BOARD) =>
    keys.reduce((state, key) => pressed(state, key, boardPatients(patients, state)), from);
  const ids = (state: BoardState) => boardPatients(patients, state).map(({ Patient_ID }) => Patient_ID);

  it('has orders that a key goes through', () => {
    expect(ids(NEW_BOARD)).toEqual(['42', '7', '10']);
    expect(ids(pressing(['s']))).toEqual(['7', '10', '42']);
    expect(ids(pressing(['s', 's']))).toEqual(['7', '42', '10']);
    expect(ids(pressing(['s', 's', 's']))).toEqual(['10', '7', '42']);
    expect(pressing(['s', 's', 's', 's'])).toEqual(NEW_BOARD);
  });

  it('filters by what is typed, until escape', () => {
    const typing = pressing(['/', 's', 't', 'r', 'q', 'backspace']);
    expect(typing).toMatchObject({ filter: 'str', typing: true, quit: false });
    expect(ids(typing)).toEqual(['7']);
    expect(pressing(['return', 'q'], typing)).toMatchObject({ filter: 'str', typing: false, quit: true });
    expect(pressing(['return', 'escape'], typing)).toEqual(NEW_BOARD);
    expect(pressing(['/', 'space', 'up'])).toMatchObject({ filter: ' ' });
    expect(ids(pressing(['/', ...'emerg']))).toEqual(['42']);
  });

  it('has a cursor that stays with its patient', () => {
    const second = pressing(['down']);
    expect(second.selected).toBe('7');
    expect(selectedIndex(second, boardPatients(patients, { ...second, order: 'patient' }))).toBe(0);
    expect(pressing(['down', 'down', 'down', 'down']).selected).toBe('10');
    expect(pressing(['end', 'home', 'up']).selected).toBe('42');
    expect(selectedIndex({ ...second, selected: 'gone' }, patients)).toBe(0);
    expect(selectedIndex(second, [])).toBe(-1);
  });

  it('shows a patient, the keys, and goes back', () => {
    expect(pressing(['right'])).toMatchObject({ view: 'patient', selected: '42' });
    expect(pressing(['right', 'down'])).toMatchObject({ view: 'patient', selected: '7' });
    expect(pressing(['right', 'left'])).toMatchObject({ view: 'board' });
    expect(pressing(['?'])).toMatchObject({ view: 'keys' });
    expect(pressing(['?', 'x'])).toMatchObject({ view: 'board' });
    expect(pressing(['right', 'q'])).toMatchObject({ quit: true });
    expect(pressing(['p'])).toMatchObject({ paused: true });
    expect(pressing(['p', 'p', 'x', 'tab'])).toEqual(NEW_BOARD);
  });
});
