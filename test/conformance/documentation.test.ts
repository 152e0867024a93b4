import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { documentationDivergences, documentationOutOfScope } from './divergences.js';
import { corpusFolder, type DocumentationCase, readCases } from './support/cases.js';
import { type Emulator, startEmulator } from './support/emulator.js';
import { againstLedger, unknownIds } from './support/ledger.js';
import { runDocumentation } from './support/run-documentation.js';

const cases = readCases<DocumentationCase>('googlesql-docs.jsonl');
const target = 0.9;

describe.skipIf(corpusFolder === undefined)('the examples of the language reference', () => {
  let emulator: Emulator;
  beforeAll(async () => {
    emulator = await startEmulator();
  });
  afterAll(() => emulator.close());

  const examples = new Map(cases.map((item) => [item.id, item]));
  const ledger = { ...documentationDivergences, ...documentationOutOfScope };

  it.each(cases.map((item) => [item.id, item] as const))('%s', async (id, item) => {
    await againstLedger(id, ledger, () => runDocumentation(item, emulator, examples));
  });

  it(`hold in at least ${target * 100} % of those in scope`, () => {
    const ids = cases.map((item) => item.id);
    expect(unknownIds(ledger, ids)).toEqual([]);
    const inScope = cases.length - Object.keys(documentationOutOfScope).length;
    const passing = inScope - Object.keys(documentationDivergences).length;
    process.stderr.write(`${passing} of ${inScope} examples in scope hold (${cases.length} in all)\n`);
    expect(passing / inScope).toBeGreaterThanOrEqual(target);
  });
});
