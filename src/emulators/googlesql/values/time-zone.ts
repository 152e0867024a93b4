import { floorDivide } from './calendar.js';

const OFFSET = /^(?:UTC)?([+-])(\d{1,2})(?::?(\d{2}))?$/i;
const OFFSET_LIMIT_MINUTES = 14 * 60;

/** Minutes east of UTC for `+05:30`, `-8`, `UTC+1`, `Z`, `UTC`; undefined for names and what is no zone. */
export function fixedOffsetMinutes(zone: string): number | undefined {
  if (/^(utc|z|etc\/utc|gmt)$/i.test(zone)) return 0;
  const match = OFFSET.exec(zone);
  if (!match) return undefined;
  const minutes = Number(match[2]) * 60 + Number(match[3] ?? 0);
  if (minutes > OFFSET_LIMIT_MINUTES || Number(match[3] ?? 0) > 59) return undefined;
  return match[1] === '-' ? -minutes : minutes;
}

/** Zones kept local mean time before this (1800), and Intl counts days before 1582 in the Julian calendar. */
const EARLIEST_CHANGE = -5_364_662_400;

/** Names of three letters in the time zone database; ICU knows more, such as PST and IST, which the service refuses. */
const SHORT_NAMES = new Set('CET EET EST GMT HST MET MST PRC ROC ROK UCT UTC WET'.split(' '));

function isWritable(zone: string): boolean {
  if (!/^[A-Za-z_]+(?:[/+-]\w+)*$/.test(zone)) return false;
  return zone.length !== 3 || SHORT_NAMES.has(zone.toUpperCase());
}

const formats = new Map<string, Intl.DateTimeFormat | null>();

function format(zone: string): Intl.DateTimeFormat | null {
  let known = formats.get(zone);
  if (known === undefined) {
    try {
      known = isWritable(zone)
        ? new Intl.DateTimeFormat('en-US', {
            timeZone: zone,
            calendar: 'iso8601',
            numberingSystem: 'latn',
            hourCycle: 'h23',
            year: 'numeric',
            month: 'numeric',
            day: 'numeric',
            hour: 'numeric',
            minute: 'numeric',
            second: 'numeric',
          })
        : null;
    } catch {
      known = null;
    }
    formats.set(zone, known);
  }
  return known;
}

/** The name ICU knows a zone by, however its letters are cased; undefined when there is no such zone. */
export function zoneName(zone: string): string | undefined {
  return format(zone) ? zone : undefined;
}

function invalid(zone: string): never {
  throw new Error(`Invalid time zone: ${zone}`);
}

/** Offsets change on quarters of an hour since clocks are kept by law; before that every instant is looked up. */
const BLOCK_SECONDS = 900;
const FIRST_BLOCK = 0;
const BLOCK_LIMIT = 100_000;
const blocks = new Map<string, Map<number, number>>();

/** Seconds east of UTC at an instant given in seconds since the epoch. */
function offsetSecondsAt(zone: string, epochSeconds: number): number {
  const fixed = fixedOffsetMinutes(zone);
  if (fixed !== undefined) return fixed * 60;
  const block = Math.floor(epochSeconds / BLOCK_SECONDS);
  if (block < FIRST_BLOCK) return lookUpOffset(zone, epochSeconds);
  let known = blocks.get(zone);
  if (known === undefined || known.size >= BLOCK_LIMIT) {
    known = new Map();
    blocks.set(zone, known);
  }
  let offset = known.get(block);
  if (offset === undefined) {
    offset = lookUpOffset(zone, epochSeconds);
    known.set(block, offset);
  }
  return offset;
}

function lookUpOffset(zone: string, epochSeconds: number): number {
  const formatter = format(zone) ?? invalid(zone);
  const instant = Math.max(epochSeconds, EARLIEST_CHANGE);
  const parts: Record<string, string> = {};
  for (const part of formatter.formatToParts(new Date(instant * 1000))) parts[part.type] = part.value;
  const year = Number(parts['year']);
  const local = Date.UTC(
    2000,
    Number(parts['month']) - 1,
    Number(parts['day']),
    Number(parts['hour']),
    Number(parts['minute']),
    Number(parts['second']),
  );
  const date = new Date(local);
  date.setUTCFullYear(year, Number(parts['month']) - 1, Number(parts['day']));
  return Math.round(date.getTime() / 1000 - Math.floor(instant));
}

/** Microseconds east of UTC at an instant in microseconds. */
export function offsetMicrosAt(zone: string, epochMicros: bigint): bigint {
  return BigInt(offsetSecondsAt(zone, Number(floorDivide(epochMicros, 1_000_000n)))) * 1_000_000n;
}

/**
 * The instant at which clocks of a zone show a local time. A time that a change skips is read with the offset before
 * the change, one that occurs twice is the first of the two.
 */
export function instantOf(zone: string, localMicros: bigint): bigint {
  const dayBefore = offsetMicrosAt(zone, localMicros - 86_400_000_000n);
  const early = localMicros - dayBefore;
  if (offsetMicrosAt(zone, early) === dayBefore) return early;
  const dayAfter = offsetMicrosAt(zone, localMicros + 86_400_000_000n);
  const late = localMicros - dayAfter;
  return offsetMicrosAt(zone, late) === dayAfter ? late : early;
}
