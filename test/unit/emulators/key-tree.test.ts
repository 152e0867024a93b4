import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CellPages } from '../../../src/emulators/bigtable/rows/cell-pages.js';
import { newDraft, Row } from '../../../src/emulators/bigtable/rows/row.js';
import { normalize } from '../../../src/emulators/bigtable/rows/row-set.js';
import { KeyTree } from '../../../src/emulators/key-tree.js';

const key = fc.integer({ min: 0, max: 999 }).map((number) => `k${number}`);
const draft = newDraft(new CellPages());
const bound = fc.option(key, { nil: undefined });

describe('the tree of rows', () => {
  it('has what was put in and not taken out, in order, in both directions', () => {
    const change = fc.record({ key, isDeleted: fc.boolean() });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 2000, size: 'max' }), key, bound, (changes, start, end) => {
        const tree = new KeyTree<Row>();
        const model = new Set<string>();
        for (const { key, isDeleted } of changes) {
          if (isDeleted) tree.delete(key);
          else if (tree.get(key) === undefined) tree.insert(new Row(key, draft));
          if (isDeleted) model.delete(key);
          else model.add(key);
        }
        const wanted = [...model].filter((key) => key >= start && (end === undefined || key < end)).sort();
        expect(tree.size).toBe(model.size);
        expect(seen((visit) => tree.scan(start, end, visit))).toEqual(wanted);
        expect(seen((visit) => tree.scanReversed(start, end, visit))).toEqual(wanted.reverse());
      }),
      { numRuns: 50 },
    );
  });

  it('stops where it is told to', () => {
    const tree = new KeyTree<Row>();
    for (let row = 0; row < 1000; row++) {
      const key = String(row).padStart(4, '0');
      tree.get(key);
      tree.insert(new Row(key, draft));
    }
    const keys: string[] = [];
    expect(tree.scan('0300', undefined, (row) => keys.push(row.key) < 3)).toBe(false);
    expect(keys).toEqual(['0300', '0301', '0302']);
  });
});

describe('ranges of keys', () => {
  it('become ranges in order that do not touch, and hold the same keys', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ start: key, end: bound }), { minLength: 1 }), key, (ranges, probe) => {
        const usable = ranges.filter(({ start, end }) => end === undefined || start < end);
        if (usable.length === 0) return;
        const joined = normalize(usable);
        const holds = ({ start, end }: (typeof usable)[number]) =>
          probe >= start && (end === undefined || probe < end);
        expect(joined.filter(holds)).toHaveLength(usable.some(holds) ? 1 : 0);
        for (const [index, { start }] of joined.entries()) {
          if (index > 0) expect(joined[index - 1]!.end! < start).toBe(true);
        }
      }),
    );
  });
});

function seen(scan: (visit: (row: Row) => boolean) => void): string[] {
  const keys: string[] = [];
  scan((row) => {
    keys.push(row.key);
    return true;
  });
  return keys;
}
