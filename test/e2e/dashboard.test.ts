import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findChromium } from '../helpers/optional-tools.js';
import { asFlags, ownNames } from '../helpers/own-names.js';
import { runHealthmon } from '../helpers/run.js';
import { useTestStack } from '../helpers/stack.js';

const executablePath = findChromium();
if (executablePath === undefined) {
  process.stderr.write('Left out: the dashboard as a browser shows it. There is no Chromium here.\n');
}

const bin = resolve(import.meta.dirname, '../../bin/healthmon.js');
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const stack = useTestStack();
const flags = asFlags(ownNames(`board-${process.pid}`));
const HOSTILE = '<img src=x onerror=alert(1)>';
const PAGES = ['/', '/patients/7', '/cohort', '/data', '/model', '/pipeline'];
const WAIT_MS = 60_000;
let folder: string;
let browser: Browser;
let dashboard: ChildProcess;
/** With the token of a file, so that every context of the browser can open it. */
let url: URL;
const children = new Set<ChildProcess>();

const env = () => ({ PATH: process.env.PATH, HEALTHMON_NO_AUTOSTART: '1', ...stack.env });

async function done(...argv: string[]) {
  const { json } = await runHealthmon([...argv, ...flags, '--json'], { cwd: folder, env: env() });
  const { result, error } = json();
  expect(error, argv.join(' ')).toBeUndefined();
  return result as unknown as Record<string, unknown> & {
    rows: Record<string, unknown>[];
    alerts: { Patient_ID: string; peak_risk: string }[];
  };
}

function start(...argv: string[]): ChildProcess {
  const child = spawn(process.execPath, [bin, ...argv, ...flags], {
    cwd: folder,
    env: env() as NodeJS.ProcessEnv,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  children.add(child);
  child.once('exit', () => children.delete(child));
  return child;
}

async function end(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  await ended;
}

function at(path: string): string {
  const target = new URL(path, url);
  target.searchParams.set('t', url.searchParams.get('t')!);
  return target.href;
}

type ContextOptions = Parameters<Browser['newContext']>[0];

/** A context in which nothing outside of this machine can be reached, and which keeps what went wrong in it. */
async function visitor(options: ContextOptions = {}) {
  const context = await browser.newContext({ reducedMotion: 'reduce', ...options });
  const faults: string[] = [];
  await context.route('**', (route) => {
    if (new URL(route.request().url()).hostname === '127.0.0.1') return route.continue();
    faults.push(`asked ${route.request().url()}`);
    return route.abort();
  });
  await context.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      // biome-ignore lint/suspicious/noConsole: the page tells the test.
      console.error(`violated ${event.violatedDirective} ${event.blockedURI}`);
    });
  });
  context.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text());
  });
  context.on('weberror', (error) => void faults.push(String(error.error())));
  context.on('dialog', (dialog) => {
    faults.push(`dialog ${dialog.message()}`);
    void dialog.dismiss();
  });
  return { context, faults };
}

async function open(context: BrowserContext, path: string): Promise<Page> {
  const page = await context.newPage();
  expect((await page.goto(at(path)))!.status()).toBe(200);
  return page;
}

const rowsOf = (page: Page) =>
  page.$$eval('[data-list] tr', (rows) => rows.map((row) => row.querySelector('.patient')!.textContent));

describe.skipIf(executablePath === undefined)('the dashboard in a browser', { timeout: 240_000 }, () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'healthmon-board-'));
    await done('simulate', 'admissions', '--rows', '39', '--seed', '5', '--output', 'a.csv');
    await done('provision');
    await done('load', 'a.csv');
    await done('sync');
    const ward = ['--patients-from', 'spanner', '--interval', '5m', '--seed', '5'];
    await done('simulate', ...ward, '--count', '936', '--scenario', 'sepsis');
    await done('stream', '--alerts', '--max-messages', '936', '--idle-timeout', '20s');
    await done('join');
    await done('train');
    const { writeFileSync } = await import('node:fs');
    writeFileSync(join(folder, 'token'), 'a-token-for-the-tests-only', { mode: 0o600 });
    dashboard = start('dashboard', '--json', '--interval', '1s', '--token-file', 'token');
    const [line] = await new Promise<string[]>((resolve) => {
      createInterface(dashboard.stdout!).once('line', (text) => resolve([text]));
    });
    const { result } = JSON.parse(line!) as { result: { url: string; port: number; pid: number } };
    expect(result.pid).toBe(dashboard.pid);
    url = new URL(result.url);
    browser = await chromium.launch({ executablePath: executablePath!, args: ['--no-sandbox'] });
  }, 240_000);
  afterAll(async () => {
    await browser?.close();
    for (const child of [...children]) await end(child, 'SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  it('shows the ward as "healthmon ward" lists it', async () => {
    const { context, faults } = await visitor();
    const page = await open(context, '/');
    const { patients } = (await done('ward', '--limit', '40')) as unknown as {
      patients: { Patient_ID: string }[];
    };
    await expect
      .poll(() => rowsOf(page), { timeout: WAIT_MS })
      .toEqual(patients.map(({ Patient_ID }) => Patient_ID));
    expect(new URL(page.url()).search).toBe('');
    expect(faults).toEqual([]);
    await context.close();
  });

  it.each(PAGES)('%s breaks no rule of WCAG 2.2 A and AA, light or dark, however wide', async (path) => {
    for (const colorScheme of ['light', 'dark'] as const) {
      for (const width of [320, 820, 1440]) {
        const { context, faults } = await visitor({ colorScheme, viewport: { width, height: 900 } });
        const page = await open(context, path);
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
    const page = await open(context, '/');
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
    await expect.poll(() => page.locator('#state').textContent(), { timeout: WAIT_MS }).toBe('● live');
    expect(faults).toEqual([]);
    await context.close();
  });

  it('keeps the place of whoever reads a chart that is drawn anew', async () => {
    const { context, faults } = await visitor();
    // The first tab holds the stream, so that the second listens to what other tabs pass on.
    await open(context, '/');
    const page = await open(context, '/patients/7');
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
    await context.close();
  });

  it('prints a patient on one page', async () => {
    const { context } = await visitor();
    const page = await open(context, '/patients/7');
    const pdf = (await page.pdf({ format: 'A4', preferCSSPageSize: true })).toString('latin1');
    expect(pdf.match(/\/Type\s*\/Page\b/g)).toHaveLength(1);
    await context.close();
  });

  it('gives in every tile the SQL that gives its numbers', async () => {
    const { context } = await visitor();
    const page = await open(context, '/');
    for (const path of ['/cohort.json', '/data.json']) {
      const tiles = (await (await page.request.get(at(path))).json()) as Record<
        string,
        { sql?: string; rows: unknown[]; error: string | null }
      >;
      for (const [id, { sql, rows, error }] of Object.entries(tiles)) {
        expect(error, id).toBeNull();
        if (sql === undefined) continue;
        expect((await done('query', sql)).rows, id).toEqual(rows);
      }
      if (path === '/cohort.json') {
        expect(Object.keys(tiles)).toHaveLength(7);
        for (const { pulse } of tiles.pulse!.rows as { pulse: number }[]) {
          expect(pulse).toBeGreaterThan(40);
          expect(pulse).toBeLessThan(180);
        }
      }
    }
    await context.close();
  });

  it('loads in eight tabs, and asks nothing when they are closed', async () => {
    const { context, faults } = await visitor();
    const tabs: Page[] = [];
    for (let index = 0; index < 8; index++) tabs.push(await open(context, PAGES[index % PAGES.length]!));
    for (const tab of tabs) {
      await tab.bringToFront();
      await expect.poll(() => tab.locator('#state').textContent(), { timeout: WAIT_MS }).toBe('● live');
    }
    expect(faults).toEqual([]);
    await context.close();
    const jobs = async () => {
      const base = `${stack.env.BIGQUERY_EMULATOR_HOST}/bigquery/v2/projects/healthmon-local/jobs`;
      const dataset = flags[flags.length - 1]!.split('=')[1]!;
      const { jobs: all = [] } = (await (await fetch(`${base}?projection=full&maxResults=1000`)).json()) as {
        jobs?: { configuration: { query?: { query: string } } }[];
      };
      return all.filter(({ configuration }) => configuration.query?.query.includes(dataset)).length;
    };
    // What was under way when the tabs closed may end; nothing new begins.
    let before = -1;
    await expect
      .poll(
        async () => {
          const [last, now] = [before, await jobs()];
          before = now;
          return now === last;
        },
        { timeout: WAIT_MS, interval: 2_000 },
      )
      .toBe(true);
    expect(before).toBeGreaterThan(0);
  });

  it('takes what patients are called for text', async () => {
    const reading = {
      Patient_ID: HOSTILE,
      Temperature_C: 40.5,
      Blood_Pressure: '80/40',
      Heart_Rate: 150,
      event_timestamp: new Date().toISOString(),
    };
    const { PubSub } = await import('@google-cloud/pubsub');
    const client = new PubSub({ projectId: 'healthmon-local' });
    await client.topic(ownNames(`board-${process.pid}`)['pubsub.topic']).publishMessage({ json: reading });
    await client.close();
    await done('stream', '--max-messages', '1', '--idle-timeout', '20s');
    const { context, faults } = await visitor();
    const page = await open(context, '/');
    await expect.poll(() => rowsOf(page), { timeout: WAIT_MS }).toContain(HOSTILE);
    await page.getByText(HOSTILE, { exact: true }).click();
    await page.waitForURL(/\/patients\//);
    await expect
      .poll(() => page.locator('h1').first().textContent(), { timeout: WAIT_MS })
      .toBe(`Patient ${HOSTILE}`);
    expect(await page.locator('img').count()).toBe(0);
    expect(faults).toEqual([]);
    await context.close();
  });

  it('shows an alert within seconds, then that nothing comes any more, and drops nobody', async () => {
    const { context, faults } = await visitor();
    const page = await open(context, '/');
    await expect.poll(() => page.locator('#state').textContent(), { timeout: WAIT_MS }).toBe('● live');
    const sick = 'new';
    const seen = page.waitForFunction(
      (id) => {
        const rows = [...document.querySelectorAll('[data-list] tr')].slice(0, 3);
        const row = rows.find((each) => each.querySelector('.patient')?.textContent === id);
        return row !== undefined && /[▲■]/.test(row.textContent ?? '') && /since/.test(row.textContent ?? '');
      },
      sick,
      { timeout: WAIT_MS, polling: 200 },
    );
    const { PubSub } = await import('@google-cloud/pubsub');
    const client = new PubSub({ projectId: 'healthmon-local' });
    const topic = client.topic(ownNames(`board-${process.pid}`)['pubsub.topic']);
    const nowMs = Date.now();
    // Fresh readings of somebody whom two in a row prove an emergency.
    for (const agoMs of [120_000, 60_000, 0]) {
      await topic.publishMessage({
        json: {
          Patient_ID: sick,
          Temperature_C: 39.5,
          Blood_Pressure: '70/40',
          Heart_Rate: 150,
          Respiratory_Rate: 30,
          Oxygen_Saturation: 85,
          event_timestamp: new Date(nowMs - agoMs).toISOString(),
        },
      });
    }
    await client.close();
    await done('stream', '--alerts', '--max-messages', '3', '--idle-timeout', '20s');
    expect((await done('alerts', 'list', '--patient', sick)).alerts).toMatchObject([
      { peak_risk: 'emergency' },
    ]);
    await seen;
    const before = await rowsOf(page);
    await expect
      .poll(() => page.locator('#banner').textContent(), { timeout: WAIT_MS })
      .toMatch(/^No new reading for \d+ s\. Values stay as they were\.$/);
    expect(await page.locator('#banner').isVisible()).toBe(true);
    expect(await rowsOf(page)).toEqual(before);
    expect(faults).toEqual([]);
    await context.close();
  });

  it('says that it is disconnected when its server is gone, and keeps what it showed', async () => {
    const { context } = await visitor();
    const page = await open(context, '/');
    await expect.poll(() => page.locator('#state').textContent(), { timeout: WAIT_MS }).toBe('● live');
    const before = await rowsOf(page);
    await end(dashboard);
    expect(dashboard.exitCode).toBe(0);
    await expect.poll(() => page.locator('#state').textContent(), { timeout: WAIT_MS }).toBe('disconnected');
    expect(await page.locator('#banner').textContent()).toMatch(/^No connection for /);
    expect(await rowsOf(page)).toEqual(before);
    await context.close();
  });
});

describe('the demo', () => {
  beforeAll(() => {
    folder ??= mkdtempSync(join(tmpdir(), 'healthmon-board-'));
  });

  it('keeps what it made and serves it, until it is interrupted', async () => {
    const names = asFlags(ownNames(`demo-${process.pid}`));
    const child = spawn(
      process.execPath,
      [bin, 'demo', '--dashboard', '--json', '--count', '1000', ...names],
      {
        cwd: tmpdir(),
        // Nothing that could open a browser is on this path.
        env: { ...env(), PATH: resolve(process.execPath, '..') } as NodeJS.ProcessEnv,
        stdio: ['ignore', 'pipe', 'ignore'],
      },
    );
    children.add(child);
    let stdout = '';
    const line = await new Promise<string>((resolveLine) => {
      child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
        stdout += chunk;
        if (stdout.includes('\n')) resolveLine(stdout);
      });
      child.once('exit', () => resolveLine(stdout));
    });
    const { result } = JSON.parse(line) as {
      result: { load: { rowsLoaded: number }; dashboard: { url: string } };
    };
    expect(result.load.rowsLoaded).toBe(200);
    const opened = await fetch(result.dashboard.url, { redirect: 'manual' });
    const cookie = opened.headers.get('set-cookie')!.split(';', 1)[0]!;
    const ward = await fetch(new URL('/ward.json', result.dashboard.url), { headers: { cookie } });
    expect(await ward.json()).toMatchObject({ total: 200 });
    await end(child, 'SIGINT');
    expect(child.exitCode).toBe(0);
    // One document, whatever ends it.
    expect(stdout.trimEnd().split('\n')).toHaveLength(1);
  }, 240_000);
});
