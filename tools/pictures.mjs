// Writes the pictures of README and docs anew: a ward from a seed, its dashboard, and what a browser shows of it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { chromium } from 'playwright-core';

const root = resolve(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'healthmon-pictures-'));
const env = { ...process.env, HEALTHMON_STATE_DIR: join(folder, 'state') };
const SIZE = { width: 1040, height: 650 };
/** What readings of one seed and one night look like does not depend on the day. */
const START = '2026-03-01T00:00:00Z';
/** After it. */
const MORNING = '2026-03-01T08:00:00Z';

function healthmon(...argv) {
  const child = spawn(process.execPath, [join(root, 'bin/healthmon.js'), ...argv], {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    stdout += chunk;
  });
  const ended = new Promise((done, fail) => {
    child.once('exit', (code) => (code === 0 ? done(stdout) : fail(new Error(`${argv.join(' ')}: ${code}`))));
  });
  return {
    child,
    ended,
    firstLine: () => new Promise((done) => child.stdout.once('data', () => done(stdout))),
  };
}

const run = (...argv) => healthmon(...argv, '--quiet').ended;

async function pictures(browser, url) {
  const { patients } = JSON.parse(await run('ward', '--limit', '1', '--json')).result;
  const shots = [
    ['ward', '/', 'light'],
    ['ward-dark', '/', 'dark'],
    ['patient', `/patients/${patients[0].Patient_ID}`, 'light'],
    ['patient-dark', `/patients/${patients[0].Patient_ID}`, 'dark'],
    ['cohort', '/cohort', 'light'],
    ['cohort-dark', '/cohort', 'dark'],
    ['data', '/data', 'light'],
    ['data-dark', '/data', 'dark'],
    ['model', '/model', 'light'],
    ['model-dark', '/model', 'dark'],
  ];
  for (const [name, path, colorScheme] of shots) {
    const page = await browser.newPage({ viewport: SIZE, colorScheme, reducedMotion: 'reduce' });
    const address = new URL(`${path}${new URL(url).search}`, url).href;
    await page.goto(address);
    // BigQuery answers after the first look at the ward.
    const outcome = page.locator('[data-list] td:last-child').first();
    while (path === '/' && (await outcome.textContent()) === '–') await page.goto(address);
    await shoot(page, name);
  }
}

/** How long nothing new has come depends on how fast the machine is. */
async function shoot(page, name) {
  await page.evaluate(() => {
    document.getElementById('banner').hidden = true;
  });
  await page.screenshot({ path: join(root, 'docs/pictures', `${name}.png`) });
  await page.close();
}

/** The pipeline at work: what passes it is counted from one look at the page to the next. */
async function pipelinePictures(browser, url, port) {
  const worker = healthmon('stream', '--alerts', '--metrics-port', String(port), '--quiet');
  const sensors = healthmon(
    ...['simulate', '--patients-from', 'spanner', '--interval', '5m', '--seed', '8', '--quiet'],
    ...['--start-time', MORNING, '--rate', '20', '--count', '100000'],
  );
  try {
    for (const colorScheme of ['light', 'dark']) {
      const page = await browser.newPage({ viewport: SIZE, colorScheme, reducedMotion: 'reduce' });
      const address = new URL(`/pipeline${new URL(url).search}`, url).href;
      const rates = page.getByText(/^[1-9][\d.]*\/s$/);
      do {
        await delay(3_000);
        await page.goto(address);
      } while ((await rates.count()) < 3);
      await shoot(page, colorScheme === 'light' ? 'pipeline' : 'pipeline-dark');
    }
  } finally {
    sensors.child.kill('SIGTERM');
    worker.child.kill('SIGTERM');
    await Promise.allSettled([sensors.ended, worker.ended]);
  }
}

async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address();
  probe.close();
  await once(probe, 'close');
  return port;
}

let dashboard;
try {
  await run('simulate', 'admissions', '--rows', '200', '--seed', '7', '--output', 'admissions.csv');
  await run('provision');
  await run('load', 'admissions.csv');
  await run('sync');
  const night = [
    '--scenario',
    'mixed',
    '--interval',
    '5m',
    '--count',
    '19200',
    '--seed',
    '7',
    '--start-time',
    START,
  ];
  await run('simulate', '--patients-from', 'spanner', ...night);
  await run('stream', '--alerts', '--max-messages', '19200', '--idle-timeout', '30s');
  await run('join');
  await run('train');
  await run('predict', '--store');
  const { writeFileSync } = await import('node:fs');
  writeFileSync(join(folder, 'token'), 'a-token-for-the-pictures', { mode: 0o600 });
  const port = await freePort();
  dashboard = healthmon('dashboard', '--no-live', '--token-file', 'token', '--metrics-port', String(port));
  const url = (await dashboard.firstLine()).trim();
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
  await pictures(browser, url);
  await pipelinePictures(browser, url, port);
  await browser.close();
} finally {
  dashboard?.child.kill('SIGTERM');
  await dashboard?.ended.catch(() => {});
  await run('emulators', 'stop').catch(() => {});
  rmSync(folder, { recursive: true, force: true });
}
