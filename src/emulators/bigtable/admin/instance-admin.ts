import { iamMethods } from '../../serving/iam.js';
import type { Message, Methods } from '../../serving/method.js';
import { pageOf } from '../../serving/paging.js';
import { ServiceError } from '../../serving/service-error.js';
import { secondsAndNanos } from '../../serving/time.js';
import type { Emulator } from '../emulator.js';
import { checkId, checkName, instanceOf } from '../names.js';
import type { SchemaChange } from '../store.js';
import { appProfileMethods } from './app-profiles.js';
import { clusterMethods, newCluster } from './clusters.js';
import { policiesOf, policyName } from './iam.js';
import { getInstance } from './instances.js';
import { maskPaths } from './masks.js';
import type { Operations } from './operations.js';
import { tableDeletion } from './table-admin.js';

const INSTANCE_ADMIN = 'google.bigtable.admin.v2.BigtableInstanceAdmin';

/** What an update may change, by path. */
const PATHS: Readonly<Record<string, string>> = {
  display_name: 'displayName',
  labels: 'labels',
  type: 'type',
};

export function instanceAdminMethods(emulator: Emulator, operations: Operations): Methods {
  return {
    [INSTANCE_ADMIN]: {
      CreateInstance: { kind: 'unary', handle: (request) => createInstance(emulator, operations, request) },
      GetInstance: {
        kind: 'unary',
        handle: ({ name }) => getInstance(emulator, checkName('instance', name, 'name')),
      },
      ListInstances: { kind: 'unary', handle: (request) => listInstances(emulator, request) },
      UpdateInstance: {
        kind: 'unary',
        handle: (instance) => updateInstance(emulator, instance, Object.keys(PATHS)),
      },
      PartialUpdateInstance: {
        kind: 'unary',
        handle: async (request) => {
          const updated = await updateInstance(
            emulator,
            (request.instance ?? {}) as Message,
            maskPaths(request.updateMask),
          );
          const time = secondsAndNanos(emulator.surroundings.now());
          const metadata = { originalRequest: request, requestTime: time, finishTime: time };
          return operations.done(
            String(updated.name),
            ['UpdateInstanceMetadata', metadata],
            ['Instance', updated],
          );
        },
      },
      DeleteInstance: { kind: 'unary', handle: (request) => deleteInstance(emulator, request) },
      ...clusterMethods(emulator, operations),
      ...appProfileMethods(emulator, operations),
      ...iamMethods(
        policiesOf(emulator, (resource) => {
          getInstance(emulator, checkName('instance', resource, 'resource'));
        }),
      ),
    },
  };
}

async function createInstance(
  emulator: Emulator,
  operations: Operations,
  request: Message,
): Promise<Message> {
  const parent = checkName('project', request.parent, 'parent');
  const name = `${parent}/instances/${checkId('instance', request.instanceId, 'instance_id')}`;
  if (emulator.store.resources.has(name)) {
    throw new ServiceError('ALREADY_EXISTS', `Instance already exists: ${name}`);
  }
  const clusters = Object.entries((request.clusters ?? {}) as Record<string, Message>);
  if (clusters.length === 0) {
    throw new ServiceError(
      'INVALID_ARGUMENT',
      "Error in field 'clusters' : an instance needs at least one cluster",
    );
  }
  const given = (request.instance ?? {}) as Message;
  const time = secondsAndNanos(emulator.surroundings.now());
  const instance = {
    name,
    displayName: displayNameOf(given),
    state: 'READY',
    type: typeOf(given.type),
    labels: given.labels ?? {},
    createTime: time,
  };
  const resources = [instance, ...clusters.map(([id, cluster]) => newCluster(name, id, cluster))];
  await emulator.change(
    ...resources.map((resource): SchemaChange => ({ type: 'put-resource', name: resource.name, resource })),
  );
  const metadata = { originalRequest: request, requestTime: time, finishTime: time };
  return operations.done(name, ['CreateInstanceMetadata', metadata], ['Instance', instance]);
}

function displayNameOf({ displayName }: Message): string {
  const text = String(displayName ?? '');
  if (text.length >= 4 && text.length <= 30) return text;
  throw new ServiceError(
    'INVALID_ARGUMENT',
    `Error in field 'instance.display_name' : must have 4 to 30 characters, but has ${text.length}`,
  );
}

function typeOf(type: unknown): string {
  return type === undefined || type === 'TYPE_UNSPECIFIED' ? 'PRODUCTION' : String(type);
}

function listInstances(emulator: Emulator, request: Message): Message {
  const parent = checkName('project', request.parent, 'parent');
  const names = new Set(
    [...emulator.store.tables.keys(), ...emulator.store.resources.keys()].map(instanceOf),
  );
  const instances = [...names]
    .filter((name) => parent === 'projects/-' || name.startsWith(`${parent}/instances/`))
    .map((name) => getInstance(emulator, name));
  const { items, ...page } = pageOf(instances, ({ name }) => name, request);
  return { instances: items, ...page };
}

async function updateInstance(
  emulator: Emulator,
  update: Message,
  paths: readonly string[],
): Promise<Message> {
  const name = checkName('instance', update.name, 'name');
  const resource: Message = { ...getInstance(emulator, name) };
  for (const path of paths) {
    const field = PATHS[path];
    if (field === undefined) {
      throw new ServiceError(
        'INVALID_ARGUMENT',
        `Error in field 'update_mask' : '${path}' cannot be updated`,
      );
    }
    resource[field] = update[field];
  }
  resource.displayName = displayNameOf(resource);
  resource.type = typeOf(resource.type);
  await emulator.change({ type: 'put-resource', name, resource });
  return resource;
}

async function deleteInstance(emulator: Emulator, request: Message): Promise<Message> {
  const { store } = emulator;
  const name = checkName('instance', request.name, 'name');
  getInstance(emulator, name);
  const tables = [...store.tables.values()].filter(({ definition }) => instanceOf(definition.name) === name);
  const changes = tables.flatMap(({ definition }) => tableDeletion(emulator, definition));
  const within = [...store.resources.keys()].filter(
    (resource) => resource === name || resource.startsWith(`${name}/`) || resource === policyName(name),
  );
  const deletedWithTables = new Set(changes.flatMap((change) => ('name' in change ? [change.name] : [])));
  await emulator.change(
    ...changes,
    ...within
      .filter((resource) => !deletedWithTables.has(resource))
      .map((resource): SchemaChange => ({ type: 'delete-resource', name: resource })),
  );
  return {};
}
