import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KeyIndex } from '../../../../src/pipeline/load/key-index.js';
import { keyText } from '../../../../src/pipeline/load/key-text.js';

describe('the index of keys', () => {
  it('suspects exactly the keys that repeat, with and without its file', () => {
    const index = new KeyIndex();
    const count = 700_000;
    const repeated = [0, 1, 77_777, count - 1];
    for (let i = 0; i < count; i++) index.add(`key ${i}`);
    for (const i of repeated) index.add(`key ${i}`);
    index.add('key 1');
    expect(index.hasSuspects()).toBe(true);
    for (const i of repeated) expect(index.isSuspect(`key ${i}`)).toBe(true);
    const others = Array.from({ length: 2000 }, (_, i) => `key ${i + 100}`);
    expect(others.filter((key) => index.isSuspect(key))).toEqual([]);
  });

  it('suspects nothing where nothing repeats', () => {
    const index = new KeyIndex();
    for (let i = 0; i < 20_000; i++) index.add(String(i));
    expect(index.hasSuspects()).toBe(false);
  });

  it('tells keys of several columns apart', () => {
    const part = fc.oneof(fc.constantFrom('', '1', '1:', '2:1', '11'), fc.string({ maxLength: 4 }));
    fc.assert(
      fc.property(fc.tuple(part, part), fc.tuple(part, part), (a, b) => {
        const same = a[0] === b[0] && a[1] === b[1];
        expect(keyText(a, [0, 1]) === keyText(b, [0, 1])).toBe(same);
      }),
    );
    expect(keyText(['a', null], [0, 1])).toBeUndefined();
  });
});
