import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRandom, type Random } from '../../src/core/random.js';
import { startBigQueryServer } from '../../src/emulators/bigquery/server/index.js';
import type { HttpListener } from '../../src/emulators/serving/http-listener.js';
import { startStorageServer } from '../../src/emulators/storage/server.js';

/** Whether a change passes is not left to chance; other seeds are for whoever looks for faults. */
const SEED = Number(process.env.HEALTHMON_TEST_SEED ?? 7);
const COUNT = Number(process.env.HEALTHMON_FUZZ_COUNT ?? 400);
const ANSWER_MS = 10_000;

let folder: string;
const servers: Record<'bigquery' | 'storage', HttpListener> = {} as never;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'healthmon-fuzz-'));
  servers.bigquery = await startBigQueryServer({ projectId: 'p', threads: 1 });
  servers.storage = await startStorageServer({ dataDir: folder });
});
afterAll(async () => {
  await Promise.all(Object.values(servers).map((server) => server.close()));
  rmSync(folder, { recursive: true, force: true });
});

/** Sends bytes as they are, and gives what comes back before the other side or the deadline ends it. */
function exchange({ host, port }: HttpListener, bytes: Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect(port, host, () => socket.end(bytes));
    const done = () => {
      socket.destroy();
      resolve(Buffer.concat(chunks).toString('latin1'));
    };
    socket.setTimeout(ANSWER_MS, () =>
      reject(new Error(`no answer to ${JSON.stringify(bytes.toString('latin1'))}`)),
    );
    socket
      .on('data', (chunk) => chunks.push(chunk))
      .on('end', done)
      .on('error', done);
  });
}

const WORDS = [
  'a',
  '',
  'p',
  'd',
  't',
  '..',
  '%00',
  '%zz',
  '%2F',
  'ü',
  '-1',
  '9'.repeat(30),
  'x'.repeat(2000),
  '__proto__',
  'constructor',
  '*',
  '$x',
];
const MEMBERS = [
  'query',
  'timeoutMs',
  'maxResults',
  'configuration',
  'load',
  'copy',
  'extract',
  'jobReference',
  'projectId',
  'datasetReference',
  'datasetId',
  'tableReference',
  'tableId',
  'schema',
  'fields',
  'name',
  'type',
  'mode',
  'rows',
  'json',
  'labels',
  'queryParameters',
  'parameterType',
  'parameterValue',
  'value',
  'destinationTable',
  'sourceUris',
  'view',
  'timePartitioning',
  'metadata',
  'contentType',
  'lifecycle',
  'rule',
  'sourceObjects',
  'destination',
  '__proto__',
  'toString',
];

function json(random: Random, depth: number): unknown {
  const kind = random.integer(0, depth > 0 ? 8 : 5);
  if (kind >= 7) return Array.from({ length: random.integer(0, 3) }, () => json(random, depth - 1));
  if (kind >= 5 && depth > 0) {
    const entries = Array.from({ length: random.integer(0, 5) }, () => [
      random.pick(MEMBERS),
      json(random, depth - 1),
    ]);
    return Object.fromEntries(entries);
  }
  return (
    [null, random.uniform() < 0.5, random.pick([0, -1, 1.5, 1e308, 2 ** 53]), random.pick(WORDS), 'SELECT 1'][
      kind
    ] ?? null
  );
}

function target(random: Random, roots: readonly string[], steps: readonly string[]): string {
  let path = random.pick(roots);
  for (let left = random.integer(0, 5); left > 0; left -= 1)
    path += `/${random.pick(random.uniform() < 0.7 ? steps : WORDS)}`;
  const query = Array.from(
    { length: random.integer(0, 2) },
    () =>
      `${random.pick(['alt', 'fields', 'maxResults', 'pageToken', 'uploadType', 'name', 'prefix', 'delimiter', 'generation', 'all', 'upload_id', 'startIndex', 'location'])}=${random.pick([...WORDS, 'media', 'json', 'multipart', 'resumable', 'a(b', 'a/*'])}`,
  );
  return (
    encodeURI(path).replaceAll('%25', '%') +
    (query.length > 0 ? `?${query.map((item) => encodeURI(item).replaceAll('%25', '%')).join('&')}` : '')
  );
}

function message(random: Random, path: string): Buffer {
  const body = random.pick<() => Buffer>([
    () => Buffer.alloc(0),
    () => Buffer.from(JSON.stringify(json(random, 4))),
    () => Buffer.from(JSON.stringify(json(random, 3)).slice(0, random.integer(0, 30))),
    () => Buffer.from('['.repeat(random.integer(1, 50_000))),
    () => Buffer.from(Array.from({ length: random.integer(1, 200) }, () => random.integer(0, 255))),
    () =>
      Buffer.from(
        '--b\r\nContent-Type: application/json\r\n\r\n{"name":"x"}\r\n--b\r\n\r\ndata'.slice(
          0,
          random.integer(1, 80),
        ),
      ),
  ])();
  const method = random.pick(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'FOO']);
  const headers = [
    'Host: localhost',
    'Connection: close',
    `Content-Length: ${body.length}`,
    `Content-Type: ${random.pick(['application/json', 'application/json', 'multipart/related; boundary=b', 'multipart/related', 'text/csv', '/'])}`,
    ...random.pick([
      [],
      [],
      ['Content-Encoding: gzip'],
      ['Content-Range: bytes 5-1/*'],
      ['Content-Range: bytes */9'],
      ['Range: bytes=9-1'],
      ['X-HTTP-Method-Override: PATCH'],
      ['If-Match: *'],
      ['X-Goog-Hash: md5=%'],
    ]),
  ];
  const head = Buffer.from(`${method} ${path} HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n`, 'latin1');
  // Whole requests mostly: Node itself answers what is not HTTP.
  if (random.uniform() < 0.9) return Buffer.concat([head, body]);
  const noise = Buffer.concat([head, body]);
  noise[random.integer(0, noise.length - 1)] = random.integer(0, 255);
  return Buffer.concat([noise, Buffer.from('\r\n\r\n')]);
}

const OUR_FAULT = /internal error|defect|call stack|is not a function|cannot read propert|\bat .*\.js:/i;

describe.each<['bigquery' | 'storage', string[], string[], string]>([
  [
    'bigquery',
    [
      '/bigquery/v2/projects/p',
      '/projects/p',
      '/upload/bigquery/v2/projects/p',
      '/discovery',
      '/bigquery/v2',
    ],
    [
      'datasets',
      'd',
      'tables',
      't',
      'insertAll',
      'data',
      'jobs',
      'queries',
      'models',
      'routines',
      'cancel',
      'p',
    ],
    '/bigquery/v2/projects/p/datasets',
  ],
  [
    'storage',
    ['/storage/v1/b', '/b', '/upload/storage/v1/b', '/download/storage/v1/b', '/batch', '/p/x'],
    ['p', 'bucket', 'o', 'x', 'compose', 'copyTo', 'rewriteTo', 'b', 'iam', 'acl', 'notificationConfigs'],
    '/storage/v1/b?project=p',
  ],
])('the server of %s', (name, roots, steps, probe) => {
  it(`answers whatever is sent, and goes on (seed ${SEED})`, async () => {
    const random = createRandom(SEED, name);
    const server = servers[name];
    await fetch(`${server.url}/bigquery/v2/projects/p/datasets`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"datasetReference":{"datasetId":"d"}}',
    });
    await fetch(`${server.url}/storage/v1/b?project=p`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"name":"bucket"}',
    });
    const faults: string[] = [];
    for (let number = 0; number < COUNT; number += 1) {
      const bytes = message(random, target(random, roots, steps));
      const answer = await exchange(server, bytes);
      const status = Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1] ?? 0);
      const isFault = (status >= 500 && status !== 501) || OUR_FAULT.test(answer);
      if (isFault) faults.push(`${bytes.toString('latin1').slice(0, 600)}\n  ${answer.slice(0, 400)}`);
    }
    expect((await fetch(`${server.url}${probe}`)).status).toBe(200);
    expect(faults).toEqual([]);
  }, 300_000);
});
