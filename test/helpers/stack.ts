import { afterAll, beforeAll, inject } from 'vitest';
import { chosenEmulators, resolveConfig } from '../../src/config/config.js';
import { implementationOf, SERVICE_NAMES, SERVICES, type ServiceName } from '../../src/core/services.js';
import { startStack } from '../../src/emulators/stack/start.js';
import { stackEndpoints, stackEnv } from '../../src/emulators/stack/status.js';
import { missingOfficials } from './official-emulators.js';

export interface TestStack {
  endpoints: Record<ServiceName, string>;
  /** The standard variables of the stack, and nothing else. */
  env: Record<string, string>;
}

const PROJECT = 'healthmon-local';

/**
 * The stack of this test run with all services that can be had, started by the first file that asks. Files share it, so each uses
 * instances, datasets, buckets and topics of its own. `HEALTHMON_EMULATORS_PUBSUB=official` and its relatives choose
 * Google's emulators for a run.
 */
export async function testStack(): Promise<TestStack> {
  const folder = inject('stackFolder');
  const location = { env: { ...withoutEndpoints(process.env), HEALTHMON_STATE_DIR: folder }, cwd: folder };
  const { env } = location;
  const implementations = chosenEmulators(resolveConfig({ flags: {}, env, cwd: folder }));
  const missing: readonly ServiceName[] = await missingOfficials();
  const only = SERVICE_NAMES.filter(
    (name) => implementationOf(name, implementations) === 'embedded' || !missing.includes(name),
  );
  await startStack({ ...location, project: PROJECT, only, implementations, waitTimeoutMs: 90_000 });
  const endpoints = { ...(await stackEndpoints(location)) };
  if (only.some((name) => endpoints[name] === undefined))
    throw new Error('The test stack started without some of its services');
  return { endpoints: endpoints as TestStack['endpoints'], env: (await stackEnv(location)) ?? {} };
}

/** Starts or joins the stack before the tests of a file, and sets the standard variables during them. */
export function useTestStack(): TestStack {
  const stack = {} as TestStack;
  const before: Record<string, string | undefined> = {};
  beforeAll(async () => {
    Object.assign(stack, await testStack());
    for (const [name, value] of Object.entries(stack.env)) {
      before[name] = process.env[name];
      process.env[name] = value;
    }
  });
  afterAll(() => {
    for (const [name, value] of Object.entries(before)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  });
  return stack;
}

function withoutEndpoints(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const rest = { ...env };
  for (const service of SERVICE_NAMES) delete rest[SERVICES[service].hostVariable];
  return rest;
}
