import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { recordedDivergences } from './divergences.js';
import { corpusFolder, type RecordedCase, readCases } from './support/cases.js';
import { type Emulator, startEmulator } from './support/emulator.js';
import { againstLedger, unknownIds } from './support/ledger.js';
import { runRecorded } from './support/run-recorded.js';

const cases = ['bigquery.jsonl', 'bigquery-2.jsonl'].flatMap((file) => readCases<RecordedCase>(file));
const target = 0.97;

describe.skipIf(corpusFolder === undefined)('what the service answered', () => {
  let emulator: Emulator;
  beforeAll(async () => {
    emulator = await startEmulator();
  });
  afterAll(() => emulator.close());

  it.each(cases.map((item) => [item.id, item] as const))('%s', async (id, item) => {
    await againstLedger(id, recordedDivergences, () => runRecorded(item, emulator));
  });

  it(`holds in at least ${target * 100} % of ${cases.length} cases`, () => {
    const ids = cases.map((item) => item.id);
    expect(unknownIds(recordedDivergences, ids)).toEqual([]);
    const passing = cases.length - Object.keys(recordedDivergences).length;
    process.stderr.write(`${passing} of ${cases.length} recorded cases hold\n`);
    expect(passing / cases.length).toBeGreaterThanOrEqual(target);
  });
});
