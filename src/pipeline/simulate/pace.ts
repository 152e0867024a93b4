import { FUTURE_TOLERANCE_MS } from '../stream/reading.js';

export interface Pace {
  patients: number;
  /** Simulated time between two readings of a patient. */
  intervalMs: number;
  /** Messages a second; as fast as possible when absent. */
  ratePerSecond: number | undefined;
  startMs: number;
  nowMs: number;
  count: number | undefined;
  durationMs: number | undefined;
}

/** Simulated time that outruns the clock, so that the worker flags readings as from the future. */
export interface AheadOfClock {
  /** Simulated seconds that pass in a second; null when nothing limits them. */
  speed: number | null;
  /** When the first reading is sent that is flagged. */
  afterSeconds: number;
  /** The rate at which simulated time passes as fast as the clock. */
  realTimeRate: number;
}

/** Undefined when every reading of the run will be taken as measured by the time it is sent. */
export function aheadOfClock(pace: Pace): AheadOfClock | undefined {
  const { patients, intervalMs, ratePerSecond, startMs, nowMs, count, durationMs } = pace;
  const realTimeRate = (patients * 1000) / intervalMs;
  const speed = ratePerSecond === undefined ? Number.POSITIVE_INFINITY : ratePerSecond / realTimeRate;
  const messages = Math.min(
    count ?? Number.POSITIVE_INFINITY,
    durationMs === undefined || ratePerSecond === undefined
      ? Number.POSITIVE_INFINITY
      : (durationMs / 1000) * ratePerSecond,
  );
  if (messages === 0) return undefined;
  const roomMs = FUTURE_TOLERANCE_MS + nowMs - startMs;
  const gainedMs = (1000 / realTimeRate) * (1 - 1 / speed);
  // The last reading of a count is an interval before its end: the start is chosen so that it is of this moment.
  const lead = gainedMs > 0 ? messages * gainedMs : 0;
  if (!(lead > roomMs) && roomMs >= 0) return undefined;
  const first = roomMs <= 0 ? 0 : roomMs / gainedMs;
  return {
    speed: Number.isFinite(speed) ? speed : null,
    afterSeconds: ratePerSecond === undefined ? 0 : first / ratePerSecond,
    realTimeRate,
  };
}
