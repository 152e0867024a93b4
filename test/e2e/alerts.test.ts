import { type ChildProcess, spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bigtablePort } from '../../src/gcp/bigtable/port.js';
import { readingOfRow } from '../../src/pipeline/stream/alert-history.js';
import { type AlertEvent, alertsInOrder, type Finding } from '../../src/pipeline/stream/alerts.js';
import type { Reading } from '../../src/pipeline/stream/reading.js';
import { bigtableTables, UNJUDGED_FAMILY } from '../../src/schema/bigtable-columns.js';
import { patientVitalsSchema } from '../../src/schema/read-table-schema.js';
import { runHealthmon } from '../helpers/run.js';
import { useTestStack } from '../helpers/stack.js';
import { createVitalsTarget, type VitalsTarget } from '../helpers/vitals-target.js';

const bin = resolve(import.meta.dirname, '../../bin/healthmon.js');
const stack = useTestStack();
const PATIENTS = 40;
/** A reading a minute for eight hours. */
const READINGS = PATIENTS * 8 * 60;

describe('alerts of eight hours of sepsis in a burst', () => {
  let target: VitalsTarget;
  const children = new Set<ChildProcess>();
  beforeEach(async () => {
    target = await createVitalsTarget({
      endpoints: stack.endpoints,
      ackDeadlineSeconds: 10,
      bigquery: false,
    });
  });
  afterEach(async () => {
    for (const child of children) child.kill('SIGKILL');
    children.clear();
    await target.close();
  });

  const healthmon = (...argv: string[]) =>
    runHealthmon([...argv, ...target.flags, '--json'], {
      env: { PATH: process.env.PATH, HEALTHMON_NO_AUTOSTART: '1', ...stack.env },
    });
  const work = ['stream', '--sink', 'bigtable', '--alerts', '--idle-timeout', '3s', '--ack-deadline', '10s'];

  async function simulate(...faults: string[]): Promise<void> {
    const ward = ['--patients', String(PATIENTS), '--count', String(READINGS), '--scenario', 'sepsis'];
    const run = await healthmon('simulate', ...ward, '--seed', '5', ...faults);
    expect(run.json().result).toMatchObject({ failed: 0 });
  }

  async function stored(limit: number) {
    const { vitals } = bigtableTables(patientVitalsSchema(), target.config.bigtable);
    const port = await bigtablePort(target.clients, target.config, vitals);
    return await port.readRows({ start: '', end: '' }, { limit });
  }

  /** What the stored readings say, judged in order by a loop of its own. */
  async function inOrder(): Promise<Finding[]> {
    const ids = Array.from({ length: PATIENTS }, (_, index) => String(index + 1));
    const rows = await stored(READINGS + 1);
    const newestFirst = new Map<string, Reading[]>(ids.map((id) => [id, []]));
    for (const row of rows) {
      const id = row.key.slice(0, row.key.indexOf('#'));
      newestFirst.get(id)!.push(readingOfRow(id, row)!);
    }
    expect(rows).toHaveLength(READINGS);
    return [...newestFirst.values()].flatMap((readings) => alertsInOrder(readings.reverse())).sort(byId);
  }

  async function published(): Promise<AlertEvent[]> {
    return (await target.alerts()) as unknown as AlertEvent[];
  }

  async function unjudged(): Promise<number> {
    const { now } = bigtableTables(patientVitalsSchema(), target.config.bigtable);
    const port = await bigtablePort(target.clients, target.config, now);
    const options = { limit: PATIENTS + 1, families: [UNJUDGED_FAMILY] };
    return (await port.readRows({ start: '', end: '' }, options)).length;
  }

  it('are those of the stored readings in order, each announced once', async () => {
    await simulate();
    const run = await healthmon(...work);
    const { alerts } = run.json().result as unknown as { alerts: Record<string, number> };
    const truth = await inOrder();
    const events = await published();
    expect(events.map(({ revision, ...found }) => found).sort(byId)).toEqual(truth);
    const counted = (type: string) => truth.filter((found) => found.type === type).length;
    expect(counted('raised')).toBeGreaterThan(10);
    expect(counted('escalated')).toBeGreaterThan(10);
    expect(alerts).toEqual({
      raised: counted('raised'),
      escalated: counted('escalated'),
      resolved: counted('resolved'),
      withdrawn: 0,
      sent: truth.length,
      failed: 0,
    });
    expect(await unjudged()).toBe(0);
  }, 120_000);

  it('stay so with late and repeated messages, three workers, and one of them killed', async () => {
    await simulate('--late', '5', '--out-of-order', '20', '--duplicate', '5');
    const workers = Array.from({ length: 3 }, () => {
      const child = spawn(process.execPath, [bin, ...work, '--streams', '2', ...target.flags], {
        env: { PATH: process.env.PATH, HEALTHMON_NO_AUTOSTART: '1', ...stack.env },
        stdio: 'ignore',
      });
      children.add(child);
      return { child, ended: new Promise((exited) => child.once('exit', exited)) };
    });
    // Killed while it stores, as soon as something is stored.
    while ((await stored(1)).length === 0) await delay(20);
    workers[0]!.child.kill('SIGKILL');
    await Promise.all(workers.map(({ ended }) => ended));
    // What the killed one held comes again when its lease is over, after 10 s.
    expect((await healthmon(...work, '--idle-timeout', '15s')).code).toBe(0);

    const highest = new Map<string, AlertEvent>();
    for (const event of await published()) {
      if (event.revision >= (highest.get(event.alert_id)?.revision ?? 0)) highest.set(event.alert_id, event);
    }
    const standing = [...highest.values()].filter(({ type }) => type !== 'withdrawn');
    expect(standing.map(({ revision, ...found }) => found).sort(byId)).toEqual(await inOrder());
    expect(await unjudged()).toBe(0);
  }, 180_000);
});

function byId(a: Finding, b: Finding): number {
  return a.alert_id < b.alert_id ? -1 : 1;
}
