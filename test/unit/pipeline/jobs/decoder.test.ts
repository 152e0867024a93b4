import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../../src/core/random.js';
import { decoderBundle } from '../../../../src/pipeline/jobs/bundles.js';
import { openDecoder } from '../../../../src/pipeline/jobs/decoder.js';
import { decoderSettings } from '../../../../src/pipeline/jobs/decoder-settings.js';
import { offsetAt } from '../../../../src/pipeline/jobs/zone-table.js';
import type { FaultRates } from '../../../../src/pipeline/simulate/faults.js';
import { numberedPatients } from '../../../../src/pipeline/simulate/patients.js';
import { SCENARIOS } from '../../../../src/pipeline/simulate/scenarios.js';
import { type SimulateOptions, simulate } from '../../../../src/pipeline/simulate/simulate.js';
import { TimeZone } from '../../../../src/schema/date-time.js';
import { decodedInBoth } from '../../../helpers/bundled-decoder.js';

const FAULTS: FaultRates = { drop: 0, duplicate: 1, late: 1, outOfOrder: 1, garbage: 10 };

async function seededMessages(format: SimulateOptions['format'], count: number): Promise<string[]> {
  const lines: string[] = [];
  await simulate(
    {
      patients: numberedPatients(200, 7),
      seed: 7,
      count,
      startMs: Date.UTC(2026, 2, 1),
      intervalMs: 60_000,
      courses: SCENARIOS.mixed!,
      faults: FAULTS,
      format,
      vitals: 'all',
    },
    {
      destination: { write: async (chunk) => void lines.push(...chunk.trimEnd().split('\n')) },
      signal: new AbortController().signal,
    },
  );
  return lines;
}

describe('the decoder of jobs, in QuickJS as in Node', () => {
  it.each([
    ['json', 7000],
    ['fhir', 3000],
  ] as const)('reads what is simulated as %s, with faults', async (format, count) => {
    const answers = (await seededMessages(format, count)).map((text) => decodedInBoth(Buffer.from(text)));
    expect(answers.length).toBeGreaterThan(count * 0.9);
    const refused = answers.filter((answer) => 'rejection' in answer);
    expect(refused.length / answers.length).toBeGreaterThan(0.05);
    expect(refused.length / answers.length).toBeLessThan(0.2);
  });

  it('writes numbers, times and texts of every kind the same way', () => {
    const random = createRandom(11, 'messages');
    for (let count = 0; count < 3000; count++) {
      const message = {
        Patient_ID: `P\u00e4tient-${'\u{1f642}'.repeat(random.integer(0, 2))}${count}`,
        Temperature_C: 30 + random.uniform() * 15,
        Blood_Pressure: `${random.integer(90, 180)}/${random.integer(40, 89)}`,
        Heart_Rate: random.integer(30, 200),
        event_timestamp: new Date(Math.floor(random.uniform() * 7e12)).toISOString(),
      };
      expect(decodedInBoth(Buffer.from(JSON.stringify(message)))).toHaveProperty('readings.length', 1);
    }
  });

  it('refuses what is no UTF-8 or no JSON', () => {
    const reasonOf = (data: Buffer) => {
      const answer = decodedInBoth(data);
      return 'rejection' in answer ? answer.rejection.reason : undefined;
    };
    expect(reasonOf(Buffer.from([0x7b, 0xff, 0x7d]))).toBe('not-utf8');
    expect(reasonOf(Buffer.from('\ufeff{}'))).toBe('invalid-json');
    expect(reasonOf(Buffer.from('{"a":"\\ud800"}'))).toBe('missing-field');
    expect(reasonOf(Buffer.from('{}\u0000'))).toBe('invalid-json');
  });

  it('finds offsets in the table of a time zone as Node does, from 1970 to 2199', () => {
    for (const name of ['America/St_Johns', 'Pacific/Apia', 'Asia/Kolkata']) {
      const { timeZone } = decoderSettings({ retentionMs: 1, subscription: 's', timeZone: name });
      const { exactOffset } = new TimeZone(name);
      const random = createRandom(5, name);
      const times = Array.from({ length: 3000 }, () => Math.floor(random.uniform() * Date.UTC(2199, 11, 31)));
      for (const [changeMs] of timeZone!.changes.slice(1)) times.push(changeMs - 1000, changeMs);
      expect(times.map((ms) => offsetAt(timeZone!, ms))).toEqual(times.map(exactOffset));
    }
  });

  it('puts aside, as the worker does, a message whose row a store refuses', () => {
    const decoder = openDecoder({ retentionMs: 1, subscription: 'vitals', timeZone: null });
    const nowMs = Date.UTC(2026, 2, 1);
    const attributes = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`a${index}`, 'x']));
    const rejection = { reason: 'bigquery-rejected' as const, detail: 'd'.repeat(600) };
    const deadLetter = decoder.putAside({
      messageId: '1',
      attributes,
      publishTimeMs: nowMs,
      nowMs,
      rejection,
    });
    expect(Object.keys(deadLetter)).toHaveLength(100);
    expect(deadLetter).toMatchObject({
      healthmon_reason: 'bigquery-rejected',
      healthmon_detail: 'd'.repeat(500),
      healthmon_attributes_dropped: '7',
      healthmon_publish_time: '2026-03-01T00:00:00.000Z',
    });
  });
});

it('the bundle names nothing that only Node has', () => {
  const bundle = decoderBundle();
  expect(bundle).not.toMatch(/\b(?:require|process|Buffer|TextDecoder|node:\w+)\b/);
  // It travels in the text of jobs, of which Dataflow takes 10 MB, and in scripts of Pub/Sub, which are far smaller.
  expect(bundle.length).toBeLessThan(30_000);
});

it('the bundle has the table schema of this package', () => {
  const schema = readFileSync(
    join(import.meta.dirname, '../../../../templates/schemas/patient-vitals.json'),
    'utf8',
  );
  for (const { name } of (JSON.parse(schema) as { fields: { name: string }[] }).fields) {
    expect(decoderBundle()).toContain(name);
  }
});
