import type { Message, Method } from './method.js';
import { ServiceError } from './service-error.js';

/** Where a service keeps the policies of its resources. */
export interface Policies {
  /** @returns the name of the resource. @throws ServiceError when there is no such resource */
  check(resource: string): string;
  get(name: string): Message | undefined;
  put(name: string, policy: Message): Promise<void>;
  /** What a policy says that was never set. */
  empty: Message;
}

/**
 * The IAM methods of a service: policies are kept and shown, and grant or forbid nothing.
 * https://cloud.google.com/iam/docs/reference/rpc/google.iam.v1
 */
export function iamMethods(policies: Policies): Record<string, Method> {
  const nameOf = ({ resource }: Message) => policies.check(String(resource ?? ''));
  const shown = (policy: Message | undefined) => {
    const { revision: _, ...fields } = policy ?? {};
    return { ...policies.empty, ...fields, etag: etagOf(policy) };
  };
  return {
    GetIamPolicy: { kind: 'unary', handle: (request) => shown(policies.get(nameOf(request))) },
    SetIamPolicy: {
      kind: 'unary',
      async handle(request) {
        const name = nameOf(request);
        if (request.policy === undefined)
          throw new ServiceError('INVALID_ARGUMENT', 'The policy is missing.');
        const { etag, ...wanted } = request.policy as Message;
        const known = policies.get(name);
        if (etag instanceof Uint8Array && etag.length > 0 && !etagOf(known).equals(etag)) {
          throw new ServiceError(
            'ABORTED',
            'The policy was changed since it was read: its etag is another one.',
          );
        }
        const policy = { ...wanted, revision: Number(known?.revision ?? 0) + 1 };
        await policies.put(name, policy);
        return shown(policy);
      },
    },
    TestIamPermissions: {
      kind: 'unary',
      handle(request) {
        nameOf(request);
        return { permissions: request.permissions ?? [] };
      },
    },
  };
}

/**
 * `ACAB` in base64, as the services show it, for a policy that was never set. In ASCII: Node's client sends the etag
 * back as what it is when read as such.
 */
function etagOf(policy: Message | undefined): Buffer {
  return policy === undefined
    ? Buffer.from('ACAB', 'base64')
    : Buffer.from(`revision ${policy.revision ?? 0}`);
}
