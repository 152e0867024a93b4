import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Shown } from '../../../src/dashboard/update.js';
import { shownBy, updateOf } from '../../../src/dashboard/update.js';
import { wardSnapshot } from '../../../src/dashboard/ward/ward-page.js';
import { boardOf, boardPatient } from './boards.js';

const snapshotOf = (points: Record<string, number>) =>
  wardSnapshot(
    boardOf(...Object.entries(points).map(([id, known]) => boardPatient(id, 'urgent', known))),
    new URLSearchParams(),
  );

describe('an update', () => {
  it('is everything for who shows nothing', () => {
    const { parts, order } = updateOf(undefined, snapshotOf({ a: 5, b: 6 }))!;
    expect(Object.keys(parts)).toEqual(['filters', 'pager', 'p-b', 'p-a']);
    expect(order).toEqual(['p-b', 'p-a']);
  });

  it('is nothing when nothing changed', () => {
    const shown = shownBy(snapshotOf({ a: 5, b: 6 }));
    expect(updateOf(shown, snapshotOf({ a: 5, b: 6 }))).toBeUndefined();
  });

  it('is one row when one changed, and the order only when it did', () => {
    const shown = shownBy(snapshotOf({ a: 2, b: 6 }));
    expect(updateOf(shown, snapshotOf({ a: 3, b: 6 }))).toEqual({ parts: { 'p-a': expect.any(String) } });
    expect(updateOf(shown, snapshotOf({ a: 7, b: 6 }))).toEqual({
      parts: { 'p-a': expect.stringContaining('7–12') },
      order: ['p-a', 'p-b'],
    });
  });

  it('brings any board to any other', () => {
    const board = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd', 'e'), fc.integer({ min: 0, max: 9 }));
    fc.assert(
      fc.property(fc.array(board, { minLength: 1, maxLength: 6 }), (boards) => {
        let shown: Shown | undefined;
        const html = new Map<string, string>();
        let rows: readonly string[] = [];
        for (const points of boards) {
          const snapshot = snapshotOf(points);
          const update = updateOf(shown, snapshot);
          shown = shownBy(snapshot);
          for (const [id, text] of Object.entries(update?.parts ?? {})) html.set(id, text);
          rows = update?.order ?? rows;
          const whole = updateOf(undefined, snapshot)!;
          expect(rows).toEqual(whole.order);
          for (const [id, text] of Object.entries(whole.parts)) expect(html.get(id)).toBe(text);
        }
      }),
    );
  });
});
