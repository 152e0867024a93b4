import { afterAll, beforeAll, inject } from 'vitest';
import { HOST_VARIABLES, SERVICE_NAMES } from '../../src/emulators/services.js';
import { stackEndpoints, stackEnv, startStack } from '../../src/emulators/stack.js';
import type { LocalEndpoints } from '../../src/gcp/endpoints.js';

export interface TestStack {
  endpoints: LocalEndpoints;
  /** The standard variables of the stack, and nothing else. */
  env: Record<string, string>;
}

const PROJECT = 'healthmon-local';

/**
 * The stack of this test run with all five services, started by the first file that asks. Files share it, so each
 * uses instances, datasets, buckets and topics of its own. A missing emulator is a failure, not a reason to skip.
 */
export async function testStack(): Promise<TestStack> {
  const folder = inject('stackFolder');
  const location = { env: { ...withoutEndpoints(process.env), HEALTHMON_STATE_DIR: folder }, cwd: folder };
  await startStack({ ...location, project: PROJECT, waitTimeoutMs: 90_000 });
  const endpoints = await stackEndpoints(location);
  if (endpoints === undefined) throw new Error('The test stack started without some of its services');
  return { endpoints, env: (await stackEnv(location)) ?? {} };
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
  for (const service of SERVICE_NAMES) delete rest[HOST_VARIABLES[service]];
  return rest;
}
