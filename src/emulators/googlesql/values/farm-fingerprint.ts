/** FarmHash Fingerprint64 (the `na` variant), which FARM_FINGERPRINT promises never to change. */
const K0 = 0xc3a5c85c97cb3127n;
const K1 = 0xb492b66fbe98f273n;
const K2 = 0x9ae16a3b2f90404fn;
const MASK = (1n << 64n) - 1n;

function u64(value: bigint): bigint {
  return value & MASK;
}

function rotate(value: bigint, bits: bigint): bigint {
  return bits === 0n ? value : u64((value >> bits) | (value << (64n - bits)));
}

function shiftMix(value: bigint): bigint {
  return value ^ (value >> 47n);
}

function hashPair(u: bigint, v: bigint, mul: bigint): bigint {
  const a = shiftMix(u64((u ^ v) * mul));
  const b = shiftMix(u64((v ^ a) * mul));
  return u64(b * mul);
}

function weakHash(view: DataView, at: number, seedA: bigint, seedB: bigint): [bigint, bigint] {
  const w = view.getBigUint64(at, true);
  const x = view.getBigUint64(at + 8, true);
  const y = view.getBigUint64(at + 16, true);
  const z = view.getBigUint64(at + 24, true);
  let a = u64(seedA + w);
  const b = rotate(u64(seedB + a + z), 21n);
  const c = a;
  a = u64(a + x + y);
  return [u64(a + z), u64(b + rotate(a, 44n) + c)];
}

function hashTo16(bytes: Uint8Array, view: DataView): bigint {
  const { length } = bytes;
  const size = BigInt(length);
  if (length >= 8) {
    const mul = u64(K2 + size * 2n);
    const a = u64(view.getBigUint64(0, true) + K2);
    const b = view.getBigUint64(length - 8, true);
    const c = u64(rotate(b, 37n) * mul + a);
    const d = u64((rotate(a, 25n) + b) * mul);
    return hashPair(c, d, mul);
  }
  if (length >= 4) {
    const mul = u64(K2 + size * 2n);
    const a = BigInt(view.getUint32(0, true));
    return hashPair(u64(size + (a << 3n)), BigInt(view.getUint32(length - 4, true)), mul);
  }
  if (length > 0) {
    const a = BigInt(bytes[0] as number);
    const b = BigInt(bytes[length >> 1] as number);
    const c = BigInt(bytes[length - 1] as number);
    return u64(shiftMix(u64((a + (b << 8n)) * K2) ^ u64((size + (c << 2n)) * K0)) * K2);
  }
  return K2;
}

function hashTo32(view: DataView, length: number): bigint {
  const mul = u64(K2 + BigInt(length) * 2n);
  const a = u64(view.getBigUint64(0, true) * K1);
  const b = view.getBigUint64(8, true);
  const c = u64(view.getBigUint64(length - 8, true) * mul);
  const d = u64(view.getBigUint64(length - 16, true) * K2);
  return hashPair(
    u64(rotate(u64(a + b), 43n) + rotate(c, 30n) + d),
    u64(a + rotate(u64(b + K2), 18n) + c),
    mul,
  );
}

function hashTo64(view: DataView, length: number): bigint {
  const mul = u64(K2 + BigInt(length) * 2n);
  const a = u64(view.getBigUint64(0, true) * K2);
  const b = view.getBigUint64(8, true);
  const c = u64(view.getBigUint64(length - 8, true) * mul);
  const d = u64(view.getBigUint64(length - 16, true) * K2);
  const y = u64(rotate(u64(a + b), 43n) + rotate(c, 30n) + d);
  const z = hashPair(y, u64(a + rotate(u64(b + K2), 18n) + c), mul);
  const e = u64(view.getBigUint64(16, true) * mul);
  const f = view.getBigUint64(24, true);
  const g = u64((y + view.getBigUint64(length - 32, true)) * mul);
  const h = u64((z + view.getBigUint64(length - 24, true)) * mul);
  return hashPair(
    u64(rotate(u64(e + f), 43n) + rotate(g, 30n) + h),
    u64(e + rotate(u64(f + a), 18n) + g),
    mul,
  );
}

function hashLong(view: DataView, length: number): bigint {
  const seed = 81n;
  let x = seed;
  let y = u64(seed * K1 + 113n);
  let z = u64(shiftMix(u64(y * K2 + 113n)) * K2);
  let v: [bigint, bigint] = [0n, 0n];
  let w: [bigint, bigint] = [0n, 0n];
  x = u64(x * K2 + view.getBigUint64(0, true));
  const end = Math.floor((length - 1) / 64) * 64;
  const last = end + ((length - 1) & 63) - 63;
  let at = 0;
  const round = (mul: bigint, factor: bigint): void => {
    x = u64(rotate(u64(x + y + v[0] + view.getBigUint64(at + 8, true)), 37n) * mul);
    y = u64(rotate(u64(y + v[1] + view.getBigUint64(at + 48, true)), 42n) * mul);
    x ^= u64(w[1] * factor);
    y = u64(y + v[0] * factor + view.getBigUint64(at + 40, true));
    z = u64(rotate(u64(z + w[0]), 33n) * mul);
    v = weakHash(view, at, u64(v[1] * mul), u64(x + w[0]));
    w = weakHash(view, at + 32, u64(z + w[1]), u64(y + view.getBigUint64(at + 16, true)));
    [z, x] = [x, z];
  };
  do {
    round(K1, 1n);
    at += 64;
  } while (at !== end);
  const mul = u64(K1 + ((z & 0xffn) << 1n));
  at = last;
  w[0] = u64(w[0] + BigInt((length - 1) & 63));
  v[0] = u64(v[0] + w[0]);
  w[0] = u64(w[0] + v[0]);
  round(mul, 9n);
  return hashPair(
    u64(hashPair(v[0], w[0], mul) + u64(shiftMix(y) * K0) + z),
    u64(hashPair(v[1], w[1], mul) + x),
    mul,
  );
}

export function farmFingerprint(bytes: Uint8Array): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { length } = bytes;
  const hash =
    length <= 16
      ? hashTo16(bytes, view)
      : length <= 32
        ? hashTo32(view, length)
        : length <= 64
          ? hashTo64(view, length)
          : hashLong(view, length);
  return BigInt.asIntN(64, hash);
}
