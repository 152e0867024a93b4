import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { sha256 } from '../../../src/core/sha256.js';

const ofNode = (text: string) => createHash('sha256').update(text).digest('hex');

it('is what FIPS 180-4 gives as an example', () => {
  expect(sha256('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
});

it('is the one of Node, whatever the text and its length', () => {
  const texts = Array.from({ length: 140 }, (_, length) => 'x'.repeat(length));
  texts.push('Pätient 7', '\u0000%25', '患者', '\u{1f642}'.repeat(40), 'half \ud800 of a pair');
  expect(texts.map(sha256)).toEqual(texts.map(ofNode));
});
