import { TimeZone } from '../../schema/date-time.js';
import { RejectedMessage } from './rejection.js';

const TIME =
  /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d+))?)?\s*([Zz]|[+-]\d{2}:?\d{2})?$/;
const CANONICAL = /^\d{4}-\d{2}-\d{2}T(?:[01]\d|2[0-3]):\d{2}:\d{2}(?:\.\d{3})?Z$/;
const DATE_ONLY = /^\d{4}(-\d{2}){0,2}$/;

/**
 * The time of a reading in milliseconds since the epoch, truncated to whole ones. Bigtable's row key and BigQuery
 * get the same milliseconds, so that both agree on which readings are the same.
 * @param timeZone IANA name for times without an offset; undefined refuses them.
 */
export function parseEventTime(
  text: string,
  timeZone: string | undefined,
  column = 'event_timestamp',
): number {
  // What nearly every device sends, in the form that the engine itself writes and reads fastest.
  if (CANONICAL.test(text)) {
    const ms = Date.parse(text);
    if (ms >= FIRST_MS && ms < LAST_MS && dayOf(text) <= 28) return ms;
  }
  const match = TIME.exec(text);
  if (match === null) {
    if (DATE_ONLY.test(text)) {
      throw new RejectedMessage('date-only', `${column} is a date without a time.`, column);
    }
    throw new RejectedMessage('invalid-time', `${column} is not an RFC 3339 time.`, column);
  }
  const [, year, month, day, hour, minute, second, fraction, offset] = match;
  const fields = [year, month, day, hour, minute, second ?? '0'].map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const millis = fraction === undefined ? 0 : Number(fraction.slice(0, 3).padEnd(3, '0'));
  const local = Date.UTC(fields[0], fields[1] - 1, fields[2], fields[3], fields[4], fields[5]) + millis;
  // Date.UTC rolls the 30th of February over into March; a device that sends it has a broken clock.
  const back = new Date(local);
  if (
    back.getUTCFullYear() !== fields[0] ||
    back.getUTCMonth() !== fields[1] - 1 ||
    back.getUTCDate() !== fields[2] ||
    back.getUTCHours() !== fields[3] ||
    back.getUTCMinutes() !== fields[4] ||
    fields[5] > 59
  ) {
    throw new RejectedMessage('invalid-time', `${column} is not a time that exists.`, column);
  }
  if (offset !== undefined) return checkRange(local - offsetMs(offset, column), column);
  if (timeZone === undefined) {
    throw new RejectedMessage(
      'time-without-offset',
      `${column} has no offset and no time zone is set.`,
      column,
    );
  }
  return checkRange(zonedToUtc(local, timeZone), column);
}

function dayOf(text: string): number {
  return (text.charCodeAt(8) - 48) * 10 + text.charCodeAt(9) - 48;
}

/** The row key has room for 13 digits; a Bigtable cell cannot be older than the epoch. */
export const FIRST_MS = 1;
export const LAST_MS = Date.UTC(2200, 0, 1);

function checkRange(ms: number, column: string): number {
  if (ms >= FIRST_MS && ms < LAST_MS) return ms;
  throw new RejectedMessage('out-of-range', `${column} must be between 1970 and 2200.`, column);
}

function offsetMs(offset: string, column: string): number {
  if (offset === 'Z' || offset === 'z') return 0;
  const hours = Number(offset.slice(1, 3));
  const minutes = Number(offset.slice(-2));
  if (hours > 23 || minutes > 59) {
    throw new RejectedMessage('invalid-time', `${column} has an offset that does not exist.`, column);
  }
  return (offset.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}

const DAY_MS = 86_400_000;
const zones = new Map<string, TimeZone>();

/** Gives a zone to an engine that knows none. */
export function useTimeZone(zone: TimeZone): void {
  zones.set(zone.name, zone);
}

/** In the hour that clocks repeat in autumn the first one is meant; in the hour they skip, the time after it. */
function zonedToUtc(localMs: number, name: string): number {
  let zone = zones.get(name);
  if (zone === undefined) {
    zone = new TimeZone(name);
    zones.set(name, zone);
  }
  return zone.instants(localMs)[0] ?? zone.instants(localMs - DAY_MS)[0]! + DAY_MS;
}
