import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startBigQueryServer } from '../../src/emulators/bigquery/server/index.js';
import type { HttpListener } from '../../src/emulators/serving/http-listener.js';
import { plainRequest } from '../helpers/plain-request.js';
import { useStorage } from './storage/harness.js';

const storage = useStorage();
let bigQuery: HttpListener;

beforeAll(async () => {
  bigQuery = await startBigQueryServer({ allowedHosts: ['ward.internal'] });
});
afterAll(() => bigQuery.close());

const JSON_TYPE = { 'Content-Type': 'application/json' };
const DATASETS = '/bigquery/v2/projects/healthmon-local/datasets';
const newDataset = (id: string) => JSON.stringify({ datasetReference: { datasetId: id } });

async function datasets(): Promise<string[]> {
  const { body } = await plainRequest(bigQuery.url, ['GET', DATASETS], { Host: 'localhost' });
  const { datasets = [] } = JSON.parse(body) as { datasets?: { datasetReference: { datasetId: string } }[] };
  return datasets.map(({ datasetReference }) => datasetReference.datasetId);
}

describe('the BigQuery emulator', () => {
  it.each([
    ['a rebound name', { Host: 'evil.example', ...JSON_TYPE }],
    ['another origin', { Host: '127.0.0.1', Origin: 'https://evil.example', ...JSON_TYPE }],
    ['a sandboxed page', { Host: '127.0.0.1', Origin: 'null', ...JSON_TYPE }],
    ['another site', { Host: '127.0.0.1', 'Sec-Fetch-Site': 'cross-site', ...JSON_TYPE }],
    ['text', { Host: '127.0.0.1', 'Content-Type': 'text/plain;charset=UTF-8' }],
    ['a form', { Host: '127.0.0.1', 'Content-Type': 'application/x-www-form-urlencoded' }],
    ['a form with files', { Host: '127.0.0.1', 'Content-Type': 'multipart/form-data; boundary=x' }],
  ])('refuses %s in its own envelope and does nothing', async (_what, headers) => {
    const answer = await plainRequest(bigQuery.url, ['POST', DATASETS], headers, newDataset('planted'));
    expect(answer.status).toBe(403);
    expect(JSON.parse(answer.body)).toMatchObject({
      error: { code: 403, status: 'PERMISSION_DENIED', errors: [{ reason: 'accessDenied' }] },
    });
    expect(await datasets()).not.toContain('planted');
  });

  it('refuses them at uploads, for unknown paths and for every method', async () => {
    for (const line of [
      ['POST', '/upload/bigquery/v2/projects/p/jobs?uploadType=multipart'],
      ['GET', '/'],
      ['GET', 'http://127.0.0.1/discovery/v1/apis/bigquery/v2/rest'],
      ['OPTIONS', '/bigquery/v2/projects/p/queries'],
      ['DELETE', '/bigquery/v2/projects/p/datasets/x'],
    ] as const) {
      const answer = await plainRequest(bigQuery.url, line, { Host: 'evil.example:80' });
      expect(answer.status).toBe(403);
    }
  });

  it('serves this machine and the allowed name', async () => {
    for (const Host of ['127.0.0.1', `localhost:${bigQuery.port}`, '[::1]:1', 'ward.internal:80']) {
      expect((await plainRequest(bigQuery.url, ['GET', DATASETS], { Host })).status).toBe(200);
    }
    const Origin = 'http://ward.internal';
    const answer = await plainRequest(
      bigQuery.url,
      ['POST', DATASETS],
      { Host: 'ward.internal', Origin, 'Sec-Fetch-Site': 'same-origin', ...JSON_TYPE },
      newDataset('wanted'),
    );
    expect(answer.status).toBe(200);
    expect(await datasets()).toContain('wanted');
  });
});

describe('the Cloud Storage emulator', () => {
  const newBucket = JSON.stringify({ name: 'planted' });

  it.each([
    ['a rebound name', { Host: 'evil.example', ...JSON_TYPE }],
    ['another origin', { Host: '127.0.0.1', Origin: 'https://evil.example', ...JSON_TYPE }],
    ['another site', { Host: '127.0.0.1', 'Sec-Fetch-Site': 'same-site', ...JSON_TYPE }],
    ['text', { Host: '127.0.0.1', 'Content-Type': 'text/plain' }],
  ])('refuses %s in its own envelope and does nothing', async (_what, headers) => {
    const answer = await plainRequest(
      storage.server.url,
      ['POST', '/storage/v1/b?project=p1'],
      headers,
      newBucket,
    );
    expect(answer.status).toBe(403);
    expect(JSON.parse(answer.body)).toMatchObject({
      error: { code: 403, errors: [{ reason: 'forbidden' }] },
    });
    expect(await storage.client.bucket('planted').exists()).toEqual([false]);
  });

  it('takes files of any type where files are uploaded, from this machine only', async () => {
    const bucket = await storage.newBucket();
    const line = ['POST', `/upload/storage/v1/b/${bucket}/o?uploadType=media&name=note.txt`] as const;
    const text = { 'Content-Type': 'text/plain' };
    const refused = await plainRequest(
      storage.server.url,
      line,
      { Host: 'localhost', Origin: 'null', ...text },
      'x',
    );
    expect(refused.status).toBe(403);
    expect(
      (await plainRequest(storage.server.url, line, { Host: 'localhost', ...text }, 'a note')).status,
    ).toBe(200);
    expect(String(await storage.client.bucket(bucket).file('note.txt').download())).toBe('a note');
    // No browser sends such a path, but what comes of it is no upload.
    const disguised = ['POST', '/upload/%2e%2e/storage/v1/b?project=p1'] as const;
    expect(
      (await plainRequest(storage.server.url, disguised, { Host: 'localhost', ...text }, newBucket)).status,
    ).toBe(403);
  });
});
