import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADMIN_CASES } from './cases-admin.js';
import { DELIVERY_CASES } from './cases-delivery.js';
import { SCHEMA_CASES } from './cases-schemas.js';
import { STREAM_CASES } from './cases-streams.js';
import { OFFICIAL_DIFFERENCES, OFFICIAL_UNIMPLEMENTED } from './differences.js';
import { type Implementation, type Running, startEmbedded, startOfficial } from './harness.js';

const CASES = [...ADMIN_CASES, ...DELIVERY_CASES, ...SCHEMA_CASES, ...STREAM_CASES];
const running: Partial<Record<Implementation, Running>> = {};

beforeAll(async () => {
  [running.embedded, running.official] = await Promise.all([startEmbedded(), startOfficial()]);
});
afterAll(() => Promise.all(Object.values(running).map((one) => one?.stop())));

describe.each(['embedded', 'official'] as const)('%s', (implementation) => {
  it.each(CASES)('$name', async ({ name, act, expect: wanted }) => {
    const target = running[implementation];
    // Google's emulator is the second opinion where it is installed.
    if (target === undefined && implementation === 'official') return;
    const api = target!.api();
    if (implementation === 'official' && OFFICIAL_UNIMPLEMENTED.includes(name)) {
      await expect(act(api)).rejects.toMatchObject({ code: status.UNIMPLEMENTED });
      return;
    }
    const result = JSON.parse(JSON.stringify(await act(api)).replaceAll(api.project, 'PROJECT'));
    const difference = implementation === 'official' ? OFFICIAL_DIFFERENCES[name] : undefined;
    expect(result).toEqual(difference === undefined ? wanted : difference.official);
  });
});

it('the ledger names cases that there are', () => {
  const names = CASES.map(({ name }) => name);
  const listed = [...Object.keys(OFFICIAL_DIFFERENCES), ...OFFICIAL_UNIMPLEMENTED];
  expect(listed.filter((name) => !names.includes(name))).toEqual([]);
  expect(new Set(names).size).toBe(names.length);
});
