import { bytes, flag, float, integer, list, nullableUdf, text, udf } from '../duck/scalar-function.js';
import { MAX_VALUE_BYTES, tooLong } from '../duck/value-limit.js';
import { floatText } from '../values/float-text.js';
import { formatText } from '../values/format.js';
import * as strings from '../values/text.js';
import { readShape, readTyped } from '../values/typed-value.js';

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export const stringUdfs = {
  format: nullableUdf([text, list(text), list(text)], text, (format, shapes, values) =>
    format === null
      ? null
      : formatText(
          format,
          (shapes ?? []).map((shape, index) => readTyped(readShape(shape!), (values ?? [])[index] ?? null)),
        ),
  ),
  float_text: udf([float], text, floatText),
  normalize: udf([text, text], text, (value, form) => strings.normalize(value, form as strings.NormalForm)),
  normalize_fold: udf([text, text], text, (value, form) =>
    strings.normalizeAndCaseFold(value, form as strings.NormalForm),
  ),
  upper: udf([text], text, (value) => value.toUpperCase()),
  lower: udf([text], text, (value) => value.toLowerCase()),
  latin: udf([bytes], text, latinText),
  unlatin: udf([text], bytes, latin),
  case_bytes: udf([bytes, flag], bytes, (value, upper) => value.map((byte) => changeCase(byte, upper))),
  reverse: udf([text], text, (value) => [...value].reverse().join('')),
  fold: udf([text], text, strings.foldForSearch),
  soundex: udf([text], text, strings.soundex),
  initcap: udf([text], text, (value) => strings.initcap(value)),
  initcap_with: udf([text, text], text, strings.initcap),
  edit_distance: udf([text, text, integer], integer, (left, right, limit) =>
    BigInt(strings.boundedEditDistance([...left], [...right], checkLimit(limit))),
  ),
  edit_distance_bytes: udf([bytes, bytes, integer], integer, (left, right, limit) =>
    BigInt(strings.boundedEditDistance(left, right, checkLimit(limit))),
  ),
  instr: udf([text, text, integer, integer], integer, (value, part, position, occurrence) =>
    BigInt(strings.instr([...value], [...part], position, occurrence)),
  ),
  instr_bytes: udf([bytes, bytes, integer, integer], integer, (value, part, position, occurrence) =>
    BigInt(strings.instr(value, part, position, occurrence)),
  ),
  code_points: udf([text], list(integer), strings.codePoints),
  code_points_bytes: udf([bytes], list(integer), strings.codePointsOfBytes),
  code_points_to_string: udf([list(integer)], text, strings.codePointsToString),
  code_points_to_bytes: udf([list(integer)], bytes, strings.codePointsToBytes),
  to_base32: udf([bytes], text, strings.toBase32),
  from_base32: udf([text], bytes, strings.fromBase32),
  from_base64: udf([text], bytes, strings.fromBase64),
  from_hex: udf([text], bytes, strings.fromHex),
  translate: udf([text, text, text], text, strings.translate),
  translate_bytes: udf([bytes, bytes, bytes], bytes, (value, from, to) =>
    latin(strings.translate(latinText(value), latinText(from), latinText(to))),
  ),
  split_bytes: udf([bytes, bytes], list(bytes), (value, delimiter) =>
    value.length === 0
      ? [value]
      : delimiter.length === 0
        ? Array.from(value, (byte) => Uint8Array.of(byte))
        : latinText(value).split(latinText(delimiter)).map(latin),
  ),
  replace_bytes: udf([bytes, bytes, bytes], bytes, replaceBytes),
  trim_bytes: udf([bytes, bytes, text], bytes, (value, set, side) => trimBytes(value, set, side)),
  reverse_bytes: udf([bytes], bytes, (value) => Uint8Array.from(value).reverse()),
  pad_bytes: udf([bytes, integer, bytes, flag], bytes, (value, length, pattern, left) =>
    padBytes(value, Number(length), pattern, left),
  ),
  split_substr: udf([text, text, integer], text, (value, delimiter, start) =>
    strings.splitSubstring(value, delimiter, start, null),
  ),
  split_substr_count: udf([text, text, integer, integer], text, strings.splitSubstring),
  bytes_to_text: udf([bytes], text, strings.bytesToText),
  join_bytes: nullableUdf([list(bytes), bytes, bytes], bytes, (items, separator, forNull) =>
    items === null || separator === null ? null : joinBytes(items, separator, forNull),
  ),
  bytes_to_string: udf([bytes], text, (value) => {
    try {
      return decoder.decode(value);
    } catch {
      throw new Error('Invalid UTF-8 string: Bad bytes in a cast from BYTES to STRING');
    }
  }),
  // An error as a value, for CASE branches: DuckDB's own error() is volatile and cannot stand inside TRY.
  error: udf([text], text, (message) => {
    throw new Error(message);
  }),
};

function joinBytes(
  items: (Uint8Array | null)[],
  separator: Uint8Array,
  forNull: Uint8Array | null,
): Uint8Array {
  const parts = items.map((item) => item ?? forNull).filter((item) => item !== null);
  return Buffer.concat(parts.flatMap((part, index) => (index === 0 ? [part] : [separator, part])));
}

function replaceBytes(value: Uint8Array, from: Uint8Array, to: Uint8Array): Uint8Array {
  if (from.length === 0) return value;
  const source = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  const places: number[] = [];
  for (let at = source.indexOf(from); at >= 0; at = source.indexOf(from, at + from.length)) places.push(at);
  const size = source.length + places.length * (to.length - from.length);
  if (size > MAX_VALUE_BYTES) throw new Error(tooLong('REPLACE'));
  const result = Buffer.alloc(size);
  let [written, read] = [0, 0];
  for (const place of places) {
    written += source.copy(result, written, read, place);
    result.set(to, written);
    written += to.length;
    read = place + from.length;
  }
  source.copy(result, written, read);
  return result;
}

function changeCase(byte: number, upper: boolean): number {
  if (upper) return byte >= 97 && byte <= 122 ? byte - 32 : byte;
  return byte >= 65 && byte <= 90 ? byte + 32 : byte;
}

function checkLimit(limit: bigint): number {
  if (limit < 0n) throw new Error('max_distance must be non-negative');
  return Number(limit);
}

/** Bytes as text of the code points 0–255 and back, so that string methods work on them. */
function latinText(value: Uint8Array): string {
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('latin1');
}

function latin(value: string): Uint8Array {
  return Buffer.from(value, 'latin1');
}

function trimBytes(value: Uint8Array, set: Uint8Array, side: string): Uint8Array {
  const members = new Set(set);
  let start = 0;
  let end = value.length;
  if (side !== 'right') while (start < end && members.has(value[start]!)) start += 1;
  if (side !== 'left') while (end > start && members.has(value[end - 1]!)) end -= 1;
  return value.subarray(start, end);
}

function padBytes(value: Uint8Array, length: number, pattern: Uint8Array, left: boolean): Uint8Array {
  if (length <= value.length) return value.subarray(0, length);
  const missing = length - value.length;
  const fill = Uint8Array.from({ length: missing }, (_, index) => pattern[index % pattern.length]!);
  return left ? Buffer.concat([fill, value]) : Buffer.concat([value, fill]);
}
