import { describe, expect, it } from 'vitest';
import { parseFilter } from '../../../../src/emulators/pubsub/filter.js';

/** Filter → attributes that it lets through, and attributes that it does not. */
const CASES: [filter: string, passes: Record<string, string>[], stays: Record<string, string>[]][] = [
  ['attributes:lang', [{ lang: 'en' }, { lang: '' }], [{}, { Lang: 'en' }]],
  ['attributes.lang = "en"', [{ lang: 'en' }], [{}, { lang: 'EN' }, { lang: 'en ' }]],
  ['attributes.lang != "en"', [{}, { lang: 'fr' }], [{ lang: 'en' }]],
  ['hasPrefix(attributes.lang, "en")', [{ lang: 'en' }, { lang: 'en-GB' }], [{}, { lang: 'e' }]],
  ['attributes:a AND attributes:b', [{ a: '', b: '' }], [{ a: '' }, { b: '' }]],
  ['attributes:a AND attributes:b AND attributes:c', [{ a: '', b: '', c: '' }], [{ a: '', b: '' }]],
  ['attributes:a OR attributes:b', [{ a: '' }, { b: '' }], [{}]],
  ['NOT attributes:a', [{}], [{ a: '' }]],
  ['-attributes:a', [{}], [{ a: '' }]],
  ['- attributes:a', [{}], [{ a: '' }]],
  ['NOT (attributes:a OR attributes:b)', [{}], [{ a: '' }, { b: '' }]],
  ['-hasPrefix(attributes.a, "x")', [{}, { a: 'y' }], [{ a: 'xy' }]],
  [
    'attributes:a AND (attributes:b OR NOT attributes:c)',
    [{ a: '' }, { a: '', b: '', c: '' }],
    [{ a: '', c: '' }],
  ],
  ['(((attributes:a)))', [{ a: '' }], [{}]],
  ['attributes:"a key"', [{ 'a key': '' }], [{ key: '' }]],
  ['attributes."a.b" = "1"', [{ 'a.b': '1' }], [{ a: '1' }]],
  ["attributes.a = 'single'", [{ a: 'single' }], [{ a: "'single'" }]],
  [String.raw`attributes.a = "\"\\\n\x41\u00e9\101"`, [{ a: '"\\\nAéA' }], [{ a: '' }]],
  ['attributes.AND = "NOT"', [{ AND: 'NOT' }], [{}]],
  ['  attributes . a\n=\t"1"  ', [{ a: '1' }], [{}]],
  ['attributes.a="1"AND attributes.b="2"', [{ a: '1', b: '2' }], [{ a: '1' }]],
];

describe('filters of subscriptions', () => {
  it.each(CASES)('%s', (source, passes, stays) => {
    const filter = parseFilter(source);
    const of = (attributes: Record<string, string>) => filter(new Map(Object.entries(attributes)));
    expect([passes.map(of), stays.map(of)]).toEqual([passes.map(() => true), stays.map(() => false)]);
  });

  it.each([
    ['', 'expected "attributes"'],
    ['attributes', 'expected "."'],
    ['attributes.', 'the key of an attribute'],
    ['attributes:a b', 'the end of the filter'],
    ['attributes.a = b', 'a text in quotes, but found b'],
    ['attributes.a == "b"', 'a text in quotes'],
    ['attributes.a > "b"', '">" is not understood, at character 14'],
    ['attributes:a AND', 'but found the end'],
    [
      'attributes:a AND attributes:b OR attributes:c',
      'may not be mixed without parentheses, at character 31',
    ],
    ['attributes:a and attributes:b', 'found and'],
    ['(attributes:a', 'expected ")"'],
    ['hasPrefix(attributes.a)', 'expected ","'],
    ['hasSuffix(attributes.a, "b")', 'found hasSuffix'],
    ['data = "x"', 'found data'],
    ['attributes.a = "open', 'is not understood'],
    [String.raw`attributes.a = "\q"`, 'is no escape'],
    [String.raw`attributes.a = "\U00110000"`, 'no character of Unicode'],
    [`attributes:${'a'.repeat(246)}`, 'has 257 bytes; at most 256'],
  ])('%s is refused', (source, reason) => {
    expect(() => parseFilter(source)).toThrow(reason);
  });
});
