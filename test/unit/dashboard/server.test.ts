import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OpenPort } from '../../../src/core/open-port.js';
import { Access } from '../../../src/dashboard/access.js';
import { dashboardApp } from '../../../src/dashboard/app.js';
import { Audit } from '../../../src/dashboard/audit.js';
import { LiveViews, MAX_STREAMS } from '../../../src/dashboard/live.js';
import type { Page } from '../../../src/dashboard/page.js';
import { serve } from '../../../src/dashboard/server.js';
import { wardSnapshot } from '../../../src/dashboard/ward/ward-page.js';
import { HealthmonError } from '../../../src/errors/healthmon-error.js';
import { boardOf, boardPatient } from './boards.js';

const folder = mkdtempSync(join(tmpdir(), 'healthmon-dashboard-'));
const auditFile = join(folder, 'looks.jsonl');
const access = new Access();
let board = boardOf(boardPatient('a', 'urgent', 5));
let reads = 0;
let failure: Error | undefined;
const pages: Page[] = [
  {
    path: '/',
    nav: 'Ward',
    title: () => 'Ward',
    intervalMs: 5,
    async read(_params, query) {
      reads++;
      if (failure !== undefined) throw failure;
      return wardSnapshot(board, query);
    },
  },
  {
    path: '/patients/:patientId',
    nav: null,
    title: ({ patientId }) => `Patient ${patientId}`,
    intervalMs: 5,
    async read({ patientId }) {
      if (patientId !== '7') throw new HealthmonError({ code: 'patient-not-found', message: 'Nobody.' });
      return wardSnapshot(board, new URLSearchParams());
    },
  },
];
const live = new LiveViews();
let server: OpenPort;
let cookie = '';

interface Answer {
  status: number;
  headers: IncomingMessage['headers'];
  body: string;
}

function ask(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = { port: server.port, host: '127.0.0.1', path, method, headers: { cookie, ...headers } };
    request(options, async (answer) => {
      resolve({ status: answer.statusCode!, headers: answer.headers, body: await text(answer) });
    })
      .on('error', reject)
      .end();
  });
}

/** Opens a stream; `next` gives its events one by one. */
function openStream(path: string, headers: Record<string, string> = {}) {
  const events: { event: string; id: string; data: { view: string } & Record<string, unknown> }[] = [];
  let status = 0;
  let wake = () => {};
  const asked = request(
    { port: server.port, host: '127.0.0.1', path, headers: { cookie, ...headers } },
    (answer) => {
      status = answer.statusCode!;
      let rest = '';
      answer.setEncoding('utf8').on('data', (chunk: string) => {
        const blocks = (rest + chunk).split('\n\n');
        rest = blocks.pop()!;
        for (const block of blocks) {
          const [, event, id, data] = /^event: (.*)\nid: (.*)\ndata: (.*)$/.exec(block) ?? [];
          if (event !== undefined) events.push({ event, id: id!, data: JSON.parse(data!) });
        }
        wake();
      });
      wake();
    },
  );
  asked.on('error', () => {}).end();
  const until = async <T>(find: () => T | undefined): Promise<T> => {
    for (;;) {
      const found = find();
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  return {
    answered: () => until(() => status || undefined),
    next: (event: string) =>
      until(() => {
        const at = events.findIndex((each) => each.event === event);
        return at < 0 ? undefined : events.splice(0, at + 1).at(-1);
      }),
    close: () => asked.destroy(),
  };
}

const quiet = () =>
  expect.poll(() => [live.streams, live.watched.length], { timeout: 10_000 }).toEqual([0, 0]);

beforeAll(async () => {
  const audit = new Audit(auditFile, 'local, project p');
  const app = dashboardApp({ pages, live, target: 'local', reads: () => '', audit });
  server = await serve({ host: '127.0.0.1', port: 0, allowedHosts: [], access }, app);
});
afterAll(async () => {
  live.close();
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('the door', () => {
  it('is shut without the token, and with a wrong one', async () => {
    for (const path of ['/', '/ward.json', '/assets/dashboard.js', '/live?view=/', '/?t=', '/?t=wrong']) {
      const { status, headers } = await ask(path);
      expect([path, status, headers['set-cookie']]).toEqual([path, 403, undefined]);
    }
  });

  it('opens once by the token, for a cookie that no script and no other site has', async () => {
    const { status, headers } = await ask(`/patients/7?range=4h&t=${access.token}`);
    expect([status, headers.location]).toEqual([303, '/patients/7?range=4h']);
    const [set] = headers['set-cookie']!;
    expect(set).toMatch(
      new RegExp(`^healthmon-${server.port}=[\\w-]{22}; Path=/; HttpOnly; SameSite=Strict$`),
    );
    expect(set).not.toContain(access.token);
    expect((await ask(`/?t=${access.token}`)).status).toBe(403);
    cookie = set!.split(';', 1)[0]!;
    expect((await ask('/')).status).toBe(200);
    expect(await ask(`/?t=${access.token}`)).toMatchObject({ status: 303, headers: { location: '/' } });
    expect((await ask('/', { cookie: `${cookie}x` })).status).toBe(403);
  });

  it('leads to no other host', async () => {
    const { headers } = await ask(`//evil.example/?t=${access.token}`);
    expect(headers.location).toMatch(/^\/(?!\/)/);
  });

  it('opens any number of times by a token of a file', () => {
    const lasting = new Access('a-token-of-a-file-1234567');
    expect(lasting.exchange(lasting.token)).toBeDefined();
    expect(lasting.exchange(lasting.token)).toBeDefined();
    expect(lasting.exchange('another')).toBeUndefined();
  });

  it.each([
    { host: 'evil.example' },
    { host: '127.0.0.1.evil.com' },
    { origin: 'http://evil.example' },
    { origin: 'null' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
  ])('refuses %o, whatever is asked for', async (headers) => {
    for (const path of ['/', '/live?view=/', '/assets/dashboard.css']) {
      expect((await ask(path, headers as unknown as Record<string, string>)).status).toBe(403);
    }
  });

  it('takes GET and HEAD alone', async () => {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE']) {
      const { status, headers } = await ask('/', {}, method);
      expect([method, status, headers.allow]).toEqual([method, 405, 'GET, HEAD']);
    }
    expect(await ask('/', {}, 'HEAD')).toMatchObject({ status: 200, body: '' });
  });

  it('answers what is no request, and goes on', async () => {
    const socket = connect(server.port, '127.0.0.1').end('GET http://[ HTTP/1.1\r\nhost: localhost\r\n\r\n');
    expect(await text(socket)).toContain(' 4');
    expect((await ask('/')).status).toBe(200);
  });
});

describe('every answer', () => {
  it.each(['/', '/ward.json', '/ward.csv', '/nothing', '/assets/dashboard.js', '/live'])(
    'of %s has the headers that keep it here',
    async (path) => {
      const { headers } = await ask(path);
      expect(headers).toMatchObject({
        'content-security-policy':
          "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
          "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
        'cache-control': 'no-store',
      });
      expect(headers['access-control-allow-origin']).toBeUndefined();
    },
  );

  it('together give a browser no more than 60 kB of styles and scripts', async () => {
    const { body } = await ask('/');
    const named = [...body.matchAll(/(?:href|src)="(\/assets\/[^"]+)"/g)].map(([, path]) => path!);
    expect(named.length).toBeGreaterThan(1);
    const paths = new Set([...named, '/assets/words.js']);
    const sizes = await Promise.all(
      [...paths].map(async (path) => Buffer.byteLength((await ask(path)).body)),
    );
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(60_000);
  });

  it('of a page has it as HTML, JSON and CSV', async () => {
    expect((await ask('/')).body).toMatch(/^<!doctype html><html lang="en">/);
    expect(JSON.parse((await ask('/ward.json')).body)).toMatchObject({
      total: 1,
      patients: [{ Patient_ID: 'a' }],
    });
    expect((await ask('/ward.csv')).body).toMatch(/^Patient_ID,Age,.*\r\na,60,/);
  });

  it('about what is not there says so in the format that was asked for', async () => {
    const page = await ask('/nothing');
    expect([page.status, page.body]).toEqual([404, expect.stringContaining('There is no page /nothing.')]);
    const patient = await ask('/patients/8.json');
    expect([patient.status, JSON.parse(patient.body).error.code]).toEqual([404, 'patient-not-found']);
  });

  it('tells nothing of a defect but that there is one', async () => {
    failure = new Error('a secret');
    const { status, body } = await ask('/');
    failure = undefined;
    expect(status).toBe(500);
    expect(body).not.toContain('secret');
  });
});

describe('a look at a patient', () => {
  it('is written down, once for a page and for each other format', async () => {
    const looks = () => readFileSync(auditFile, 'utf8').trimEnd().split('\n').filter(Boolean);
    const before = looks().length;
    await ask('/patients/7');
    await ask('/patients/7.json');
    const stream = openStream('/live?view=/patients/7');
    await stream.next('beat');
    stream.close();
    const lines = looks()
      .slice(before)
      .map((line) => JSON.parse(line));
    expect(lines).toMatchObject([{ patient: '7', target: 'local, project p' }, { patient: '7' }]);
    expect(Object.keys(lines[0]).sort()).toEqual(['patient', 'target', 'time', 'user']);
    await ask('/live?view=/patients/9', {}, 'HEAD');
    expect(JSON.parse(looks().at(-1)!).patient).toBe('9');
    expect(statSync(auditFile).mode & 0o077).toBe(0);
    await quiet();
  });

  it('is refused when it cannot be written down', () => {
    writeFileSync(join(folder, 'file'), '');
    expect(() => new Audit(join(folder, 'file', 'x'), 'local')).toThrow(/cannot be written/);
  });
});

describe('a stream', () => {
  it('begins with everything and goes on with what changes', async () => {
    const stream = openStream('/live?view=/');
    const first = await stream.next('update');
    expect(first.data).toMatchObject({ view: '/', order: ['p-a'] });
    board = boardOf(boardPatient('a', 'urgent', 5), boardPatient('b', 'emergency', 9));
    const second = await stream.next('update');
    expect(Object.keys(second.data.parts as object)).toEqual(['filters', 'pager', 'p-b']);
    expect(second.data.order).toEqual(['p-b', 'p-a']);
    expect((await stream.next('beat')).data).toMatchObject({ feed: { asOf: expect.any(String) } });
    stream.close();
    await quiet();
  });

  it('repeats nothing to who saw the last event, and everything to who did not', async () => {
    const other = openStream('/live?view=/');
    const { id } = await other.next('update');
    const resumed = openStream('/live?view=/', { 'last-event-id': id });
    board = boardOf(boardPatient('c', 'urgent', 6));
    const next = await resumed.next('update');
    expect(next.data.order).toEqual(['p-c']);
    for (const stale of ['another run/99', 'nonsense', id]) {
      const late = openStream('/live?view=/', { 'last-event-id': stale });
      expect((await late.next('update')).data).toMatchObject({ parts: { filters: expect.any(String) } });
      late.close();
    }
    other.close();
    resumed.close();
    await quiet();
  });

  it('says when a store does not answer, and goes on when it does again', async () => {
    failure = new Error('Bigtable does not answer.');
    const stream = openStream('/live?view=/');
    expect((await stream.next('trouble')).data.message).toBe('Bigtable does not answer.');
    failure = undefined;
    stream.close();
    await quiet();
    const again = openStream('/live?view=/');
    await again.next('beat');
    again.close();
    await quiet();
  });

  it('reads for nobody when nobody watches', async () => {
    const stream = openStream('/live?view=/');
    await stream.next('beat');
    await stream.next('beat');
    stream.close();
    await quiet();
    const before = reads;
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(reads - before).toBeLessThanOrEqual(1);
  });

  it('is one of so many', async () => {
    const streams = Array.from({ length: MAX_STREAMS }, () => openStream('/live?view=/'));
    for (const stream of streams) expect(await stream.answered()).toBe(200);
    const { status, headers } = await ask('/live?view=/');
    expect([status, headers['retry-after']]).toEqual([503, '30']);
    for (const stream of streams) stream.close();
    await quiet();
    const next = openStream('/live?view=/');
    expect(await next.answered()).toBe(200);
    next.close();
    await quiet();
  });

  it('is of pages that there are', async () => {
    for (const query of ['', '?view=', '?view=http://evil.example/', '?view=/ward.json', '?view=/nothing']) {
      expect((await ask(`/live${query}`)).status, query).toBe(400);
    }
  });
});
