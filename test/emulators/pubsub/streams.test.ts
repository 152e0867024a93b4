import { afterAll, beforeAll, expect, it } from 'vitest';
import { STREAM_CASES } from './cases-streams.js';
import { type Running, startEmbedded } from './harness.js';

// In the runs tried so far Google's emulator ended or starved some of these streams, so it gives no second opinion.

let running: Running;
beforeAll(async () => {
  running = await startEmbedded();
});
afterAll(() => running.stop());

it.each(STREAM_CASES)('$name', async ({ act, expect: wanted }) => {
  expect(await act(running.api())).toEqual(wanted);
});
