import { expect, it } from 'vitest';
import { COMMANDS } from '../../../commands/index.js';
import { STANDARD_SERVICES } from '../../../src/core/services.js';
import { commandNeeds, servicesOf } from '../../../src/gcp/access.js';

it.each([
  ['query', ['bigquery']],
  ['join', ['bigquery']],
  ['train', ['bigquery']],
  ['evaluate', ['bigquery']],
  ['predict', ['bigquery']],
  ['load', ['storage', 'spanner']],
  ['sync', ['spanner', 'storage', 'bigquery']],
  ['simulate', ['pubsub']],
  ['stream', ['pubsub', 'bigtable', 'bigquery']],
  ['dead-letters list', ['pubsub']],
  ['emulators start', []],
])('%s needs %j', (command, services) => {
  expect(servicesOf(command)).toEqual(services);
});

it('provision needs all services, and every command that changes the target needs something', async () => {
  expect([...servicesOf('provision')].sort()).toEqual([...STANDARD_SERVICES].sort());
  const known = commandNeeds().map(({ command }) => command);
  for (const { path, load } of COMMANDS) {
    const { target } = (await load()).default;
    if (target === 'changes' && path !== 'demo') expect(known).toContain(path.split(' ')[0]);
  }
});
