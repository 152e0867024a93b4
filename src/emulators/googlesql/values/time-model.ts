import {
  civilFromDays,
  dayOfYear,
  daysFromCivil,
  daysInMonth,
  isoWeek,
  localTime,
  MICROS_PER_DAY,
  MONTH_NAMES,
  pad,
  two,
  WEEKDAY_NAMES,
  weekday,
} from './calendar.js';
import { instantOf } from './time-zone.js';

/** Format models of CAST … FORMAT: `YYYY-MM-DD HH24:MI:SS`. Longer elements stand before those they begin with. */
const ELEMENT =
  /^(?:YYYY|Y,YYY|YYY|YY|Y|RRRR|RR|CC|MONTH|MON|MM|DAY|DDD|DD|DY|D|HH24|HH12|HH|MI|SSSSS|SS|FF[1-9]|A\.M\.|P\.M\.|AM|PM|TZH|TZM|IW|WW|W|Q|"(?:[^"\\]|\\.)*"|[-./,;:'\s])/i;

const elements = new Map<string, string[]>();
const CACHE_LIMIT = 200;

function split(model: string): string[] {
  let known = elements.get(model);
  if (!known) {
    known = [];
    let rest = model;
    while (rest !== '') {
      const match = ELEMENT.exec(rest);
      if (!match) throw new Error(`Cannot find matched format element at ${model.length - rest.length}`);
      known.push(match[0]);
      rest = rest.slice(match[0].length);
    }
    if (elements.size >= CACHE_LIMIT) elements.clear();
    elements.set(model, known);
  }
  return known;
}

/** Upper, capitalised or lower case, as the element itself is written. */
function cased(text: string, element: string): string {
  if (element === element.toUpperCase()) return text.toUpperCase();
  return element[0] === element[0]?.toUpperCase() ? text : text.toLowerCase();
}

const DATE_ELEMENTS = /^(?:Y|R|CC|MON|MM|D|IW|W|Q)/;
const TIME_ELEMENTS = /^(?:HH|MI|SS|FF|AM|PM|A\.M|P\.M)/;

function checkKind(name: string, kind: string): void {
  const refused =
    (kind === 'DATE' && TIME_ELEMENTS.test(name)) ||
    (kind === 'TIME' && DATE_ELEMENTS.test(name)) ||
    (kind !== 'TIMESTAMP' && name.startsWith('TZ'));
  if (refused && !name.startsWith('"')) throw new Error(`${kind} does not support '${name}'`);
}

export function formatModel(localMicros: bigint, offsetMicros: bigint, model: string, kind: string): string {
  const time = localTime(localMicros);
  const { year, month, day } = civilFromDays(time.days);
  const offsetMinutes = Number(offsetMicros / 60_000_000n);
  return split(model)
    .map((element) => {
      const name = element.toUpperCase();
      checkKind(name, kind);
      switch (name) {
        case 'YYYY':
        case 'RRRR':
          return pad(year, 4);
        case 'Y,YYY':
          return `${Math.floor(year / 1000)},${pad(year % 1000, 3)}`;
        case 'YYY':
          return pad(year % 1000, 3);
        case 'YY':
        case 'RR':
          return two(year % 100);
        case 'Y':
          return String(year % 10);
        case 'CC':
          return two(Math.ceil(year / 100));
        case 'MONTH':
          return cased(MONTH_NAMES[month - 1]!, element);
        case 'MON':
          return cased(MONTH_NAMES[month - 1]!.slice(0, 3), element);
        case 'MM':
          return two(month);
        case 'DAY':
          return cased(WEEKDAY_NAMES[weekday(time.days)]!, element);
        case 'DY':
          return cased(WEEKDAY_NAMES[weekday(time.days)]!.slice(0, 3), element);
        case 'D':
          return String(weekday(time.days) + 1);
        case 'DD':
          return two(day);
        case 'DDD':
          return pad(dayOfYear(time.days), 3);
        case 'IW':
          return two(isoWeek(time.days).week);
        case 'WW':
          return two(Math.ceil(dayOfYear(time.days) / 7));
        case 'W':
          return String(Math.ceil(day / 7));
        case 'Q':
          return String(Math.ceil(month / 3));
        case 'HH24':
          return two(time.hour);
        case 'HH':
        case 'HH12':
          return two(time.hour % 12 || 12);
        case 'MI':
          return two(time.minute);
        case 'SS':
          return two(time.second);
        case 'SSSSS':
          return pad(time.hour * 3600 + time.minute * 60 + time.second, 5);
        case 'AM':
        case 'PM':
          return cased(time.hour < 12 ? 'AM' : 'PM', element);
        case 'A.M.':
        case 'P.M.':
          return cased(time.hour < 12 ? 'A.M.' : 'P.M.', element);
        case 'TZH':
          return `${offsetMinutes < 0 ? '-' : '+'}${two(Math.floor(Math.abs(offsetMinutes) / 60))}`;
        case 'TZM':
          return two(Math.abs(offsetMinutes) % 60);
        default:
      }
      if (name.startsWith('FF')) return pad(time.microsecond, 6).padEnd(9, '0').slice(0, Number(name[2]));
      return literal(element);
    })
    .join('');
}

function literal(element: string): string {
  return element.startsWith('"') ? element.slice(1, -1).replace(/\\(.)/g, '$1') : element;
}

/** Microseconds: since the epoch, or of the day for TIME. */
export function parseModel(text: string, model: string, kind: string, zone: string): bigint {
  const fail = (): never => {
    throw new Error(`Failed to parse input string "${text}"`);
  };
  const today = civilFromDays(Math.floor(Date.now() / 86_400_000));
  let at = 0;
  const found: Record<string, number> = {};
  let afternoon: boolean | undefined;
  let offsetSign: number | undefined;
  const number = (width: number): number => {
    const digits = new RegExp(`\\d{1,${width}}`, 'y');
    digits.lastIndex = at;
    const match = digits.exec(text);
    if (!match) return fail();
    at = digits.lastIndex;
    return Number(match[0]);
  };
  const name = (names: readonly string[], length?: number): number => {
    const rest = text.slice(at).toLowerCase();
    const index = names.findIndex((each) => rest.startsWith(each.slice(0, length).toLowerCase()));
    if (index < 0) return fail();
    at += names[index]!.slice(0, length).length;
    return index;
  };
  for (const element of split(model)) {
    const upper = element.toUpperCase();
    checkKind(upper, kind);
    switch (upper) {
      case 'YYYY':
      case 'RRRR':
        found['year'] = number(5);
        break;
      case 'Y,YYY': {
        const thousands = number(2);
        if (text[at] !== ',') fail();
        at += 1;
        found['year'] = thousands * 1000 + number(3);
        break;
      }
      case 'YYY':
        found['year'] = today.year - (today.year % 1000) + number(3);
        break;
      case 'YY':
        found['year'] = today.year - (today.year % 100) + number(2);
        break;
      case 'RR': {
        const short = number(2);
        found['year'] = short + (short < 50 ? 2000 : 1900);
        break;
      }
      case 'Y':
        found['year'] = today.year - (today.year % 10) + number(1);
        break;
      case 'MONTH':
        found['month'] = name(MONTH_NAMES) + 1;
        break;
      case 'MON':
        found['month'] = name(MONTH_NAMES, 3) + 1;
        break;
      case 'MM':
        found['month'] = number(2);
        break;
      case 'DAY':
        name(WEEKDAY_NAMES);
        break;
      case 'DY':
        name(WEEKDAY_NAMES, 3);
        break;
      case 'DD':
        found['day'] = number(2);
        break;
      case 'DDD':
        found['dayOfYear'] = number(3);
        break;
      case 'HH24':
        found['hour'] = number(2);
        break;
      case 'HH':
      case 'HH12':
        found['hour12'] = number(2);
        break;
      case 'MI':
        found['minute'] = number(2);
        break;
      case 'SS':
        found['second'] = number(2);
        break;
      case 'SSSSS':
        found['secondOfDay'] = number(5);
        break;
      case 'AM':
      case 'PM':
      case 'A.M.':
      case 'P.M.': {
        const half = /^(a|p)\.?m\.?/i.exec(text.slice(at));
        if (!half) return fail();
        afternoon = half[1]!.toLowerCase() === 'p';
        at += half[0].length;
        break;
      }
      case 'TZH': {
        const sign = /^\s*([+-]?)(\d{1,2})/.exec(text.slice(at));
        if (!sign) return fail();
        offsetSign = sign[1] === '-' ? -1 : 1;
        found['zoneHour'] = Number(sign[2]);
        at += sign[0].length;
        break;
      }
      case 'TZM':
        found['zoneMinute'] = number(2);
        break;
      default:
        if (/^FF[1-9]$/.test(upper)) {
          const digits = /^\d{1,9}/.exec(text.slice(at));
          if (!digits) return fail();
          at += digits[0].length;
          // More digits than the element has are rounded.
          const places = Math.min(Number(upper[2]), 6);
          found['microsecond'] = Math.round(Number(`0.${digits[0]}`) * 10 ** places) * 10 ** (6 - places);
        } else if (/^\s$/.test(element)) {
          while (/\s/.test(text[at] ?? '')) at += 1;
        } else if (upper.startsWith('"') || element.length === 1) {
          const expected = literal(element);
          if (!text.startsWith(expected, at)) fail();
          at += expected.length;
        } else {
          throw new Error(`Format element '${element}' is not supported for parsing`);
        }
    }
  }
  if (text.slice(at).trim() !== '') fail();
  const hour =
    found['hour12'] === undefined
      ? (found['hour'] ?? 0)
      : (found['hour12'] % 12) + (afternoon === true ? 12 : 0);
  const seconds = found['secondOfDay'] ?? hour * 3600 + (found['minute'] ?? 0) * 60 + (found['second'] ?? 0);
  if (hour > 23 || (found['minute'] ?? 0) > 59 || (found['second'] ?? 0) > 59 || seconds >= 86_400) fail();
  const microsOfDay = BigInt(seconds) * 1_000_000n + BigInt(found['microsecond'] ?? 0);
  if (kind === 'TIME') return microsOfDay % MICROS_PER_DAY;
  const year = found['year'] ?? today.year;
  let days: number;
  if (found['dayOfYear'] !== undefined) days = daysFromCivil(year, 1, 1) + found['dayOfYear'] - 1;
  else {
    const month = found['month'] ?? today.month;
    const day = found['day'] ?? 1;
    if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) fail();
    days = daysFromCivil(year, month, day);
  }
  const local = BigInt(days) * MICROS_PER_DAY + microsOfDay;
  if (kind !== 'TIMESTAMP') return local;
  if (offsetSign === undefined) return instantOf(zone, local);
  const offset = offsetSign * ((found['zoneHour'] ?? 0) * 60 + (found['zoneMinute'] ?? 0));
  return local - BigInt(offset) * 60_000_000n;
}
