import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { resolveConfig } from '../../src/config/config.js';
import { DASHBOARD_DEFAULTS } from '../../src/dashboard/defaults.js';
import type { ModelsPort } from '../../src/gcp/bigquery/models.js';
import type { BigQueryPort } from '../../src/gcp/bigquery/port.js';
import type { Metrics } from '../../src/pipeline/model/evaluate.js';
import { readHeldOut } from '../../src/pipeline/model/held-out.js';
import { joinedSource } from '../../src/pipeline/model/question.js';
import { metricRows } from '../../src/pipeline/model/store-metrics.js';
import { publishReadings } from '../helpers/publish-readings.js';
import { hasChromium, isLive, rowsOf, useBrowser, useWard, WAIT_MS } from '../helpers/ward-in-browser.js';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const PAGES = ['/', '/patients/7', '/cohort', '/data', '/model', '/pipeline'];
const RISKS = ['emergency', 'urgent', 'single-parameter', 'undetermined'] as const;
/** Of the signs of two risks: a twentieth of the grey between black and white, on the mean. */
const MIN_DIFFERENCE = 0.05;

interface TileAnswer {
  sql?: string;
  rows: Record<string, unknown>[];
  error: string | null;
}

describe.skipIf(!hasChromium)('the dashboard in a browser', { timeout: 240_000 }, () => {
  const ward = useWard('board');
  const { stack, names, folder, done } = ward;
  beforeAll(async () => {
    // Of the risks that nobody in the simulated ward has at its end.
    const { asOf } = await done('ward', '--limit', '1');
    const at = { event_timestamp: String(asOf) };
    await publishReadings(names['pubsub.topic'], [
      { ...at, Patient_ID: 'urgent', Temperature_C: 38.5, Blood_Pressure: '95/60', Heart_Rate: 115 },
      { ...at, Patient_ID: 'single', Temperature_C: 37, Blood_Pressure: '120/80', Heart_Rate: 135 },
    ]);
    await done('stream', '--max-messages', '2', '--idle-timeout', '20s');
  });
  const { open, at, visitor, visit } = useBrowser(ward);

  it('shows the ward as "healthmon ward" lists it', async () => {
    const { context, faults } = await visitor();
    const page = await visit(context, '/');
    const { patients } = await done('ward', '--limit', '40');
    await expect
      .poll(() => rowsOf(page), { timeout: WAIT_MS })
      .toEqual(patients.map(({ Patient_ID }) => Patient_ID));
    expect(new URL(page.url()).search).toBe('');
    const predicted = page.locator('[data-list] td:last-child');
    const { rows } = await done(
      'query',
      'SELECT Patient_ID, predicted_Outcome, probability FROM v_predictions',
    );
    const outcomes = new Map(
      rows.map((row) => [row.Patient_ID, `${row.predicted_Outcome} ${Number(row.probability).toFixed(2)}`]),
    );
    expect(outcomes.size).toBe(patients.length - 2);
    await expect
      .poll(() => predicted.allTextContents(), { timeout: WAIT_MS })
      .toEqual(patients.map(({ Patient_ID }) => outcomes.get(Patient_ID) ?? '–'));
    expect(faults).toEqual([]);
  });

  it.each(PAGES)('%s breaks no rule of WCAG 2.2 A and AA, light or dark, however wide', async (path) => {
    for (const colorScheme of ['light', 'dark'] as const) {
      for (const width of [320, 820, 1440]) {
        const { context, faults } = await visitor({ colorScheme, viewport: { width, height: 900 } });
        const page = await visit(context, path);
        await page.evaluate(axe);
        const found = await page.evaluate(async () => {
          const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
          const { axe } = window as unknown as {
            axe: { run(options: object): Promise<{ violations: Found[] }> };
          };
          interface Found {
            id: string;
            nodes: { html: string; failureSummary: string }[];
          }
          const { violations } = await axe.run({ runOnly: tags });
          return violations.map(({ id, nodes }) => `${id}: ${nodes[0]!.html} ${nodes[0]!.failureSummary}`);
        });
        expect(found, `${path} ${colorScheme} ${width}`).toEqual([]);
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        expect(overflow, `${path} at ${width}`).toBeLessThanOrEqual(0);
        expect(faults).toEqual([]);
        await context.close();
      }
    }
  });

  it('is gone through by keyboard, and the chart is read by it', async () => {
    const { context, faults } = await visitor();
    const page = await visit(context, '/');
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Skip to the content');
    await page.locator('[data-list] tr .patient').first().focus();
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/patients\//);
    await page.locator('[data-chart="observations"]').focus();
    const text = page.locator('.reading-text');
    await page.keyboard.press('End');
    await expect.poll(() => text.textContent(), { timeout: WAIT_MS }).toMatch(/UTC: Respirations \d+/);
    const newest = await text.textContent();
    await page.keyboard.press('ArrowLeft');
    await expect.poll(() => text.textContent(), { timeout: WAIT_MS }).not.toBe(newest);
    await page.keyboard.press('p');
    await expect.poll(() => page.locator('#state').textContent(), { timeout: WAIT_MS }).toBe('paused');
    await page.keyboard.press('p');
    await isLive(page);
    expect(faults).toEqual([]);
  });

  it('keeps the place of whoever reads a chart that is drawn anew', async () => {
    const { context, faults } = await visitor();
    // The first tab holds the stream, so that the second listens to what other tabs pass on.
    await visit(context, '/');
    const page = await visit(context, '/patients/7');
    // By then the stream has sent the page as a whole, which would replace what this test draws.
    await isLive(page);
    await page.locator('[data-chart="observations"]').focus();
    await page.keyboard.press('End');
    await page.keyboard.press('ArrowLeft');
    const place = () =>
      page.evaluate(() => {
        const chart = document.querySelector('[data-chart="observations"]')!;
        const time = chart.querySelector<SVGElement>('.column.shown')?.dataset.time;
        return { isFocused: document.activeElement === chart, isNew: chart.matches('[data-anew]'), time };
      });
    const before = await place();
    expect(before).toEqual({ isFocused: true, isNew: false, time: expect.stringMatching(/Z$/) });
    await page.evaluate(() => {
      const part = document.querySelector('[data-chart="observations"]')!.parentElement!.closest('[id]')!;
      const drawn = part.cloneNode(true) as Element;
      for (const shown of drawn.querySelectorAll('.shown')) shown.classList.remove('shown');
      drawn.querySelector('[data-chart="observations"]')!.toggleAttribute('data-anew', true);
      const data = { view: document.body.dataset.view, parts: { [part.id]: drawn.outerHTML } };
      new BroadcastChannel('healthmon').postMessage({ heard: { event: 'update', data } });
    });
    await expect.poll(place, { timeout: WAIT_MS }).toEqual({ ...before, isNew: true });
    expect(faults).toEqual([]);
  });

  it('prints a patient on one page', async () => {
    const { context } = await visitor();
    const page = await visit(context, '/patients/7');
    const pdf = (await page.pdf({ format: 'A4', preferCSSPageSize: true })).toString('latin1');
    expect(pdf.match(/\/Type\s*\/Page\b/g)).toHaveLength(1);
  });

  it('gives in every tile the SQL that gives its numbers', async () => {
    const { context } = await visitor();
    const page = await visit(context, '/');
    for (const path of ['/cohort', '/data', '/model']) {
      const answer = await page.request.get(at(`${path}.json`));
      const tiles = (await answer.json()) as Record<string, TileAnswer>;
      await page.goto(at(path));
      for (const [id, { sql, rows, error }] of Object.entries(tiles)) {
        expect(error, id).toBeNull();
        const tile = page.locator(`#${id}`);
        expect(await tile.getByRole('link', { name: 'CSV' }).count(), id).toBe(1);
        if (sql === undefined) continue;
        expect(await tile.locator('pre').first().textContent(), id).toBe(sql);
        const asked = await done('query', sql);
        if (path !== '/model' || id === 'model-confusion') expect(asked.rows, id).toEqual(rows);
      }
      if (path === '/model') await expectModelNumbers(tiles);
    }
  });

  it('shows any version of the model, and keeps which in the address', async () => {
    await done('train', '--max-iterations', '2', '--no-promote');
    const { context, faults } = await visitor();
    const page = await visit(context, '/model');
    await expect
      .poll(
        async () => {
          await page.goto(at('/model?fresh=yes'));
          return page.getByRole('navigation', { name: 'Version' }).getByRole('link').allTextContents();
        },
        { timeout: WAIT_MS },
      )
      .toEqual(['the one that serves', 'v2', 'v1']);
    await page.getByRole('link', { name: 'v2' }).click();
    await page.waitForURL(/\/model\?version=v2$/, { timeout: WAIT_MS });
    await expect(page.getByRole('img', { name: 'ROC curve of outcome_model_v2' }).count()).resolves.toBe(1);
    const answer = await page.request.get(at('/model.json?version=v2'));
    const tiles = (await answer.json()) as Record<string, TileAnswer>;
    expect(tiles['model-roc']!.sql).toContain('outcome_model_v2`');
    const served = await page.request.get(at('/model.json?version=v99'));
    expect(((await served.json()) as typeof tiles)['model-roc']!.sql).toContain('outcome_model`');
    expect(faults).toEqual([]);
  });

  /** The page computes curves and intervals from the rows that the SQL gives. */
  async function expectModelNumbers(tiles: Record<string, TileAnswer>): Promise<void> {
    const config = resolveConfig({ flags: names, env: {}, cwd: folder });
    const rowsOf = async (sql: string) => (await done('query', sql)).rows;
    const [metrics] = await rowsOf(tiles.metrics!.sql!);
    const scored = await rowsOf(tiles['model-roc']!.sql!);
    const port = { query: async () => ({ rows: async () => scored }) } as unknown as BigQueryPort;
    const tools = { port, models: {} as ModelsPort, config, signal: new AbortController().signal };
    const heldOut = await readHeldOut(tools, {
      model: 'outcome_model',
      version: 'outcome_model_v1',
      type: 'LOGISTIC_REG',
      label: 'Outcome',
      features: [],
      source: joinedSource(tools, 'reading'),
      splitBy: 'Patient_ID',
    });
    const all = metricRows(metrics as unknown as Metrics, heldOut);
    expect(tiles.metrics!.rows).toEqual(all.filter(({ slice_column }) => slice_column === 'all'));
    for (const id of ['model-roc', 'model-calibration', 'model-decision', 'model-slices']) {
      expect(tiles[id]!.sql).toBe(tiles['model-roc']!.sql);
      expect(tiles[id]!.rows).toEqual(all);
    }
  }

  it('loads an eighth tab at once, for all share one stream, and asks nothing when they are closed', async () => {
    const { context, faults } = await visitor();
    const tabs: Page[] = [];
    for (let index = 0; index < 7; index++) {
      const tab = await visit(context, PAGES[index % PAGES.length]!);
      tabs.push(tab);
      await isLive(tab);
    }
    // A busy machine may take its time, so the best of several counts; what waits for a connection never gets one.
    await expect
      .poll(
        async () => {
          const begunMs = performance.now();
          const tab = await visit(context, '/patients/7');
          const tookMs = performance.now() - begunMs;
          await isLive(tab);
          await tab.close();
          return tookMs;
        },
        { timeout: WAIT_MS, interval: 100 },
      )
      .toBeLessThan(1_000);
    for (const tab of tabs) {
      await tab.bringToFront();
      await isLive(tab);
    }
    expect(faults).toEqual([]);
    await context.close();

    // What was under way when the tabs closed may end. Whoever still looked would ask again when an answer is too old.
    await expect
      .poll(sinceLastJobMs, { timeout: 4 * WAIT_MS, interval: 1_000 })
      .toBeGreaterThan(DASHBOARD_DEFAULTS.maxAgeMs.local + 5_000);
    const again = await visitor();
    await visit(again.context, '/cohort');
    await expect.poll(sinceLastJobMs, { timeout: WAIT_MS }).toBeLessThan(DASHBOARD_DEFAULTS.maxAgeMs.local);
  }, 400_000);

  /** Since BigQuery was last asked for the ward's dataset. */
  async function sinceLastJobMs(): Promise<number> {
    const base = `${stack.env.BIGQUERY_EMULATOR_HOST}/bigquery/v2/projects/healthmon-local/jobs`;
    const { jobs = [] } = (await (await fetch(`${base}?projection=full&maxResults=1000`)).json()) as {
      jobs?: { configuration: { query?: { query: string } }; statistics: { creationTime: string } }[];
    };
    const times = jobs
      .filter(({ configuration }) => configuration.query?.query.includes(names['bigquery.dataset']))
      .map(({ statistics }) => Number(statistics.creationTime));
    expect(times.length).toBeGreaterThan(0);
    return Date.now() - Math.max(...times);
  }

  it.each(['light', 'dark'] as const)('tells risks apart without colour, %s', async (colorScheme) => {
    const { context } = await visitor({ colorScheme, deviceScaleFactor: 2 });
    const page = await visit(context, '/');
    const board = page.locator('[data-list]');
    for (const risk of RISKS) {
      await expect
        .poll(() => board.locator(`[data-risk="${risk}"]`).count(), { timeout: WAIT_MS })
        .toBeGreaterThan(0);
    }
    await page.getByRole('button', { name: 'Pause' }).click();
    const session = await context.newCDPSession(page);
    await session.send('Emulation.setEmulatedVisionDeficiency', { type: 'achromatopsia' });
    const pictures: string[] = [];
    for (const risk of RISKS) {
      const sign = board.locator(`[data-risk="${risk}"] .badge [aria-hidden]`).first();
      pictures.push((await sign.screenshot()).toString('base64'));
    }
    // Neighbours in the list are the ones that are easily confused.
    for (const [index, picture] of pictures.entries()) {
      expect(await difference(picture, picture)).toBe(0);
      for (const other of pictures.slice(index + 1)) {
        expect(await difference(picture, other)).toBeGreaterThan(MIN_DIFFERENCE);
      }
    }
  });

  /** Of two pictures (PNG in base64), drawn in the same size: the mean difference of their greys, from 0 to 1. */
  async function difference(...pictures: [string, string]): Promise<number> {
    const page = await open.browser.newPage();
    const found = await page.evaluate(async (sources) => {
      const side = 32;
      const greys = await Promise.all(
        sources.map(async (source) => {
          const image = new Image();
          image.src = `data:image/png;base64,${source}`;
          await image.decode();
          const canvas = new OffscreenCanvas(side, side).getContext('2d')!;
          canvas.drawImage(image, 0, 0, side, side);
          const { data } = canvas.getImageData(0, 0, side, side);
          return Array.from({ length: side * side }, (_, index) => {
            const [red, green, blue] = data.subarray(4 * index, 4 * index + 3);
            return (0.2126 * red! + 0.7152 * green! + 0.0722 * blue!) / 255;
          });
        }),
      );
      const [a, b] = greys as [number[], number[]];
      return a.reduce((sum, grey, index) => sum + Math.abs(grey - b[index]!), 0) / a.length;
    }, pictures);
    await page.close();
    return found;
  }
});
