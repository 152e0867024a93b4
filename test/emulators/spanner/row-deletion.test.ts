import { rmSync } from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { startEmbedded } from './backends.js';
import { SpannerSession, upsert } from './spanner-session.js';

const DAY_MS = 86_400_000;
const SCHEMA = [
  'CREATE TABLE Visits (K INT64, Seen TIMESTAMP) PRIMARY KEY (K), ROW DELETION POLICY (OLDER_THAN(Seen, INTERVAL 30 DAY))',
  'CREATE TABLE Notes (K INT64, L INT64) PRIMARY KEY (K, L), INTERLEAVE IN PARENT Visits ON DELETE CASCADE',
  'CREATE INDEX ByTime ON Visits (Seen)',
  'CREATE TABLE Kept (K INT64, Seen TIMESTAMP) PRIMARY KEY (K)',
];

let nowMs = Date.now();
let running: Awaited<ReturnType<typeof startEmbedded>>;
afterEach(() => running.stop());

const start = (dataDir?: string) =>
  startEmbedded({ now: () => nowMs, rowDeletionIntervalMs: 20, ...(dataDir !== undefined && { dataDir }) });
const daysAgo = (days: number) => new Date(nowMs - days * DAY_MS).toISOString();

describe('a row deletion policy', () => {
  it('deletes rows with their children when their time comes, for good', async () => {
    running = await start();
    const { dataDir } = running;
    const session = await SpannerSession.create(running.client, SCHEMA);
    const rows = Array.from({ length: 2500 }, (_, k) => [String(k), daysAgo(k % 2 === 0 ? 10 : 0)]);
    await session.write(
      upsert('Visits', ['K', 'Seen'], ...rows, ['9000', null]),
      upsert('Notes', ['K', 'L'], ['0', '1'], ['1', '1']),
      upsert('Kept', ['K', 'Seen'], ['1', daysAgo(1000)]),
    );
    nowMs += 25 * DAY_MS;
    await vi.waitFor(async () => expect(await session.rows('Visits', ['K'])).toHaveLength(1251), 30_000);
    expect(await session.rows('Notes', ['K'])).toEqual([['1']]);
    expect(await session.rows('Visits', ['K'], { index: 'ByTime', limit: '2' })).toEqual([['9000'], ['1']]);
    expect(await session.rows('Kept', ['K'])).toEqual([['1']]);
    // A later time saves a row.
    await session.write(upsert('Visits', ['K', 'Seen'], ['1', daysAgo(0)]));
    nowMs += 10 * DAY_MS;
    const left = [['1'], ['9000']];
    await vi.waitFor(async () => expect(await session.rows('Visits', ['K'])).toEqual(left), 30_000);
    running.client.close();
    await running.close();
    running = await start(dataDir);
    const again = await SpannerSession.of(running.client, session.database);
    expect(await again.rows('Visits', ['K'])).toEqual(left);
    rmSync(dataDir, { recursive: true, force: true });
  });
});
