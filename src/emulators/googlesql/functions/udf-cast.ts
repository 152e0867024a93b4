import { bytes, integer, text, type Udf, udf } from '../duck/scalar-function.js';
import { bytesFromFormat, bytesToFormat } from '../values/bytes-model.js';
import { duckIntervalText, intervalOfCastText } from '../values/interval-text.js';
import { formatNumber } from '../values/number-model.js';
import { formatModel, parseModel } from '../values/time-model.js';
import {
  dateOfText,
  dateTextOf,
  datetimeOfText,
  datetimeTextOf,
  timeOfText,
  timestampOfText,
  timeTextOf,
} from '../values/time-text.js';

/** Casts of STRING in the shapes that DuckDB reads otherwise or not at all; the results are texts it does read. */
export const castUdfs: Udf[] = [
  udf('bq_cast_int64', [text], integer, parseInteger),
  udf('bq_cast_date', [text], text, (value) => {
    const days = dateOfText(value) ?? dateOfDatetime(value);
    if (days === undefined) throw new Error(`Invalid date: '${value}'`);
    return dateTextOf(days);
  }),
  udf('bq_cast_time', [text], text, (value) => {
    const micros = timeOfText(value);
    if (micros === undefined) throw new Error(`Invalid time string "${value}"`);
    return timeTextOf(micros);
  }),
  udf('bq_cast_datetime', [text], text, (value) => {
    const micros = datetimeOfText(value);
    if (micros === undefined) throw new Error(`Invalid datetime string "${value}"`);
    return datetimeTextOf(micros);
  }),
  udf('bq_cast_timestamp', [text, text], text, (value, zone) => {
    const micros = timestampOfText(value, zone);
    if (micros === undefined) throw new Error(`Invalid timestamp: '${value}'`);
    return `${datetimeTextOf(micros)}+00`;
  }),
  udf('bq_cast_interval', [text], text, (value) => {
    const interval = intervalOfCastText(value);
    if (interval === undefined) throw new Error(`Invalid INTERVAL value '${value}'`);
    return duckIntervalText(interval);
  }),

  udf('bq_bytes_to_format', [bytes, text], text, bytesToFormat),
  udf('bq_bytes_from_format', [text, text], bytes, bytesFromFormat),
  udf('bq_format_number', [text, text], text, formatNumber),
  // microseconds of the local clock, microseconds east of UTC, model, kind
  udf('bq_format_model', [integer, integer, text, text], text, formatModel),
  udf('bq_parse_model', [text, text, text, text], integer, parseModel),
];

const MICROS_PER_DAY = 86_400_000_000n;

/** A date may come with a time, which is dropped. */
function dateOfDatetime(value: string): number | undefined {
  const micros = datetimeOfText(value);
  if (micros === undefined) return undefined;
  return Number((micros - (((micros % MICROS_PER_DAY) + MICROS_PER_DAY) % MICROS_PER_DAY)) / MICROS_PER_DAY);
}

/** Decimal or hexadecimal with a sign. */
function parseInteger(value: string): bigint {
  const match = /^\s*([+-]?)(0[xX][0-9a-fA-F]+|\d+)\s*$/.exec(value);
  if (!match) throw new Error(`Bad int64 value: ${value}`);
  const magnitude = BigInt(match[2]!);
  const result = match[1] === '-' ? -magnitude : magnitude;
  if (BigInt.asIntN(64, result) !== result) throw new Error(`Bad int64 value: ${value}`);
  return result;
}
