import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { foundDivergences } from './divergences.js';
import { corpusFolder, readCases } from './support/cases.js';
import { type Emulator, startEmulator } from './support/emulator.js';
import { againstLedger, unknownIds } from './support/ledger.js';
import { type FieldCase, type FoundCase, runFound } from './support/run-found.js';

const cases = [
  ...readCases<FoundCase>('divergent.jsonl'),
  ...readCases<FieldCase>('field.jsonl').flatMap(fromField),
];

/** Queries met in the field, with rows or another error to be had. */
function fromField({ id, area, input, want }: FieldCase): FoundCase[] {
  if (area !== 'bigquery' || typeof input !== 'string') return [];
  if (typeof want === 'string') {
    const sql = input.replace(/\bf1\.(?=tgt)/g, '${DS}.').replaceAll('`f1`.', '`${DS}`.');
    return [{ id, sql, expected_error: want.replace(/^\d+: /, '') }];
  }
  return [{ id, sql: input, expected_rows: (want as object[]).map((row) => Object.values(row)) }];
}

describe.skipIf(corpusFolder === undefined)('what was answered wrongly', () => {
  let emulator: Emulator;
  beforeAll(async () => {
    emulator = await startEmulator();
  });
  afterAll(() => emulator.close());

  it.each(cases.map((item) => [item.id, item] as const))('%s', async (id, item) => {
    await againstLedger(id, foundDivergences, () => runFound(item, emulator));
  });

  it('is all that the ledger names', () => {
    const ids = cases.map((item) => item.id);
    expect(unknownIds(foundDivergences, ids)).toEqual([]);
  });
});
