import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aggregateCases } from './corpus/aggregates.js';
import { calendarCases } from './corpus/calendar.js';
import type { OwnCase } from './corpus/case.js';
import { collationCases } from './corpus/collation.js';
import { conversionCases } from './corpus/conversions.js';
import { ddlCases } from './corpus/ddl.js';
import { decimalCases } from './corpus/decimals.js';
import { dmlCases } from './corpus/dml.js';
import { functionCases } from './corpus/functions.js';
import { geographyCases } from './corpus/geography.js';
import { javaScriptCases } from './corpus/javascript.js';
import { queryCases } from './corpus/queries.js';
import { refusalCases } from './corpus/refusals.js';
import { scriptCases } from './corpus/scripts.js';
import { subqueryCases } from './corpus/subqueries.js';
import { type Emulator, startEmulator } from './support/emulator.js';
import { runOwn } from './support/run-own.js';

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator();
});
afterAll(() => emulator.close());

describe.each<[string, OwnCase[]]>([
  ['queries', queryCases],
  ['functions', functionCases],
  ['aggregates', aggregateCases],
  ['conversions', conversionCases],
  ['collations', collationCases],
  ['the calendar', calendarCases],
  ['decimals', decimalCases],
  ['subqueries', subqueryCases],
  ['changes of data', dmlCases],
  ['definitions', ddlCases],
  ['geography', geographyCases],
  ['JavaScript', javaScriptCases],
  ['scripts', scriptCases],
  ['refusals', refusalCases],
])('%s', (topic, cases) => {
  it.each(cases.map((item, index) => [item.name, item, index] as const))('%s', async (_, item, index) => {
    await runOwn(item, `${topic.replaceAll(' ', '_')}_${index}`, emulator);
  });

  it('have names of their own', () => {
    expect(new Set(cases.map((item) => item.name)).size).toBe(cases.length);
  });
});
