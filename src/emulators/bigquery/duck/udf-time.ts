import { formatTime, type TimeKind } from '../functions/js/time-format.js';
import { parseTime } from '../functions/js/time-parse.js';
import { instantOf, offsetMicrosAt } from '../functions/js/time-zone.js';
import { integer, text, type Udf, udf } from './udf-define.js';

export const timeUdfs: Udf[] = [
  // format, microseconds of the local clock, microseconds east of UTC, kind
  udf('bq_format_time', [text, integer, integer, text], text, (format, localMicros, offset, kind) =>
    formatTime(format, { localMicros, offsetSeconds: Number(offset / 1_000_000n) }, kind as TimeKind),
  ),
  // Days for DATE, else microseconds.
  udf('bq_parse_time', [text, text, text, text], integer, (format, value, kind, zone) =>
    parseTime(format, value, kind as TimeKind, zone),
  ),
  udf('bq_zone_offset', [integer, text], integer, (micros, zone) => offsetMicrosAt(zone, micros)),
  udf('bq_zone_instant', [integer, text], integer, (localMicros, zone) => instantOf(zone, localMicros)),
];
