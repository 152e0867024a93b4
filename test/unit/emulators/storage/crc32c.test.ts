import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { crc32c, encodeCrc32c } from '../../../../src/emulators/storage/crc32c.js';

/** By the definition: a bit at a time. */
function byDefinition(bytes: Uint8Array, previous = 0): number {
  let crc = ~previous;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  return ~crc >>> 0;
}

it('is the check value of the polynomial for the digits', () => {
  expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
  expect(encodeCrc32c(crc32c(Buffer.from('123456789')))).toBe('4waSgw==');
  expect(crc32c(new Uint8Array())).toBe(0);
});

it('is what the definition says, for every length and wherever the bytes lie in memory', () => {
  const bytes = Buffer.concat(
    Array.from({ length: 8 }, (_, index) => createHash('sha256').update(String(index)).digest()),
  );
  for (let start = 0; start < 5; start++) {
    for (let end = start; end <= start + 100; end++) {
      const part = bytes.subarray(start, end);
      expect(crc32c(part)).toBe(byDefinition(part));
    }
  }
});

it('goes on where another part ended', () => {
  const bytes = createHash('sha512').update('parts').digest();
  expect(crc32c(bytes.subarray(21), crc32c(bytes.subarray(0, 21)))).toBe(byDefinition(bytes));
});
