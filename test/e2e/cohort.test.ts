import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resolveConfig } from '../../src/config/config.js';
import type { Implementation } from '../../src/core/services.js';
import { startDashboard } from '../../src/dashboard/dashboard.js';
import { createGoogleClients } from '../../src/gcp/clients.js';
import { asFlags, ownNames } from '../helpers/own-names.js';
import { runHealthmon } from '../helpers/run.js';
import { useTestStack } from '../helpers/stack.js';

const csvFile =
  process.env.HEALTHMON_CORPUS && join(process.env.HEALTHMON_CORPUS, 'data', 'hospital_data_analysis.csv');

type Row = Record<string, string>;

/** No value of this file has a comma in it. */
function rowsOf(file: string): Row[] {
  const [head, ...lines] = readFileSync(file, 'utf8').trim().split(/\r?\n/);
  const names = head!.split(',');
  return lines.map((line) => {
    const cells = line.split(',');
    return Object.fromEntries(names.map((name, index) => [name, cells[index]!]));
  });
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe.skipIf(!csvFile)('the cohort of the hospital whose data began it', () => {
  const stack = useTestStack();
  const names = ownNames(`cohort-${process.pid}`);
  const folder = mkdtempSync(join(tmpdir(), 'healthmon-cohort-'));
  const admissions = csvFile ? rowsOf(csvFile) : [];
  const conditions = [...new Set(admissions.map(({ Condition }) => Condition!))].sort();

  beforeAll(async () => {
    const env = { PATH: process.env.PATH, HEALTHMON_NO_AUTOSTART: '1', ...stack.env };
    for (const argv of [
      ['provision'],
      ['load', csvFile!],
      ['sync'],
      ['simulate', '--patients-from', 'spanner', '--interval', '5m', '--seed', '5', '--count', '3936'],
      ['stream', '--max-messages', '3936', '--idle-timeout', '20s'],
      ['join'],
    ]) {
      const { json } = await runHealthmon([...argv, ...asFlags(names), '--json'], { cwd: folder, env });
      expect(json().error, argv.join(' ')).toBeUndefined();
    }
  }, 240_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** The JSON of pages of a dashboard that was told that it is for this target, all of whose ports lead to the stack. */
  async function pages(target: 'local' | 'cloud', ...paths: string[]): Promise<unknown[]> {
    const config = resolveConfig({
      flags: { ...names, target, project: 'healthmon-local' },
      env: {},
      cwd: folder,
    });
    const emulatorOf = (service: keyof typeof stack.endpoints) => ({
      endpoint: stack.endpoints[service],
      implementation: 'embedded' as Implementation,
    });
    const clients = createGoogleClients(config, emulatorOf, process.env);
    const dashboard = await startDashboard(
      { host: '127.0.0.1', port: 0, allowedHosts: [], live: false },
      {
        clients,
        config,
        cwd: folder,
        signal: new AbortController().signal,
        nowMs: Date.now,
        onWarning: (text) => expect.unreachable(text),
      },
    );
    try {
      const opened = await fetch(dashboard.url, { redirect: 'manual' });
      const cookie = opened.headers.get('set-cookie')!.split(';', 1)[0]!;
      const found: unknown[] = [];
      for (const path of paths) {
        const answer = await fetch(new URL(path, dashboard.url), { headers: { cookie } });
        expect([path, answer.status]).toEqual([path, 200]);
        found.push(await answer.json());
      }
      return found;
    } finally {
      await dashboard.close();
      await clients.close();
    }
  }

  it('has the numbers of the file in its seven tiles', async () => {
    const [answer] = await pages('local', '/cohort.json');
    const tiles = answer as Record<string, { rows: Record<string, unknown>[] }>;
    expect(Object.keys(tiles)).toHaveLength(7);
    const column = (name: string, of = admissions) => of.map((row) => Number(row[name]));
    expect(tiles.patients!.rows).toEqual([{ patients: admissions.length }]);
    const cost = column('Cost').reduce((sum, value) => sum + value, 0);
    // NUMERIC is exact, and so it comes as text.
    expect(Number(tiles.cost!.rows[0]!.cost)).toBe(cost);
    expect(Number(tiles.cost!.rows[0]!.mean_cost)).toBeCloseTo(mean(column('Cost')), 6);
    expect(tiles.satisfaction!.rows[0]).toMatchObject({
      satisfaction: expect.closeTo(mean(column('Satisfaction')), 9),
      answers: admissions.length,
    });
    const counts = conditions.flatMap((Condition) =>
      ['Recovered', 'Stable'].flatMap((Outcome) => {
        const patients = admissions.filter(
          (row) => row.Condition === Condition && row.Outcome === Outcome,
        ).length;
        return patients === 0 ? [] : [{ Condition, Outcome, patients }];
      }),
    );
    expect(tiles.outcomes!.rows).toEqual(counts);
    for (const row of tiles['by-outcome']!.rows as Record<string, unknown>[]) {
      const of = admissions.filter(({ Outcome }) => Outcome === row.Outcome);
      const readmitted = of.filter(({ Readmission }) => Readmission === 'Yes').length;
      expect(row).toMatchObject({
        patients: of.length,
        days: expect.closeTo(mean(column('Length_of_Stay', of)), 9),
        readmitted_percent: expect.closeTo((100 * readmitted) / of.length, 9),
      });
      expect(Number(row.cost)).toBeCloseTo(mean(column('Cost', of)), 6);
    }
    const bubbles = tiles['age-stay']!.rows as { Age: number; Length_of_Stay: number; patients: number }[];
    expect(bubbles.reduce((sum, { patients }) => sum + patients, 0)).toBe(admissions.length);
    const [first] = bubbles;
    const alike = admissions.filter(
      (row) => Number(row.Age) === first!.Age && Number(row.Length_of_Stay) === first!.Length_of_Stay,
    );
    expect(first!.patients).toBe(alike.length);
    const pulses = tiles.pulse!.rows as { Condition: string; pulse: number; patients: number }[];
    expect(pulses.map(({ Condition }) => Condition).sort()).toEqual(conditions);
    for (const { pulse } of pulses) {
      expect(pulse).toBeGreaterThan(40);
      expect(pulse).toBeLessThan(180);
    }
  });

  it('is the same for both targets, whose pages are read through the same ports', async () => {
    const paths = ['/ward.json', '/patients/7.json', '/cohort.json', '/data.json'];
    const [local, cloud] = [await pages('local', ...paths), await pages('cloud', ...paths)];
    for (const [index, path] of paths.entries()) {
      expect(settled(cloud[index]), path).toEqual(settled(local[index]));
    }
    expect((local[0] as { total: number }).total).toBe(admissions.length);
  });
});

/** Without what says when and at what cost it was read, and what of a ward is read by and by. */
function settled(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (key, each) => {
    if (/^(readAt|bytes|ageSeconds|at|change|alertSince|hasOpenAlert)$/.test(key)) return null;
    return key === 'patients' && Array.isArray(each)
      ? each.sort((a, b) => Number(a.Patient_ID) - Number(b.Patient_ID))
      : each;
  });
}
