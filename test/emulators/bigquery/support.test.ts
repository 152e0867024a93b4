import { expect, test } from 'vitest';
import { capabilities, supportPage } from '../../../src/emulators/bigquery/capabilities.js';
import { functions } from '../../../src/emulators/googlesql/functions/index.js';
import { knownFunctions } from '../../../src/emulators/googlesql/functions/known-functions.js';

test('SUPPORT.md is what the tables say (update it with vitest -u)', async () => {
  await expect(supportPage()).toMatchFileSnapshot('../../../src/emulators/bigquery/SUPPORT.md');
});

test('every function that is called supported has a rule', () => {
  const missing = knownFunctions().filter(
    ([name, status]) => status === 'supported' && functions.find(name) === undefined,
  );
  expect(missing).toEqual([]);
});

test('nothing is listed twice', () => {
  const names = capabilities().map(({ area, name }) => `${area}: ${name}`);
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});
