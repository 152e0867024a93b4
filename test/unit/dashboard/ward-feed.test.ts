import { expect, it } from 'vitest';
import { WardFeed } from '../../../src/dashboard/ward/ward-feed.js';
import type { StoredRow } from '../../../src/gcp/bigtable/rows.js';
import { VITALS, VITALS_FAMILY } from '../../../src/pipeline/stream/reading.js';

const AT_MS = Date.parse('2026-03-01T10:00:00Z');
const NEWEST: StoredRow = {
  key: '42',
  cells: [
    {
      family: VITALS_FAMILY,
      qualifier: VITALS.find(({ name }) => name === 'Heart_Rate')!.qualifier,
      value: Buffer.from('140'),
      timestampMs: AT_MS,
    },
  ],
};

it('shows everybody without their courses when those take long, and with them when they are there', async () => {
  let nowMs = AT_MS;
  let answer!: (rows: StoredRow[]) => void;
  let reads = 0;
  const feed = new WardFeed({
    now: { readRows: async () => [NEWEST] },
    vitals: {
      readRows: () => {
        reads += 1;
        return new Promise((resolve) => {
          answer = resolve;
        });
      },
    },
    readAdmissions: async () => [],
    nowMs: () => nowMs,
    staleAfterMs: 60_000,
    maxAgeMs: 1_000,
    admissionsMaxAgeMs: 60_000,
  });
  const [first] = (await feed.read()).patients;
  expect(first).toMatchObject({ Patient_ID: '42', known: 3, course: undefined });

  nowMs += 2_000;
  expect((await feed.read()).patients[0]!.course).toBeUndefined();
  expect(reads).toBe(1);

  answer([]);
  nowMs += 2_000;
  expect((await feed.read()).patients[0]!.course).toMatchObject({ points: [], alert: null });
});
