import { setTimeout as pause } from 'node:timers/promises';
import { isAlreadyExists } from './google-errors.js';
import { type GoogleApi, GoogleHttpError, type GoogleRest } from './google-rest.js';

/** What a role can be granted on. */
export type ResourceKind =
  | 'project'
  | 'subscription'
  | 'topic'
  | 'bigtableTable'
  | 'dataset'
  | 'bucket'
  | 'secret'
  | 'serviceAccount';

/** One member gets one role on one resource. */
export interface Binding {
  kind: ResourceKind;
  /** Full name, such as `projects/p/topics/t`; of a bucket its name alone. */
  resource: string;
  role: string;
  /** Such as `serviceAccount:NAME@PROJECT.iam.gserviceaccount.com`. */
  member: string;
}

interface Policy {
  version?: number;
  etag?: string;
  bindings?: { role: string; members: string[]; condition?: unknown }[];
}

interface PolicyCalls {
  api: GoogleApi;
  read: (resource: string) => readonly [path: string, body?: object];
  write: (resource: string) => string;
  /** Buckets take the policy itself. */
  bare?: true;
}

/** Policies with conditions are only shown in full to whoever asks for their version. */
const FULL = { options: { requestedPolicyVersion: 3 } };

/** How each API reads and writes the policy of a resource. https://cloud.google.com/iam/docs/reference/rest */
const POLICY_CALLS: Readonly<Record<Exclude<ResourceKind, 'dataset'>, PolicyCalls>> = {
  project: {
    api: 'resourceManager',
    read: (name) => [`v3/${name}:getIamPolicy`, FULL],
    write: (name) => `v3/${name}:setIamPolicy`,
  },
  subscription: readByGet('pubsub', 'v1'),
  topic: readByGet('pubsub', 'v1'),
  secret: readByGet('secretManager', 'v1'),
  bigtableTable: {
    api: 'bigtableAdmin',
    read: (name) => [`v2/${name}:getIamPolicy`, FULL],
    write: (name) => `v2/${name}:setIamPolicy`,
  },
  serviceAccount: {
    api: 'iam',
    read: (name) => [`v1/${name}:getIamPolicy?options.requestedPolicyVersion=3`, {}],
    write: (name) => `v1/${name}:setIamPolicy`,
  },
  bucket: {
    api: 'storage',
    read: (name) => [`b/${name}/iam?optionsRequestedPolicyVersion=3`],
    write: (name) => `b/${name}/iam`,
    bare: true,
  },
};

function readByGet(api: GoogleApi, version: string): PolicyCalls {
  return {
    api,
    read: (name) => [`${version}/${name}:getIamPolicy?options.requestedPolicyVersion=3`],
    write: (name) => `${version}/${name}:setIamPolicy`,
  };
}

/** A new service account is known everywhere a minute later at the latest. */
const UNKNOWN_MEMBER_TRIES = 30;
const UNKNOWN_MEMBER_PAUSE_MS = 2_000;

/**
 * Adds a binding to the policy of its resource, and leaves all others as they are.
 * @returns false when it was there.
 * @throws GoogleHttpError 409 when somebody else changed the policy at the same moment.
 */
export async function grant(rest: GoogleRest, binding: Binding, signal: AbortSignal): Promise<boolean> {
  for (let tries = 1; ; tries++) {
    try {
      return await (binding.kind === 'dataset'
        ? grantDataset(rest, binding)
        : grantPolicy(rest, binding, POLICY_CALLS[binding.kind]));
    } catch (error) {
      const isUnknown =
        error instanceof GoogleHttpError && error.code === 400 && /does not exist/.test(error.message);
      if (!isUnknown || tries === UNKNOWN_MEMBER_TRIES) throw error;
      await pause(UNKNOWN_MEMBER_PAUSE_MS, undefined, { signal });
    }
  }
}

async function grantPolicy(
  { ask }: GoogleRest,
  { resource, role, member }: Binding,
  { api, read, write, bare }: PolicyCalls,
): Promise<boolean> {
  const [path, body] = read(resource);
  const policy = (await ask(api, path, { body })) as Policy;
  const bindings = policy.bindings ?? [];
  const present = bindings.find((candidate) => candidate.role === role && candidate.condition === undefined);
  if (present?.members.includes(member)) return false;
  const others = bindings.filter((candidate) => candidate !== present);
  const changed = {
    ...policy,
    bindings: [...others, { role, members: [...(present?.members ?? []), member] }],
  };
  await (bare
    ? ask(api, write(resource), { method: 'PUT', body: changed })
    : ask(api, write(resource), { body: { policy: changed } }));
  return true;
}

interface Dataset {
  etag: string;
  access?: { role?: string; userByEmail?: string }[];
}

/** Names that BigQuery gives these roles in the access list of a dataset. */
const DATASET_ROLES: Readonly<Record<string, string>> = {
  'roles/bigquery.dataViewer': 'READER',
  'roles/bigquery.dataEditor': 'WRITER',
};

async function grantDataset({ ask }: GoogleRest, { resource, role, member }: Binding): Promise<boolean> {
  const { etag, access = [] } = (await ask('bigquery', resource)) as Dataset;
  const entry = { role: DATASET_ROLES[role] ?? role, userByEmail: member.slice(member.indexOf(':') + 1) };
  const isThere = access.some(
    ({ role: held, userByEmail }) =>
      userByEmail === entry.userByEmail && (held === entry.role || held === role),
  );
  if (isThere) return false;
  await ask('bigquery', resource, {
    method: 'PATCH',
    body: { access: [...access, entry] },
    ifMatch: etag,
  });
  return true;
}

/** Makes a service account exist. @returns false when it did. */
export async function ensureServiceAccount(
  { ask }: GoogleRest,
  project: string,
  account: { accountId: string; displayName: string; description: string },
): Promise<boolean> {
  const { accountId, ...serviceAccount } = account;
  try {
    await ask('iam', `v1/projects/${project}/serviceAccounts`, { body: { accountId, serviceAccount } });
    return true;
  } catch (error) {
    if (isAlreadyExists(error)) return false;
    throw error;
  }
}
