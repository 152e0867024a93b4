import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { findChromium } from './optional-tools.js';
import { asFlags, ownNames } from './own-names.js';
import { type Started, usePrograms } from './programs.js';
import { runHealthmon } from './run.js';
import { useTestStack } from './stack.js';

/** Much longer than anything takes: a sign that it does not happen. */
export const WAIT_MS = 60_000;

const executablePath = findChromium();
export const hasChromium = executablePath !== undefined;
if (!hasChromium) {
  process.stderr.write('Left out: the dashboard as a browser shows it. There is no Chromium here.\n');
}

type Result = Record<string, unknown> & {
  rows: Record<string, unknown>[];
  alerts: { Patient_ID: string; peak_risk: string }[];
  patients: { Patient_ID: string }[];
};

/** A ward of 37 patients on the shared stack, and what looks at it, for the tests of one file. */
export function useWard(id: string) {
  const stack = useTestStack();
  const names = ownNames(`${id}-${process.pid}`);
  const flags = asFlags(names);
  const folder = mkdtempSync(join(tmpdir(), 'healthmon-board-'));
  const startProgram = usePrograms();
  const env = () => ({ PATH: process.env.PATH, HEALTHMON_NO_AUTOSTART: '1', ...stack.env });

  /** Runs a command that must not fail. */
  async function done(...argv: string[]): Promise<Result> {
    const { json } = await runHealthmon([...argv, ...flags, '--json'], { cwd: folder, env: env() });
    const { result, error } = json();
    expect(error, argv.join(' ')).toBeUndefined();
    return result as unknown as Result;
  }

  /** Starts the program itself with the names of the ward. */
  const start = (...argv: string[]): Started =>
    startProgram([...argv, ...flags], { cwd: folder, env: env() });

  beforeAll(async () => {
    await done('simulate', 'admissions', '--rows', '37', '--seed', '5', '--output', 'a.csv');
    await done('provision');
    await done('load', 'a.csv');
    await done('sync');
    const ward = ['--patients-from', 'spanner', '--interval', '5m', '--seed', '5'];
    await done('simulate', ...ward, '--count', '888', '--scenario', 'sepsis');
    await done('stream', '--alerts', '--max-messages', '888', '--idle-timeout', '20s');
    await done('join');
    await done('train');
    await done('predict', '--store');
  }, 240_000);
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return { stack, names, folder, done, start };
}

type ContextOptions = Parameters<Browser['newContext']>[0];

/** A browser and a dashboard of the ward, which a token of a file opens for every context of the browser. */
export function useBrowser(
  { folder, start }: Pick<ReturnType<typeof useWard>, 'folder' | 'start'>,
  options: () => readonly string[] = () => [],
) {
  const open = {} as { browser: Browser; dashboard: Started; url: URL };

  beforeAll(async () => {
    writeFileSync(join(folder, 'token'), 'a-token-for-the-tests-only', { mode: 0o600 });
    open.dashboard = start('dashboard', '--json', '--interval', '1s', '--token-file', 'token', ...options());
    const { result } = JSON.parse(await open.dashboard.firstLine) as { result: { url: string; pid: number } };
    expect(result.pid).toBe(open.dashboard.pid);
    open.url = new URL(result.url);
    open.browser = await chromium.launch({ executablePath: executablePath!, args: ['--no-sandbox'] });
  }, 240_000);
  // A page that is left open goes on asking, which the next test would take for its own.
  afterEach(async () => {
    await Promise.all((open.browser?.contexts() ?? []).map((context) => context.close()));
  });
  afterAll(async () => {
    await open.browser?.close();
  });

  /** The address of a page, with the token that opens it. */
  function at(path: string): string {
    const target = new URL(path, open.url);
    target.searchParams.set('t', open.url.searchParams.get('t')!);
    return target.href;
  }

  /** A context in which nothing outside of this machine can be reached, and which keeps what went wrong in it. */
  async function visitor(given: ContextOptions = {}) {
    const context = await open.browser.newContext({ reducedMotion: 'reduce', ...given });
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

  async function visit(context: BrowserContext, path: string): Promise<Page> {
    const page = await context.newPage();
    expect((await page.goto(at(path)))!.status()).toBe(200);
    return page;
  }

  return { open, at, visitor, visit };
}

/** Who is on the board, from above. */
export const rowsOf = (page: Page) =>
  page.$$eval('[data-list] tr', (rows) => rows.map((row) => row.querySelector('.patient')!.textContent));

/** Resolves when a live page is connected. */
export const isLive = (page: Page) =>
  expect.poll(() => page.locator('#state').textContent(), { timeout: WAIT_MS }).toBe('● live');
