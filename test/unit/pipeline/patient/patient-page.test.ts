import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { observationsOf } from '../../../../src/pipeline/patient/observations.js';
import { patientPage } from '../../../../src/pipeline/patient/patient-page.js';
import type { PatientResult } from '../../../../src/pipeline/patient/read-patient.js';
import { findChromium } from '../../../helpers/optional-tools.js';
import { patientResult } from '../../../helpers/patient-result.js';

const DAY_MS = 86_400_000;

function page(result: PatientResult, patientId = '42'): string {
  return patientPage(result, { patientId, sinceMs: DAY_MS, version: '1.2.3', nowMs: Date.UTC(2026, 2, 2) });
}

describe('the chart of a patient', () => {
  const options = { id: 'n', patientId: '42', sinceMs: DAY_MS };

  it('has every reading in order, its sum, and the alerts', () => {
    const data = observationsOf(patientResult(40), options)!;
    expect(data.observations).toHaveLength(40);
    expect(data.observations.map(({ atMs }) => atMs)).toEqual(
      data.observations.map((_, index) => Date.UTC(2026, 2, 1) + index * 300_000),
    );
    expect(data.observations[0]).toMatchObject({ known: 0, possible: 11, risk: 'undetermined' });
    expect(data.alerts).toMatchObject([
      { label: 'emergency 9', escalatedMs: [Date.UTC(2026, 2, 1, 0, 25)] },
      { label: 'urgent 5', toMs: null },
    ]);
    expect(data.predictionAtMs).toBe(data.toMs);
  });

  it('begins with the stretch, or with the hour before the first reading', () => {
    expect(observationsOf(patientResult(40), options)!.fromMs).toBe(Date.UTC(2026, 1, 28, 23));
    const short = observationsOf(patientResult(40), { ...options, sinceMs: 3_600_000 })!;
    expect(short.toMs - short.fromMs).toBe(3_600_000);
    expect(observationsOf(patientResult(40, { news2: null }), options)).toBeUndefined();
  });
});

describe('the page of a patient', () => {
  it('shows what is known, and says what is not', () => {
    const html = page(patientResult(40));
    for (const text of [
      '○ NEWS2 3 to 14, undetermined',
      'Not measured: respiratory rate, oxygen saturation, supplemental oxygen, consciousness.',
      'not known',
      'Stable 90 %',
      'all others',
      'Not a medical device. Written 2026-03-02 00:00 UTC by healthmon 1.2.3.',
      'vitals: Bigtable patient_vitals',
      'All 40 readings',
    ]) {
      expect(html).toContain(text);
    }
  });

  it('does without what a store did not give', () => {
    const failed = {
      block: 'prediction',
      store: 'BigQuery x',
      at: null,
      ageSeconds: null,
      error: 'The service did not answer.',
    } as const;
    const html = page(
      patientResult(0, {
        patient: null,
        vitals: [],
        news2: null,
        alerts: [],
        prediction: null,
        sources: [failed],
      }),
    );
    expect(html).toContain('The service did not answer.');
    expect(html).toContain('No reading.');
    expect(html).not.toContain('<figure');
  });

  it('takes hostile text for text', () => {
    const id = '<img src=x onerror=alert(1)>';
    const html = page(patientResult(3, { patient: { Patient_ID: id, Condition: '</style><script>' } }), id);
    expect(html).not.toMatch(/<img|<script/);
    expect(html).toContain('<h1>Patient &lt;img src=x onerror=alert(1)&gt;</h1>');
  });
});

const executablePath = findChromium();
if (executablePath === undefined) {
  process.stderr.write('Left out: the page of a patient in a browser. There is no Chromium here.\n');
}

describe.skipIf(executablePath === undefined)('the page of a patient in a browser', () => {
  let browser: Browser;
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'healthmon-page-'));
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('asks nobody for anything, tells readers what it shows, and prints on one page', async () => {
    const file = join(folder, 'patient.html');
    const many = patientResult(288);
    writeFileSync(file, page({ ...many, alerts: Array.from({ length: 20 }, () => many.alerts[0]!) }));
    const shown = await browser.newPage();
    const asked: string[] = [];
    const violations: string[] = [];
    shown.on('request', (request) => asked.push(request.url()));
    shown.on('console', (message) => violations.push(message.text()));
    await shown.goto(pathToFileURL(file).href);
    expect(asked).toEqual([pathToFileURL(file).href]);
    expect(violations).toEqual([]);
    expect(await shown.getByRole('img', { name: 'NEWS2 observation chart of patient 42' }).count()).toBe(1);
    expect(await shown.locator('svg[data-chart=observations] > desc').count()).toBe(1);
    expect(await shown.locator('details tbody tr').count()).toBe(288);
    expect(await shown.locator('.column').count()).toBe(288);
    const pdf = (await shown.pdf({ preferCSSPageSize: true, printBackground: true })).toString('latin1');
    expect(pdf.match(/\/Type\s*\/Page\b(?!s)/g)).toHaveLength(1);
    await shown.close();
  }, 60_000);

  it('is read at 320 pixels without scrolling the page sideways', async () => {
    const file = join(folder, 'narrow.html');
    writeFileSync(file, page(patientResult(40)));
    const shown = await browser.newPage({ viewport: { width: 320, height: 700 } });
    await shown.goto(pathToFileURL(file).href);
    const width = await shown.evaluate('document.documentElement.scrollWidth');
    expect(width).toBe(320);
    await shown.close();
  }, 60_000);
});
