import { createHash } from 'node:crypto';
import type { Message, Method } from '../../serving/method.js';
import { pageOf } from '../../serving/paging.js';
import { ServiceError } from '../../serving/service-error.js';
import { type Emulator, notFound } from '../emulator.js';
import { checkId, checkName } from '../names.js';
import { getInstance } from './instances.js';
import { maskPaths } from './masks.js';
import type { Operations } from './operations.js';

type Profile = Message & { name: string };

const ROUTINGS = ['multiClusterRoutingUseAny', 'singleClusterRouting'] as const;
const ISOLATIONS = ['priority', 'standardIsolation', 'dataBoostIsolationReadOnly'] as const;
/** Members that an update may change, by path, and the members they take the place of. */
const PATHS: Readonly<Record<string, { field: string; replaces: readonly string[] }>> = {
  description: { field: 'description', replaces: [] },
  multi_cluster_routing_use_any: { field: 'multiClusterRoutingUseAny', replaces: ROUTINGS },
  single_cluster_routing: { field: 'singleClusterRouting', replaces: ROUTINGS },
  priority: { field: 'priority', replaces: ISOLATIONS },
  standard_isolation: { field: 'standardIsolation', replaces: ISOLATIONS },
  data_boost_isolation_read_only: { field: 'dataBoostIsolationReadOnly', replaces: ISOLATIONS },
};

/** App profiles are kept and listed; a call may name any, and is not treated differently. */
export function appProfileMethods(emulator: Emulator, operations: Operations): Record<string, Method> {
  return {
    CreateAppProfile: {
      kind: 'unary',
      handle: async (request) => {
        const parent = checkName('instance', request.parent, 'parent');
        getInstance(emulator, parent);
        const name = `${parent}/appProfiles/${checkId('app profile', request.appProfileId, 'app_profile_id')}`;
        if (emulator.store.resources.has(name)) {
          throw new ServiceError('ALREADY_EXISTS', `App profile already exists: ${name}`);
        }
        return put(emulator, { ...((request.appProfile ?? {}) as Message), name });
      },
    },
    GetAppProfile: {
      kind: 'unary',
      handle: ({ name }) => getProfile(emulator, checkName('app profile', name, 'name')),
    },
    ListAppProfiles: { kind: 'unary', handle: (request) => listProfiles(emulator, request) },
    UpdateAppProfile: {
      kind: 'unary',
      handle: async (request) => {
        const given = (request.appProfile ?? {}) as Message;
        const profile = getProfile(emulator, checkName('app profile', given.name, 'app_profile.name'));
        for (const path of maskPaths(request.updateMask)) update(profile, given, path);
        const updated = await put(emulator, profile);
        return operations.done(profile.name, ['UpdateAppProfileMetadata', {}], ['AppProfile', updated]);
      },
    },
    DeleteAppProfile: {
      kind: 'unary',
      handle: async (request) => {
        const { name } = getProfile(emulator, checkName('app profile', request.name, 'name'));
        await emulator.change({ type: 'delete-resource', name });
        return {};
      },
    },
  };
}

function getProfile({ store }: Emulator, name: string): Profile {
  const profile = store.resources.get(name);
  if (profile === undefined) throw notFound(name);
  return { ...profile, name };
}

function listProfiles(emulator: Emulator, request: Message): Message {
  const parent = String(request.parent ?? '');
  const isAny = /^projects\/[^/]+\/instances\/-$/.test(parent);
  if (!isAny) getInstance(emulator, checkName('instance', parent, 'parent'));
  const prefix = isAny ? parent.slice(0, -1) : `${parent}/appProfiles/`;
  const profiles = [...emulator.store.resources.keys()]
    .filter((name) => name.startsWith(prefix) && name.includes('/appProfiles/'))
    .map((name) => getProfile(emulator, name));
  const { items, ...page } = pageOf(profiles, ({ name }) => name, request);
  return { appProfiles: items, ...page };
}

function update(profile: Profile, given: Message, path: string): void {
  const known = Object.entries(PATHS).find(([name]) => path === name || path.startsWith(`${name}.`))?.[1];
  if (known === undefined) {
    throw new ServiceError('INVALID_ARGUMENT', `Error in field 'update_mask' : '${path}' cannot be updated`);
  }
  for (const field of known.replaces) delete profile[field];
  profile[known.field] = given[known.field];
}

/** Stores a profile. @throws ServiceError INVALID_ARGUMENT for one that routes nowhere, or to no cluster. */
async function put(emulator: Emulator, profile: Profile): Promise<Profile> {
  if (ROUTINGS.every((field) => profile[field] === undefined)) {
    throw new ServiceError('INVALID_ARGUMENT', "Error in field 'routing_policy' : must be set");
  }
  const cluster = (profile.singleClusterRouting as { clusterId?: string } | undefined)?.clusterId;
  const instance = profile.name.split('/appProfiles/')[0];
  if (cluster !== undefined && !emulator.store.resources.has(`${instance}/clusters/${cluster}`)) {
    throw new ServiceError('INVALID_ARGUMENT', `The instance has no cluster '${cluster}'`);
  }
  const { etag: _, ...fields } = profile;
  const etag = createHash('sha256').update(JSON.stringify(fields)).digest('hex').slice(0, 16);
  const resource = { ...fields, etag };
  await emulator.change({ type: 'put-resource', name: profile.name, resource });
  return resource;
}
