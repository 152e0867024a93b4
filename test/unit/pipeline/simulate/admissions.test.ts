import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { generateAdmissions } from '../../../../src/pipeline/simulate/admissions.js';

const rowsOf = (rows: number, seed: number) =>
  [...generateAdmissions({ rows, seed })].slice(1).map((line) => line.trimEnd().split(','));

describe('generated admissions', () => {
  it('have the header of the contract and are byte-identical for a seed', () => {
    const lines = [...generateAdmissions({ rows: 1000, seed: 7 })];
    expect(lines).toHaveLength(1001);
    expect(lines[0]).toBe(
      'Patient_ID,Age,Gender,Condition,Procedure,Cost,Length_of_Stay,Readmission,Outcome,Satisfaction\n',
    );
    expect(createHash('sha256').update(lines.join('')).digest('hex')).toBe(
      'b42ec8f18c1b380e0a0a9ce2a2c935313528ea0d90d52061c96850bb6e36badd',
    );
    expect(lines.join('')).not.toBe([...generateAdmissions({ rows: 1000, seed: 8 })].join(''));
  });

  it('keep to the values of the real file', () => {
    const rows = rowsOf(2000, 1);
    expect(rows.every((row) => row.length === 10)).toBe(true);
    expect(rows.map((row) => row[0])).toEqual(rows.map((_, index) => String(index + 1)));
    const distinct = (column: number) => [...new Set(rows.map((row) => row[column]!))].sort();
    expect(distinct(2)).toEqual(['Female', 'Male']);
    expect(distinct(7)).toEqual(['No', 'Yes']);
    expect(distinct(8)).toEqual(['Recovered', 'Stable']);
    expect(distinct(9)).toEqual(['1', '2', '3', '4', '5']);
    expect(distinct(3)).toHaveLength(15);
    for (const column of [1, 5, 6]) expect(rows.every((row) => /^\d+$/.test(row[column]!))).toBe(true);
  });

  it('let the outcome depend on condition, age and length of stay, but not wholly', () => {
    const rows = rowsOf(8000, 3);
    const recovery = (matches: (row: string[]) => boolean) => {
      const chosen = rows.filter(matches);
      return chosen.filter((row) => row[8] === 'Recovered').length / chosen.length;
    };
    expect(recovery((row) => row[3] === 'Allergic Reaction')).toBeGreaterThan(0.75);
    expect(recovery((row) => row[3] === 'Stroke')).toBeLessThan(0.3);
    const infected = (row: string[]) => row[3] === 'Respiratory Infection';
    expect(recovery((row) => infected(row) && Number(row[1]) < 48)).toBeGreaterThan(
      recovery((row) => infected(row) && Number(row[1]) > 56) + 0.05,
    );
    expect(recovery((row) => infected(row) && Number(row[6]) <= 4)).toBeGreaterThan(
      recovery((row) => infected(row) && Number(row[6]) >= 6) + 0.05,
    );
    const share = recovery(() => true);
    expect(share).toBeGreaterThan(0.35);
    expect(share).toBeLessThan(0.7);
  });
});
