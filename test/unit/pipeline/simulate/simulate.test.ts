import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Clock } from '../../../../src/core/clock.js';
import type { HealthmonError } from '../../../../src/errors/healthmon-error.js';
import type { OutgoingMessage, PublisherPort } from '../../../../src/gcp/pubsub/port.js';
import { type AheadOfClock, aheadOfClock, type Pace } from '../../../../src/pipeline/simulate/pace.js';
import { numberedPatients, patientsFromCsv } from '../../../../src/pipeline/simulate/patients.js';
import { severityAt } from '../../../../src/pipeline/simulate/physiology.js';
import { SCENARIOS } from '../../../../src/pipeline/simulate/scenarios.js';
import { type SimulateOptions, simulate } from '../../../../src/pipeline/simulate/simulate.js';
import { timeFlagOf } from '../../../../src/pipeline/stream/reading.js';

const START = '2026-03-01T00:00:00Z';

function options(over: Partial<SimulateOptions> = {}): SimulateOptions {
  return {
    patients: numberedPatients(200, 7),
    seed: 7,
    count: 20_000,
    startMs: Date.parse(START),
    intervalMs: 60_000,
    courses: SCENARIOS.mixed!,
    format: 'json',
    vitals: 'core',
    ...over,
  };
}

async function messagesOf(over: Partial<SimulateOptions> = {}): Promise<string[]> {
  let text = '';
  await simulate(options(over), {
    destination: {
      async write(chunk) {
        text += chunk;
      },
    },
    signal: new AbortController().signal,
  });
  return text === '' ? [] : text.trimEnd().split('\n');
}

const sha256 = (lines: string[]) => createHash('sha256').update(lines.join('\n')).digest('hex');

interface Message {
  Patient_ID: string;
  Temperature_C: number;
  Blood_Pressure: string;
  Heart_Rate: number;
  Respiratory_Rate?: number;
  Oxygen_Saturation?: number;
  event_timestamp: string;
}
const parse = (line: string) => JSON.parse(line) as Message;

describe('simulated vitals', () => {
  it('are byte-identical for a seed and a start time', async () => {
    expect(sha256(await messagesOf())).toBe(
      '87c6e235a02869e7da73edddf41651112a2e40c8a0bc6c222a60b71922141c78',
    );
    expect(sha256(await messagesOf({ format: 'fhir', vitals: 'all', count: 2000 }))).toBe(
      'd14dbcfa376975fb212419d164580d2b43875f8df7615be382ecffcae1a29bac',
    );
  });

  it('do not depend on pace or on how many are asked for', async () => {
    const all = await messagesOf({ count: 500 });
    expect(await messagesOf({ count: 300 })).toEqual(all.slice(0, 300));
    expect(await messagesOf({ count: 500, ratePerSecond: 4000 })).toEqual(all);
    expect(sha256(await messagesOf({ count: 500, seed: 8 }))).not.toBe(sha256(all));
  });

  it('hold exactly the fields of the contract, and each patient and time once', async () => {
    const messages = (await messagesOf()).map(parse);
    expect(Object.keys(messages[0]!)).toEqual([
      'Patient_ID',
      'Temperature_C',
      'Blood_Pressure',
      'Heart_Rate',
      'event_timestamp',
    ]);
    expect(new Set(messages.map((message) => `${message.Patient_ID} ${message.event_timestamp}`)).size).toBe(
      20_000,
    );
    expect(new Set(messages.map((message) => message.Patient_ID)).size).toBe(200);
    expect(messages.every((message) => /^\d{2,3}\/\d{2,3}$/.test(message.Blood_Pressure))).toBe(true);
  });

  it('are of people: own baselines, fever and pulse together, and only the ill get worse', async () => {
    const messages = (await messagesOf({ vitals: 'all', count: 40_000, courses: SCENARIOS.sepsis! })).map(
      parse,
    );
    const byPatient = group(messages);
    const means = [...byPatient.values()].map((own) =>
      mean(own.slice(0, 10).map((message) => message.Heart_Rate)),
    );
    expect(Math.max(...means) - Math.min(...means)).toBeGreaterThan(15);
    const stable = (await messagesOf({ count: 40_000, courses: [] })).map(parse);
    const withinPatient = [...group(stable).values()].map((own) =>
      correlation(
        own.map((message) => message.Heart_Rate),
        own.map((message) => message.Temperature_C),
      ),
    );
    expect(mean(withinPatient)).toBeGreaterThan(0.3);
    const late = messages.slice(-4000);
    const febrile = late.filter((message) => message.Temperature_C > 38);
    expect(febrile.length / late.length).toBeGreaterThan(0.3);
    expect(febrile.length / late.length).toBeLessThan(0.65);
    expect(mean(febrile.map((message) => message.Heart_Rate))).toBeGreaterThan(100);
    expect(stable.filter((message) => message.Temperature_C > 38.5).length / stable.length).toBeLessThan(
      0.01,
    );
  });

  it('writes who gets worse and when', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'healthmon-')), 'truth.jsonl');
    await messagesOf({ count: 0, groundTruthFile: file, courses: SCENARIOS.postop! });
    const truth = readFileSync(file, 'utf8').trimEnd().split('\n');
    expect(truth).toHaveLength(200);
    const rows = truth.map((line) => JSON.parse(line) as Record<string, string | boolean | null>);
    const ill = rows.filter((row) => row.deteriorates);
    expect(ill.length).toBeGreaterThan(70);
    expect(ill.every((row) => String(row.onset) < String(row.fullEffect))).toBe(true);
    expect(ill.every((row) => String(row.fullEffect) < String(row.recovered))).toBe(true);
    const course = SCENARIOS.postop![0]!;
    expect(severityAt({ course, onsetMinute: 5 }, 4)).toBe(0);
    expect(severityAt({ course, onsetMinute: 5 }, 30)).toBe(1);
    expect(severityAt({ course, onsetMinute: 5 }, 200)).toBe(0);
  });

  it('damages the asked share of messages and says so', async () => {
    const clean = await messagesOf({ count: 10_000 });
    const faults = { drop: 2, duplicate: 3, late: 1, outOfOrder: 5, garbage: 1 };
    let text = '';
    const result = await simulate(options({ count: 10_000, faults }), {
      destination: {
        async write(chunk) {
          text += chunk;
        },
      },
      signal: new AbortController().signal,
    });
    const damaged = text.trimEnd().split('\n');
    const { dropped, duplicated, garbage, late, outOfOrder } = result.faults;
    expect(damaged).toHaveLength(10_000 - dropped + duplicated);
    expect(dropped).toBeGreaterThan(140);
    expect(dropped).toBeLessThan(270);
    expect([late > 50, outOfOrder > 350, garbage > 50]).toEqual([true, true, true]);
    const valid = new Set(clean);
    expect(damaged.filter((line) => !valid.has(line))).toHaveLength(garbage);
    expect(new Set(damaged.filter((line) => valid.has(line))).size).toBe(10_000 - dropped - garbage);
  });
});

/** A clock on which nothing takes time but waiting. */
function fakeClock(): Clock {
  let nowMs = Date.parse(START);
  return {
    now: () => nowMs,
    async sleep(ms) {
      nowMs += ms;
    },
  };
}

describe('simulated time against the clock', () => {
  const pace: Pace = {
    patients: 200,
    intervalMs: 60_000,
    ratePerSecond: undefined,
    startMs: Date.parse(START),
    nowMs: Date.parse(START),
    count: undefined,
    durationMs: undefined,
  };

  it.each([
    ['in real time', { ratePerSecond: 200 / 60 }],
    ['slower than real time', { ratePerSecond: 1 }],
    ['fast, over before the tolerance is used up', { ratePerSecond: 500, durationMs: 1900 }],
    ['as many as possible, of the past', { count: 20_000, startMs: Date.parse(START) - 100 * 60_000 }],
    ['nothing', { count: 0 }],
  ])('is not ahead: %s', (_, over) => {
    expect(aheadOfClock({ ...pace, ...over })).toBeUndefined();
  });

  it.each([
    // 500 messages a second are 150 s of simulated time; 149 of them are gained in each.
    ['faster than real time', { ratePerSecond: 500 }, { speed: 150, afterSeconds: 300 / 149 }],
    ['without a limit', {}, { speed: null, afterSeconds: 0 }],
    ['for as long as is needed', { ratePerSecond: 500, durationMs: 2100 }, { speed: 150 }],
    [
      'later, after a past start',
      { ratePerSecond: 500, startMs: pace.startMs - 149_000 },
      { afterSeconds: 449 / 149 },
    ],
    ['from the first reading on', { ratePerSecond: 1, startMs: pace.startMs + 301_000 }, { afterSeconds: 0 }],
  ])('is ahead: %s', (_, over, expected) => {
    const ahead = aheadOfClock({ ...pace, ...over });
    expect(ahead).toMatchObject({ realTimeRate: expect.closeTo(200 / 60) });
    for (const [key, value] of Object.entries(expected)) {
      const found = ahead![key as keyof typeof expected];
      expect(found).toEqual(value === null ? null : expect.closeTo(value, 6));
    }
  });

  it('agrees with what the worker flags', async () => {
    let nowMs = Date.parse(START);
    const clock: Clock = {
      now: () => nowMs,
      async sleep(ms) {
        nowMs += ms;
      },
    };
    const flaggedAfter: number[] = [];
    let announced: AheadOfClock | undefined;
    await simulate(options({ count: undefined, startMs: undefined, ratePerSecond: 50, durationMs: 60_000 }), {
      destination: {
        async write(chunk) {
          for (const line of chunk.trimEnd().split('\n')) {
            const eventTimeMs = Date.parse(parse(line).event_timestamp);
            if (timeFlagOf(eventTimeMs, nowMs, 1e12) === 'future')
              flaggedAfter.push(nowMs - Date.parse(START));
          }
        },
      },
      signal: new AbortController().signal,
      clock,
      onAheadOfClock: (ahead) => {
        announced = ahead;
      },
    });
    // Patients report at moments of their own, which are spread evenly over the interval only nearly.
    expect(Math.abs(flaggedAfter[0]! / 1000 - announced!.afterSeconds)).toBeLessThan(1);
  });
});

describe('publishing', () => {
  const signal = new AbortController().signal;

  it('bounds the requests under way and counts every message once', async () => {
    let underWay = 0;
    let most = 0;
    let published = 0;
    const publisher: PublisherPort = {
      async publish(batch) {
        most = Math.max(most, ++underWay);
        await new Promise((resolve) => setTimeout(resolve, 2));
        published += batch.length;
        underWay--;
      },
    };
    const result = await simulate(options(), { destination: { topic: 't', publisher }, signal });
    expect(result).toMatchObject({ topic: 't', published: 20_000, failed: 0, seed: 7 });
    expect(published).toBe(20_000);
    expect(most).toBeLessThanOrEqual(8);
  });

  it('holds the asked rate within 2 %', async () => {
    const publisher: PublisherPort = { publish: async () => {} };
    const result = await simulate(options({ count: 4000, ratePerSecond: 2000 }), {
      destination: { topic: 't', publisher },
      signal,
      clock: fakeClock(),
    });
    expect(result.seconds).toBeCloseTo(2, 1);
    expect(result.messagesPerSecond).toBeGreaterThan(1960);
    expect(result.messagesPerSecond).toBeLessThan(2040);
  });

  it('counts a failed request, stops, and says why', async () => {
    const batches: OutgoingMessage[][] = [];
    const publisher: PublisherPort = {
      async publish(batch) {
        batches.push(batch);
        if (batches.length === 2) throw Object.assign(new Error('quota'), { code: 8 });
      },
    };
    const result = await simulate(options(), { destination: { topic: 't', publisher }, signal });
    expect(result).toMatchObject({ failed: 1000, error: 'quota' });
    expect(result.published + result.failed).toBeLessThan(20_000);
  });

  it('fails when not even the first request succeeds, and when the ground truth cannot be written', async () => {
    const publisher: PublisherPort = {
      publish: () => Promise.reject(new Error('no topic')),
    };
    const tools = { destination: { topic: 't', publisher }, signal };
    await expect(simulate(options(), tools)).rejects.toThrow('no topic');
    await expect(simulate(options({ groundTruthFile: '/no/such/folder/x' }), tools)).rejects.toMatchObject({
      code: 'file-not-written',
    });
  });

  it.each([
    ['is not there', undefined, 'patients-unreadable'],
    ['has no header line', 'Jane Doe,1961,HIV\nJohn Roe,1970,Flu\n', 'patients-column-missing'],
    ['is not CSV', 'Patient_ID,Age\n1,Jane "Doe" "\n', 'patients-unreadable'],
  ])('shows no value of a file of patients that %s', async (_what, text, code) => {
    const path = join(mkdtempSync(join(tmpdir(), 'healthmon-patients-')), 'patients.csv');
    if (text !== undefined) writeFileSync(path, text);
    const failure = await patientsFromCsv(path).then(
      () => undefined,
      (error: HealthmonError) => error,
    );
    expect(failure?.code).toBe(code);
    expect(`${failure?.message} ${failure?.detail}`).not.toMatch(/Jane|1961|HIV/);
  });

  it('ends with the duration', async () => {
    const publisher: PublisherPort = { publish: async () => {} };
    const { count: _, ...endless } = options({ ratePerSecond: 1000 });
    const result = await simulate(
      { ...endless, durationMs: 300 },
      { destination: { topic: 't', publisher }, signal, clock: fakeClock() },
    );
    expect(result).toMatchObject({ seconds: 0.3, failed: 0 });
    expect(result.published).toBeGreaterThan(290);
    expect(result.published).toBeLessThanOrEqual(301);
  });

  it('ends with the signal', async () => {
    const controller = new AbortController();
    const { count: _, ...endless } = options();
    let requests = 0;
    const publisher: PublisherPort = {
      async publish() {
        if (++requests === 3) controller.abort();
      },
    };
    const result = await simulate(endless, {
      destination: { topic: 't', publisher },
      signal: controller.signal,
    });
    expect(result.published).toBe(requests * 1000);
    expect(requests).toBeLessThan(12);
  });
});

function group(messages: Message[]): Map<string, Message[]> {
  const groups = new Map<string, Message[]>();
  for (const message of messages) {
    const own = groups.get(message.Patient_ID);
    if (own === undefined) groups.set(message.Patient_ID, [message]);
    else own.push(message);
  }
  return groups;
}

function mean(values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function correlation(a: number[], b: number[]): number {
  const [meanA, meanB] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  for (const [index, value] of a.entries()) {
    ab += (value - meanA) * (b[index]! - meanB);
    aa += (value - meanA) ** 2;
    bb += (b[index]! - meanB) ** 2;
  }
  return ab / Math.sqrt(aa * bb);
}
