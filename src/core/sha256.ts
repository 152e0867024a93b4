/** The first 64 primes, whose roots give the constants below. */
const PRIMES = firstPrimes(64);
/** The first 32 bits behind the point of their cube roots, and of the square roots of the first eight. */
const ROUND = PRIMES.map((prime) => fractionBits(Math.cbrt(prime)));
const START = PRIMES.slice(0, 8).map((prime) => fractionBits(Math.sqrt(prime)));

/**
 * SHA-256 of a text's UTF-8 in hexadecimal, for code that runs where there is no `node:crypto`.
 *
 * FIPS 180-4, https://csrc.nist.gov/pubs/fips/180-4/upd1/final, sections 4.1.2, 5 and 6.2
 */
export function sha256(text: string): string {
  const state = Int32Array.from(START);
  const words = padded(text);
  const schedule = new Int32Array(64);
  for (let block = 0; block < words.length; block += 16) {
    for (let t = 0; t < 64; t++) {
      schedule[t] = t < 16 ? words[block + t]! : extended(schedule, t);
    }
    mix(state, schedule);
  }
  return [...state].map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
}

function extended(schedule: Int32Array, t: number): number {
  const x = schedule[t - 15]!;
  const y = schedule[t - 2]!;
  const small0 = rotated(x, 7) ^ rotated(x, 18) ^ (x >>> 3);
  const small1 = rotated(y, 17) ^ rotated(y, 19) ^ (y >>> 10);
  return (schedule[t - 16]! + small0 + schedule[t - 7]! + small1) | 0;
}

function mix(state: Int32Array, schedule: Int32Array): void {
  let [a, b, c, d, e, f, g, h] = state as unknown as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  for (let t = 0; t < 64; t++) {
    const large1 = rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25);
    const first = (h + large1 + ((e & f) ^ (~e & g)) + ROUND[t]! + schedule[t]!) | 0;
    const large0 = rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22);
    const second = (large0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + first) | 0, c, b, a, (first + second) | 0];
  }
  for (const [index, word] of [a, b, c, d, e, f, g, h].entries()) state[index]! += word;
}

/** The text's UTF-8, a one, zeros, and its length in bits, as big-endian words in blocks of 16. */
function padded(text: string): Int32Array {
  // Half of a surrogate pair has no UTF-8; like `node:crypto`, it counts as U+FFFD.
  const escaped = encodeURIComponent(text.replace(/\p{Surrogate}/gu, '\ufffd'));
  const bytes = [...escaped.matchAll(/%(..)|./gs)].map(([char, hex]) =>
    hex === undefined ? char.charCodeAt(0) : Number.parseInt(hex, 16),
  );
  const words = new Int32Array(Math.ceil((bytes.length + 9) / 64) * 16);
  for (const [index, byte] of [...bytes, 0x80].entries())
    words[index >> 2]! |= byte << (24 - 8 * (index & 3));
  words[words.length - 2] = Math.floor((bytes.length * 8) / 2 ** 32);
  words[words.length - 1] = bytes.length * 8;
  return words;
}

function rotated(word: number, bits: number): number {
  return (word >>> bits) | (word << (32 - bits));
}

function fractionBits(root: number): number {
  return ((root - Math.floor(root)) * 2 ** 32) | 0;
}

function firstPrimes(count: number): number[] {
  const primes: number[] = [];
  for (let candidate = 2; primes.length < count; candidate++) {
    if (primes.every((prime) => candidate % prime !== 0)) primes.push(candidate);
  }
  return primes;
}
