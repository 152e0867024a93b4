import {
  civilFromDays,
  dayOfYear,
  floorDivide,
  isoWeek,
  isoYearStart,
  localTime,
  MONTH_NAMES,
  pad,
  two,
  WEEKDAY_NAMES,
  weekday,
  weekOfYear,
} from './calendar.js';

export interface FormatInput {
  /** Microseconds since 1970-01-01 00:00:00 on the clock that is shown. */
  localMicros: bigint;
  /** Seconds east of UTC of that clock. */
  offsetSeconds: number;
  /** From 0 to 999, beyond the microseconds. */
  nanosBeyond?: number;
}

export type TimeKind = 'DATE' | 'TIME' | 'DATETIME' | 'TIMESTAMP';

const DATE_ELEMENTS = 'AaBbhCcDdeFGgJjmQUuVWwxYyEs';
const TIME_ELEMENTS = 'cHIklMPpRrSTXs';
const ZONE_ELEMENTS = 'Zz';

/** Which elements a kind has; the rest comes out as written. */
function allowed(element: string, kind: TimeKind): boolean {
  if ('nt%'.includes(element) || kind === 'TIMESTAMP') return true;
  if (ZONE_ELEMENTS.includes(element)) return false;
  if (kind === 'DATE') return DATE_ELEMENTS.includes(element) && !'cs'.includes(element);
  if (kind === 'TIME') return TIME_ELEMENTS.includes(element) && !'cs'.includes(element);
  return true;
}

/** FORMAT_DATE, FORMAT_TIME, FORMAT_DATETIME and FORMAT_TIMESTAMP. */
export function formatTime(format: string, input: FormatInput, kind: TimeKind): string {
  return format.replace(/%(E(?:\*S|\d{1,2}S|4Y|z)|O?.|$)/gs, (whole, element: string) => {
    if (element.length > 1) return extended(element, whole, input, kind);
    if (element === '' || !allowed(element, kind)) return whole;
    return simple(element, input) ?? whole;
  });
}

function extended(element: string, whole: string, input: FormatInput, kind: TimeKind): string {
  if (element === 'Ez') return kind === 'TIMESTAMP' ? offsetText(input.offsetSeconds, ':') : whole;
  if (element === 'E4Y')
    return kind === 'TIME' ? whole : pad(civilFromDays(localTime(input.localMicros).days).year, 4);
  if (element.startsWith('E')) {
    if (kind === 'DATE') return whole;
    const { second, microsecond } = localTime(input.localMicros);
    const digits = element.slice(1, -1);
    const fraction = `${pad(microsecond, 6)}${pad(input.nanosBeyond ?? 0, 3)}`;
    if (digits === '*') {
      const shown = fraction.replace(/0+$/, '');
      return shown === '' ? two(second) : `${two(second)}.${shown}`;
    }
    const count = Number(digits);
    return count === 0 ? two(second) : `${two(second)}.${fraction.padEnd(count, '0').slice(0, count)}`;
  }
  const plain = element.slice(1);
  return 'BbdeHIMmSUuVWwy'.includes(plain) && allowed(plain, kind) ? (simple(plain, input) ?? whole) : whole;
}

function offsetText(offsetSeconds: number, separator: string): string {
  const minutes = Math.floor(Math.abs(offsetSeconds) / 60);
  return `${offsetSeconds < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}${separator}${two(minutes % 60)}`;
}

function zoneText(offsetSeconds: number): string {
  if (offsetSeconds === 0) return 'UTC';
  const minutes = Math.floor(Math.abs(offsetSeconds) / 60);
  const rest = minutes % 60;
  return `UTC${offsetSeconds < 0 ? '-' : '+'}${Math.floor(minutes / 60)}${rest === 0 ? '' : `:${two(rest)}`}`;
}

function simple(element: string, input: FormatInput): string | undefined {
  const time = localTime(input.localMicros);
  const { year, month, day } = civilFromDays(time.days);
  const expand = (format: string): string => formatTime(format, input, 'TIMESTAMP');
  switch (element) {
    case '%':
      return '%';
    case 'n':
      return '\n';
    case 't':
      return '\t';
    case 'A':
      return WEEKDAY_NAMES[weekday(time.days)];
    case 'a':
      return WEEKDAY_NAMES[weekday(time.days)]?.slice(0, 3);
    case 'B':
      return MONTH_NAMES[month - 1];
    case 'b':
    case 'h':
      return MONTH_NAMES[month - 1]?.slice(0, 3);
    case 'C':
      return two(Math.floor(year / 100));
    case 'c':
      return expand('%a %b %e %H:%M:%S %Y');
    case 'D':
    case 'x':
      return expand('%m/%d/%y');
    case 'd':
      return two(day);
    case 'e':
      return pad(day, 2, ' ');
    case 'F':
      return expand('%Y-%m-%d');
    case 'G':
      return String(isoWeek(time.days).year);
    case 'g':
      return two(isoWeek(time.days).year % 100);
    case 'H':
      return two(time.hour);
    case 'I':
      return two(time.hour % 12 || 12);
    case 'J':
      return pad(time.days - isoYearStart(isoWeek(time.days).year) + 1, 3);
    case 'j':
      return pad(dayOfYear(time.days), 3);
    case 'k':
      return pad(time.hour, 2, ' ');
    case 'l':
      return pad(time.hour % 12 || 12, 2, ' ');
    case 'M':
      return two(time.minute);
    case 'm':
      return two(month);
    case 'P':
      return time.hour < 12 ? 'am' : 'pm';
    case 'p':
      return time.hour < 12 ? 'AM' : 'PM';
    case 'Q':
      return String(Math.ceil(month / 3));
    case 'R':
      return expand('%H:%M');
    case 'r':
      return expand('%I:%M:%S %p');
    case 'S':
      return two(time.second);
    case 's':
      return floorDivide(input.localMicros - BigInt(input.offsetSeconds) * 1_000_000n, 1_000_000n).toString();
    case 'T':
    case 'X':
      return expand('%H:%M:%S');
    case 'U':
      return two(weekOfYear(time.days, 0));
    case 'u':
      return String(weekday(time.days) || 7);
    case 'V':
      return two(isoWeek(time.days).week);
    case 'W':
      return two(weekOfYear(time.days, 1));
    case 'w':
      return String(weekday(time.days));
    case 'Y':
      return String(year);
    case 'y':
      return two(year % 100);
    case 'Z':
      return zoneText(input.offsetSeconds);
    case 'z':
      return offsetText(input.offsetSeconds, '');
    default:
      return undefined;
  }
}
