import type { Policies } from '../../serving/iam.js';
import type { Emulator } from './emulator.js';

/** @param check throws when there is no such resource. */
export function policiesOf({ store }: Emulator, check: (resource: string) => void): Policies {
  return {
    check(resource) {
      check(resource);
      return policyName(resource);
    },
    get: (name) => store.resources.get(name),
    put: (name, policy) => store.putResource(name, policy),
    empty: {},
  };
}

/** Where the policy of a resource is kept, beside the resources themselves. */
export function policyName(resource: string): string {
  return `${resource}:iamPolicy`;
}
