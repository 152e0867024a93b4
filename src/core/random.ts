/**
 * Deterministic randomness: integer arithmetic and exactly rounded operations only, so that a seed gives the same
 * numbers on every machine. Not for secrets.
 */
export interface Random {
  /** 32 random bits, as an unsigned integer. */
  bits(): number;
  /** In [0, 1). */
  uniform(): number;
  /** Mean 0, standard deviation 1, within ±3.5. */
  normal(): number;
  /** Whole number from `minimum` to `maximum`, both included. */
  integer(minimum: number, maximum: number): number;
  pick<T>(items: readonly T[]): T;
}

const TWO_POW_32 = 4_294_967_296;

/** A generator (xoshiro128**) for a seed and, independently of all others, for a named stream of it. */
export function createRandom(seed: number | string, ...stream: readonly (number | string)[]): Random {
  let [a, b, c, d] = seedWords([seed, ...stream].join('\u0000'));

  function bits(): number {
    const product = Math.imul(b, 5);
    const result = Math.imul((product << 7) | (product >>> 25), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = (d << 11) | (d >>> 21);
    return result;
  }

  const uniform = () => bits() / TWO_POW_32;
  return {
    bits,
    uniform,
    // The sum of four uniforms (Irwin-Hall): unlike Box-Muller it needs no logarithm or cosine, whose last digit
    // may differ between JavaScript engines.
    normal: () =>
      (bits() / TWO_POW_32 + bits() / TWO_POW_32 + bits() / TWO_POW_32 + bits() / TWO_POW_32 - 2) * SQRT_3,
    integer: (minimum, maximum) => minimum + Math.floor(uniform() * (maximum - minimum + 1)),
    pick: (items) => items[Math.floor(uniform() * items.length)]!,
  };
}

const SQRT_3 = 1.7320508075688772;

/** Four words from a text: FNV-1a to absorb it, splitmix32 to spread it. */
function seedWords(text: string): [number, number, number, number] {
  let hash = 0x811c9dc5;
  let second = 0x9e3779b9;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
    second = Math.imul(second ^ text.charCodeAt(index), 0x85ebca6b);
    second ^= second >>> 13;
  }
  const mix = (word: number) => {
    let z = (word + 0x9e3779b9) | 0;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return z ^ (z >>> 15);
  };
  // Never all zero, which is the one state the generator cannot leave.
  return [mix(hash) | 1, mix(hash ^ 0x5bd1e995), mix(second), mix(second ^ 0x27d4eb2f)];
}
