import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startBigQueryServer } from '../../src/emulators/bigquery/server/index.js';
import { startMetricsServer } from '../../src/pipeline/stream/metrics-server.js';
import type { Worker } from '../../src/pipeline/stream/worker.js';
import { WorkerStats } from '../../src/pipeline/stream/worker-stats.js';
import { findChromium } from '../helpers/optional-tools.js';
import { request } from '../helpers/raw-request.js';
import { useStorage } from './storage/harness.js';

const executablePath = findChromium();
if (executablePath === undefined) {
  process.stderr.write('Left out: what a web page could do to the emulators. There is no Chromium here.\n');
}

const EVIL = 'evil.example';
const DATASETS = '/bigquery/v2/projects/healthmon-local/datasets';
const QUERIES = '/bigquery/v2/projects/healthmon-local/queries';
const BUCKETS = '/storage/v1/b?project=p1';
const DROP = JSON.stringify({ query: 'DROP SCHEMA ward CASCADE', useLegacySql: false });

describe.skipIf(executablePath === undefined)('a page of another site', () => {
  const storage = useStorage();
  let script = '';
  const pages = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html' }).end(`<body><script>${script}</script></body>`);
  });
  let bigQuery: Awaited<ReturnType<typeof startBigQueryServer>>;
  let metrics: Awaited<ReturnType<typeof startMetricsServer>>;
  let browser: Browser;
  let page: Page;
  /** What our servers were asked and answered, as `GET 403`: a page is not told of most of it. */
  let answers: string[] = [];

  const urls = () => [bigQuery.url, storage.server.url, metrics.url];
  const record = (message: unknown) => {
    const { request: asked, response } = message as { request: IncomingMessage; response: ServerResponse };
    const ports = urls().map((url) => Number(new URL(url).port));
    // The browser itself asks for the icon, after every answer that it shows.
    const isPage = /Chrome/.test(asked.headers['user-agent'] ?? '') && asked.url !== '/favicon.ico';
    if (isPage && ports.includes(asked.socket.localPort!)) {
      answers.push(`${asked.method} ${response.statusCode}`);
    }
  };

  beforeAll(async () => {
    bigQuery = await startBigQueryServer();
    metrics = await startMetricsServer({ stats: new WorkerStats() } as Worker, { port: 0 });
    await new Promise<void>((resolve) => pages.listen(0, '127.0.0.1', resolve));
    subscribe('http.server.response.finish', record);
    browser = await chromium.launch({
      executablePath,
      // The name leads to this machine, as it does after rebinding.
      args: [`--host-resolver-rules=MAP ${EVIL} 127.0.0.1`, '--no-sandbox'],
    });
    const created = await request(bigQuery, 'POST', DATASETS, { datasetReference: { datasetId: 'ward' } });
    expect(created.status).toBe(200);
  });
  afterEach(async () => {
    await page.close();
    expect((await request(bigQuery, 'GET', `${DATASETS}/ward`)).status).toBe(200);
    expect((await request(storage.server, 'GET', BUCKETS)).body.items ?? []).toEqual([]);
  });
  afterAll(async () => {
    await browser?.close();
    unsubscribe('http.server.response.finish', record);
    await metrics?.close();
    await bigQuery?.close();
    pages.closeAllConnections();
    pages.close();
  });

  async function visit(url: string): Promise<number> {
    await page?.close();
    page = await browser.newPage();
    answers = [];
    return (await page.goto(url))!.status();
  }

  /** Opens a page of the other site that runs a script, given `input` as `input`. */
  function visitEvil(input: unknown, code: string): Promise<number> {
    script = `const input = ${JSON.stringify(input)};\n${code}`;
    return visit(`http://${EVIL}:${(pages.address() as AddressInfo).port}/`);
  }

  async function expectAnswers(...expected: string[]): Promise<void> {
    await expect.poll(() => answers.length).toBeGreaterThanOrEqual(expected.length);
    expect([...answers].sort()).toEqual(expected.sort());
  }

  it('posts nothing by fetch and beacon, and reads nothing', async () => {
    const posts = [
      [`${bigQuery.url}${QUERIES}`, DROP],
      [`${storage.server.url}${BUCKETS}`, '{"name":"planted"}'],
      [`${storage.server.url}/upload/storage/v1/b/planted/o?uploadType=media&name=x`, 'x'],
    ];
    const gets = [`${bigQuery.url}${DATASETS}`, `${storage.server.url}${BUCKETS}`, `${metrics.url}/metrics`];
    await visitEvil(
      { posts, gets },
      `window.read = (async () => {
        const texts = [];
        const load = (url, how) => fetch(url, how).then(async (answer) => texts.push(await answer.text())).catch(() => {});
        for (const [url, body] of input.posts) {
          for (const type of ['text/plain', 'application/x-www-form-urlencoded', '']) {
            await load(url, { method: 'POST', mode: 'no-cors', body: new Blob([body], { type }) });
          }
          navigator.sendBeacon(url, body);
          await load(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
        }
        for (const url of input.gets) await load(url);
        return texts.filter((text) => text !== '');
      })()`,
    );
    expect(await page.evaluate('read')).toEqual([]);
    const perUrl = [...Array.from({ length: 4 }, () => 'POST 403'), 'OPTIONS 403'];
    await expectAnswers(...posts.flatMap(() => perUrl), ...gets.map(() => 'GET 403'));
  });

  // A form of text/plain sends `name=value`, which with these two is JSON.
  it.each(
    ['text/plain', 'multipart/form-data', 'application/x-www-form-urlencoded'].flatMap((type) => [
      ['BigQuery', type, QUERIES, `${DROP.slice(0, -1)},"x":"`],
      ['Cloud Storage', type, BUCKETS, '{"name":"planted","x":"'],
    ]),
  )('posts nothing to %s by a form of %s', async (service, enctype, path, name) => {
    const { url } = service === 'BigQuery' ? bigQuery : storage.server;
    await visitEvil(
      { form: { action: url + path, enctype, method: 'POST' }, field: { name, value: '"}' } },
      `const form = Object.assign(document.createElement('form'), input.form);
       form.append(Object.assign(document.createElement('input'), input.field));
       document.body.append(form);
       form.submit()`,
    );
    await expectAnswers('POST 403');
  });

  it('gets nothing by images, scripts and frames', async () => {
    const sources = urls().flatMap((url) => [DATASETS, BUCKETS, '/metrics'].map((path) => `${url}${path}`));
    const tags = ['img', 'script', 'iframe'];
    await visitEvil(
      { sources, tags },
      `for (const src of input.sources) for (const tag of input.tags) {
         document.body.append(Object.assign(document.createElement(tag), { src }));
       }`,
    );
    await expectAnswers(...sources.flatMap(() => tags.map(() => 'GET 403')));
  });

  it('leads nobody there by a link', async () => {
    for (const href of [
      `${bigQuery.url}${DATASETS}`,
      `${storage.server.url}${BUCKETS}`,
      `${metrics.url}/metrics`,
    ]) {
      await visitEvil(href, `Object.assign(document.createElement('a'), { href: input }).click()`);
      await expectAnswers('GET 403');
    }
  });

  it('reads nothing under a name of its own that leads here, nor by 0.0.0.0', async () => {
    for (const url of urls()) {
      const { port } = new URL(url);
      for (const path of [DATASETS, BUCKETS, '/metrics']) {
        expect(await visit(`http://${EVIL}:${port}${path}`)).toBe(403);
      }
      await visitEvil(
        `http://0.0.0.0:${port}/`,
        `window.done = fetch(input, { mode: 'no-cors' }).catch(() => {})`,
      );
      await page.evaluate('done');
      expect(answers.filter((answer) => answer !== 'GET 403')).toEqual([]);
    }
  });

  it('that is stored as an object runs no script', async () => {
    const html = "<title>stored</title><script>document.title = 'ran'</script>";
    const { url } = storage.server;
    await request(storage.server, 'POST', BUCKETS, { name: 'pages' });
    const upload = '/upload/storage/v1/b/pages/o?uploadType=media&name=page';
    await request(storage.server, 'POST', upload, html, { 'content-type': 'text/html' });
    expect(await visit(`${url}/storage/v1/b/pages/o/page?alt=media`)).toBe(200);
    expect(await page.title()).toBe('stored');
    await storage.client.bucket('pages').deleteFiles();
    await storage.client.bucket('pages').delete();
  });

  it('is no concern of who types the address of a service, and of its own pages', async () => {
    expect(await visit(`${bigQuery.url}${DATASETS}/ward`)).toBe(200);
    const body = JSON.stringify({ query: 'SELECT 1', useLegacySql: false });
    const how = JSON.stringify({ method: 'POST', headers: { 'content-type': 'application/json' }, body });
    expect(await page.evaluate(`fetch('${QUERIES}', ${how}).then(({ status }) => status)`)).toBe(200);
    expect(await visit(`http://localhost:${new URL(metrics.url).port}/healthz`)).toBe(200);
  });
});
