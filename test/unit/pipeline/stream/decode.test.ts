import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { insertIdOf, type Reading, rowKeyOf, VITALS } from '../../../../src/pipeline/stream/reading.js';
import { RejectedMessage } from '../../../../src/pipeline/stream/rejection.js';
import { avroVitals } from '../../../../src/schema/avro-schema.js';
import { decodeAsInJobs as decodeMessage } from '../../../helpers/bundled-decoder.js';

const VALID = {
  Patient_ID: '7',
  Temperature_C: 37.2,
  Blood_Pressure: '128/84',
  Heart_Rate: 81,
  event_timestamp: '2026-03-01T10:00:00Z',
};

const decode = (content: unknown, timeZone?: string) =>
  decodeMessage(Buffer.from(typeof content === 'string' ? content : JSON.stringify(content)), { timeZone });

function vitalsOf(reading: Reading): Record<string, number> {
  return Object.fromEntries(
    VITALS.map((vital, index) => [vital.name, reading.values[index]] as const).filter(
      (entry): entry is [string, number] => entry[1] !== undefined,
    ),
  );
}

function one(content: unknown, timeZone?: string): Reading {
  const { readings } = decode(content, timeZone);
  expect(readings).toHaveLength(1);
  return readings[0]!;
}

function rejection(content: unknown) {
  try {
    decode(content);
  } catch (error) {
    if (error instanceof RejectedMessage) return error.rejection;
    throw error;
  }
  throw new Error('the message was accepted');
}

describe('flat messages', () => {
  it('take blood pressure apart and keep the rest', () => {
    const reading = one(VALID);
    expect(reading.patientId).toBe('7');
    expect(reading.eventTimeMs).toBe(Date.UTC(2026, 2, 1, 10));
    expect(vitalsOf(reading)).toEqual({ Temperature_C: 37.2, Systolic: 128, Diastolic: 84, Heart_Rate: 81 });
    const { Blood_Pressure: _, ...rest } = VALID;
    const apart = one({ ...rest, Systolic: 128, Diastolic: 84, Respiratory_Rate: 16, Oxygen_Saturation: 97 });
    expect(vitalsOf(apart)).toMatchObject({
      Systolic: 128,
      Diastolic: 84,
      Respiratory_Rate: 16,
      Oxygen_Saturation: 97,
    });
  });

  it('are identified by patient, event time and device', () => {
    const key = rowKeyOf(one(VALID));
    expect(key).toBe(`7#${9_999_999_999_999 - Date.UTC(2026, 2, 1, 10)}`);
    expect(rowKeyOf(one({ ...VALID, event_timestamp: '2026-03-01T12:00:00.0004+02:00' }))).toBe(key);
    expect(rowKeyOf(one({ ...VALID, Device_ID: 'cuff-3' }))).toBe(`${key}#cuff-3`);
    expect(rowKeyOf(one({ ...VALID, event_timestamp: '2026-03-01T10:00:01Z' })) < key).toBe(true);
  });

  it('give BigQuery the same insert id for the same content only', () => {
    const id = insertIdOf(one(VALID));
    expect(insertIdOf(one({ ...VALID }))).toBe(id);
    for (const change of [
      { Heart_Rate: 82 },
      { Respiratory_Rate: 16 },
      { Patient_ID: '8' },
      { Temperature_C: 37.3 },
    ]) {
      expect(insertIdOf(one({ ...VALID, ...change }))).not.toBe(id);
    }
    const long = one({ ...VALID, Patient_ID: 'p'.repeat(64), Device_ID: 'd'.repeat(64) });
    expect(insertIdOf(long).length).toBeLessThanOrEqual(128);
  });

  it.each([
    ['not json', 'invalid-json', undefined],
    ['', 'invalid-json', undefined],
    ['[1]', 'not-an-object', undefined],
    ['null', 'not-an-object', undefined],
    ['{}', 'missing-field', 'Patient_ID'],
    [{ ...VALID, Patient_ID: '' }, 'out-of-range', 'Patient_ID'],
    [{ ...VALID, Patient_ID: 'a#b' }, 'wrong-type', 'Patient_ID'],
    [{ ...VALID, Patient_ID: 'x'.repeat(65) }, 'out-of-range', 'Patient_ID'],
    [{ ...VALID, Patient_ID: { id: 7 } }, 'wrong-type', 'Patient_ID'],
    [{ ...VALID, Heart_Rate: undefined }, 'missing-field', 'Heart_Rate'],
    [{ ...VALID, Blood_Pressure: undefined }, 'missing-field', 'Blood_Pressure'],
    [{ ...VALID, Blood_Pressure: '128' }, 'wrong-type', 'Blood_Pressure'],
    [{ ...VALID, Blood_Pressure: '84/128' }, 'inconsistent', 'Diastolic'],
    [{ ...VALID, Systolic: 120 }, 'inconsistent', 'Blood_Pressure'],
    [{ ...VALID, Heart_Rate: '81' }, 'wrong-type', 'Heart_Rate'],
    [{ ...VALID, Heart_Rate: 81.5 }, 'wrong-type', 'Heart_Rate'],
    [{ ...VALID, Heart_Rate: 999 }, 'out-of-range', 'Heart_Rate'],
    [{ ...VALID, Temperature_C: 98.6 }, 'out-of-range', 'Temperature_C'],
    [{ ...VALID, event_timestamp: undefined }, 'missing-field', 'event_timestamp'],
    [{ ...VALID, event_timestamp: 1772359200 }, 'wrong-type', 'event_timestamp'],
    [{ ...VALID, event_timestamp: 'yesterday' }, 'invalid-time', 'event_timestamp'],
    [{ ...VALID, event_timestamp: '2026-02-30T10:00:00Z' }, 'invalid-time', 'event_timestamp'],
    [{ ...VALID, event_timestamp: '2026-03-01T24:00:00Z' }, 'invalid-time', 'event_timestamp'],
    [{ ...VALID, event_timestamp: '2026-03-01' }, 'date-only', 'event_timestamp'],
    [{ ...VALID, event_timestamp: '2026-03-01T10:00:00' }, 'time-without-offset', 'event_timestamp'],
    [{ ...VALID, event_timestamp: '1969-12-31T23:59:59Z' }, 'out-of-range', 'event_timestamp'],
  ])('refuse %j as %s', (content, reason, column) => {
    expect(rejection(content)).toMatchObject({ reason, column });
  });

  it('never repeat a value in the reason', () => {
    expect(JSON.stringify(rejection({ ...VALID, Heart_Rate: 987654 }))).not.toContain('987654');
    expect(JSON.stringify(rejection({ ...VALID, Patient_ID: 'secret#patient' }))).not.toContain('secret');
  });

  it('take times without an offset in the given zone, across daylight saving', () => {
    const at = (event_timestamp: string) =>
      new Date(one({ ...VALID, event_timestamp }, 'Europe/Berlin').eventTimeMs);
    expect(at('2026-03-01T10:00:00').toISOString()).toBe('2026-03-01T09:00:00.000Z');
    expect(at('2026-07-01T10:00:00.5').toISOString()).toBe('2026-07-01T08:00:00.500Z');
    expect(at('2026-10-25T02:30:00').toISOString()).toBe('2026-10-25T00:30:00.000Z');
    expect(at('2026-03-29T02:30:00').toISOString()).toBe('2026-03-29T01:30:00.000Z');
    expect(at('2026-03-01T10:00:00-05:00').toISOString()).toBe('2026-03-01T15:00:00.000Z');
  });
});

const quantity = (value: number, code: string, over: object = {}) => ({
  valueQuantity: { value, unit: code, system: 'http://unitsofmeasure.org', code, ...over },
});
const loinc = (code: string) => ({ coding: [{ system: 'http://loinc.org', code }] });
const observation = (code: string, content: object) => ({
  resourceType: 'Observation',
  status: 'final',
  code: loinc(code),
  subject: { reference: 'Patient/7' },
  effectiveDateTime: '2026-03-01T10:00:00+01:00',
  ...content,
});
const PRESSURE = observation('85354-9', {
  component: [
    { code: loinc('8462-4'), ...quantity(84, 'mm[Hg]') },
    { code: loinc('8480-6'), ...quantity(128, 'mm[Hg]') },
  ],
});

describe('FHIR observations', () => {
  it.each([
    ['8310-5', 37.2, 'Cel', { Temperature_C: 37.2 }],
    ['8310-5', 98.6, '[degF]', { Temperature_C: 37 }],
    ['8310-5', 101.3, '[degF]', { Temperature_C: 38.5 }],
    ['8310-5', 310.15, 'K', { Temperature_C: 37 }],
    ['8867-4', 81, '/min', { Heart_Rate: 81 }],
    ['8867-4', 80.6, '{beats}/min', { Heart_Rate: 81 }],
    ['9279-1', 16, '{breaths}/min', { Respiratory_Rate: 16 }],
    ['2708-6', 95.5, '%', { Oxygen_Saturation: 95.5 }],
    ['59408-5', 0.97, '1', { Oxygen_Saturation: 97 }],
    ['8480-6', 16, 'kPa', { Systolic: 120 }],
  ])('%s of %d %s', (code, value, unit, expected) => {
    const reading = one(observation(code, quantity(value, unit)));
    expect(vitalsOf(reading)).toEqual(expected);
    expect(new Date(reading.eventTimeMs).toISOString()).toBe('2026-03-01T09:00:00.000Z');
  });

  it('join the measurements of a moment from a Bundle and from lines', () => {
    const parts = [
      PRESSURE,
      observation('8867-4', quantity(81, '/min')),
      observation('8310-5', quantity(37.2, 'Cel')),
    ];
    const bundle = { resourceType: 'Bundle', type: 'batch', entry: parts.map((resource) => ({ resource })) };
    const expected = { Temperature_C: 37.2, Systolic: 128, Diastolic: 84, Heart_Rate: 81 };
    expect(vitalsOf(one(bundle))).toEqual(expected);
    expect(vitalsOf(one(parts.map((part) => JSON.stringify(part)).join('\n')))).toEqual(expected);
    const others = parts.map((part, index) => ({ ...part, subject: { reference: `Patient/${index}` } }));
    expect(decode(others.map((part) => JSON.stringify(part)).join('\n')).readings).toHaveLength(3);
  });

  it('find the patient and the device', () => {
    const id = (subject: object) =>
      one(observation('8867-4', { ...quantity(81, '/min'), subject })).patientId;
    expect(id({ reference: 'https://host/fhir/Patient/abc-1/_history/2' })).toBe('abc-1');
    expect(id({ reference: 'urn:uuid:627bde6a-a31e-5566-6262-441262d4cc2c' })).toBe(
      '627bde6a-a31e-5566-6262-441262d4cc2c',
    );
    expect(id({ identifier: { value: 'MRN1' } })).toBe('MRN1');
    const device = { reference: 'Device/cuff-3' };
    expect(one(observation('8867-4', { ...quantity(81, '/min'), device })).deviceId).toBe('cuff-3');
  });

  it('count what carries no value and keep the rest', () => {
    const absent = { dataAbsentReason: { coding: [{ code: 'not-performed' }] } };
    const bundle = {
      resourceType: 'Bundle',
      entry: [
        { resource: observation('8867-4', quantity(81, '/min')) },
        { resource: observation('8310-5', absent) },
        { resource: observation('29463-7', quantity(70, 'kg')) },
        { resource: { resourceType: 'Patient', id: '7' } },
        { resource: { ...PRESSURE, status: 'entered-in-error' } },
      ],
    };
    const { readings, skipped } = decode(bundle);
    expect(readings.map(vitalsOf)).toEqual([{ Heart_Rate: 81 }]);
    expect(Object.fromEntries(skipped!)).toEqual({
      'no-value': 1,
      'unmapped-code': 1,
      'unsupported-resource': 1,
      'entered-in-error': 1,
    });
  });

  it.each([
    [observation('8310-5', quantity(37, 'mm[Hg]')), 'unknown-unit'],
    [observation('8310-5', quantity(37, 'celsius')), 'unknown-unit'],
    [observation('8310-5', quantity(37, 'Cel', { system: 'http://example.org' })), 'unknown-unit'],
    [observation('8867-4', quantity(81, '/min', { comparator: '<' })), 'wrong-type'],
    [observation('8867-4', { valueString: '81' }), 'wrong-type'],
    [observation('8867-4', quantity(999, '/min')), 'out-of-range'],
    [observation('29463-7', quantity(70, 'kg')), 'unmapped-code'],
    [observation('8867-4', {}), 'no-value'],
    [observation('8867-4', { ...quantity(81, '/min'), subject: undefined }), 'missing-field'],
    [observation('8867-4', { ...quantity(81, '/min'), effectiveDateTime: '2026-03-01' }), 'date-only'],
    [observation('8867-4', { ...quantity(81, '/min'), effectiveDateTime: undefined }), 'missing-field'],
    [observation('8867-4', { ...quantity(81, '/min'), status: 'registered' }), 'not-final'],
    [{ ...PRESSURE, status: 'entered-in-error' }, 'entered-in-error'],
    [{ ...PRESSURE, status: 'cancelled' }, 'cancelled'],
    [{ resourceType: 'Patient', id: '7' }, 'unsupported-resource'],
    [{ resourceType: 'Bundle' }, 'no-value'],
  ])('refuse %j', (content, reason) => {
    expect(rejection(content).reason).toBe(reason);
  });
});

const corpus = process.env.HEALTHMON_CORPUS;
const examples = corpus === undefined ? '' : join(corpus, 'data', 'fhir-observations.jsonl');

describe.skipIf(!existsSync(examples))('published FHIR examples', () => {
  const resources =
    examples === ''
      ? []
      : readFileSync(examples, 'utf8')
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line).resource);

  it('become readings, or are refused for a reason', () => {
    const outcomes: Record<string, number> = {};
    for (const resource of resources) {
      let outcome: string;
      try {
        outcome = decode(resource).readings.length === 1 ? 'reading' : 'readings';
      } catch (error) {
        if (!(error instanceof RejectedMessage)) throw error;
        outcome = error.rejection.reason;
      }
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    }
    expect(outcomes).toEqual({
      reading: 14,
      'date-only': 6,
      'entered-in-error': 2,
      cancelled: 2,
      'unmapped-code': 1,
    });
  });

  it('never crash the decoder, however they are damaged', () => {
    const damaged = fc
      .tuple(
        fc.constantFrom(...resources.map((resource) => JSON.stringify(resource))),
        fc.nat(),
        fc.nat(),
        fc.string(),
      )
      .map(([text, from, length, insert]) => {
        const start = from % text.length;
        return text.slice(0, start) + insert + text.slice(start + (length % 40));
      });
    fc.assert(
      fc.property(damaged, (text) => acceptsOrRefuses(text)),
      { numRuns: 2000 },
    );
  });
});

const synthea = corpus === undefined ? '' : join(corpus, 'data', 'synthea', 'observations-vitals.csv');

describe.skipIf(!existsSync(synthea))('Synthea observations', () => {
  it('become readings, unless they are no vital sign or older than a Bigtable cell can be', () => {
    const outcomes: Record<string, number> = {};
    for (const line of readFileSync(synthea, 'utf8').trimEnd().split(/\r?\n/).slice(1)) {
      const [time, patient, , , code, , value, unit] = line.split(',') as [string, ...string[]];
      let outcome = 'reading';
      try {
        decode({
          resourceType: 'Observation',
          status: 'final',
          code: { coding: [{ system: 'http://loinc.org', code }] },
          subject: { reference: `Patient/${patient}` },
          effectiveDateTime: time,
          valueQuantity: { value: Number(value), unit, system: 'http://unitsofmeasure.org', code: unit },
        });
      } catch (error) {
        if (!(error instanceof RejectedMessage)) throw error;
        outcome = error.rejection.reason;
      }
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    }
    expect(outcomes).toEqual({ reading: 1444, 'unmapped-code': 636, 'out-of-range': 12 });
  });
});

describe('fuzzed payloads', () => {
  it('are accepted or refused, never a crash', () => {
    const fields = fc.record(
      {
        Patient_ID: fc.anything(),
        Temperature_C: fc.anything(),
        Blood_Pressure: fc.oneof(fc.string(), fc.anything()),
        Heart_Rate: fc.anything(),
        event_timestamp: fc.oneof(fc.string(), fc.anything()),
        resourceType: fc.constantFrom('Observation', 'Bundle', undefined),
        status: fc.constantFrom('final', 'unknown'),
        code: fc.anything(),
        entry: fc.anything(),
        component: fc.anything(),
        subject: fc.anything(),
      },
      { requiredKeys: [] },
    );
    const payloads = fc.oneof(
      fc.string(),
      fc.json(),
      fields.map((content) => JSON.stringify(content) ?? ''),
    );
    fc.assert(
      fc.property(payloads, (text) => acceptsOrRefuses(text)),
      { numRuns: 5000 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => acceptsOrRefuses(Buffer.from(bytes))),
      { numRuns: 2000 },
    );
  });
});

function acceptsOrRefuses(payload: string | Buffer): boolean {
  try {
    const { readings } = decodeMessage(Buffer.from(payload as string), { timeZone: undefined });
    return readings.length > 0 && readings.every((reading) => reading.patientId.length > 0);
  } catch (error) {
    return error instanceof RejectedMessage;
  }
}

describe('messages of a topic with an Avro schema', () => {
  const long = (value: number) => {
    const bytes: number[] = [];
    for (let rest = value < 0 ? -2 * value - 1 : 2 * value; ; rest = Math.floor(rest / 128)) {
      if (rest < 128) return Buffer.from([...bytes, rest]);
      bytes.push((rest % 128) | 0x80);
    }
  };
  const text = (value: string) => Buffer.concat([long(Buffer.byteLength(value)), Buffer.from(value)]);
  const double = (value: number) => {
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleLE(value);
    return bytes;
  };
  const none = long(0);
  const record = Buffer.concat([
    text('7'),
    text('2026-03-01T10:00:00Z'),
    double(37.2),
    text('128/84'),
    long(81),
    Buffer.concat([long(1), long(16)]),
    none,
    none,
  ]);
  const binary = (data: Buffer) =>
    decodeMessage(data, { timeZone: undefined }, { googclient_schemaencoding: 'BINARY' }).readings[0]!;

  it('are decoded from the binary encoding', () => {
    expect(avroVitals('binary').fields.map((field) => field.name)).toEqual([
      'Patient_ID',
      'event_timestamp',
      'Temperature_C',
      'Blood_Pressure',
      'Heart_Rate',
      'Respiratory_Rate',
      'Oxygen_Saturation',
      'Device_ID',
    ]);
    const vitals = {
      Temperature_C: 37.2,
      Systolic: 128,
      Diastolic: 84,
      Heart_Rate: 81,
      Respiratory_Rate: 16,
    };
    expect(vitalsOf(binary(record))).toEqual(vitals);
  });

  it('are refused when they are damaged', () => {
    for (let length = 0; length < record.length; length++) {
      expect(() => binary(record.subarray(0, length))).toThrow(RejectedMessage);
    }
    expect(() => binary(Buffer.concat([record, Buffer.from([0])]))).toThrow(RejectedMessage);
  });

  it('are decoded from the JSON encoding, with or without unions', () => {
    const content = { ...VALID, Respiratory_Rate: { int: 16 } };
    const attributes = { googclient_schemaencoding: 'JSON' };
    const { readings } = decodeMessage(
      Buffer.from(JSON.stringify(content)),
      { timeZone: undefined },
      attributes,
    );
    expect(vitalsOf(readings[0]!)).toMatchObject({ Heart_Rate: 81, Respiratory_Rate: 16 });
    expect(() => decode(content)).toThrow(RejectedMessage);
  });
});
