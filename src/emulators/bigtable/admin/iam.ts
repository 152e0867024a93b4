import type { Policies } from '../../serving/iam.js';
import type { Emulator } from '../emulator.js';

/** @param check throws when there is no such resource. */
export function policiesOf(emulator: Emulator, check: (resource: string) => void): Policies {
  return {
    check(resource) {
      check(resource);
      return policyName(resource);
    },
    get: (name) => emulator.store.resources.get(name),
    put: (name, policy) => emulator.change({ type: 'put-resource', name, resource: policy }),
    empty: { version: 1 },
  };
}

/** Where the policy of a resource is kept, beside the resources themselves. */
export function policyName(resource: string): string {
  return `${resource}:iamPolicy`;
}
