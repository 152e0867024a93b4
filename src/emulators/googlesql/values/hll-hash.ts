/** The 64-bit fingerprint under HLL_COUNT sketches; sketches only merge with Google's when it is bit-exact. */
const K0 = 0xa5b85c5e198ed849n;
const K1 = 0x8d58ac26afe12e47n;
const K2 = 0xc47b6e9e3a970ed3n;
const K3 = 0xc6a4a7935bd1e995n;
const MASK = (1n << 64n) - 1n;

function u64(value: bigint): bigint {
  return value & MASK;
}

function rotate(value: bigint, bits: bigint): bigint {
  return u64((value >> bits) | (value << (64n - bits)));
}

function shiftMix(value: bigint): bigint {
  return value ^ (value >> 47n);
}

function hashPair(high: bigint, low: bigint): bigint {
  const a = shiftMix(u64((low ^ high) * K3));
  const b = shiftMix(u64((high ^ a) * K3));
  return u64(b * K3);
}

function load(bytes: Uint8Array, at: number, count = 8): bigint {
  let value = 0n;
  for (let i = count - 1; i >= 0; i -= 1) value = (value << 8n) | BigInt(bytes[at + i] as number);
  return value;
}

function hashShort(bytes: Uint8Array): bigint {
  const { length } = bytes;
  const aligned = length & ~7;
  let hash = u64(K0 ^ K1 ^ K2 ^ u64(BigInt(length) * K3));
  for (let i = 0; i < aligned; i += 8) {
    hash = u64((hash ^ u64(shiftMix(u64(load(bytes, i) * K3)) * K3)) * K3);
  }
  if (length !== aligned) hash = u64((hash ^ load(bytes, aligned, length - aligned)) * K3);
  return shiftMix(u64(shiftMix(hash) * K3));
}

function hashTo64(bytes: Uint8Array): bigint {
  const { length } = bytes;
  let z = load(bytes, 24);
  let a = u64(load(bytes, 0) + (BigInt(length) + load(bytes, length - 16)) * K0);
  let b = rotate(u64(a + z), 52n);
  let c = rotate(a, 37n);
  a = u64(a + load(bytes, 8));
  c = u64(c + rotate(a, 7n));
  a = u64(a + load(bytes, 16));
  const vf = u64(a + z);
  const vs = u64(b + rotate(a, 31n) + c);
  a = u64(load(bytes, 16) + load(bytes, length - 32));
  z = load(bytes, length - 8);
  b = rotate(u64(a + z), 52n);
  c = rotate(a, 37n);
  a = u64(a + load(bytes, length - 24));
  c = u64(c + rotate(a, 7n));
  a = u64(a + load(bytes, length - 16));
  const wf = u64(a + z);
  const ws = u64(b + rotate(a, 31n) + c);
  const r = shiftMix(u64((vf + ws) * K2 + (wf + vs) * K0));
  return u64(shiftMix(u64(r * K0 + vs)) * K2);
}

function weakHash(bytes: Uint8Array, at: number, seedA: bigint, seedB: bigint): [bigint, bigint] {
  const last = load(bytes, at + 24);
  let a = u64(seedA + load(bytes, at));
  const b = rotate(u64(seedB + a + last), 51n);
  const c = a;
  a = u64(a + load(bytes, at + 8) + load(bytes, at + 16));
  return [u64(a + last), u64(b + rotate(a, 23n) + c)];
}

function hashLong(bytes: Uint8Array): bigint {
  const { length } = bytes;
  let x = load(bytes, 0);
  let y = load(bytes, length - 16) ^ K1;
  let z = load(bytes, length - 56) ^ K0;
  let v = weakHash(bytes, length - 64, BigInt(length), y);
  let w = weakHash(bytes, length - 32, u64(BigInt(length) * K1), K0);
  z = u64(z + shiftMix(v[1]) * K1);
  x = u64(rotate(u64(z + x), 39n) * K1);
  y = u64(rotate(y, 33n) * K1);
  for (let at = 0; at < ((length - 1) & ~63); at += 64) {
    x = u64(rotate(u64(x + y + v[0] + load(bytes, at + 16)), 37n) * K1);
    y = u64(rotate(u64(y + v[1] + load(bytes, at + 48)), 42n) * K1);
    x ^= w[1];
    y ^= v[0];
    z = rotate(z ^ w[0], 33n);
    v = weakHash(bytes, at, u64(v[1] * K1), u64(x + w[0]));
    w = weakHash(bytes, at + 32, u64(z + w[1]), y);
    [z, x] = [x, z];
  }
  return hashPair(u64(hashPair(v[0], w[0]) + u64(shiftMix(y) * K1) + z), u64(hashPair(v[1], w[1]) + x));
}

export function fingerprint(bytes: Uint8Array): bigint {
  const { length } = bytes;
  const inner = length <= 32 ? hashShort(bytes) : length <= 64 ? hashTo64(bytes) : hashLong(bytes);
  const u = length >= 8 ? load(bytes, 0) : K0;
  const v = length >= 9 ? load(bytes, length - 8) : K0;
  const result = hashPair(u64(inner + v), u);
  return result === 0n || result === 1n ? u64(result + ~1n) : result;
}
