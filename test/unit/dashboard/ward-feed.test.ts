import { expect, it } from 'vitest';
import { PAGE_ROWS } from '../../../src/dashboard/ward/board-view.js';
import { type FeedTools, WardFeed } from '../../../src/dashboard/ward/ward-feed.js';
import { wardPage } from '../../../src/dashboard/ward/ward-page.js';
import type { StoredRow } from '../../../src/gcp/bigtable/rows.js';
import { VITALS, VITALS_FAMILY } from '../../../src/pipeline/stream/reading.js';

const AT_MS = Date.parse('2026-03-01T10:00:00Z');

function pulseRow(key: string, pulse: number, timestampMs = AT_MS): StoredRow {
  const { qualifier } = VITALS.find(({ name }) => name === 'Heart_Rate')!;
  return {
    key,
    cells: [{ family: VITALS_FAMILY, qualifier, value: Buffer.from(String(pulse)), timestampMs }],
  };
}

/** A feed on a clock of its own. */
function feedOf(now: StoredRow[], tools: Partial<FeedTools> = {}) {
  const clock = { nowMs: AT_MS };
  const feed = new WardFeed({
    now: {
      readRows: async (ranges) =>
        now.filter(({ key }) => [ranges].flat().some(({ start }) => key >= start)).slice(0, 1_000),
    },
    vitals: { readRows: async () => [] },
    readAdmissions: async () => [],
    readPredictions: async () => new Map(),
    nowMs: () => clock.nowMs,
    staleAfterMs: 60_000,
    maxAgeMs: 1_000,
    storesMaxAgeMs: 60_000,
    ...tools,
  });
  return { clock, feed };
}

it('shows everybody without their courses when those take long, and with them when they are there', async () => {
  let answer!: (rows: StoredRow[]) => void;
  let reads = 0;
  const { clock, feed } = feedOf([pulseRow('42', 140)], {
    vitals: {
      readRows: () => {
        reads += 1;
        return new Promise((resolve) => {
          answer = resolve;
        });
      },
    },
  });
  const [first] = (await feed.read()).patients;
  expect(first).toMatchObject({ Patient_ID: '42', known: 3, course: undefined });

  clock.nowMs += 2_000;
  expect((await feed.read()).patients[0]!.course).toBeUndefined();
  // Whoever is about to see the patient does not ask a second time.
  expect((await feed.read((patients) => patients)).patients[0]!.course).toBeUndefined();
  expect(reads).toBe(1);

  answer([]);
  clock.nowMs += 2_000;
  expect((await feed.read()).patients[0]!.course).toMatchObject({ points: [], alert: null });
});

it('has a course of everybody on a page, however many are sicker', async () => {
  const ids = Array.from({ length: 2_200 }, (_, index) => String(10_000 + index));
  const { feed } = feedOf(ids.map((id) => pulseRow(id, 140)));
  const page = wardPage(feed, 2_000);
  const last = new URLSearchParams({ page: String(ids.length / PAGE_ROWS) });
  const { parts } = await page.read({}, last);
  expect(parts.filter(({ id }) => id.startsWith('p-'))).toHaveLength(PAGE_ROWS);
  const withCourse = async () =>
    (await feed.read()).patients
      .filter(({ course }) => course !== undefined)
      .map(({ Patient_ID }) => Patient_ID);
  expect(await withCourse()).toEqual(expect.arrayContaining(ids.slice(-PAGE_ROWS)));
});

it('has the stored predictions as soon as they are there, and says why they are not', async () => {
  const stored = { predicted: 'Stable', probability: 0.91, modelVersion: 'v3' };
  let failure: Error | undefined;
  const { clock, feed } = feedOf([pulseRow('42', 140)], {
    async readPredictions() {
      if (failure !== undefined) throw failure;
      return new Map([['42', stored]]);
    },
  });
  await feed.read();
  clock.nowMs += 2_000;
  expect((await feed.read()).patients[0]!.prediction).toEqual(stored);

  failure = new Error('BigQuery does not answer.');
  clock.nowMs += 60_000;
  await feed.read();
  clock.nowMs += 2_000;
  const board = await feed.read();
  expect(board.trouble).toEqual({ admissions: null, predictions: 'BigQuery does not answer.' });
  expect(board.patients[0]!.prediction).toEqual(stored);
});

it('reads a ward of thousands less often than it is asked for', async () => {
  let reads = 0;
  const clock = { nowMs: AT_MS };
  const { feed } = feedOf([], {
    nowMs: () => clock.nowMs,
    now: {
      async readRows() {
        reads += 1;
        clock.nowMs += 1_000;
        return [];
      },
    },
  });
  await feed.read();
  clock.nowMs += 2_000;
  await feed.read();
  expect(reads).toBe(1);
  clock.nowMs += 2_000;
  await feed.read();
  expect(reads).toBe(2);
});
