import type { Board, BoardPatient } from '../../../src/dashboard/ward/ward-feed.js';
import type { Risk } from '../../../src/pipeline/stream/news2.js';
import { bySickness } from '../../../src/pipeline/ward/ward.js';

export const AS_OF = '2026-03-01T10:00:00.000Z';

/** A patient of a board whose newest reading is so many seconds behind the feed. */
export function boardPatient(
  Patient_ID: string,
  risk: Risk | null,
  known: number | null,
  { staleSeconds = 5, ...rest }: Partial<BoardPatient> = {},
): BoardPatient {
  const at = new Date(Date.parse(AS_OF) - (staleSeconds ?? 0) * 1000).toISOString();
  return {
    Patient_ID,
    Age: 60,
    Gender: 'Male',
    Condition: 'Stroke',
    risk,
    known,
    possible: known === null ? null : known + 5,
    missing: ['supplementalOxygen', 'consciousness'],
    vitals: known === null ? {} : { Heart_Rate: { value: 120, points: 2, at } },
    change: null,
    lastReadingAt: known === null ? null : at,
    staleSeconds: known === null ? null : staleSeconds,
    stale: (staleSeconds ?? 0) > 900,
    course: undefined,
    prediction: undefined,
    ...rest,
  };
}

export function boardOf(...patients: BoardPatient[]): Board {
  return {
    patients: patients.sort(bySickness),
    feed: { asOf: AS_OF, silentSeconds: 0 },
    trouble: { admissions: null, predictions: null },
  };
}
