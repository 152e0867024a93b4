import { expect, it } from 'vitest';
import { WARD_COLUMNS, wardRow } from '../../../commands/ward-table.js';
import { wardPatient } from '../../helpers/ward-patients.js';

const row = (given: Parameters<typeof wardPatient>[1]) => {
  const cells = wardRow(wardPatient('42', given));
  return Object.fromEntries(WARD_COLUMNS.map((name, index) => [name, cells[index]]));
};

it('marks values that are older than the newest reading, which are in no sum', () => {
  const at = '2026-03-01T10:00:00.000Z';
  const older = '2026-03-01T09:55:00.000Z';
  const vitals = {
    Heart_Rate: { value: 95, points: 1, at },
    Respiratory_Rate: { value: 26, points: null, at: older },
    Systolic: { value: 120, points: 0, at },
    Diastolic: { value: 80, points: null, at },
  };
  expect(row({ vitals })).toMatchObject({ pulse: '95¹', resp: '26~', BP: '120/80⁰', SpO2: '–', temp: '–' });
});

it('writes changes with their sign, ages in the largest unit that says enough, and what is stale', () => {
  expect(row({ change: -3, staleSeconds: 119 })).toMatchObject({ '1 h': '−3', last: '119 s' });
  expect(row({ change: 2, staleSeconds: 1_300, stale: true })).toMatchObject({
    '1 h': '+2',
    last: '22 min stale',
  });
  expect(row({ change: 0, staleSeconds: 30_000 })).toMatchObject({ '1 h': '0', last: '8 h' });
  expect(row({ change: null, staleSeconds: null, risk: null })).toMatchObject({
    '1 h': '–',
    last: '–',
    NEWS2: '– no reading',
  });
});
