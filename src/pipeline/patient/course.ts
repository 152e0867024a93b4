import type { JudgedReading } from '../stream/alert-history.js';
import { type Risk, SEVERITY } from '../stream/news2.js';
import { type Reading, VITALS } from '../stream/reading.js';
import { pointsOf } from '../ward/read-ward.js';

/** One vital over a stretch of time. */
export interface VitalCourse {
  name: string;
  /** The newest value, its points and its event time. */
  value: number;
  points: number | null;
  at: string;
  minimum: number;
  maximum: number;
  /** Against the last value that is at least an hour older; null when there is none. */
  change: number | null;
  readings: number;
  /** Means of equal parts of the stretch, from the oldest to the newest; null where nothing was measured. */
  parts: (number | null)[];
}

const PARTS = 16;
const HOUR_MS = 3_600_000;

/** The course of every vital that was measured. Readings are in the order of event time. */
export function vitalCourses(readings: readonly Reading[], sinceMs: number, untilMs: number): VitalCourse[] {
  return VITALS.flatMap(({ name }, index) => {
    const measured = readings.flatMap(({ eventTimeMs, values }) => {
      const value = values[index];
      return value === undefined ? [] : [{ atMs: eventTimeMs, value }];
    });
    const newest = measured.at(-1);
    if (newest === undefined) return [];
    const earlier = measured.findLast(({ atMs }) => atMs <= newest.atMs - HOUR_MS);
    const numbers = measured.map(({ value }) => value);
    return [
      {
        name,
        value: newest.value,
        points: pointsOf(name, newest.value),
        at: new Date(newest.atMs).toISOString(),
        minimum: Math.min(...numbers),
        maximum: Math.max(...numbers),
        change: earlier === undefined ? null : tenths(newest.value - earlier.value),
        readings: measured.length,
        parts: partsOf(measured, sinceMs, untilMs),
      },
    ];
  });
}

function partsOf(
  measured: readonly { atMs: number; value: number }[],
  sinceMs: number,
  untilMs: number,
): (number | null)[] {
  const sums = Array.from({ length: PARTS }, () => ({ sum: 0, count: 0 }));
  const widthMs = Math.max(1, untilMs - sinceMs) / PARTS;
  for (const { atMs, value } of measured) {
    const part = sums[Math.min(PARTS - 1, Math.max(0, Math.floor((atMs - sinceMs) / widthMs)))]!;
    part.sum += value;
    part.count++;
  }
  return sums.map(({ sum, count }) => (count === 0 ? null : tenths(sum / count)));
}

function tenths(value: number): number {
  return Math.round(value * 10) / 10;
}

/** An alert from its begin to its end. */
export interface AlertEpisode {
  /** Null when it began before the stretch. */
  raisedAt: string | null;
  /** Null while it is open. */
  resolvedAt: string | null;
  peakRisk: Risk;
  peakScore: number;
  escalations: number;
  /** Event times of the escalations. */
  escalatedAt: string[];
}

/** Alerts as they stand in the rows of a patient's readings, which are in the order of event time. */
export function alertEpisodes(readings: readonly Pick<JudgedReading, 'announcement'>[]): AlertEpisode[] {
  const episodes: AlertEpisode[] = [];
  for (const { announcement } of readings) {
    const event = announcement?.event;
    if (event === undefined || event.type === 'withdrawn') continue;
    const { type, event_timestamp: at, risk, score } = event;
    const open = episodes.at(-1)?.resolvedAt === null ? episodes.at(-1) : undefined;
    if (type === 'resolved') {
      if (open !== undefined) open.resolvedAt = at;
    } else if (type === 'raised' || open === undefined) {
      const raisedAt = type === 'raised' ? at : null;
      episodes.push({
        raisedAt,
        resolvedAt: null,
        peakRisk: risk,
        peakScore: score,
        escalations: 0,
        escalatedAt: [],
      });
    } else {
      open.escalations++;
      open.escalatedAt.push(at);
      open.peakScore = Math.max(open.peakScore, score);
      if (SEVERITY[risk] > SEVERITY[open.peakRisk]) open.peakRisk = risk;
    }
  }
  return episodes;
}
