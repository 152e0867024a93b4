import { integer, text, udf } from '../duck/scalar-function.js';
import { clockText, dateText, localTime, pad, two } from '../values/calendar.js';
import { nanosOfText, packNanos } from '../values/nanoseconds.js';
import { formatTime, type TimeKind } from '../values/time-format.js';
import { parseNanos, parseTime } from '../values/time-parse.js';
import { instantOf, offsetMicrosAt } from '../values/time-zone.js';

/** `2008-12-25 15:30:00+05:30`, the fraction in groups of three digits. @param beyond nanoseconds beyond them */
function timestampText(micros: bigint, zone: string, beyond = 0n): string {
  const offset = offsetMicrosAt(zone, micros);
  const local = localTime(micros + offset);
  const whole = clockText(local);
  const clock =
    beyond === 0n ? whole : `${whole.slice(0, 8)}.${pad(local.microsecond, 6)}${pad(Number(beyond), 3)}`;
  const minutes = Number((offset < 0n ? -offset : offset) / 60_000_000n);
  const rest = minutes % 60;
  return `${dateText(local.days)} ${clock}${offset < 0n ? '-' : '+'}${two(Math.floor(minutes / 60))}${rest === 0 ? '' : `:${two(rest)}`}`;
}

export const datetimeUdfs = {
  // format, microseconds of the local clock, microseconds east of UTC, kind
  format_time: udf([text, integer, integer, text], text, (format, localMicros, offset, kind) =>
    formatTime(format, { localMicros, offsetSeconds: Number(offset / 1_000_000n) }, kind as TimeKind),
  ),
  // As `format_time` of a TIMESTAMP, and nanoseconds beyond the microseconds.
  format_nanoseconds: udf([text, integer, integer, integer], text, (format, localMicros, offset, beyond) =>
    formatTime(
      format,
      { localMicros, offsetSeconds: Number(offset / 1_000_000n), nanosBeyond: Number(beyond) },
      'TIMESTAMP',
    ),
  ),
  parse_nanoseconds: udf([text, text, text], text, (format, value, zone) =>
    String(packNanos(parseNanos(format, value, zone))),
  ),
  cast_nanoseconds: udf([text, text], text, (value, zone) => {
    const nanos = nanosOfText(value, zone);
    if (nanos === undefined) throw new Error(`Invalid timestamp: '${value}'`);
    return String(packNanos(nanos));
  }),
  nanosecond_text: udf([integer, integer, text], text, (micros, beyond, zone) =>
    timestampText(micros, zone, beyond),
  ),
  // Days for DATE, else microseconds.
  parse_time: udf([text, text, text, text], integer, (format, value, kind, zone) =>
    parseTime(format, value, kind as TimeKind, zone),
  ),
  zone_offset: udf([integer, text], integer, (micros, zone) => offsetMicrosAt(zone, micros)),
  zone_instant: udf([integer, text], integer, (localMicros, zone) => instantOf(zone, localMicros)),
  timestamp_text: udf([integer, text], text, (micros, zone) => timestampText(micros, zone)),
};
