const HIGH = 4_294_967_296;

/** Microseconds since the epoch as two signed 32-bit halves, as cells keep them. */
export interface Micros {
  high: number;
  low: number;
}

/** Now, in whole milliseconds: the granularity of every table. */
export function microsOf(timeMs: number): Micros {
  const micros = timeMs * 1000;
  return { high: Math.floor(micros / HIGH), low: (micros % HIGH) | 0 };
}

export function compareMicros(aHigh: number, aLow: number, bHigh: number, bLow: number): number {
  return aHigh === bHigh ? (aLow >>> 0) - (bLow >>> 0) : aHigh - bHigh;
}

/** Whether a client may give it: neither negative nor finer than milliseconds. */
export function isWholeMillis(high: number, low: number): boolean {
  return high >= 0 && ((high % 1000) * (HIGH % 1000) + ((low >>> 0) % 1000)) % 1000 === 0;
}

export function microsText(high: number, low: number): string {
  return String(BigInt(high) * BigInt(HIGH) + BigInt(low >>> 0));
}

/** Exact up to 2^53, the year 2255. */
export function microsNumber(high: number, low: number): number {
  return high * HIGH + (low >>> 0);
}
