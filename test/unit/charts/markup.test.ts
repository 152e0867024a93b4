import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { element, escaped, Markup } from '../../../src/charts/markup.js';
import { elementsOf } from '../../helpers/svg.js';

describe('markup', () => {
  it('escapes whatever comes from data, in text and in attributes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        const { text } = element('p', { title: value }, value);
        expect(elementsOf(text)).toMatchObject([{ name: 'p' }]);
        expect(/[<>]/.test(text.replace(/^<p title="[^"<>]*">/, '').replace(/<\/p>$/, ''))).toBe(false);
      }),
    );
    expect(element('p', {}, '<img src=x onerror="alert(1)">').text).toBe(
      '<p>&lt;img src=x onerror=&quot;alert(1)&quot;&gt;</p>',
    );
  });

  it('leaves out what XML cannot hold', () => {
    expect(escaped('a\u0000b\u001b[1m\ud800')).toBe('a\ufffdb\ufffd[1m\ufffd');
    expect(escaped('tab\tline\n')).toBe('tab\tline\n');
  });

  it('nests, and leaves out what is not there', () => {
    const inner = element('tspan', { x: 1.23456, y: undefined }, 7);
    const { text } = element('text', {}, [null, undefined, false, inner], new Markup('<br>'));
    expect(text).toBe('<text><tspan x="1.23">7</tspan><br></text>');
    expect(element('meta', { charset: 'utf-8' }).text).toBe('<meta charset="utf-8">');
  });

  it('refuses what a strict policy for content stops, and numbers that are none', () => {
    expect(() => element('p', { style: 'color: red' })).toThrow('style is no attribute here');
    expect(() => element('p', { onclick: 'x()' })).toThrow('onclick is no attribute here');
    expect(() => element('p><p')).toThrow('is no element');
    expect(() => element('line', { x1: Number.NaN })).toThrow('not finite');
  });
});
