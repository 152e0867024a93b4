import { integer, text, udf } from '../duck/scalar-function.js';
import { clockText, dateText, localTime, two } from '../values/calendar.js';
import { formatTime, type TimeKind } from '../values/time-format.js';
import { parseTime } from '../values/time-parse.js';
import { instantOf, offsetMicrosAt } from '../values/time-zone.js';

/** `2008-12-25 15:30:00+05:30`, the fraction in groups of three digits. */
function timestampText(micros: bigint, zone: string): string {
  const offset = offsetMicrosAt(zone, micros);
  const local = localTime(micros + offset);
  const minutes = Number((offset < 0n ? -offset : offset) / 60_000_000n);
  const rest = minutes % 60;
  return `${dateText(local.days)} ${clockText(local)}${offset < 0n ? '-' : '+'}${two(Math.floor(minutes / 60))}${rest === 0 ? '' : `:${two(rest)}`}`;
}

export const datetimeUdfs = {
  // format, microseconds of the local clock, microseconds east of UTC, kind
  format_time: udf([text, integer, integer, text], text, (format, localMicros, offset, kind) =>
    formatTime(format, { localMicros, offsetSeconds: Number(offset / 1_000_000n) }, kind as TimeKind),
  ),
  // Days for DATE, else microseconds.
  parse_time: udf([text, text, text, text], integer, (format, value, kind, zone) =>
    parseTime(format, value, kind as TimeKind, zone),
  ),
  zone_offset: udf([integer, text], integer, (micros, zone) => offsetMicrosAt(zone, micros)),
  zone_instant: udf([integer, text], integer, (localMicros, zone) => instantOf(zone, localMicros)),
  timestamp_text: udf([integer, text], text, timestampText),
};
