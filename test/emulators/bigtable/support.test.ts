import { createRequire } from 'node:module';
import { expect, test } from 'vitest';
import { bigtableCapabilities, supportPage } from '../../../src/emulators/bigtable/capabilities.js';
import { readDescriptors } from '../../../src/emulators/serving/descriptors.js';

test('SUPPORT.md is what the tables say (update it with vitest -u)', async () => {
  await expect(supportPage()).toMatchFileSnapshot('../../../src/emulators/bigtable/SUPPORT.md');
});

test('every method of the services is served, or refused by name', async () => {
  const protos = createRequire(import.meta.url).resolve('@google-cloud/bigtable/build/protos/protos.json');
  const { root } = await readDescriptors([{ path: protos }]);
  const described = [
    'google.bigtable.v2.Bigtable',
    'google.bigtable.admin.v2.BigtableTableAdmin',
    'google.bigtable.admin.v2.BigtableInstanceAdmin',
    'google.longrunning.Operations',
  ].flatMap((service) =>
    Object.keys(root.lookupService(service).methods).map((name) => `${service.split('.').at(-1)}.${name}`),
  );
  const listed = bigtableCapabilities().map(({ name }) => name);
  expect(described.filter((name) => !listed.includes(name))).toEqual([]);
});

test('nothing is listed twice', () => {
  const names = bigtableCapabilities().map(({ name }) => name);
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});
