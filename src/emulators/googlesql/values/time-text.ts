import {
  civilFromDays,
  daysFromCivil,
  daysInMonth,
  FIRST_MICROS,
  floorDivide,
  LAST_MICROS,
  MICROS_PER_DAY,
  pad,
} from './calendar.js';
import { instantOf, isTimeZone } from './time-zone.js';

const MICROS_PER_SECOND = 1_000_000n;
const DATE = String.raw`(\d{4})-(\d{1,2})-(\d{1,2})`;
const CLOCK = String.raw`(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d{1,9}))?`;
const DATE_ONLY = new RegExp(`^${DATE}$`);
const TIME_ONLY = new RegExp(`^${CLOCK}$`);
const DATE_TIME = new RegExp(`^${DATE}(?:[ Tt]${CLOCK})?$`);
const INSTANT = new RegExp(
  `^${DATE}(?:[ Tt]${CLOCK})?(?:([Zz])| ?([+-]\\d{1,2}(?::\\d{2})?)| ([A-Za-z][\\w/+-]*))?$`,
);

/** Days since the epoch of `2024-1-5`; undefined when the text is no date of BigQuery's. */
export function dateOfText(text: string): number | undefined {
  const match = DATE_ONLY.exec(text.trim());
  return match === null ? undefined : daysOf(match[1]!, match[2]!, match[3]!);
}

function daysOf(yearText: string, monthText: string, dayText: string): number | undefined {
  const year = Number(yearText);
  const month = Number(monthText);
  const day = Number(dayText);
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return undefined;
  return daysFromCivil(year, month, day);
}

/** Microseconds since midnight of `12:34:56.789`. */
export function timeOfText(text: string): bigint | undefined {
  const match = TIME_ONLY.exec(text.trim());
  return match === null ? undefined : microsOf(match[1]!, match[2]!, match[3]!, match[4]);
}

function microsOf(hour: string, minute: string, second: string, written = ''): bigint | undefined {
  // Clients print nanoseconds: digits beyond the microseconds are taken as long as they say nothing.
  const fraction = written.replace(/(?<=^\d{6})0+$/, '');
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59 || fraction.length > 6)
    return undefined;
  const seconds = BigInt(Number(hour) * 3600 + Number(minute) * 60 + Number(second));
  return seconds * MICROS_PER_SECOND + BigInt(fraction.padEnd(6, '0'));
}

/** Microseconds since 1970-01-01 00:00:00 of a date and time without zone. */
export function datetimeOfText(text: string): bigint | undefined {
  const match = DATE_TIME.exec(text.trim());
  return match === null ? undefined : localMicros(match);
}

function localMicros(match: RegExpExecArray): bigint | undefined {
  const days = daysOf(match[1]!, match[2]!, match[3]!);
  if (days === undefined) return undefined;
  const clock = match[4] === undefined ? 0n : microsOf(match[4], match[5]!, match[6]!, match[7]);
  return clock === undefined ? undefined : BigInt(days) * MICROS_PER_DAY + clock;
}

/** Microseconds since the epoch; without a zone in the text it is a time of `defaultZone`. */
export function timestampOfText(text: string, defaultZone: string): bigint | undefined {
  const match = INSTANT.exec(text.trim());
  if (match === null) return undefined;
  const local = localMicros(match);
  if (local === undefined) return undefined;
  const zone = match[8] !== undefined ? 'UTC' : (match[9] ?? match[10] ?? defaultZone);
  if (!isTimeZone(zone)) return undefined;
  const instant = instantOf(zone, local);
  return instant < FIRST_MICROS || instant > LAST_MICROS ? undefined : instant;
}

/** `2024-01-05`, as DuckDB reads it. */
export function dateTextOf(days: number): string {
  const { year, month, day } = civilFromDays(days);
  return `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}`;
}

/** `12:34:56.000789` */
export function timeTextOf(micros: bigint): string {
  const seconds = Number(micros / MICROS_PER_SECOND);
  const fraction = Number(micros % MICROS_PER_SECOND);
  const clock = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const text = clock.map((part) => pad(part, 2)).join(':');
  return fraction === 0 ? text : `${text}.${pad(fraction, 6)}`;
}

/** `2024-01-05 12:34:56` */
export function datetimeTextOf(micros: bigint): string {
  const days = floorDivide(micros, MICROS_PER_DAY);
  return `${dateTextOf(Number(days))} ${timeTextOf(micros - days * MICROS_PER_DAY)}`;
}
