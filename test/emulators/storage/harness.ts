import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Storage } from '@google-cloud/storage';
import { afterAll, beforeAll } from 'vitest';
import type { HttpListener } from '../../../src/emulators/serving/http-listener.js';
import { startStorageServer } from '../../../src/emulators/storage/server.js';

export interface StorageHarness {
  server: HttpListener;
  client: Storage;
  /** Stops the server and starts another one on the same folder. */
  restart(): Promise<void>;
  newBucket(): Promise<string>;
}

/** One server and one official client for a test file. */
export function useStorage(): StorageHarness {
  const dataDir = mkdtempSync(join(tmpdir(), 'healthmon-storage-'));
  let buckets = 0;
  const harness = {} as StorageHarness;
  const start = async () => {
    harness.server = await startStorageServer({ dataDir });
    harness.client = clientOf(harness.server.url);
  };
  harness.restart = async () => {
    await harness.server.close();
    await start();
  };
  harness.newBucket = async () => {
    const name = `bucket-${++buckets}`;
    await harness.client.createBucket(name);
    return name;
  };
  beforeAll(start);
  afterAll(async () => {
    await harness.server.close();
    rmSync(dataDir, { recursive: true, force: true });
  });
  return harness;
}

export function clientOf(url: string): Storage {
  return new Storage({ apiEndpoint: url, projectId: 'p1', retryOptions: { autoRetry: false } });
}

/** The HTTP status of what a call was refused with; undefined when it was not refused. */
export async function statusOf(call: Promise<unknown>): Promise<number | undefined> {
  try {
    await call;
    return undefined;
  } catch (error) {
    return Number((error as { code?: number | string }).code);
  }
}
