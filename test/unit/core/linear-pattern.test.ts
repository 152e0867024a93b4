import fc from 'fast-check';
import { RE2JS } from 're2js';
import { describe, expect, it } from 'vitest';
import { linearPattern } from '../../../src/core/linear-pattern.js';

describe('a pattern of the whole text', () => {
  it.each([
    ['[A-Z]{3}-\\d+', 'ABC-42', 'xABC-42'],
    ['^[A-Z]{3}-\\d+$', 'ABC-42', 'ABC-42\n'],
    ['a|bc', 'bc', 'ac'],
    ['\\d{4}-\\d{2}-\\d{2}', '2024-01-02', '2024-1-2'],
    ['[^/]*\\.csv', 'a.csv', 'in/a.csv'],
    ['(?i)yes|no', 'YES', 'yesno'],
    ['colou?r', 'color', 'colouur'],
    ['.', '😀', '\n'],
    ['', '', 'a'],
    ['a\\$', 'a$', 'a'],
  ])('%s takes %j and not %j', (pattern, good, bad) => {
    const matches = linearPattern(pattern);
    expect([matches(good), matches(bad)]).toEqual([true, false]);
  });

  it.each(['(', '[z-a]', '(?=a)b', '\\1', 'a**'])('%s is none', (pattern) => {
    expect(() => linearPattern(pattern)).toThrow();
  });

  it('means what RE2 means by it, whichever engine tests it', () => {
    const atom = fc.constantFrom('a', 'b', '-', '\\d', '\\w', '[ab]', '[^a]', '\\.', '[a-c.]');
    const repeat = fc.constantFrom('', '', '', '?', '*', '+', '{2}', '{1,2}', '{1,}');
    const pattern = fc.array(
      fc.tuple(atom, repeat).map(([one, times]) => one + times),
      { maxLength: 6 },
    );
    const text = fc.string({
      unit: fc.constantFrom('a', 'b', 'c', '-', '1', '.', '\n', 'é', '😀'),
      maxLength: 8,
    });
    fc.assert(
      fc.property(pattern, text, (parts, value) => {
        const source = parts.join('');
        expect(linearPattern(source)(value)).toBe(RE2JS.compile(source).testExact(value));
      }),
      { numRuns: 2000 },
    );
  });

  it.each(['(\\w+\\s?)*', '(a*)*b', '(a|aa)+', 'a*a*a*a*a*b', '[^/]*a[^/]*a[^/]*a[^/]*b'])(
    'ends for %s',
    (pattern) => {
      expect(linearPattern(pattern)(`${'a'.repeat(50_000)}!`)).toBe(false);
    },
  );
});
