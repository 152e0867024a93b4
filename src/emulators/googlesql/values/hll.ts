import { fingerprint } from './hll-hash.js';

/**
 * HyperLogLog++ sketches in the wire form Google's engines share: a protocol buffer with the sparse or dense registers.
 */
interface Sketch {
  count: bigint;
  valueType: number;
  precision: number;
  sparsePrecision: number;
  /** Sparse: encoded index → itself; dense: registers. */
  sparse: Map<number, number> | undefined;
  dense: Uint8Array | undefined;
}

const AGGREGATOR_HLL = 112;
const ENCODING_VERSION = 2;
const RHO_BITS = 6;
/** Sparse precision lies this far above the normal one, at most 25. */
const SPARSE_EXTRA = 5;
const MAX_SPARSE_PRECISION = 25;
const DEFAULT_PRECISION = 15;

const VALUE_TYPE_INTEGER = 8;
const VALUE_TYPE_BYTES = 20;

function empty(precision: number, valueType: number): Sketch {
  return {
    count: 0n,
    valueType,
    precision,
    sparsePrecision: Math.min(precision + SPARSE_EXTRA, MAX_SPARSE_PRECISION),
    sparse: new Map(),
    dense: undefined,
  };
}

/** Leading zeros after the first `skip` bits, plus one. */
function rank(hash: bigint, skip: number): number {
  const rest = BigInt.asUintN(64, hash << BigInt(skip));
  if (rest === 0n) return 64 - skip + 1;
  return 64 - rest.toString(2).length + 1;
}

function rhoFlag(sketch: Sketch): number {
  return 2 ** Math.max(sketch.sparsePrecision, sketch.precision + RHO_BITS);
}

/** The sparse index, and the rank beyond it when the bits between the two precisions are zero. */
function position(sketch: Sketch, encoded: number): { index: number; rho: number } {
  const flag = rhoFlag(sketch);
  const extra = sketch.sparsePrecision - sketch.precision;
  if (encoded < flag) return { index: encoded, rho: 0 };
  const payload = encoded - flag;
  return { index: Math.floor(payload / 2 ** RHO_BITS) * 2 ** extra, rho: payload % 2 ** RHO_BITS };
}

function addSparse(sketch: Sketch, encoded: number): void {
  const sparse = sketch.sparse as Map<number, number>;
  const { index, rho } = position(sketch, encoded);
  const known = sparse.get(index);
  if (known === undefined || position(sketch, known).rho < rho) sparse.set(index, encoded);
}

function addHash(sketch: Sketch, hash: bigint): void {
  if (sketch.dense) {
    const index = Number(hash >> BigInt(64 - sketch.precision));
    const value = rank(hash, sketch.precision);
    if (value > (sketch.dense[index] as number)) sketch.dense[index] = value;
    return;
  }
  const index = Number(hash >> BigInt(64 - sketch.sparsePrecision));
  const extra = sketch.sparsePrecision - sketch.precision;
  const encoded =
    index % 2 ** extra === 0
      ? rhoFlag(sketch) + Math.floor(index / 2 ** extra) * 2 ** RHO_BITS + rank(hash, sketch.sparsePrecision)
      : index;
  addSparse(sketch, encoded);
  // The dense form takes over where the sparse one would be larger.
  if ((sketch.sparse as Map<number, number>).size * 4 > 0.75 * 2 ** sketch.precision) densify(sketch);
}

function densify(sketch: Sketch): void {
  if (!sketch.sparse) return;
  const dense = new Uint8Array(2 ** sketch.precision);
  const extra = sketch.sparsePrecision - sketch.precision;
  for (const encoded of sketch.sparse.values()) {
    const { index, rho } = position(sketch, encoded);
    const target = Math.floor(index / 2 ** extra);
    const between = index % 2 ** extra;
    const value = between === 0 ? rho + extra : extra - Math.floor(Math.log2(between));
    if (value > (dense[target] as number)) dense[target] = value;
  }
  sketch.dense = dense;
  sketch.sparse = undefined;
}

function estimate(sketch: Sketch): bigint {
  if (sketch.sparse) {
    const buckets = 2 ** sketch.sparsePrecision;
    const zeros = buckets - sketch.sparse.size;
    return BigInt(Math.round(buckets * Math.log(buckets / zeros)));
  }
  return BigInt(Math.round(estimateDense(sketch.dense as Uint8Array, sketch.precision)));
}

/** Ertl's improved raw estimator: unbiased over the whole range without correction tables. */
function estimateDense(registers: Uint8Array, precision: number): number {
  const m = registers.length;
  const q = 64 - precision;
  const counts = new Array<number>(q + 2).fill(0);
  for (const register of registers) counts[register] = (counts[register] as number) + 1;
  let z = m * tau((m - (counts[q + 1] as number)) / m);
  for (let k = q; k >= 1; k -= 1) z = 0.5 * (z + (counts[k] as number));
  z += m * sigma((counts[0] as number) / m);
  return (m * m) / (2 * Math.LN2 * z);
}

function sigma(start: number): number {
  if (start === 1) return Number.POSITIVE_INFINITY;
  let x = start;
  let y = 1;
  let z = x;
  for (;;) {
    x *= x;
    const before = z;
    z += x * y;
    y += y;
    if (z === before) return z;
  }
}

function tau(start: number): number {
  if (start === 0 || start === 1) return 0;
  let x = start;
  let y = 1;
  let z = 1 - x;
  for (;;) {
    x = Math.sqrt(x);
    const before = z;
    y *= 0.5;
    z -= (1 - x) ** 2 * y;
    if (z === before) return z / 3;
  }
}

function writeVarint(out: number[], start: bigint): void {
  let value = start;
  while (value >= 128n) {
    out.push(Number(value & 127n) | 128);
    value >>= 7n;
  }
  out.push(Number(value));
}

function serialize(sketch: Sketch): Uint8Array {
  const state: number[] = [];
  if (sketch.sparse && sketch.sparse.size > 0) {
    state.push(0x10);
    writeVarint(state, BigInt(sketch.sparse.size));
  }
  state.push(0x18, sketch.precision, 0x20, sketch.sparsePrecision);
  if (sketch.sparse && sketch.sparse.size > 0) {
    const data: number[] = [];
    let previous = 0;
    for (const encoded of [...sketch.sparse.values()].sort((a, b) => a - b)) {
      writeVarint(data, BigInt(encoded - previous));
      previous = encoded;
    }
    state.push(0x32);
    writeVarint(state, BigInt(data.length));
    state.push(...data);
  }
  const head: number[] = [0x08, AGGREGATOR_HLL, 0x10];
  writeVarint(head, sketch.count);
  head.push(0x18, ENCODING_VERSION, 0x20, sketch.valueType, 0x82, 0x07);
  if (!sketch.dense) {
    writeVarint(head, BigInt(state.length));
    return Uint8Array.from([...head, ...state]);
  }
  state.push(0x2a);
  writeVarint(state, BigInt(sketch.dense.length));
  writeVarint(head, BigInt(state.length + sketch.dense.length));
  return Buffer.concat([Uint8Array.from([...head, ...state]), sketch.dense]);
}

function parse(bytes: Uint8Array, name: string): Sketch {
  const fail = (): never => {
    throw new Error(`Invalid or incompatible sketch in ${name}`);
  };
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at];
      if (byte === undefined || shift > 63n) return fail();
      at += 1;
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  const sketch = empty(DEFAULT_PRECISION, VALUE_TYPE_BYTES);
  let aggregator = 0n;
  let deltas: Uint8Array | undefined;
  const fields = (
    end: number,
    visit: (field: bigint, value: bigint, content: Uint8Array | undefined) => void,
  ): void => {
    while (at < end) {
      const tag = varint();
      const wire = tag & 7n;
      if (wire === 0n) visit(tag >> 3n, varint(), undefined);
      else if (wire === 2n) {
        const length = Number(varint());
        if (at + length > bytes.length) fail();
        const start = at;
        visit(tag >> 3n, BigInt(start), bytes.subarray(start, start + length));
        at = start + length;
      } else fail();
    }
  };
  fields(bytes.length, (field, value, content) => {
    if (field === 1n) aggregator = value;
    else if (field === 2n) sketch.count = value;
    else if (field === 4n) sketch.valueType = Number(value);
    else if (field === 112n && content) {
      at = Number(value);
      fields(at + content.length, (inner, innerValue, innerContent) => {
        if (inner === 3n) sketch.precision = Number(innerValue);
        else if (inner === 4n) sketch.sparsePrecision = Number(innerValue);
        else if (inner === 5n && innerContent && innerContent.length > 0)
          sketch.dense = Uint8Array.from(innerContent);
        else if (inner === 6n) deltas = innerContent;
      });
    }
  });
  if (aggregator !== BigInt(AGGREGATOR_HLL)) fail();
  if (sketch.dense) {
    if (sketch.dense.length !== 2 ** sketch.precision) fail();
    sketch.sparse = undefined;
    return sketch;
  }
  if (deltas) {
    let encoded = 0;
    let shift = 0;
    let delta = 0;
    for (const byte of deltas) {
      delta += (byte & 127) * 2 ** shift;
      shift += 7;
      if (byte >= 128) continue;
      encoded += delta;
      addSparse(sketch, encoded);
      delta = 0;
      shift = 0;
    }
  }
  return sketch;
}

function merge(target: Sketch, source: Sketch, name: string): void {
  if (target.precision !== source.precision)
    throw new Error(`Sketches of different precision cannot be merged in ${name}`);
  target.count += source.count;
  if (source.sparse && target.sparse) {
    for (const encoded of source.sparse.values()) addSparse(target, encoded);
    if (target.sparse.size * 4 > 0.75 * 2 ** target.precision) densify(target);
    return;
  }
  densify(target);
  const copy = { ...source };
  densify(copy);
  const into = target.dense as Uint8Array;
  (copy.dense as Uint8Array).forEach((value, index) => {
    if (value > (into[index] as number)) into[index] = value;
  });
}

/** HLL_COUNT.INIT over the distinct values and how many there were with repeats. */
export function hllInit(
  values: (bigint | Uint8Array | string)[],
  count: bigint,
  precision: bigint,
): Uint8Array {
  if (precision < 10n || precision > 24n)
    throw new Error(`The precision argument to HLL_COUNT.INIT must be between 10 and 24: ${precision}`);
  const integer = typeof values[0] === 'bigint';
  const sketch = empty(Number(precision), integer ? VALUE_TYPE_INTEGER : VALUE_TYPE_BYTES);
  sketch.count = count;
  const encoder = new TextEncoder();
  const eight = new Uint8Array(8);
  const view = new DataView(eight.buffer);
  for (const value of values) {
    if (typeof value === 'bigint') view.setBigInt64(0, value, true);
    addHash(
      sketch,
      fingerprint(
        typeof value === 'bigint' ? eight : typeof value === 'string' ? encoder.encode(value) : value,
      ),
    );
  }
  return serialize(sketch);
}

export function hllMerge(sketches: Uint8Array[], name: string): Uint8Array | null {
  const merged = mergeAll(sketches, name);
  return merged ? serialize(merged) : null;
}

export function hllExtract(sketches: Uint8Array[], name: string): bigint {
  const merged = mergeAll(sketches, name);
  return merged ? estimate(merged) : 0n;
}

function mergeAll(sketches: Uint8Array[], name: string): Sketch | undefined {
  const [first, ...rest] = sketches;
  if (!first) return undefined;
  const target = parse(first, name);
  for (const bytes of rest) {
    const next = parse(bytes, name);
    if (next.valueType !== target.valueType) throw new Error(`Invalid or incompatible sketch in ${name}`);
    merge(target, next, name);
  }
  return target;
}
