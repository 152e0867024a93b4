import { createHash } from 'node:crypto';
import type { Message, Method } from '../serving/method.js';
import { ServiceError } from '../serving/service-error.js';
import type { Emulator } from './emulator.js';

/**
 * The IAM methods of a service. Policies are stored and not enforced: everybody may do everything.
 * @param check throws when there is no such resource.
 */
export function iamMethods(emulator: Emulator, check: (resource: string) => void): Record<string, Method> {
  const { resources } = emulator.store;
  const nameOf = (request: Message) => {
    const resource = String(request.resource ?? '');
    check(resource);
    return policyName(resource);
  };
  return {
    GetIamPolicy: {
      kind: 'unary',
      handle: (request) => withEtag(resources.get(nameOf(request)) ?? {}),
    },
    SetIamPolicy: {
      kind: 'unary',
      handle: async (request) => {
        const name = nameOf(request);
        const { etag, ...policy } = (request.policy ?? {}) as { etag?: Buffer } & Message;
        const current = withEtag(resources.get(name) ?? {});
        if (etag !== undefined && etag.length > 0 && !etag.equals(current.etag)) {
          throw new ServiceError('ABORTED', 'The policy was changed since it was read: its etag differs.');
        }
        await emulator.change({ type: 'put-resource', name, resource: policy });
        return withEtag(policy);
      },
    },
    TestIamPermissions: {
      kind: 'unary',
      handle: (request) => {
        nameOf(request);
        return { permissions: request.permissions ?? [] };
      },
    },
  };
}

/** Where the policy of a resource is kept, beside the resources themselves. */
export function policyName(resource: string): string {
  return `${resource}:iamPolicy`;
}

function withEtag(policy: Message): Message & { etag: Buffer } {
  // In ASCII: Node's client sends the etag back as what it is when read as such.
  const etag = createHash('sha256').update(JSON.stringify(policy)).digest('hex').slice(0, 8);
  return { version: 1, ...policy, etag: Buffer.from(etag) };
}
