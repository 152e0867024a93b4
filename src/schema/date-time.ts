import { trimEndOf } from '../core/trim.js';
import { type OffsetOf, zoneOffsets } from '../core/zone-offsets.js';

/** Days of each month; February is checked apart. */
const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** True for a date of the proleptic Gregorian calendar between 0001-01-01 and 9999-12-31. */
export function isCalendarDate(year: number, month: number, day: number): boolean {
  if (year < 1 || year > 9999 || month < 1 || month > 12 || day < 1) return false;
  if (month === 2 && day === 29) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  return day <= MONTH_DAYS[month - 1]!;
}

/** A date and time of day as it is written, before any zone is applied. */
export interface CivilTime {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  /** Digits after the decimal point. */
  fraction: string;
}

/** Milliseconds since the epoch, as if the civil time were UTC. */
export function civilMs(time: CivilTime): number {
  const date = new Date(0);
  // Date.UTC takes years below 100 for 19xx.
  date.setUTCFullYear(time.year, time.month - 1, time.day);
  date.setUTCHours(time.hour, time.minute, time.second, 0);
  return date.getTime();
}

/** RFC 3339 in UTC of whole seconds since the epoch and a fraction, without trailing zeros. */
export function utcText(epochMs: number, fraction: string): string | undefined {
  const date = new Date(epochMs);
  const year = date.getUTCFullYear();
  if (!(year >= 1 && year <= 9999)) return undefined;
  const trimmed = trimEndOf(fraction, '0');
  return `${date.toISOString().slice(0, 19)}${trimmed === '' ? '' : `.${trimmed}`}Z`;
}

export class UnknownTimeZone extends Error {}

const DAY_MS = 86_400_000;

/** Offsets of one IANA time zone, remembered by day. */
export class TimeZone {
  /** Offset in ms by day number, where it is the same all day; NaN where it changes. */
  readonly #byDay = new Map<number, number>();

  readonly exactOffset: OffsetOf;

  /**
   * @param exactOffset for engines that know no time zones
   * @throws UnknownTimeZone
   */
  constructor(
    readonly name: string,
    exactOffset: OffsetOf | undefined = zoneOffsets(name),
  ) {
    if (exactOffset === undefined) throw new UnknownTimeZone(name);
    this.exactOffset = exactOffset;
  }

  /** Instants of a civil time: none in the gap of a clock change, two in its overlap. */
  instants(localMs: number): number[] {
    const before = this.#offset(localMs - DAY_MS);
    const after = this.#offset(localMs + DAY_MS);
    const offsets = before === after ? [before] : [before, after];
    return offsets.map((offset) => localMs - offset).filter((ms) => this.#offset(ms) === localMs - ms);
  }

  #offset(epochMs: number): number {
    const day = Math.floor(epochMs / DAY_MS);
    let offset = this.#byDay.get(day);
    if (offset === undefined) {
      const start = this.exactOffset(day * DAY_MS);
      offset = start === this.exactOffset((day + 1) * DAY_MS) ? start : Number.NaN;
      if (this.#byDay.size > 50_000) this.#byDay.clear();
      this.#byDay.set(day, offset);
    }
    return Number.isNaN(offset) ? this.exactOffset(epochMs) : offset;
  }
}

/** Tokens of `--date-format` and of Table Schema's strptime patterns. */
const TOKENS: readonly [RegExp, string][] = [
  [/^(?:%Y|YYYY)/, '(?<year>\\d{4})'],
  [/^(?:%m|MM)/, '(?<month>\\d{1,2})'],
  [/^(?:%d|DD)/, '(?<day>\\d{1,2})'],
  [/^(?:%H|HH)/, '(?<hour>\\d{1,2})'],
  [/^(?:%M|mm)/, '(?<minute>\\d{1,2})'],
  [/^(?:%S|ss)/, '(?<second>\\d{1,2})'],
  [/^(?:\.?%f|\.SSS)/, '(?:\\.(?<fraction>\\d{1,9}))?'],
  [/^(?:%z)/, '(?<offset>Z|[+-]\\d{2}:?\\d{2})'],
  [/^(?:%T)/, '(?<hour>\\d{1,2}):(?<minute>\\d{1,2}):(?<second>\\d{1,2})'],
];

/** A date format as a regular expression with named groups; undefined when it names no year, month and day. */
export function compileDateFormat(format: string): RegExp | undefined {
  let pattern = '';
  let rest = format;
  while (rest !== '') {
    const token = TOKENS.find(([start]) => start.test(rest));
    if (token !== undefined) {
      pattern += token[1];
      rest = rest.replace(token[0], '');
      continue;
    }
    // T and Z stand between and behind dates and times; other letters are tokens that are not known.
    if (/^[%A-SU-Ya-z]/.test(rest)) return undefined;
    pattern += rest[0]!.replace(/[.*+?^${}()|[\]\\/]/, '\\$&');
    rest = rest.slice(1);
  }
  if (!/<year>/.test(pattern) || !/<month>/.test(pattern) || !/<day>/.test(pattern)) return undefined;
  // Without separators digits of fixed width are the only reading.
  const fixed = /\)\(/.test(pattern) ? pattern.replaceAll('\\d{1,2}', '\\d{2}') : pattern;
  try {
    return new RegExp(`^${fixed}$`);
  } catch {
    return undefined;
  }
}
