/**
 * FarmHash Fingerprint64 (the `na` variant) of up to 32 bytes, in halves of 32 bits: in BigInt it takes ten times as
 * long. See `farm-fingerprint.ts` for the whole.
 */
/** The longest bytes that this takes. */
export const MAX_SHORT_BYTES = 32;

const K0: Word = [0xc3a5c85c, 0x97cb3127];
const K1: Word = [0xb492b66f, 0xbe98f273];
const K2: Word = [0x9ae16a3b, 0x2f90404f];

/** The upper and the lower half of 64 bits. */
type Word = readonly [high: number, low: number];

/**
 * What an operation leaves behind is in these two, so that none of millions of calls has to make an object.
 * The halves are integers of 32 bits, with or without a sign.
 */
let high = 0;
let low = 0;

function add(aHigh: number, aLow: number, bHigh: number, bLow: number): void {
  const sum = (aLow >>> 0) + (bLow >>> 0);
  low = sum | 0;
  high = (aHigh + bHigh + (sum > 0xffffffff ? 1 : 0)) | 0;
}

function times(aHigh: number, aLow: number, bHigh: number, bLow: number): void {
  const a0 = aLow & 0xffff;
  const a1 = aLow >>> 16;
  const b0 = bLow & 0xffff;
  const b1 = bLow >>> 16;
  const middle = a1 * b0 + ((Math.imul(a0, b0) >>> 16) & 0xffff);
  const other = a0 * b1 + (middle % 0x10000);
  const carried = a1 * b1 + Math.floor(middle / 0x10000) + Math.floor(other / 0x10000);
  high = (carried + Math.imul(aHigh, bLow) + Math.imul(aLow, bHigh)) | 0;
  low = Math.imul(aLow, bLow);
}

/** Rotates to the right by less than 32 bits. */
function rotateLess(aHigh: number, aLow: number, bits: number): void {
  low = (aLow >>> bits) | (aHigh << (32 - bits));
  high = (aHigh >>> bits) | (aLow << (32 - bits));
}

/** Rotates to the right by more than 32 bits. */
function rotateMore(aHigh: number, aLow: number, bits: number): void {
  rotateLess(aLow, aHigh, bits - 32);
}

function shiftMix(aHigh: number, aLow: number): void {
  high = aHigh;
  low = aLow ^ (aHigh >>> 15);
}

function hashPair(uHigh: number, uLow: number, vHigh: number, vLow: number, mulHigh: number, mulLow: number) {
  times(uHigh ^ vHigh, uLow ^ vLow, mulHigh, mulLow);
  shiftMix(high, low);
  times(vHigh ^ high, vLow ^ low, mulHigh, mulLow);
  shiftMix(high, low);
  times(high, low, mulHigh, mulLow);
}

/** Bytes that came as the digits of a big-endian number, the first of them the lowest. */
function reversed(digits: number): number {
  return (digits << 24) | ((digits & 0xff00) << 8) | ((digits >>> 8) & 0xff00) | ((digits >>> 24) & 0xff);
}

/** The byte at a place of eight bytes that are the digits of a big-endian number. */
function byteAt(upper: number, lower: number, place: number): number {
  return place < 4 ? (upper >>> (24 - 8 * place)) & 0xff : (lower >>> (56 - 8 * place)) & 0xff;
}

/**
 * The fingerprints of rows of bytes, from numbers of 64 bits as halves of 32, the lower one first: their sizes, up to
 * `MAX_SHORT_BYTES`; their first sixteen bytes, with zeros behind, as two big-endian numbers; and their last sixteen
 * bytes, with zeros before them.
 */
export function shortFingerprints(columns: readonly Uint32Array[], results: Uint32Array): void {
  const [sizes, a, b, c, d] = columns as [Uint32Array, Uint32Array, Uint32Array, Uint32Array, Uint32Array];
  for (let at = 0; at < results.length; at += 2) {
    const next = at + 1;
    fingerprint(sizes[at]!, a[next]!, a[at]!, b[next]!, b[at]!, c[next]!, c[at]!, d[next]!, d[at]!);
    results[at] = low;
    results[next] = high;
  }
}

/** Leaves the fingerprint behind; of the words `a`, `b` and at the end `c`, `d` it gets the upper digits first. */
function fingerprint(
  size: number,
  aUpper: number,
  aLower: number,
  bUpper: number,
  bLower: number,
  cUpper: number,
  cLower: number,
  dUpper: number,
  dLower: number,
): void {
  add(K2[0], K2[1], 0, 2 * size);
  const [mulHigh, mulLow] = [high, low];
  if (size > 16) {
    times(reversed(aLower), reversed(aUpper), K1[0], K1[1]);
    const [aHigh, aLow] = [high, low];
    const [bHigh, bLow] = [reversed(bLower), reversed(bUpper)];
    times(reversed(dLower), reversed(dUpper), mulHigh, mulLow);
    const [cHigh, cLow] = [high, low];
    times(reversed(cLower), reversed(cUpper), K2[0], K2[1]);
    const [dHigh, dLow] = [high, low];
    add(aHigh, aLow, bHigh, bLow);
    rotateMore(high, low, 43);
    const [yHigh, yLow] = [high, low];
    rotateLess(cHigh, cLow, 30);
    add(high, low, yHigh, yLow);
    add(high, low, dHigh, dLow);
    const [uHigh, uLow] = [high, low];
    add(bHigh, bLow, K2[0], K2[1]);
    rotateLess(high, low, 18);
    add(high, low, aHigh, aLow);
    add(high, low, cHigh, cLow);
    hashPair(uHigh, uLow, high, low, mulHigh, mulLow);
  } else if (size >= 8) {
    add(reversed(aLower), reversed(aUpper), K2[0], K2[1]);
    const [aHigh, aLow] = [high, low];
    const [bHigh, bLow] = [reversed(dLower), reversed(dUpper)];
    rotateMore(bHigh, bLow, 37);
    times(high, low, mulHigh, mulLow);
    add(high, low, aHigh, aLow);
    const [cHigh, cLow] = [high, low];
    rotateLess(aHigh, aLow, 25);
    add(high, low, bHigh, bLow);
    times(high, low, mulHigh, mulLow);
    hashPair(cHigh, cLow, high, low, mulHigh, mulLow);
  } else if (size >= 4) {
    const first = reversed(aUpper);
    add(first >>> 29, first << 3, 0, size);
    hashPair(high, low, 0, reversed(dLower), mulHigh, mulLow);
  } else if (size > 0) {
    const y = byteAt(aUpper, aLower, 0) + 256 * byteAt(aUpper, aLower, size >> 1);
    const z = size + 4 * byteAt(aUpper, aLower, size - 1);
    times(0, y, K2[0], K2[1]);
    const [yHigh, yLow] = [high, low];
    times(0, z, K0[0], K0[1]);
    shiftMix(yHigh ^ high, yLow ^ low);
    times(high, low, K2[0], K2[1]);
  } else {
    [high, low] = K2;
  }
}
