const POLYNOMIAL = 0x82f63b78;
/** Bytes that are worked on at a time, each with a table of its own. */
const SLICES = 16;
const TABLES = makeTables();

function makeTables(): Int32Array[] {
  const tables = Array.from({ length: SLICES }, () => new Int32Array(256));
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    tables[0]![byte] = crc;
  }
  for (let slice = 1; slice < SLICES; slice++) {
    for (let byte = 0; byte < 256; byte++) {
      const previous = tables[slice - 1]![byte]!;
      tables[slice]![byte] = (previous >>> 8) ^ tables[0]![previous & 0xff]!;
    }
  }
  return tables;
}

/**
 * Continues a CRC-32C (Castagnoli) over more bytes; start with 0. Node's zlib only has the other CRC-32, so this
 * one works on sixteen bytes at a time, read as words of memory.
 */
export function crc32c(bytes: Uint8Array, previous = 0): number {
  const { buffer, byteOffset, length } = bytes;
  if (length < 2 * SLICES) return ~bytewise(bytes, 0, length, ~previous) >>> 0;
  const start = -byteOffset & 3;
  const end = length - ((length - start) % SLICES);
  const words = new Int32Array(buffer, byteOffset + start, (end - start) / 4);
  const crc = wordwise(words, bytewise(bytes, 0, start, ~previous));
  return ~bytewise(bytes, end, length, crc) >>> 0;
}

const WORDS = SLICES / 4;

function bytewise(bytes: Uint8Array, start: number, end: number, previous: number): number {
  const table = TABLES[0]!;
  let crc = previous;
  for (let at = start; at < end; at++) crc = (crc >>> 8) ^ table[(crc ^ bytes[at]!) & 0xff]!;
  return crc;
}

/** Takes words in the byte order of the machine, which is little-endian wherever Node runs. */
function wordwise(words: Int32Array, previous: number): number {
  const [t0, t1, t2, t3, t4, t5, t6, t7] = TABLES as Tables;
  const [t8, t9, t10, t11, t12, t13, t14, t15] = TABLES.slice(SLICES / 2) as Tables;
  let crc = previous;
  for (let at = 0; at < words.length; at += WORDS) {
    const a = crc ^ words[at]!;
    const b = words[at + 1]!;
    const c = words[at + 2]!;
    const d = words[at + 3]!;
    crc =
      t15[a & 0xff]! ^
      t14[(a >>> 8) & 0xff]! ^
      t13[(a >>> 16) & 0xff]! ^
      t12[a >>> 24]! ^
      t11[b & 0xff]! ^
      t10[(b >>> 8) & 0xff]! ^
      t9[(b >>> 16) & 0xff]! ^
      t8[b >>> 24]! ^
      t7[c & 0xff]! ^
      t6[(c >>> 8) & 0xff]! ^
      t5[(c >>> 16) & 0xff]! ^
      t4[c >>> 24]! ^
      t3[d & 0xff]! ^
      t2[(d >>> 8) & 0xff]! ^
      t1[(d >>> 16) & 0xff]! ^
      t0[d >>> 24]!;
  }
  return crc;
}

type Tables = [
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
];

/** The checksum as Cloud Storage writes it: base64 of the four bytes, most significant first. */
export function encodeCrc32c(crc: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc);
  return bytes.toString('base64');
}
