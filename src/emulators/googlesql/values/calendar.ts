/** The proleptic Gregorian calendar on day numbers since 1970-01-01. */
export interface Civil {
  year: number;
  month: number;
  day: number;
}

export const MICROS_PER_DAY = 86_400_000_000n;
/** 0001-01-01 and 9999-12-31, the bounds of BigQuery's dates. */
export const MIN_DAY = -719_162;
export const MAX_DAY = 2_932_896;

export const MONTH_NAMES = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
] as const;

export const WEEKDAY_NAMES = [
  'Sunday',
  'Monday',
  'Tuesday',
  'Wednesday',
  'Thursday',
  'Friday',
  'Saturday',
] as const;

export function daysFromCivil(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

export function civilFromDays(days: number): Civil {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthIndex = Math.floor((5 * dayOfYear + 2) / 153);
  const month = monthIndex < 10 ? monthIndex + 3 : monthIndex - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * monthIndex + 2) / 5) + 1,
  };
}

export function daysInMonth(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

/** 0 is Sunday. */
export function weekday(days: number): number {
  return (((days + 4) % 7) + 7) % 7;
}

export function dayOfYear(days: number): number {
  return days - daysFromCivil(civilFromDays(days).year, 1, 1) + 1;
}

/** Weeks start on `first` (0 Sunday, 1 Monday); days before the first such day of the year are week 0. */
export function weekOfYear(days: number, first: number): number {
  return Math.floor((dayOfYear(days) - 1 + 7 - ((weekday(days) - first + 7) % 7)) / 7);
}

export function isoWeek(days: number): { year: number; week: number } {
  const thursday = days - ((weekday(days) + 6) % 7) + 3;
  const { year } = civilFromDays(thursday);
  return { year, week: Math.floor((thursday - daysFromCivil(year, 1, 1)) / 7) + 1 };
}

/** The Monday that starts an ISO year. */
export function isoYearStart(year: number): number {
  const fourth = daysFromCivil(year, 1, 4);
  return fourth - ((weekday(fourth) + 6) % 7);
}

export interface Clock {
  hour: number;
  minute: number;
  second: number;
  microsecond: number;
}

export interface LocalTime extends Clock {
  days: number;
}

export function floorDivide(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return a % b < 0n ? quotient - 1n : quotient;
}

/** Splits microseconds since 1970-01-01 00:00:00 of a local clock. */
export function localTime(micros: bigint): LocalTime {
  const days = floorDivide(micros, MICROS_PER_DAY);
  return { days: Number(days), ...clock(Number(micros - days * MICROS_PER_DAY)) };
}

function clock(microsOfDay: number): Clock {
  const seconds = Math.floor(microsOfDay / 1e6);
  return {
    hour: Math.floor(seconds / 3600),
    minute: Math.floor(seconds / 60) % 60,
    second: seconds % 60,
    microsecond: microsOfDay - seconds * 1e6,
  };
}

export function two(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}

export function pad(value: number, width: number, fill = '0'): string {
  return String(value).padStart(width, fill);
}

/** `2024-01-05`, the canonical text of a DATE. */
export function dateText(days: number): string {
  const { year, month, day } = civilFromDays(days);
  return `${pad(year, 4)}-${two(month)}-${two(day)}`;
}

/** `12:34:56.789`: the fraction in groups of three digits. */
export function clockText(time: Clock): string {
  const base = `${two(time.hour)}:${two(time.minute)}:${two(time.second)}`;
  if (time.microsecond === 0) return base;
  const fraction = pad(time.microsecond, 6);
  return `${base}.${fraction.endsWith('000') ? fraction.slice(0, 3) : fraction}`;
}

/** The ends of the calendar, 0001-01-01 and 9999-12-31, in microseconds since the epoch. */
export const FIRST_MICROS = -62_135_596_800_000_000n;
export const LAST_MICROS = 253_402_300_799_999_999n;
