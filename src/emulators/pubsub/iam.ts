import type { Policies } from '../serving/iam.js';
import type { HttpRule } from '../serving/rest/routes.js';
import { checkName, invalid, notFound, type ResourceKind } from './names.js';
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

/** `google.iam.v1.IAMPolicy`. https://cloud.google.com/pubsub/docs/access-control */
export function policiesOf(store: Store): Policies {
  const { policies } = store.resources;
  return {
    check: (resource) => existing(store, resource),
    get: (name) => policies.get(name),
    put: (name, policy) => store.put({ type: 'policy', name, policy }),
    empty: {},
  };
}

/** @throws ServiceError NOT_FOUND when there is no such topic, subscription, snapshot or schema */
function existing(store: Store, resource: string): string {
  const kind = resource.split('/')[2] as ResourceKind;
  if (!KINDS.includes(kind))
    throw invalid(`Policies belong to topics, subscriptions, snapshots and schemas, not to ${resource}.`);
  const name = checkName(kind, resource);
  if (!store.resources[kind].has(name)) throw notFound('Resource', name);
  return name;
}
