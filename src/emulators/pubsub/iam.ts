import type { Message, Methods } from '../serving/method.js';
import type { HttpRule } from '../serving/rest/routes.js';
import { checkName, failure, invalid, notFound, type ResourceKind } from './names.js';
import type { Store } from './store.js';

const KINDS: readonly ResourceKind[] = ['topics', 'subscriptions', 'snapshots', 'schemas'];

/** Where REST has the methods of IAM, which describe no paths of their own. */
export const IAM_ROUTES: Record<string, HttpRule[]> = {
  'google.iam.v1.IAMPolicy/GetIamPolicy': KINDS.map((kind) => ({ get: `${path(kind)}:getIamPolicy` })),
  'google.iam.v1.IAMPolicy/SetIamPolicy': KINDS.map((kind) => ({
    post: `${path(kind)}:setIamPolicy`,
    body: '*',
  })),
  'google.iam.v1.IAMPolicy/TestIamPermissions': KINDS.map((kind) => ({
    post: `${path(kind)}:testIamPermissions`,
    body: '*',
  })),
};

function path(kind: ResourceKind): string {
  return `/v1/{resource=projects/*/${kind}/*}`;
}

/**
 * `google.iam.v1.IAMPolicy`: policies are kept and shown, and grant or forbid nothing.
 * https://cloud.google.com/pubsub/docs/access-control
 */
export function iamMethods(store: Store): Methods[string] {
  return {
    GetIamPolicy: {
      kind: 'unary',
      handle: ({ resource }) => shown(store.resources.policies.get(existing(store, resource))),
    },
    SetIamPolicy: {
      kind: 'unary',
      handle: ({ resource, policy }) =>
        store.exclusively(async () => {
          const name = existing(store, resource);
          if (policy === undefined) throw invalid('The policy is missing.');
          const { etag, ...wanted } = policy as Message;
          const known = store.resources.policies.get(name);
          if (etag instanceof Uint8Array && etag.length > 0 && !etagOf(known).equals(etag)) {
            throw failure('ABORTED', 'The policy was changed since it was read: its etag is another one.');
          }
          const record = { ...wanted, revision: Number(known?.revision ?? 0) + 1 };
          await store.put({ type: 'policy', name, policy: record });
          return shown(record);
        }),
    },
    TestIamPermissions: {
      kind: 'unary',
      handle({ resource, permissions }) {
        existing(store, resource);
        return { permissions: permissions ?? [] };
      },
    },
  };
}

function shown(policy: Message | undefined): Message {
  const { revision: _, ...fields } = policy ?? {};
  return { ...fields, etag: etagOf(policy) };
}

/** `ACAB` in base64, as the service shows it, for a policy that was never set. */
function etagOf(policy: Message | undefined): Buffer {
  return policy === undefined ? Buffer.from('ACAB', 'base64') : Buffer.from(`revision ${policy.revision}`);
}

/** @throws ServiceError NOT_FOUND when there is no such topic, subscription, snapshot or schema */
function existing(store: Store, resource: unknown): string {
  const kind = String(resource ?? '').split('/')[2] as ResourceKind;
  if (!KINDS.includes(kind))
    throw invalid(`Policies belong to topics, subscriptions, snapshots and schemas, not to ${resource}.`);
  const name = checkName(kind, resource);
  if (!store.resources[kind].has(name)) throw notFound('Resource', name);
  return name;
}
