import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { farmFingerprint } from '../../../../src/emulators/googlesql/values/farm-fingerprint.js';
import { MAX_SHORT_BYTES, shortFingerprints } from '../../../../src/emulators/googlesql/values/farm-short.js';

const ROWS_OF_A_SIZE = 50;

/** Bytes of a size, which differ by `seed`. */
function bytesOf(size: number, seed: number): Buffer {
  return createHash('sha256').update(`${size}/${seed}`).digest().subarray(0, size);
}

/** A column of big-endian numbers as halves, the lower one first. */
function column(numbers: readonly bigint[]): Uint32Array {
  return new Uint32Array(BigUint64Array.from(numbers).buffer);
}

it('is what the whole fingerprint says, for every size that it takes', () => {
  const rows = Array.from({ length: MAX_SHORT_BYTES + 1 }, (_, size) =>
    Array.from({ length: ROWS_OF_A_SIZE }, (_, seed) => bytesOf(size, seed)),
  ).flat();
  const zeros = Buffer.alloc(16);
  const starts = rows.map((bytes) => Buffer.concat([bytes, zeros]));
  const ends = rows.map((bytes) => Buffer.concat([zeros, bytes]).subarray(-16));
  const results = new BigInt64Array(rows.length);
  shortFingerprints(
    [
      column(rows.map((bytes) => BigInt(bytes.length))),
      column(starts.map((bytes) => bytes.readBigUInt64BE(0))),
      column(starts.map((bytes) => bytes.readBigUInt64BE(8))),
      column(ends.map((bytes) => bytes.readBigUInt64BE(0))),
      column(ends.map((bytes) => bytes.readBigUInt64BE(8))),
    ],
    new Uint32Array(results.buffer),
  );
  expect([...results]).toEqual(rows.map((bytes) => farmFingerprint(bytes)));
});
