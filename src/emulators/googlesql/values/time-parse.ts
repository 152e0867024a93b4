import {
  civilFromDays,
  daysFromCivil,
  daysInMonth,
  isoYearStart,
  MAX_DAY,
  MICROS_PER_DAY,
  MIN_DAY,
  MONTH_NAMES,
  WEEKDAY_NAMES,
  weekday,
} from './calendar.js';
import type { TimeKind } from './time-format.js';
import { fixedOffsetMinutes, instantOf } from './time-zone.js';

/** What the elements of a format have said so far. */
interface Fields {
  year?: number;
  century?: number;
  yearOfCentury?: number;
  isoYear?: number;
  isoWeek?: number;
  isoDayOfYear?: number;
  month?: number;
  day?: number;
  dayOfYear?: number;
  weekday?: number;
  week?: { number: number; first: number };
  hour?: number;
  hour12?: number;
  afternoon?: boolean;
  minute?: number;
  second?: number;
  microsecond?: number;
  /** Beyond the microsecond. */
  nanosecond?: number;
  offsetSeconds?: number;
  zone?: string;
  epochSeconds?: bigint;
}

const DATE_ONLY = new Set('AaBbhCDdeFGgJjmQUuVWwxYy');
const TIME_ONLY = new Set('HIklMPpRrSTX');

/**
 * PARSE_DATE, PARSE_TIME, PARSE_DATETIME and PARSE_TIMESTAMP.
 * @returns days for DATE, else microseconds (of the day for TIME, since the epoch for the rest)
 */
export function parseTime(format: string, text: string, kind: TimeKind, defaultZone: string): bigint {
  return resolve(fieldsOf(format, text, kind), kind, defaultZone, text);
}

/** PARSE_TIMESTAMP, in nanoseconds since the epoch. */
export function parseNanos(format: string, text: string, defaultZone: string): bigint {
  const fields = fieldsOf(format, text, 'TIMESTAMP');
  const micros = resolve(fields, 'TIMESTAMP', defaultZone, text);
  return micros * 1000n + BigInt(fields.epochSeconds === undefined ? (fields.nanosecond ?? 0) : 0);
}

function fieldsOf(format: string, text: string, kind: TimeKind): Fields {
  const fields: Fields = {};
  new FieldParser(format, text, kind, fields).run();
  return fields;
}

class FieldParser {
  #at = 0;

  constructor(
    readonly format: string,
    readonly text: string,
    readonly kind: TimeKind,
    readonly fields: Fields,
  ) {}

  run(): void {
    this.#skipSpace();
    this.#walk(this.format);
    this.#skipSpace();
    if (this.#at < this.text.length) {
      throw new Error(
        `Illegal non-space trailing data '${this.text.slice(this.#at)}' in string '${this.text}'`,
      );
    }
  }

  #walk(format: string): void {
    for (let i = 0; i < format.length; i += 1) {
      const char = format[i] as string;
      if (/\s/.test(char)) {
        this.#skipSpace();
        continue;
      }
      if (char !== '%' || i + 1 >= format.length) {
        if (this.text[this.#at] !== char) this.#mismatch(char);
        this.#at += 1;
        continue;
      }
      i += 1;
      let element = format[i] as string;
      if (element === 'E' || element === 'O') {
        const rest = /^(?:z|4Y|\*S|\dS|[A-Za-z])/.exec(format.slice(i + 1));
        if (!rest) this.#mismatch(element);
        element = element === 'O' ? (rest as RegExpExecArray)[0] : `E${(rest as RegExpExecArray)[0]}`;
        i += (rest as RegExpExecArray)[0].length;
      }
      this.#element(element);
    }
  }

  #mismatch(element: string): never {
    const found = this.text[this.#at];
    throw new Error(
      found === undefined
        ? `Failed to parse input string "${this.text}"`
        : `Mismatch between format character '${element}' and string character '${found}' at string index: ${this.#at} with format: '${this.format}'`,
    );
  }

  #skipSpace(): void {
    while (/\s/.test(this.text[this.#at] ?? '')) this.#at += 1;
  }

  /** A number of at most `width` digits within bounds; an optional sign for years. */
  #number(element: string, width: number, low: number, high: number): number {
    const match = new RegExp(`\\d{1,${width}}`, 'y');
    match.lastIndex = this.#at;
    const found = match.exec(this.text);
    if (!found) this.#mismatch(element);
    const value = Number((found as RegExpExecArray)[0]);
    if (value < low || value > high) throw new Error(`Failed to parse input string "${this.text}"`);
    this.#at = match.lastIndex;
    return value;
  }

  #name(names: readonly string[], element: string): number {
    const rest = this.text.slice(this.#at).toLowerCase();
    for (const length of ['full', 'short'] as const) {
      const index = names.findIndex((name) =>
        rest.startsWith((length === 'full' ? name : name.slice(0, 3)).toLowerCase()),
      );
      if (index >= 0) {
        this.#at += length === 'full' ? (names[index] as string).length : 3;
        return index;
      }
    }
    return this.#mismatch(element);
  }

  #fraction(digits: number): void {
    if (this.text[this.#at] !== '.') return;
    const found = /^\.(\d*)/.exec(this.text.slice(this.#at)) as RegExpExecArray;
    const taken = (found[1] as string).slice(0, digits);
    this.#at += 1 + taken.length;
    this.fields.microsecond = Number(taken.slice(0, 6).padEnd(6, '0'));
    this.fields.nanosecond = Number(taken.slice(6, 9).padEnd(3, '0'));
  }

  #element(element: string): void {
    const { fields, kind } = this;
    const plain = element.startsWith('E') ? (element.at(-1) as string) : element;
    const dateLike = DATE_ONLY.has(plain) && plain !== 'z';
    if (
      (kind === 'TIME' && dateLike) ||
      (kind === 'DATE' && (TIME_ONLY.has(plain) || element.endsWith('S')))
    ) {
      throw new Error(`Invalid format: %${element} is not allowed for the ${kind} type.`);
    }
    switch (element) {
      case '%':
      case 'n':
      case 't':
        if (element !== '%') this.#skipSpace();
        else if (this.text[this.#at] === '%') this.#at += 1;
        else this.#mismatch(element);
        return;
      case 'A':
      case 'a':
        fields.weekday = this.#name(WEEKDAY_NAMES, element);
        return;
      case 'B':
      case 'b':
      case 'h':
        fields.month = this.#name(MONTH_NAMES, element) + 1;
        return;
      case 'C':
        fields.century = this.#number(element, 2, 0, 99);
        return;
      case 'Y':
      case 'E4Y':
        fields.year = this.#number('Y', 4, 0, 9999);
        delete fields.century;
        delete fields.yearOfCentury;
        return;
      case 'y':
        fields.yearOfCentury = this.#number(element, 2, 0, 99);
        delete fields.year;
        return;
      case 'G':
        fields.isoYear = this.#number(element, 4, 0, 9999);
        return;
      case 'g':
        fields.isoYear = century(this.#number(element, 2, 0, 99));
        return;
      case 'J':
        fields.isoDayOfYear = this.#number(element, 3, 1, 371);
        return;
      case 'j':
        fields.dayOfYear = this.#number(element, 3, 1, 366);
        return;
      case 'm':
        fields.month = this.#number(element, 2, 1, 12);
        return;
      case 'd':
      case 'e':
        this.#skipSpace();
        fields.day = this.#number(element, 2, 1, 31);
        return;
      case 'Q':
        fields.month = this.#number(element, 1, 1, 4) * 3 - 2;
        return;
      case 'U':
      case 'W':
        fields.week = { number: this.#number(element, 2, 0, 53), first: element === 'U' ? 0 : 1 };
        return;
      case 'V':
        fields.isoWeek = this.#number(element, 2, 1, 53);
        return;
      case 'u':
        fields.weekday = this.#number(element, 1, 1, 7) % 7;
        return;
      case 'w':
        fields.weekday = this.#number(element, 1, 0, 6);
        return;
      case 'H':
      case 'k':
        this.#skipSpace();
        fields.hour = this.#number(element, 2, 0, 23);
        delete fields.hour12;
        return;
      case 'I':
      case 'l':
        this.#skipSpace();
        fields.hour12 = this.#number(element, 2, 1, 12);
        delete fields.hour;
        return;
      case 'M':
        fields.minute = this.#number(element, 2, 0, 59);
        return;
      case 'S':
        fields.second = this.#number(element, 2, 0, 60);
        return;
      case 'E*S':
        fields.second = this.#number('S', 2, 0, 60);
        this.#fraction(Number.POSITIVE_INFINITY);
        return;
      case 'P':
      case 'p': {
        const half = /^(a|p)\.?m\.?/i.exec(this.text.slice(this.#at));
        if (!half) this.#mismatch(element);
        fields.afternoon = (half as RegExpExecArray)[1]?.toLowerCase() === 'p';
        this.#at += (half as RegExpExecArray)[0].length;
        return;
      }
      case 's': {
        const seconds = /^-?\d+/.exec(this.text.slice(this.#at));
        if (!seconds) this.#mismatch(element);
        fields.epochSeconds = BigInt((seconds as RegExpExecArray)[0]);
        this.#at += (seconds as RegExpExecArray)[0].length;
        return;
      }
      case 'z':
      case 'Ez': {
        const offset = /^(?:Z|([+-])(\d{2}):?(\d{2})?)/i.exec(this.text.slice(this.#at));
        if (!offset) this.#mismatch('z');
        const [whole, sign, hours = '0', minutes = '0'] = offset as RegExpExecArray;
        fields.offsetSeconds = (sign === '-' ? -1 : 1) * (Number(hours) * 3600 + Number(minutes) * 60);
        this.#at += whole.length;
        return;
      }
      case 'Z': {
        const zone = /^[A-Za-z_]+(?:[/+-]\w+)*(?::\d{2})?/.exec(this.text.slice(this.#at));
        if (!zone) this.#mismatch(element);
        fields.zone = (zone as RegExpExecArray)[0];
        this.#at += fields.zone.length;
        return;
      }
      case 'c':
        this.#walk('%a %b %e %H:%M:%S %Y');
        return;
      case 'D':
      case 'x':
        this.#walk('%m/%d/%y');
        return;
      case 'F':
        this.#walk('%Y-%m-%d');
        return;
      case 'R':
        this.#walk('%H:%M');
        return;
      case 'r':
        this.#walk('%I:%M:%S %p');
        return;
      case 'T':
      case 'X':
        this.#walk('%H:%M:%S');
        return;
      default:
        if (/^E\dS$/.test(element)) {
          fields.second = this.#number('S', 2, 0, 60);
          this.#fraction(Number(element[1]));
          return;
        }
        throw new Error(`Invalid format element %${element} in format: '${this.format}'`);
    }
  }
}

/** The years 69–99 belong to the 20th century. */
function century(yearOfCentury: number): number {
  return yearOfCentury + (yearOfCentury < 69 ? 2000 : 1900);
}

function resolve(fields: Fields, kind: TimeKind, defaultZone: string, text: string): bigint {
  if (fields.epochSeconds !== undefined) {
    const micros = fields.epochSeconds * 1_000_000n;
    return kind === 'DATE' ? micros / MICROS_PER_DAY : micros;
  }
  const hour =
    fields.hour12 === undefined ? (fields.hour ?? 0) : (fields.hour12 % 12) + (fields.afternoon ? 12 : 0);
  const seconds = hour * 3600 + (fields.minute ?? 0) * 60 + (fields.second ?? 0);
  const microsOfDay = BigInt(seconds) * 1_000_000n + BigInt(fields.microsecond ?? 0);
  if (kind === 'TIME') return microsOfDay % MICROS_PER_DAY;
  const days = resolveDays(fields, text);
  if (days < MIN_DAY || days > MAX_DAY) throw new Error(`Failed to parse input string "${text}"`);
  if (kind === 'DATE') return BigInt(days);
  const local = BigInt(days) * MICROS_PER_DAY + microsOfDay;
  if (kind === 'DATETIME') return local;
  if (fields.offsetSeconds !== undefined) return local - BigInt(fields.offsetSeconds) * 1_000_000n;
  const zone = fields.zone ?? defaultZone;
  const fixed = fixedOffsetMinutes(zone);
  return fixed === undefined ? instantOf(zone, local) : local - BigInt(fixed) * 60_000_000n;
}

function resolveDays(fields: Fields, text: string): number {
  if (fields.isoYear !== undefined || fields.isoWeek !== undefined || fields.isoDayOfYear !== undefined) {
    const start = isoYearStart(fields.isoYear ?? fields.year ?? 1970);
    if (fields.isoDayOfYear !== undefined) return start + fields.isoDayOfYear - 1;
    if (fields.isoWeek !== undefined)
      return start + (fields.isoWeek - 1) * 7 + (((fields.weekday ?? 1) + 6) % 7);
    return start;
  }
  const year =
    fields.year ??
    (fields.century !== undefined
      ? fields.century * 100 + (fields.yearOfCentury ?? 0)
      : fields.yearOfCentury !== undefined
        ? century(fields.yearOfCentury)
        : 1970);
  if (fields.dayOfYear !== undefined && fields.month === undefined && fields.day === undefined) {
    const days = daysFromCivil(year, 1, 1) + fields.dayOfYear - 1;
    if (civilFromDays(days).year !== year) throw new Error(`Failed to parse input string "${text}"`);
    return days;
  }
  if (fields.week && fields.month === undefined && fields.day === undefined) {
    const { number, first } = fields.week;
    const january = daysFromCivil(year, 1, 1);
    const firstStart = january + ((first - weekday(january) + 7) % 7);
    const day = fields.weekday ?? first;
    return firstStart + (number - 1) * 7 + ((day - first + 7) % 7);
  }
  const month = fields.month ?? 1;
  const day = fields.day ?? 1;
  if (day > daysInMonth(year, month)) throw new Error(`Failed to parse input string "${text}"`);
  return daysFromCivil(year, month, day);
}
