import {
  bytes,
  flag,
  float,
  integer,
  list,
  nullableUdf,
  text,
  type Udf,
  udf,
} from '../duck/scalar-function.js';
import { MAX_VALUE_BYTES, tooLong } from '../duck/value-limit.js';
import { farmFingerprint } from '../values/farm-fingerprint.js';
import { formatText } from '../values/format.js';
import { likePattern } from '../values/like-pattern.js';
import { groupCount, regexpExtractAll, regexpGroups, regexpInstr } from '../values/regexp.js';
import * as strings from '../values/text.js';
import { floatText, readShape, readTyped } from '../values/typed-value.js';

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export const textUdfs: Udf[] = [
  nullableUdf('bq_format', [text, list(text), list(text)], text, (format, shapes, values) =>
    format === null
      ? null
      : formatText(
          format,
          (shapes ?? []).map((shape, index) => readTyped(readShape(shape!), (values ?? [])[index] ?? null)),
        ),
  ),
  udf('bq_float_text', [float], text, floatText),
  udf('bq_farm_fingerprint', [bytes], integer, farmFingerprint),
  udf('bq_normalize', [text, text], text, (value, form) =>
    strings.normalize(value, form as strings.NormalForm),
  ),
  udf('bq_normalize_fold', [text, text], text, (value, form) =>
    strings.normalizeAndCaseFold(value, form as strings.NormalForm),
  ),
  udf('bq_upper', [text], text, (value) => value.toUpperCase()),
  udf('bq_lower', [text], text, (value) => value.toLowerCase()),
  udf('bq_latin', [bytes], text, latinText),
  udf('bq_unlatin', [text], bytes, latin),
  udf('bq_case_bytes', [bytes, flag], bytes, (value, upper) => value.map((byte) => changeCase(byte, upper))),
  udf('bq_reverse', [text], text, (value) => [...value].reverse().join('')),
  udf('bq_group_count', [text], integer, (pattern) => BigInt(groupCount(pattern))),
  udf('bq_like_pattern', [text], text, likePattern),
  udf('bq_regexp_instr', [text, text, integer, integer, integer], integer, regexpInstr),
  udf('bq_regexp_extract_all', [text, text], list(text), regexpExtractAll),
  udf('bq_regexp_groups', [text, text], list(text), regexpGroups),
  udf('bq_fold', [text], text, strings.foldForSearch),
  udf('bq_soundex', [text], text, strings.soundex),
  udf('bq_initcap', [text], text, (value) => strings.initcap(value)),
  udf('bq_initcap_with', [text, text], text, strings.initcap),
  udf('bq_edit_distance', [text, text, integer], integer, (left, right, limit) =>
    BigInt(strings.boundedEditDistance([...left], [...right], checkLimit(limit))),
  ),
  udf('bq_edit_distance_bytes', [bytes, bytes, integer], integer, (left, right, limit) =>
    BigInt(strings.boundedEditDistance(left, right, checkLimit(limit))),
  ),
  udf('bq_instr', [text, text, integer, integer], integer, (value, part, position, occurrence) =>
    BigInt(strings.instr([...value], [...part], position, occurrence)),
  ),
  udf('bq_instr_bytes', [bytes, bytes, integer, integer], integer, (value, part, position, occurrence) =>
    BigInt(strings.instr(value, part, position, occurrence)),
  ),
  udf('bq_code_points', [text], list(integer), strings.codePoints),
  udf('bq_code_points_bytes', [bytes], list(integer), (value) => Array.from(value, BigInt)),
  udf('bq_code_points_to_string', [list(integer)], text, strings.codePointsToString),
  udf('bq_code_points_to_bytes', [list(integer)], bytes, strings.codePointsToBytes),
  udf('bq_to_base32', [bytes], text, strings.toBase32),
  udf('bq_from_base32', [text], bytes, strings.fromBase32),
  udf('bq_from_base64', [text], bytes, strings.fromBase64),
  udf('bq_from_hex', [text], bytes, strings.fromHex),
  udf('bq_translate', [text, text, text], text, strings.translate),
  udf('bq_translate_bytes', [bytes, bytes, bytes], bytes, (value, from, to) =>
    latin(strings.translate(latinText(value), latinText(from), latinText(to))),
  ),
  udf('bq_split_bytes', [bytes, bytes], list(bytes), (value, delimiter) =>
    delimiter.length === 0
      ? Array.from(value, (byte) => Uint8Array.of(byte))
      : latinText(value).split(latinText(delimiter)).map(latin),
  ),
  udf('bq_replace_bytes', [bytes, bytes, bytes], bytes, replaceBytes),
  udf('bq_trim_bytes', [bytes, bytes, text], bytes, (value, set, side) => trimBytes(value, set, side)),
  udf('bq_reverse_bytes', [bytes], bytes, (value) => Uint8Array.from(value).reverse()),
  udf('bq_pad_bytes', [bytes, integer, bytes, flag], bytes, (value, length, pattern, left) =>
    padBytes(value, Number(length), pattern, left),
  ),
  udf('bq_split_substr', [text, text, integer], text, (value, delimiter, start) =>
    strings.splitSubstring(value, delimiter, start, null),
  ),
  udf('bq_split_substr_count', [text, text, integer, integer], text, strings.splitSubstring),
  udf('bq_bytes_to_text', [bytes], text, strings.bytesToText),
  nullableUdf('bq_join_bytes', [list(bytes), bytes, bytes], bytes, (items, separator, forNull) =>
    items === null || separator === null ? null : joinBytes(items, separator, forNull),
  ),
  udf('bq_bytes_to_string', [bytes], text, (value) => {
    try {
      return decoder.decode(value);
    } catch {
      throw new Error('Invalid UTF-8 string: Bad bytes in a cast from BYTES to STRING');
    }
  }),
  // An error as a value, for CASE branches: DuckDB's own error() is volatile and cannot stand inside TRY.
  udf('bq_error', [text], text, (message) => {
    throw new Error(message);
  }),
];

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
