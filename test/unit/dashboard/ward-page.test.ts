import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { htmlOf, updateOf } from '../../../src/dashboard/update.js';
import { PAGE_ROWS } from '../../../src/dashboard/ward/board-view.js';
import { rowId, wardSnapshot } from '../../../src/dashboard/ward/ward-page.js';
import type { AlertEpisode } from '../../../src/pipeline/patient/course.js';
import { AS_OF, boardOf, boardPatient } from './boards.js';

const OPEN_ALERT: AlertEpisode = {
  raisedAt: AS_OF,
  resolvedAt: null,
  peakRisk: 'emergency',
  peakScore: 12,
  escalations: 0,
  escalatedAt: [],
};

function html(board: ReturnType<typeof boardOf>, query = ''): string {
  const snapshot = wardSnapshot(board, new URLSearchParams(query));
  const drawn = new Map(snapshot.parts.map((part) => [part.id, part]));
  return htmlOf(snapshot.body((id) => drawn.get(id)!.draw()));
}

const ward = boardOf(
  boardPatient('1', 'undetermined', 2),
  boardPatient('2', 'emergency', 9, { change: 1 }),
  boardPatient('3', 'emergency', 9, { change: 4 }),
  boardPatient('4', 'emergency', 12, { staleSeconds: 1320 }),
  boardPatient('5', null, null),
  boardPatient('6', 'urgent', 5, { Gender: 'Female', Age: 81, Condition: 'Cancer' }),
  boardPatient('7', 'single-parameter', 3),
);

function ids(query: string): string[] {
  return (wardSnapshot(ward, new URLSearchParams(query)).order ?? []).map((id) => id.slice(2));
}

describe('the board', () => {
  it('has everybody on it, the sickest first, whoever is stale or was never measured', () => {
    expect(ids('')).toEqual(['4', '3', '2', '6', '7', '1', '5']);
  });

  it('says a stale reading in words and in cyan, and leaves its values and its rank', () => {
    const [row] = html(ward).match(/<tr id="p-4".*?<\/tr>/s)!;
    expect(row).toContain('class="stale"');
    expect(row).toContain('22 min');
    expect(row).toContain('<span class="technical"> ⌁ stale</span>');
    expect(row).toContain('120<sup>2</sup>');
  });

  it('tells risks apart by sign and word, and gives the range while parameters are missing', () => {
    const text = html(ward);
    for (const [sign, word] of [
      ['■', 'emergency'],
      ['▲', 'urgent'],
      ['●', 'single parameter'],
      ['○', 'undetermined'],
    ]) {
      expect(text).toMatch(new RegExp(`${sign} </span>.*?<span class="unseen"> ${word}</span>`));
    }
    expect(text).toContain('9–14');
    expect(text).toContain('Not measured: air or oxygen, consciousness');
  });

  it.each([
    ['risk=emergency', ['4', '3', '2']],
    ['risk=no-reading', ['5']],
    ['sex=Female', ['6']],
    ['age=80%2B', ['6']],
    ['condition=Cancer', ['6']],
    ['stale=only', ['4']],
    ['alert=open', []],
    ['find=7', ['7']],
    ['sort=patient', ['1', '2', '3', '4', '5', '6', '7']],
    ['sort=age', ['6', '1', '2', '3', '4', '5', '7']],
    ['sort=change', ['3', '2', '1', '4', '5', '6', '7']],
    ['sort=nonsense&risk=nonsense', ['4', '3', '2', '6', '7', '1', '5']],
  ])('shows by %s', (query, expected) => {
    expect(ids(query)).toEqual(expected);
  });

  it('has pages that everybody is on once', () => {
    const many = boardOf(...Array.from({ length: 95 }, (_, index) => boardPatient(`x${index}`, 'urgent', 5)));
    const pages = [1, 2, 3].map((page) => wardSnapshot(many, new URLSearchParams({ page: String(page) })));
    expect(pages.map(({ order }) => order!.length)).toEqual([PAGE_ROWS, PAGE_ROWS, 95 - 2 * PAGE_ROWS]);
    expect(new Set(pages.flatMap(({ order }) => order!)).size).toBe(95);
    expect(html(many, 'page=99')).toContain('page 3 of 3');
    expect((pages[0]!.data as { patients: unknown[] }).patients).toHaveLength(95);
    expect(pages[0]!.table().rows).toHaveLength(95);
  });

  it('sends less than 50 kB when everything of a page changes', () => {
    const prediction = { predicted: 'Recovered', probability: 0.62, modelVersion: 'outcome_model_v12' };
    const vitals = Object.fromEntries(
      ['Respiratory_Rate', 'Oxygen_Saturation', 'Systolic', 'Diastolic', 'Heart_Rate', 'Temperature_C'].map(
        (name) => [name, { value: 123.4, points: 3, at: AS_OF }],
      ),
    );
    const points = Array.from({ length: 144 }, (_, index) => ({
      atMs: Date.parse(AS_OF) - (143 - index) * 300_000,
      points: (index * 7) % 19,
    }));
    const board = boardOf(
      ...Array.from({ length: 1_000 }, (_, index) =>
        boardPatient(String(index), 'emergency', 12, {
          Condition: 'Deep Vein Thrombosis',
          vitals,
          prediction,
          course: { points, change: -2, alert: OPEN_ALERT },
        }),
      ),
    );
    const update = updateOf(undefined, wardSnapshot(board, new URLSearchParams()))!;
    expect(Object.keys(update.parts).length).toBeGreaterThan(PAGE_ROWS);
    expect(Buffer.byteLength(JSON.stringify(update))).toBeLessThan(50_000);
  });

  it('keeps the other filters in the address of each', () => {
    expect(html(ward, 'risk=emergency&sex=Male&page=2')).toContain('href="/?risk=emergency"');
  });

  it('has no colour of its own for what is well', () => {
    expect(html(ward)).not.toMatch(/green/i);
  });
});

describe('what patients are called', () => {
  const hostile = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.constantFrom(
      '<img src=x onerror=alert(1)>',
      '"><script>',
      "' onmouseover='",
      '</tr>',
      '&lt;',
      'a.json',
    ),
  );

  it('is text, wherever it stands', () => {
    fc.assert(
      fc.property(hostile, hostile, (id, condition) => {
        fc.pre(id !== '');
        const board = boardOf(boardPatient(id, 'urgent', 5, { Condition: condition }));
        const text = html(board, new URLSearchParams({ condition, find: id }).toString());
        // The elements are those of an innocent board, and so are the names of their attributes.
        const shape = (markup: string) => markup.replaceAll(/="[^"]*"/g, '=""').match(/<[^>]*>/g);
        const innocent = boardOf(boardPatient('7', 'urgent', 5, { Condition: condition === '' ? '' : 'x' }));
        const plain = html(
          innocent,
          new URLSearchParams({ condition: condition === '' ? '' : 'x', find: '7' }).toString(),
        );
        expect(shape(text)).toEqual(shape(plain));
      }),
      { numRuns: 500 },
    );
  });

  it('gives each row an id without spaces that no other has', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (a, b) => {
        expect(rowId(a)).not.toMatch(/\s/);
        expect(rowId(a) === rowId(b)).toBe(a === b);
      }),
    );
  });

  it('counts the age from the feed, not from the clock on the wall', () => {
    expect(html(ward)).toContain(`data-at="${new Date(Date.parse(AS_OF) - 5_000).toISOString()}"`);
    expect(html(ward)).toContain('<span data-age>5 s</span>');
  });
});
