import { bytes, integer, text, udf } from '../duck/scalar-function.js';
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
export const conversionUdfs = {
  cast_int64: udf([text], integer, parseInteger),
  cast_date: udf([text], text, (value) => {
    const days = dateOfText(value) ?? dateOfDatetime(value);
    if (days === undefined) throw new Error(`Invalid date: '${value}'`);
    return dateTextOf(days);
  }),
  cast_time: udf([text], text, (value) => {
    const micros = timeOfText(value);
    if (micros === undefined) throw new Error(`Invalid time string "${value}"`);
    return timeTextOf(micros);
  }),
  cast_datetime: udf([text], text, (value) => {
    const micros = datetimeOfText(value);
    if (micros === undefined) throw new Error(`Invalid datetime string "${value}"`);
    return datetimeTextOf(micros);
  }),
  cast_timestamp: udf([text, text], text, (value, zone) => {
    const micros = timestampOfText(value, zone);
    if (micros === undefined) throw new Error(`Invalid timestamp: '${value}'`);
    return `${datetimeTextOf(micros)}+00`;
  }),
  cast_interval: udf([text], text, (value) => {
    const interval = intervalOfCastText(value);
    if (interval === undefined) throw new Error(`Invalid INTERVAL value '${value}'`);
    return duckIntervalText(interval);
  }),

  bytes_to_format: udf([bytes, text], text, bytesToFormat),
  bytes_from_format: udf([text, text], bytes, bytesFromFormat),
  format_number: udf([text, text], text, formatNumber),
  // microseconds of the local clock, microseconds east of UTC, model, kind
  format_model: udf([integer, integer, text, text], text, formatModel),
  parse_model: udf([text, text, text, text], integer, parseModel),
};

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
