import { type OffsetOf, zoneOffsets } from '../../../core/zone-offsets.js';
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

const zones = new Map<string, OffsetOf | undefined>();

function offsetsOf(zone: string): OffsetOf | undefined {
  if (!zones.has(zone)) zones.set(zone, zoneOffsets(zone));
  return zones.get(zone);
}

/** Whether a text names a zone, or is an offset. */
export function isTimeZone(zone: string): boolean {
  return fixedOffsetMinutes(zone) !== undefined || offsetsOf(zone) !== undefined;
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
  const offsets = offsetsOf(zone) ?? invalid(zone);
  return offsets(epochSeconds * 1000) / 1000;
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
