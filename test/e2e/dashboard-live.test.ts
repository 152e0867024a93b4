import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Started } from '../helpers/programs.js';
import { publishReadings } from '../helpers/publish-readings.js';
import { hasChromium, isLive, rowsOf, useBrowser, useWard, WAIT_MS } from '../helpers/ward-in-browser.js';

const HOSTILE = '<img src=x onerror=alert(1)>';

/** A port that leads to that of the present worker: a dashboard is told one port, and each worker takes any free one. */
class MetricsPort {
  port: number | undefined;
  readonly #server: Server = createServer((caller) => this.#lead(caller));

  get address(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async open(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  close(): void {
    this.#server.close();
  }

  #lead(caller: Socket): void {
    const worker = this.port === undefined ? undefined : connect(this.port, '127.0.0.1');
    const part = () => {
      caller.destroy();
      worker?.destroy();
    };
    caller.on('error', part).on('close', part);
    if (worker === undefined) part();
    else worker.on('error', part).on('close', part).pipe(caller).pipe(worker);
  }
}

describe.skipIf(!hasChromium)('the dashboard of a ward at work', { timeout: 240_000 }, () => {
  const ward = useWard('live');
  const { names, done, start } = ward;
  const metrics = new MetricsPort();
  beforeAll(() => metrics.open());
  const { open, at, visitor, visit } = useBrowser(ward, () => ['--metrics-port', String(metrics.address)]);
  afterAll(() => metrics.close());

  it('takes what patients are called for text', async () => {
    const reading = {
      Patient_ID: HOSTILE,
      Temperature_C: 40.5,
      Blood_Pressure: '80/40',
      Heart_Rate: 150,
      event_timestamp: new Date().toISOString(),
    };
    await publishReadings(names['pubsub.topic'], [reading]);
    await done('stream', '--max-messages', '1', '--idle-timeout', '20s');
    const { context, faults } = await visitor();
    const page = await visit(context, '/');
    await expect.poll(() => rowsOf(page), { timeout: WAIT_MS }).toContain(HOSTILE);
    await page.getByText(HOSTILE, { exact: true }).click();
    await page.waitForURL(/\/patients\//);
    await expect
      .poll(() => page.locator('h1').first().textContent(), { timeout: WAIT_MS })
      .toBe(`Patient ${HOSTILE}`);
    expect(await page.locator('img').count()).toBe(0);
    expect(faults).toEqual([]);
  });

  it('shows an alert within seconds, then that nothing comes any more, and drops nobody', async () => {
    const { context, faults } = await visitor();
    const page = await visit(context, '/');
    await isLive(page);
    // A page counts the seconds of its server, which on a busy machine are longer than those of a clock.
    const beats = await page.evaluateHandle(() => {
      const counted = { count: 0 };
      new BroadcastChannel('healthmon').addEventListener('message', ({ data }) => {
        if (data.heard?.event === 'beat') counted.count++;
      });
      return counted;
    });
    const sick = 'new';
    const nowMs = Date.now();
    // Fresh readings of somebody whom two in a row prove an emergency.
    await publishReadings(
      names['pubsub.topic'],
      [120_000, 60_000, 0].map((agoMs) => ({
        Patient_ID: sick,
        Temperature_C: 39.5,
        Blood_Pressure: '70/40',
        Heart_Rate: 150,
        Respiratory_Rate: 30,
        Oxygen_Saturation: 85,
        event_timestamp: new Date(nowMs - agoMs).toISOString(),
      })),
    );
    await done('stream', '--alerts', '--max-messages', '3', '--idle-timeout', '20s');
    expect((await done('alerts', 'list', '--patient', sick)).alerts).toMatchObject([
      { peak_risk: 'emergency' },
    ]);
    // The worker has ended, and with it the last moment at which the alert can have been raised.
    const count = () => beats.evaluate((counted) => counted.count);
    const from = await count();
    await page.waitForFunction(
      (id) => {
        const rows = [...document.querySelectorAll('[data-list] tr')].slice(0, 3);
        const row = rows.find((each) => each.querySelector('.patient')?.textContent === id);
        return row !== undefined && /[▲■]/.test(row.textContent ?? '') && /since/.test(row.textContent ?? '');
      },
      sick,
      { timeout: WAIT_MS, polling: 200 },
    );
    expect((await count()) - from).toBeLessThanOrEqual(10);
    await expect.poll(count, { timeout: WAIT_MS }).toBeGreaterThan(0);
    const before = await rowsOf(page);
    await expect
      .poll(() => page.locator('#banner').textContent(), { timeout: WAIT_MS })
      .toMatch(/^No new reading for \d+ s\. Values stay as they were\.$/);
    expect(await page.locator('#banner').isVisible()).toBe(true);
    expect(await rowsOf(page)).toEqual(before);
    expect(faults).toEqual([]);
  });

  it('shows on the pipeline page how lag grows without a worker, and heals with the next', async () => {
    const worker = () => start('stream', '--alerts', '--metrics-port', '0');
    const serving = async ({ printed }: Started) => {
      const found = () => /metrics at http:\/\/127\.0\.0\.1:(\d+)/.exec(printed.stderr)?.[1];
      await expect.poll(found, { timeout: WAIT_MS }).toBeDefined();
      metrics.port = Number(found());
    };
    const first = worker();
    await serving(first);
    const sensors = start('simulate', '--patients-from', 'spanner', '--speed', '1x', '--interval', '2s');
    const { context, faults } = await visitor();
    const page = await visit(context, '/pipeline');
    await isLive(page);
    const silent = page.locator('#silent');
    const flow = () => page.locator('#flow').textContent();
    const isFlowing = () =>
      expect
        .poll(flow, { timeout: WAIT_MS })
        .toMatch(/in flight.*[1-9]\d*(\.\d)?\/s|[1-9]\d*(\.\d)?\/s.*in flight/s);
    await isFlowing();
    await expect.poll(() => silent.getAttribute('class'), { timeout: WAIT_MS }).toBe('big');

    expect(await first.end('SIGKILL')).toBeNull();
    await expect.poll(flow, { timeout: WAIT_MS }).toContain('⌁ does not answer');
    await expect.poll(() => silent.getAttribute('class'), { timeout: WAIT_MS }).toBe('big technical');
    await expect.poll(() => silent.textContent(), { timeout: WAIT_MS }).toMatch(/^1[2-9] s$|^[2-9]\d s$/);
    const banner = () => page.locator('#banner').textContent();
    await expect.poll(banner, { timeout: WAIT_MS }).toMatch(/^No new reading for /);

    const second = worker();
    await serving(second);
    await isFlowing();
    await expect.poll(() => silent.getAttribute('class'), { timeout: WAIT_MS }).toBe('big');
    await expect.poll(() => page.locator('#banner').isVisible(), { timeout: WAIT_MS }).toBe(false);
    expect(await page.locator('#lag svg').count()).toBe(1);
    const [names, ...samples] = (await (await page.request.get(at('/pipeline.csv'))).text())
      .trim()
      .split(/\r?\n/);
    const place = names!.split(',').indexOf('silentSeconds');
    const silence = samples.map((line) => Number(line.split(',')[place]));
    const longest = Math.max(...silence);
    expect(longest).toBeGreaterThanOrEqual(12);
    expect(silence.at(-1)).toBeLessThan(10);
    expect(silence.lastIndexOf(longest)).toBeLessThan(silence.length - 1);
    expect(faults).toEqual([]);
    await context.close();
    await sensors.end('SIGINT');
    expect(await second.end('SIGINT')).toBe(0);
  });

  it('says that it is disconnected when its server is gone, and keeps what it showed', async () => {
    const { context } = await visitor();
    const page = await visit(context, '/');
    await isLive(page);
    const before = await rowsOf(page);
    expect(await open.dashboard.end()).toBe(0);
    await expect.poll(() => page.locator('#state').textContent(), { timeout: WAIT_MS }).toBe('disconnected');
    expect(await page.locator('#banner').textContent()).toMatch(/^No connection for /);
    expect(await rowsOf(page)).toEqual(before);
  });
});
