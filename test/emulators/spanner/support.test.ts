import { createRequire } from 'node:module';
import { expect, test } from 'vitest';
import { readDescriptors } from '../../../src/emulators/serving/descriptors.js';
import { spannerCapabilities, supportPage } from '../../../src/emulators/spanner/capabilities.js';

test('SUPPORT.md is what the tables say (update it with vitest -u)', async () => {
  await expect(supportPage()).toMatchFileSnapshot('../../../src/emulators/spanner/SUPPORT.md');
});

test('every method of the services is served, or refused by name', async () => {
  const protos = createRequire(import.meta.url).resolve('@google-cloud/spanner-api/build/protos/protos.json');
  const { root } = await readDescriptors([{ path: protos }]);
  const described = [
    'google.spanner.v1.Spanner',
    'google.spanner.admin.database.v1.DatabaseAdmin',
    'google.spanner.admin.instance.v1.InstanceAdmin',
    'google.longrunning.Operations',
  ].flatMap((service) =>
    Object.keys(root.lookupService(service).methods).map((name) => `${service.split('.').at(-1)}.${name}`),
  );
  const listed = spannerCapabilities().map(({ name }) => name);
  expect(described.filter((name) => !listed.includes(name))).toEqual([]);
});
