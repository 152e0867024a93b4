import { EventEmitter } from 'node:events';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bigQueryPort } from '../../src/gcp/bigquery/port.js';
import { pubSubAdmin } from '../../src/gcp/pubsub/admin.js';
import { publisherPort } from '../../src/gcp/pubsub/port.js';
import { statement } from '../../src/pipeline/analytics/templates.js';
import { planPubSub } from '../../src/pipeline/provision/service-steps.js';
import { plainRequest } from '../helpers/plain-request.js';
import { runHealthmon } from '../helpers/run.js';
import { useTestStack } from '../helpers/stack.js';
import { createVitalsTarget, type VitalsTarget } from '../helpers/vitals-target.js';

const stack = useTestStack();

function vitals(patient: string, second: number, over: Record<string, unknown> = {}): string {
  return JSON.stringify({
    Patient_ID: patient,
    Temperature_C: 37.2,
    Blood_Pressure: '128/84',
    Heart_Rate: 81,
    event_timestamp: `2026-03-01T10:${String(Math.floor(second / 60)).padStart(2, '0')}:${String(second % 60).padStart(2, '0')}Z`,
    ...over,
  });
}

describe('healthmon simulate and stream', () => {
  let target: VitalsTarget;
  beforeAll(async () => {
    target = await createVitalsTarget({ endpoints: stack.endpoints });
  });
  afterAll(() => target?.close());

  const healthmon = (...argv: string[]) => {
    const env = { PATH: process.env.PATH, ...stack.env };
    return runHealthmon([...argv, '--json', ...target.flags], { env });
  };

  it('stores every simulated reading once in each sink', async () => {
    const simulated = await healthmon('simulate', '--patients', '20', '--count', '3000', '--seed', '7');
    expect(simulated.code, simulated.stderr + simulated.stdout).toBe(0);
    expect(simulated.json().result).toMatchObject({ published: 3000, failed: 0, seed: 7 });
    const streamed = await healthmon('stream', '--idle-timeout', '2s');
    expect(streamed.code, streamed.stderr + streamed.stdout).toBe(0);
    expect(streamed.json().result).toMatchObject({
      received: 3000,
      written: 3000,
      deadLettered: 0,
      nacked: 0,
    });
    expect((await target.bigtableRows()).size).toBe(3000);
    expect(await target.bigQueryRows()).toHaveLength(3000);
    expect(await target.backlog()).toEqual([]);
  });

  it('stores a reading three times published, in any order, as one row with these values', async () => {
    const readings = Array.from({ length: 100 }, (_, second) => vitals('thrice', second));
    await target.publish([...readings, ...readings.toReversed(), ...readings]);
    const { result } = (await healthmon('stream', '--max-messages', '300')).json() as never as {
      result: Record<string, number>;
    };
    expect(result).toMatchObject({ received: 300, written: 300 });
    const rows = [...(await target.bigtableRows())].filter(([key]) => key.startsWith('thrice#'));
    expect(rows).toHaveLength(100);
    const newest = Date.parse('2026-03-01T10:01:39Z');
    expect(rows[0]).toEqual([
      `thrice#${9_999_999_999_999 - newest}`,
      { temperature_c: '37.2', systolic: '128', diastolic: '84', heart_rate: '81' },
    ]);
    const streamed = (await target.bigQueryRows()).filter((row) => row.Patient_ID === 'thrice');
    expect(new Set(streamed.map((row) => row.event_timestamp)).size).toBe(100);
    expect(streamed[0]).toMatchObject({ Temperature_C: 37.2, Systolic: 128, Diastolic: 84, Heart_Rate: 81 });
  });

  it('puts aside what is no reading, with reason, payload and attributes', async () => {
    const bad = [
      'not json',
      vitals('bad', 1, { Blood_Pressure: 'high' }),
      vitals('bad', 2, { Heart_Rate: 9999 }),
      vitals('bad', 3, { event_timestamp: '2026-03-01' }),
      vitals('bad', 4, { event_timestamp: '2026-03-01T10:00:00' }),
      vitals('bad', 5, { Patient_ID: undefined }),
    ];
    await target.publish(bad, { device: 'ward-7' });
    await target.publish([vitals('good', 1)]);
    const run = await healthmon('stream', '--idle-timeout', '1s');
    expect(run.json().result).toMatchObject({ received: 7, written: 1, deadLettered: 6 });
    const letters = await target.deadLetters();
    expect(letters.map(({ data }) => data).sort()).toEqual([...bad].sort());
    const reasons = Object.fromEntries(
      letters.map(({ data, attributes }) => [data, attributes.healthmon_reason]),
    );
    expect(bad.map((message) => reasons[message])).toEqual([
      'invalid-json',
      'wrong-type',
      'out-of-range',
      'date-only',
      'time-without-offset',
      'missing-field',
    ]);
    expect(letters.every(({ attributes }) => attributes.device === 'ward-7')).toBe(true);
    expect(run.stdout + run.stderr + JSON.stringify(letters.map(({ attributes }) => attributes))).not.toMatch(
      /9999|high|128/,
    );
    expect(await target.backlog()).toEqual([]);
  });

  it('lists, shows, replays and purges dead letters', async () => {
    const bad = Array.from({ length: 30 }, (_, second) =>
      vitals('box', second, { Heart_Rate: 5000 + second }),
    );
    await target.publish([...bad, 'not json'], { device: 'ward-7' });
    await healthmon('stream', '--max-messages', '31');
    const listed = (await healthmon('dead-letters', 'list')).json().result as never as {
      deadLetters: { messageId: string; reason: string; column: string }[];
      byReason: Record<string, number>;
    };
    expect(listed.byReason).toEqual({ 'out-of-range': 30, 'invalid-json': 1 });
    const one = listed.deadLetters.find((letter) => letter.column === 'Heart_Rate')!;
    const shown = (await healthmon('dead-letters', 'show', one.messageId)).json().result as never as {
      payload: string;
      attributes: Record<string, string>;
    };
    expect(bad).toContain(shown.payload);
    expect(shown.attributes).toEqual({ device: 'ward-7' });

    const replayed = await healthmon('dead-letters', 'replay', '--reason', 'out-of-range', '--limit', '10');
    expect(replayed.json().result).toMatchObject({ replayed: 10 });
    const rest = (await healthmon('dead-letters', 'list')).json().result as never as typeof listed;
    expect(rest.byReason).toEqual({ 'out-of-range': 20, 'invalid-json': 1 });
    const again = await target.backlog();
    expect(again).toHaveLength(10);
    expect(bad).toEqual(expect.arrayContaining(again));

    expect((await healthmon('dead-letters', 'purge')).code).toBe(2);
    const purged = await healthmon('dead-letters', 'purge', '--reason', 'out-of-range', '--yes');
    expect(purged.json().result).toMatchObject({ purged: 20 });
    expect(await target.deadLetters()).toHaveLength(1);
  });

  it('loads BigQuery by load jobs, each reading once', async () => {
    const readings = Array.from({ length: 1000 }, (_, second) => vitals('load', second));
    await target.publish([...readings, ...readings]);
    const run = await healthmon(
      'stream',
      '--bigquery-method',
      'load',
      // One file, however long a busy machine takes: what comes again in another is removed by "join".
      '--load-interval',
      '10m',
      '--max-messages',
      '2000',
    );
    expect(run.json().result, run.stderr).toMatchObject({ written: 2000, deadLettered: 0 });
    const rows = (await target.bigQueryRows()).filter((row) => row.Patient_ID === 'load');
    expect(rows).toHaveLength(1000);
    expect(rows[0]).toMatchObject({ Temperature_C: 37.2, Systolic: 128, Diastolic: 84, Heart_Rate: 81 });
    const [files] = await (await target.clients.storage())
      .bucket(target.config.storage.bucket)
      .getFiles({ prefix: 'staging/stream/' });
    expect(files).toEqual([]);
  });

  it('reads each reading once, however many messages brought it', async () => {
    const loinc = (code: string) => ({ coding: [{ system: 'http://loinc.org', code }] });
    const quantity = (value: number, code: string) => ({
      valueQuantity: { value, code, system: 'http://unitsofmeasure.org' },
    });
    const observation = (code: string, content: object, second: number) =>
      JSON.stringify({
        resourceType: 'Observation',
        status: 'final',
        code: loinc(code),
        subject: { reference: 'Patient/merged' },
        effectiveDateTime: `2026-03-03T10:00:0${second}+01:00`,
        ...content,
      });
    const pressure = {
      component: [
        { code: loinc('8480-6'), ...quantity(128, 'mm[Hg]') },
        { code: loinc('8462-4'), ...quantity(84, 'mm[Hg]') },
      ],
    };
    const parts = [0, 1].flatMap((second) => [
      observation('8310-5', quantity(98.6, '[degF]'), second),
      observation('8867-4', quantity(81, '/min'), second),
      observation('85354-9', pressure, second),
    ]);
    await target.publish([...parts, ...parts]);
    expect((await healthmon('stream', '--max-messages', '12')).json().result).toMatchObject({ written: 12 });
    const port = await bigQueryPort(target.clients);
    const found = await port.query(
      `SELECT * FROM (${statement('deduplicated-vitals', target.config)}) WHERE Patient_ID = 'merged' ORDER BY event_timestamp`,
    );
    expect(await found.rows()).toMatchObject([
      { Temperature_C: 37, Systolic: 128, Diastolic: 84, Heart_Rate: 81, Respiratory_Rate: null },
      { Temperature_C: 37, Systolic: 128, Diastolic: 84, Heart_Rate: 81, Respiratory_Rate: null },
    ]);
    const keys = [...(await target.bigtableRows())].filter(([key]) => key.startsWith('merged#'));
    expect(keys.map(([, cells]) => cells)).toEqual([
      { temperature_c: '37', systolic: '128', diastolic: '84', heart_rate: '81' },
      { temperature_c: '37', systolic: '128', diastolic: '84', heart_rate: '81' },
    ]);
  });

  it('flags times that cannot be right, and stores them all the same', async () => {
    const ahead = new Date(Date.now() + 3_600_000).toISOString();
    const flagged = [
      vitals('flags', 1, { event_timestamp: ahead }),
      vitals('flags', 2, { event_timestamp: '2001-01-01T00:00:00Z' }),
      vitals('flags', 3, { event_timestamp: new Date().toISOString() }),
    ];
    await target.publish(flagged);
    const run = await healthmon('stream', '--max-messages', '3', '--log-format', 'json');
    expect(run.json().result).toMatchObject({ written: 3, flagged: { future: 1, old: 1 } });
    const rows = (await target.bigQueryRows()).filter((row) => row.Patient_ID === 'flags');
    expect(rows.map((row) => row.Time_Flag).sort()).toEqual(['future', null, 'old']);
    const logs = run.stderr.trimEnd().split('\n');
    expect(logs.map((line) => (JSON.parse(line) as { event: string }).event)).toContainEqual(
      expect.stringContaining('streaming from'),
    );
  });

  it('stores FHIR, all six vitals, and raises alerts for those who get worse', async () => {
    const truth = join(mkdtempSync(join(tmpdir(), 'healthmon-')), 'truth.jsonl');
    const options = [
      '--patients',
      '30',
      '--count',
      '3600',
      '--seed',
      '3',
      '--scenario',
      'sepsis',
      '--format',
      'fhir',
    ];
    const start = ['--start-time', '2026-03-02T00:00:00Z', '--ground-truth', truth];
    expect((await healthmon('simulate', ...options, ...start)).code).toBe(0);
    const run = await healthmon('stream', '--max-messages', '3600', '--alerts', '--streams', '1');
    expect(run.json().result).toMatchObject({ written: 3600, readings: 3600, deadLettered: 0 });
    const rows = (await target.bigQueryRows()).filter((row) =>
      String(row.event_timestamp).startsWith('2026-03-02'),
    );
    expect(rows).toHaveLength(3600);
    expect(rows.every((row) => row.Respiratory_Rate !== null && row.Oxygen_Saturation !== null)).toBe(true);

    const alerts = await target.alerts();
    const bigquery = await target.clients.bigquery();
    const { dataset, alertsTable } = target.config.bigquery;
    const [kept] = await bigquery.dataset(dataset).table(alertsTable).getRows();
    const named = (rows: readonly Record<string, unknown>[]) =>
      rows
        .map(({ alert_id, revision, type, risk, score }) => [
          alert_id,
          Number(revision),
          type,
          risk,
          Number(score),
        ])
        .sort();
    expect(named(kept as Record<string, unknown>[])).toEqual(named(alerts));
    expect((kept as Record<string, unknown>[])[0]).toMatchObject({
      missing: ['supplementalOxygen', 'consciousness'],
      parameters: expect.stringContaining('"temperature":'),
    });
    const alerted = new Set(
      alerts
        .filter((alert) => alert.type !== 'resolved' && alert.risk === 'emergency')
        .map((alert) => alert.Patient_ID),
    );
    const ill = readFileSync(truth, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { Patient_ID: string; deteriorates: boolean })
      .filter((patient) => patient.deteriorates)
      .map((patient) => patient.Patient_ID);
    expect(ill.length).toBeGreaterThan(4);
    expect([...alerted].sort()).toEqual([...ill].sort());
  });

  it('takes both encodings of a topic with a schema, which keeps out what does not match', async () => {
    for (const encoding of ['json', 'binary'] as const) {
      const names = {
        topic: `${target.config.pubsub.topic}-${encoding}`,
        subscription: `${target.config.pubsub.subscription}-${encoding}`,
      };
      const config = { ...target.config, pubsub: { ...target.config.pubsub, ...names } };
      const admin = await pubSubAdmin(target.clients, config);
      const plan = () => planPubSub(admin, config, undefined, encoding);
      for (const step of await plan()) await step.apply?.();
      const again = (await plan()).filter((step) => step.resource.includes(names.topic));
      expect(again.map((step) => step.action)).toEqual(['unchanged', 'unchanged']);
      const other = await planPubSub(admin, config, undefined, encoding === 'json' ? 'binary' : 'json');
      expect(other.filter((step) => step.action === 'blocked')).toHaveLength(1);

      const topic = (await target.clients.pubsub()).topic(names.topic);
      await expect(topic.publishMessage({ data: Buffer.from('not json') })).rejects.toThrow();
      const message = vitals(`schema-${encoding}`, 1);
      const data = encoding === 'json' ? Buffer.from(message) : avroRecord(JSON.parse(message));
      await topic.publishMessage({ data });
      const set = [
        '--set',
        `pubsub.topic=${names.topic}`,
        '--set',
        `pubsub.subscription=${names.subscription}`,
      ];
      const run = await runHealthmon(['stream', '--max-messages', '1', '--json', ...target.flags, ...set], {
        env: { PATH: process.env.PATH, ...stack.env },
      });
      expect(run.json().result, run.stderr).toMatchObject({ written: 1, deadLettered: 0 });
      const rows = (await target.bigQueryRows()).filter((row) => row.Patient_ID === `schema-${encoding}`);
      expect(rows).toMatchObject([{ Temperature_C: 37.2, Systolic: 128, Diastolic: 84, Heart_Rate: 81 }]);
    }
  });

  it('serves metrics and health while it runs', async () => {
    await target.publish([vitals('metrics', 1), 'not json']);
    const signals = new EventEmitter();
    let seen = '';
    const running = runHealthmon(['stream', '--json', '--metrics-port', '0', ...target.flags], {
      env: { PATH: process.env.PATH, ...stack.env },
      signals,
      onStderr: (text) => {
        seen += text;
      },
    });
    await until(() => /metrics at (http:\S+)\/metrics/.test(seen));
    const url = /metrics at (http:\S+)\/metrics/.exec(seen)![1]!;
    const metrics = async () => (await fetch(`${url}/metrics`)).text();
    await until(async () => /healthmon_messages_written_total 1/.test(await metrics()));
    await until(async () =>
      (await metrics()).includes('healthmon_dead_letters_total{reason="invalid-json"} 1'),
    );
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    expect((await fetch(`${url}/other`)).status).toBe(404);
    const rebound = await plainRequest(url, ['GET', '/metrics'], { Host: 'evil.example' });
    expect([rebound.status, rebound.body]).toEqual([403, expect.stringContaining('"evil.example"')]);
    signals.emit('SIGTERM', 'SIGTERM');
    expect((await running).code).toBe(0);
    await expect(fetch(`${url}/healthz`)).rejects.toThrow();
  });

  it('drains on a signal and gives the rest back', async () => {
    const readings = Array.from({ length: 3000 }, (_, second) => vitals('drain', second));
    const signals = new EventEmitter();
    const running = runHealthmon(['stream', '--json', ...target.flags], {
      env: { PATH: process.env.PATH, ...stack.env },
      signals,
    });
    await target.publish(readings);
    signals.emit('SIGTERM', 'SIGTERM');
    const run = await running;
    expect(run.code, run.stderr).toBe(0);
    const { received, written, deadLettered, stoppedBy } = run.json().result as never as Record<
      string,
      number
    >;
    expect([stoppedBy, received]).toEqual(['signal', written! + deadLettered!]);
    const rest = await healthmon('stream', '--idle-timeout', '2s');
    expect(rest.code).toBe(0);
    const keys = [...(await target.bigtableRows()).keys()].filter((key) => key.startsWith('drain#'));
    expect(keys).toHaveLength(3000);
  });

  it('keeps requests apart that are published at once', async () => {
    const publisher = await publisherPort(target.clients, target.config.pubsub.deadLetterTopic);
    const sizes = Array.from({ length: 40 }, (_, index) => 60 + index);
    const requests = sizes.map((size) => Array.from({ length: size }, () => ({ data: Buffer.from('{}') })));
    await Promise.all(requests.map((request) => publisher.publish(request)));
  });

  it('says what to run when nothing is provisioned', async () => {
    const run = await runHealthmon(['stream', '--json', '--set', 'pubsub.subscription=nobody-made-this'], {
      env: { PATH: process.env.PATH, ...stack.env },
    });
    expect(run.code).toBe(3);
    expect(run.json().error).toMatchObject({ code: 'not-provisioned' });
    expect(run.stdout).toContain('healthmon provision');
  });
});

async function until(check: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!(await check())) {
    if (Date.now() > deadline) throw new Error('the condition was not met in time');
    await new Promise((wait) => setTimeout(wait, 50));
  }
}

/** The vitals of the contract in Avro's binary encoding, without the optional ones. */
function avroRecord(message: Record<string, string | number>): Buffer {
  const text = (value: unknown) =>
    Buffer.concat([Buffer.from([2 * String(value).length]), Buffer.from(String(value))]);
  const temperature = Buffer.alloc(8);
  temperature.writeDoubleLE(Number(message.Temperature_C));
  const beats = 2 * Number(message.Heart_Rate);
  return Buffer.concat([
    text(message.Patient_ID),
    text(message.event_timestamp),
    temperature,
    text(message.Blood_Pressure),
    Buffer.from([(beats & 0x7f) | 0x80, beats >> 7]),
    Buffer.from([0, 0, 0]),
  ]);
}
