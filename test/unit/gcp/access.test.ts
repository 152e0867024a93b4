import { expect, it } from 'vitest';
import { COMMANDS } from '../../../commands/index.js';
import { SERVICE_NAMES } from '../../../src/core/services.js';
import { servicesOf } from '../../../src/gcp/access.js';

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

it('provision needs all services, and only commands that never touch the target need none', async () => {
  expect([...servicesOf('provision')].sort()).toEqual([...SERVICE_NAMES].sort());
  for (const { path, load } of COMMANDS) {
    const { target } = (await load()).default;
    if (target === 'changes' && path !== 'demo') expect(servicesOf(path), path).not.toEqual([]);
  }
});
