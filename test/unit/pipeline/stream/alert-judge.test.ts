import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../../src/core/clock.js';
import { createRandom, type Random } from '../../../../src/core/random.js';
import { readStretch } from '../../../../src/pipeline/stream/alert-history.js';
import { AlertJudge } from '../../../../src/pipeline/stream/alert-judge.js';
import { type AlertEvent, alertsInOrder, type Finding } from '../../../../src/pipeline/stream/alerts.js';
import { type Reading, rowKeyOf, VITALS, VITALS_FAMILY } from '../../../../src/pipeline/stream/reading.js';
import { bigtableSink, type SinkItem } from '../../../../src/pipeline/stream/sinks.js';
import { UnjudgedMarks } from '../../../../src/pipeline/stream/unjudged-marks.js';
import { UNJUDGED_FAMILY } from '../../../../src/schema/bigtable-columns.js';
import { FakeBigtable } from '../../../helpers/fake-bigtable.js';

const START = Date.UTC(2026, 2, 1);
const WELL = { Temperature_C: 37, Systolic: 120, Diastolic: 80, Heart_Rate: 70 };
const ILL = { Temperature_C: 39.4, Systolic: 98, Diastolic: 60, Heart_Rate: 120 };
const KINDS = [WELL, { ...WELL, Respiratory_Rate: 26 }, ILL, { ...ILL, Respiratory_Rate: 28 }];

function reading(patientId: string, minute: number, kind: number, deviceId = ''): Reading {
  const values = VITALS.map(({ name }) => (KINDS[kind] as Record<string, number>)[name]);
  return { patientId, deviceId, eventTimeMs: START + minute * 60_000, values };
}

/** What the topic has in the end: the highest revision of each alert, without those that were withdrawn. */
function standing(published: readonly AlertEvent[]): Finding[] {
  const highest = new Map<string, AlertEvent>();
  const told = new Map<string, AlertEvent>();
  for (const event of published) {
    const name = `${event.alert_id} ${event.revision}`;
    // Whoever announces a revision announces the same.
    expect(event).toEqual(told.get(name) ?? event);
    told.set(name, event);
    if (event.revision >= (highest.get(event.alert_id)?.revision ?? 0)) highest.set(event.alert_id, event);
  }
  return [...highest.values()]
    .filter(({ type }) => type !== 'withdrawn')
    .map(({ revision: _, ...found }) => found)
    .sort(byId);
}

const byId = (a: Finding, b: Finding) => (a.alert_id < b.alert_id ? -1 : 1);

/** What all readings say, in order. */
function truth(readings: readonly Reading[]): Finding[] {
  const inOrder = [...readings].sort((a, b) => (rowKeyOf(a) < rowKeyOf(b) ? 1 : -1));
  return [...new Set(readings.map(({ patientId }) => patientId))]
    .flatMap((id) => alertsInOrder(inOrder.filter(({ patientId }) => patientId === id)))
    .sort(byId);
}

class Hospital {
  readonly vitals = new FakeBigtable(VITALS_FAMILY);
  readonly now = new FakeBigtable(VITALS_FAMILY);
  readonly published: AlertEvent[] = [];

  /** @param step runs before every call to a service. */
  worker(step: () => Promise<void> = async () => {}) {
    const marks = new UnjudgedMarks(() => Date.now());
    const ports = { vitals: this.vitals.port(step), now: this.now.port(step) };
    const failures: unknown[] = [];
    const judge = new AlertJudge({
      ...ports,
      marks,
      clock: systemClock,
      announce: async (events) => {
        await step();
        this.published.push(...events);
      },
      onFailed: (error) => failures.push(error),
    });
    return { judge, sink: bigtableSink(ports, marks), failures, ports };
  }

  get leftUnjudged(): number {
    return [...this.now.rows.values()]
      .flatMap((row) => [...row.values()])
      .filter(({ family }) => family === UNJUDGED_FAMILY).length;
  }
}

function shuffled<T>(items: readonly T[], random: Random): T[] {
  const left = [...items];
  for (let index = left.length - 1; index > 0; index--) {
    const other = random.integer(0, index);
    [left[index], left[other]] = [left[other]!, left[index]!];
  }
  return left;
}

const wards = fc
  .array(
    fc.record({
      patientId: fc.constantFrom('7', '7#b', '8'),
      minute: fc.integer({ min: 0, max: 30 }),
      kind: fc.nat({ max: KINDS.length - 1 }),
      deviceId: fc.constantFrom('', 'a'),
    }),
    { minLength: 1, maxLength: 60 },
  )
  .map((rows) => {
    const readings = rows.map(({ patientId, minute, kind, deviceId }) =>
      reading(patientId, minute, kind, deviceId),
    );
    return [...new Map(readings.map((each) => [rowKeyOf(each), each])).values()];
  });

const CRASH = new Error('the worker was killed');

describe('alerts of one set of readings', () => {
  it('are the same whatever the order, the number of workers and the crashes in between', async () => {
    await fc.assert(
      fc.asyncProperty(wards, fc.integer(), async (readings, seed) => {
        const random = createRandom(seed, 'arrival');
        const hospital = new Hospital();
        const messages: SinkItem[] = shuffled([...readings, ...readings.slice(0, 5)], random).map(
          (each, index) => ({ reading: { ...each }, messageId: String(index) }),
        );
        const waiting = [...messages];
        // Workers that pull from one subscription: each stores what it pulls, judges it, and ends in order or not.
        const life = async (mayCrash: boolean) => {
          let stepsLeft =
            mayCrash && random.uniform() < 0.6 ? random.integer(0, 40) : Number.POSITIVE_INFINITY;
          const { judge, sink, failures } = hospital.worker(async () => {
            for (let ticks = random.integer(0, 3); ticks > 0; ticks--) await new Promise(setImmediate);
            if (--stepsLeft < 0) throw CRASH;
          });
          judge.start();
          for (let batches = random.integer(1, 4); batches > 0 || !mayCrash; batches--) {
            const batch = waiting.splice(0, random.integer(1, 12));
            if (batch.length === 0) break;
            try {
              await sink.write(batch);
              judge.stored(batch.map((item) => item.reading));
            } catch {
              // Not acknowledged, so it is delivered again.
              waiting.push(...batch);
              break;
            }
          }
          await judge.close(20_000);
          for (const failure of failures) expect(failure).toBe(CRASH);
        };
        while (waiting.length > 0 && random.uniform() < 0.95) {
          await Promise.all(Array.from({ length: random.integer(1, 4) }, () => life(true)));
        }
        await life(false);
        expect(standing(hospital.published)).toEqual(truth(readings));
        expect(hospital.leftUnjudged).toBe(0);
      }),
      { numRuns: 300 },
    );
  }, 120_000);

  it('are announced once each where nothing was late', async () => {
    const readings = Array.from({ length: 200 }, (_, minute) =>
      reading('7', minute, minute % 40 < 20 ? 0 : 2),
    );
    const hospital = new Hospital();
    const { judge, sink } = hospital.worker();
    judge.start();
    for (let start = 0; start < readings.length; start += 20) {
      const batch = readings.slice(start, start + 20);
      await sink.write(batch.map((each, index) => ({ reading: each, messageId: String(index) })));
      judge.stored(batch);
    }
    await judge.close(20_000);
    expect(hospital.published.map(({ revision, ...found }) => found)).toEqual(truth(readings).reverse());
    expect(new Set(hospital.published.map(({ revision }) => revision))).toEqual(new Set([1]));
    expect(hospital.published).toHaveLength(9);
  });

  it('are found once by two workers that judge one patient at once', async () => {
    const hospital = new Hospital();
    let release: () => void = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let arrived: () => void = () => {};
    const atWrite = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const slow = hospital.worker();
    slow.ports.vitals.setIfUnchanged = async (cell) => {
      arrived();
      await held;
      return hospital.vitals.port().setIfUnchanged(cell);
    };
    const late = [reading('7', 1, 1), reading('7', 2, 1)];
    const seen = [reading('7', 3, 2), reading('7', 4, 2)];
    await slow.sink.write(seen.map((each) => ({ reading: each, messageId: '' })));
    slow.judge.stored(seen);
    const closing = slow.judge.close(20_000);
    // It has found an alert at minute 4 and has not said so, when the other one finds another course.
    await atWrite;
    const quick = hospital.worker();
    await quick.sink.write(late.map((each) => ({ reading: each, messageId: '' })));
    quick.judge.stored(late);
    await quick.judge.close(20_000);
    release();
    await closing;
    expect(hospital.published.map(({ type, risk, revision }) => [type, risk, revision])).toEqual([
      ['raised', 'single-parameter', 1],
      ['escalated', 'urgent', 1],
    ]);
    expect(standing(hospital.published)).toEqual(truth([...late, ...seen]));
  });

  it('are judged around late readings only, however long the history is', async () => {
    const readings = Array.from({ length: 5000 }, (_, minute) =>
      reading('7', minute, minute % 90 < 60 ? 0 : 2),
    );
    const hospital = new Hospital();
    const port = hospital.vitals.port();
    await bigtableSink({ vitals: port, now: hospital.now.port() }).write(
      readings.map((each) => ({ reading: each, messageId: '' })),
    );
    for (const minute of [0, 61, 2500, 4931, 4999]) {
      const atMs = START + minute * 60_000;
      const { before, readings: read } = await readStretch(port, '7', { fromMs: atMs, toMs: atMs });
      expect(read.length).toBeLessThan(12);
      expect(read.some((each) => each.reading.eventTimeMs === atMs)).toBe(true);
      const first = Math.round((read[0]!.reading.eventTimeMs - START) / 60_000);
      expect(before).toBe(first === 0 || (first - 1) % 90 < 60 ? 'undetermined' : 'urgent');
    }
  });

  it('leave out readings whose event time is implausible', async () => {
    const hospital = new Hospital();
    const { judge, sink } = hospital.worker();
    const flagged = [0, 1, 2].map((minute): Reading => ({ ...reading('7', minute, 3), timeFlag: 'future' }));
    const items = [...flagged, reading('7', 5, 2)].map((each) => ({ reading: each, messageId: '' }));
    await sink.write(items);
    judge.stored(items.map((item) => item.reading));
    await judge.close(20_000);
    expect(hospital.published).toEqual([]);
    // The row of newest values has the reading of minute 5 only.
    const row = [...hospital.now.rows.get('7')!.values()].filter(({ family }) => family === VITALS_FAMILY);
    expect(new Set(row.map(({ timestampMs }) => timestampMs))).toEqual(new Set([START + 5 * 60_000]));
  });
});
