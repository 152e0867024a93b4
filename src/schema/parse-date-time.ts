import { CellProblem } from './cell-problem.js';
import { type CivilTime, civilMs, isCalendarDate, type TimeZone, utcText } from './date-time.js';

const NOT_A_DATE = new CellProblem('not a date', 'write it as YYYY-MM-DD');
const NO_SUCH_DATE = new CellProblem('a date that does not exist', 'correct the day or the month');
const AMBIGUOUS = new CellProblem(
  'an ambiguous date: day and month cannot be told apart',
  'give --date-format DD/MM/YYYY or --date-format MM/DD/YYYY, or write YYYY-MM-DD',
  true,
);
const OTHER_FORMAT = 'a date in another format than YYYY-MM-DD';
const needsFormat = (format: string, isDate = true) =>
  new CellProblem(OTHER_FORMAT, `give its format by --date-format, for example ${format}`, isDate);
const DAY_FIRST = needsFormat('DD/MM/YYYY');
const MONTH_FIRST = needsFormat('MM/DD/YYYY');
const YEAR_FIRST = needsFormat('YYYY/MM/DD');
/** Most numbers of eight digits are none. */
const DIGITS_ONLY = needsFormat('YYYYMMDD', false);
const NOT_AS_GIVEN = 'write it in the format given by --date-format, or as';
const NOT_A_DATE_AS_GIVEN = new CellProblem(NOT_A_DATE.reason, `${NOT_AS_GIVEN} YYYY-MM-DD`);
const NOT_A_TIME = new CellProblem(
  'not a timestamp',
  'write it as 2026-03-01T10:00:00Z, with an offset such as +02:00',
);
const NOT_A_TIME_AS_GIVEN = new CellProblem(NOT_A_TIME.reason, `${NOT_AS_GIVEN} 2026-03-01T10:00:00Z`);
const NO_SUCH_TIME = new CellProblem(
  'a time of day that does not exist',
  'hours go to 23, minutes and seconds to 59',
);
const NEEDS_ZONE = new CellProblem(
  'a time without an offset',
  'give --timezone, for example --timezone Europe/Berlin, or add Z or an offset such as +02:00',
  true,
);
const IN_GAP = new CellProblem(
  'a time that the clock change skipped',
  'add the offset, for example +02:00',
  true,
);
const IN_OVERLAP = new CellProblem(
  'a time that the clock change repeated',
  'add the offset, for example +02:00, to say which of both',
  true,
);
const TOO_FINE = new CellProblem('a time finer than nanoseconds', 'give at most nine digits of the second');
const OUT_OF_RANGE = new CellProblem('a time outside the years 0001 to 9999', 'correct the year');

const SLASHED = /^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})\b/;

function digits(text: string, from: number, to: number): number {
  let value = 0;
  for (let i = from; i < to; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

function isoDateAt(text: string): boolean {
  return text.charCodeAt(4) === 45 && text.charCodeAt(7) === 45;
}

/** Why a text is not the ISO date it should be. */
function dateProblem(text: string): CellProblem {
  const match = SLASHED.exec(text);
  if (match === null) {
    if (/^\d{8}$/.test(text)) return DIGITS_ONLY;
    return /^\d{4}[/.]\d{1,2}[/.]\d{1,2}/.test(text) ? YEAR_FIRST : NOT_A_DATE;
  }
  if (Number(match[1]) > 12) return DAY_FIRST;
  return Number(match[2]) > 12 ? MONTH_FIRST : AMBIGUOUS;
}

/** DATE from `YYYY-MM-DD`, or from the format when one is given. */
export function parseDate(text: string, format: RegExp | undefined): string | CellProblem {
  const groups = format?.exec(text)?.groups;
  if (groups !== undefined) {
    const { year, month, day } = groups as Record<'year' | 'month' | 'day', string>;
    if (!isCalendarDate(Number(year), Number(month), Number(day))) return NO_SUCH_DATE;
    return `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
  }
  if (text.length === 10 && isoDateAt(text)) {
    const year = digits(text, 0, 4);
    const month = digits(text, 5, 7);
    const day = digits(text, 8, 10);
    if (year >= 0 && month >= 0 && day >= 0) {
      return isCalendarDate(year, month, day) ? text : NO_SUCH_DATE;
    }
  }
  return format === undefined ? dateProblem(text) : NOT_A_DATE_AS_GIVEN;
}

const ISO_TIME =
  /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d+))?)?\s?(Z|z|UTC|[+-]\d{2}(?::?\d{2})?)?$/;
const TIME_OF_DAY =
  /^[Tt ]\s*(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d+))?)?\s?(Z|z|UTC|[+-]\d{2}(?::?\d{2})?)?$/;

/**
 * TIMESTAMP as RFC 3339 in UTC. A time without an offset is read in `zone`, and refused without one; so is a
 * time that a change of the clock makes ambiguous.
 */
export function parseTimestamp(
  text: string,
  zone: TimeZone | undefined,
  format: RegExp | undefined,
): string | CellProblem {
  const given = format === undefined ? undefined : inFormat(text, zone, format);
  if (given !== undefined) return given;
  // 2026-03-01T10:00:00Z is already canonical.
  if (text.length === 20 && isoDateAt(text) && text.charCodeAt(19) === 90 && text.charCodeAt(10) === 84) {
    const hour = digits(text, 11, 13);
    const minute = digits(text, 14, 16);
    const second = digits(text, 17, 19);
    if (
      hour >= 0 &&
      hour < 24 &&
      minute >= 0 &&
      minute < 60 &&
      second >= 0 &&
      second < 60 &&
      text.charCodeAt(13) === 58 &&
      text.charCodeAt(16) === 58 &&
      isCalendarDate(digits(text, 0, 4), digits(text, 5, 7), digits(text, 8, 10))
    ) {
      return text;
    }
  }
  const match = ISO_TIME.exec(text);
  if (match !== null) {
    return toUtc(
      civil(match[1]!, match[2]!, match[3]!, match[4], match[5], match[6], match[7]),
      match[8],
      zone,
    );
  }
  if (format !== undefined) return NOT_A_TIME_AS_GIVEN;
  const problem = dateProblem(text);
  return problem === NOT_A_DATE ? NOT_A_TIME : problem;
}

/** A text in the format, or one whose date is and whose time of day is as in ISO 8601; undefined for others. */
function inFormat(
  text: string,
  zone: TimeZone | undefined,
  format: RegExp,
): string | CellProblem | undefined {
  const whole = format.exec(text)?.groups;
  if (whole !== undefined) {
    const { year, month, day, hour, minute, second, fraction, offset } = whole;
    return toUtc(civil(year!, month!, day!, hour, minute, second, fraction), offset, zone);
  }
  const space = text.search(/[Tt ]/);
  const date = space < 0 ? undefined : format.exec(text.slice(0, space))?.groups;
  const rest = space < 0 ? null : TIME_OF_DAY.exec(text.slice(space));
  if (date === undefined || rest === null) return undefined;
  return toUtc(civil(date.year!, date.month!, date.day!, rest[1], rest[2], rest[3], rest[4]), rest[5], zone);
}

function civil(
  year: string,
  month: string,
  day: string,
  hour = '0',
  minute = '0',
  second = '0',
  fraction = '',
): CivilTime {
  return {
    year: Number(year),
    month: Number(month),
    day: Number(day),
    hour: Number(hour),
    minute: Number(minute),
    second: Number(second),
    fraction,
  };
}

function toUtc(
  time: CivilTime,
  offset: string | undefined,
  zone: TimeZone | undefined,
): string | CellProblem {
  if (!isCalendarDate(time.year, time.month, time.day)) return NO_SUCH_DATE;
  if (time.hour > 23 || time.minute > 59 || time.second > 59) return NO_SUCH_TIME;
  if (/[1-9]/.test(time.fraction.slice(9))) return TOO_FINE;
  const localMs = civilMs(time);
  if (offset === undefined) {
    if (zone === undefined) return NEEDS_ZONE;
    const instants = zone.instants(localMs);
    if (instants.length === 0) return IN_GAP;
    if (instants.length > 1) return IN_OVERLAP;
    return utcText(instants[0]!, time.fraction) ?? OUT_OF_RANGE;
  }
  const offsetMs = parseOffset(offset);
  if (offsetMs === undefined) return NOT_A_TIME;
  return utcText(localMs - offsetMs, time.fraction) ?? OUT_OF_RANGE;
}

function parseOffset(offset: string): number | undefined {
  if (/^(?:Z|UTC)$/i.test(offset)) return 0;
  const hours = Number(offset.slice(1, 3));
  const minutes = Number(offset.slice(3).replace(':', '') || 0);
  if (hours > 14 || minutes > 59) return undefined;
  return (offset.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}

/** Order of two canonical timestamps: negative, zero or positive. */
export function compareTimestamps(a: string, b: string): number {
  const aSecond = a.slice(0, 19);
  const bSecond = b.slice(0, 19);
  if (aSecond !== bSecond) return aSecond < bSecond ? -1 : 1;
  const aFraction = a.slice(20, -1);
  const bFraction = b.slice(20, -1);
  if (aFraction === bFraction) return 0;
  return aFraction < bFraction ? -1 : 1;
}
