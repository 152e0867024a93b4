import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BigQueryServer, startBigQueryServer } from '../../src/emulators/bigquery/server/index.js';

/** Cases that differ from the recording, each with the reason; one that passes after all fails the run. */
const LEDGER: Record<string, string> = {};

interface RecordedRequest {
  method: string;
  path: string;
  headers?: Record<string, string>;
  body?: unknown;
  /** Name of an entry of `bodies_base64`. */
  body_bin?: string;
  /** Variable → path into the answer, or `header:Name`. */
  capture?: Record<string, string>;
  /** Variable that holds the id of a job to wait for. */
  await_job?: string;
}

interface RecordedCase {
  id: string;
  setup_sql?: string;
  setup_requests?: RecordedRequest[];
  request: RecordedRequest;
  bodies_base64: Record<string, string>;
  expected: { http_status: number; body: unknown };
}

const corpus = process.env['HEALTHMON_CORPUS'];
const file = corpus === undefined ? undefined : join(corpus, 'conformance', 'bigquery-http.jsonl');
const cases: RecordedCase[] =
  file !== undefined && existsSync(file)
    ? readFileSync(file, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as RecordedCase)
    : [];

const PROJECT = 'recorded-project';
const JOB_DEADLINE_MS = 20_000;

let server: BigQueryServer;
beforeAll(async () => {
  if (cases.length > 0) server = await startBigQueryServer({ projectId: PROJECT, threads: 2 });
});
afterAll(() => server?.close());

type Variables = Record<string, string>;

function substitute<T>(value: T, variables: Variables): T {
  const text = JSON.stringify(value).replace(
    /\$\{(\w+)\}/g,
    (whole, name: string) => variables[name] ?? whole,
  );
  return JSON.parse(text) as T;
}

async function send(
  recorded: RecordedRequest,
  bodies: Record<string, string>,
  variables: Variables,
): Promise<{ status: number; headers: Headers; body: unknown }> {
  const { method, path, headers, body, body_bin } = substitute(recorded, variables);
  const response = await fetch(`${server.url}${path}`, {
    method,
    headers: { 'Content-Type': 'application/json', ...headers },
    body:
      body_bin === undefined
        ? body === undefined
          ? undefined
          : JSON.stringify(body)
        : raw(bodies[body_bin]!, variables),
    signal: AbortSignal.timeout(JOB_DEADLINE_MS),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === '' ? '' : JSON.parse(text) };
}

function raw(base64: string, variables: Variables): Buffer<ArrayBuffer> {
  const text = Buffer.from(base64, 'base64').toString('latin1');
  return Buffer.from(
    text.replace(/\$\{(\w+)\}/g, (whole, name: string) => variables[name] ?? whole),
    'latin1',
  ) as Buffer<ArrayBuffer>;
}

function capture(response: Awaited<ReturnType<typeof send>>, path: string): string {
  if (path.startsWith('header:')) return response.headers.get(path.slice('header:'.length)) ?? '';
  let value: unknown = response.body;
  for (const key of path.split('.')) value = (value as Record<string, unknown> | undefined)?.[key];
  return String(value);
}

async function waitForJob(jobId: string): Promise<void> {
  const deadline = Date.now() + JOB_DEADLINE_MS;
  for (;;) {
    const response = await fetch(`${server.url}/projects/${PROJECT}/jobs/${jobId}`);
    const job = (await response.json()) as { status: { state: string } };
    if (job.status.state === 'DONE') return;
    if (Date.now() > deadline) throw new Error(`job ${jobId} is not done in time`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** The recorded body as a matcher: objects may hold more, and `<*>` is anything that is there. */
function matcher(value: unknown): unknown {
  if (value === '<*>') return expect.anything();
  if (Array.isArray(value)) return value.map(matcher);
  if (typeof value === 'object' && value !== null) {
    return expect.objectContaining(
      Object.fromEntries(Object.entries(value).map(([key, item]) => [key, matcher(item)])),
    );
  }
  return value;
}

describe.skipIf(cases.length === 0)('recorded REST requests', () => {
  test.each(cases.map((recorded, index) => [recorded.id, recorded, index] as const))(
    '%s',
    async (id, recorded, index) => {
      const dataset = `recorded_${index}`;
      const variables: Variables = {
        PROJECT,
        DATASET: `${PROJECT}.${dataset}`,
        DATASET_ID: dataset,
        GCS_BUCKET: 'test-webhook-bucket/bqemu-conformance',
      };
      await send(
        {
          method: 'POST',
          path: `/projects/${PROJECT}/datasets`,
          body: { datasetReference: { datasetId: dataset } },
        },
        {},
        variables,
      );
      if (recorded.setup_sql !== undefined) {
        const setup = await send(
          {
            method: 'POST',
            path: `/projects/${PROJECT}/queries`,
            body: { query: recorded.setup_sql, useLegacySql: false },
          },
          {},
          variables,
        );
        expect(setup.body).toMatchObject({ jobComplete: true });
      }
      for (const step of recorded.setup_requests ?? []) {
        const response = await send(step, recorded.bodies_base64, variables);
        expect(response.status).toBeLessThan(400);
        for (const [name, path] of Object.entries(step.capture ?? {}))
          variables[name] = capture(response, path);
        if (step.await_job !== undefined) await waitForJob(variables[step.await_job]!);
      }
      const check = async () => {
        const response = await send(recorded.request, recorded.bodies_base64, variables);
        expect(response.status).toBe(recorded.expected.http_status);
        expect(response.body).toEqual(matcher(substitute(recorded.expected.body, variables)));
      };
      if (LEDGER[id] === undefined) await check();
      else await expect(check(), 'listed as different, but it passes').rejects.toThrow();
    },
  );

  test('the ledger names only cases that exist', () => {
    const known = new Set(cases.map(({ id }) => id));
    expect(Object.keys(LEDGER).filter((id) => !known.has(id))).toEqual([]);
  });
});
