import type { Message, Method } from '../../serving/method.js';
import { pageOf } from '../../serving/paging.js';
import { ServiceError } from '../../serving/service-error.js';
import { secondsAndNanos } from '../../serving/time.js';
import { checkName, idOf, projectOf } from '../names.js';
import { type Emulator, type Resource, resourcesOf } from './emulator.js';
import { checkLabels } from './labels.js';
import { updated } from './masks.js';
import { finishWith, listWithin, operationOf, typed } from './operations.js';

const PACKAGE = 'google.spanner.admin.instance.v1';
const PATHS = { display_name: 'displayName', labels: 'labels' };

export function instanceConfigMethods(emulator: Emulator): Record<string, Method> {
  return {
    ListInstanceConfigs: { kind: 'unary', handle: (request) => list(emulator, request) },
    GetInstanceConfig: {
      kind: 'unary',
      handle: ({ name }) => getInstanceConfig(emulator, checkName('instance config', name)),
    },
    CreateInstanceConfig: { kind: 'unary', handle: (request) => create(emulator, request) },
    UpdateInstanceConfig: { kind: 'unary', handle: (request) => update(emulator, request) },
    DeleteInstanceConfig: { kind: 'unary', handle: (request) => remove(emulator, request) },
    ListInstanceConfigOperations: {
      kind: 'unary',
      handle: (request) =>
        listWithin(
          emulator,
          `${checkName('project', request.parent)}/instanceConfigs`,
          `${PACKAGE}.`,
          request,
        ),
    },
  };
}

/** The one that Google's emulator has, too. */
function emulatorConfig(project: string): Resource {
  return {
    name: `${project}/instanceConfigs/emulator-config`,
    displayName: 'Emulator Instance Config',
    configType: 'GOOGLE_MANAGED',
    state: 'READY',
  };
}

function getInstanceConfig({ store }: Emulator, name: string): Resource {
  const builtIn = emulatorConfig(projectOf(name));
  const config = name === builtIn.name ? builtIn : (store.resources.get(name) as Resource | undefined);
  if (config !== undefined) return config;
  throw new ServiceError('NOT_FOUND', `Instance config "${idOf(name)}" not found`);
}

function list(emulator: Emulator, request: Message): Message {
  const project = checkName('project', request.parent);
  const own = resourcesOf(emulator, 'instance config', `${project}/`);
  const { items, ...page } = pageOf([emulatorConfig(project), ...own], ({ name }) => name, request);
  return { instanceConfigs: items, ...page };
}

async function create(emulator: Emulator, request: Message): Promise<Message> {
  const project = checkName('project', request.parent);
  const id = String(request.instanceConfigId ?? '');
  const given = (request.instanceConfig ?? {}) as Message;
  if (!/^custom-[a-z0-9-]{1,56}[a-z0-9]$/.test(id)) {
    throw new ServiceError(
      'INVALID_ARGUMENT',
      `The id of an instance config must begin with custom-, be 2-64 characters long, contain only lowercase letters, numbers, or hyphens, and not end with a hyphen. Got: ${id}`,
    );
  }
  const name = `${project}/instanceConfigs/${id}`;
  if (emulator.store.resources.has(name)) {
    throw new ServiceError('ALREADY_EXISTS', `Instance config already exists: ${name}`);
  }
  getInstanceConfig(emulator, checkName('instance config', given.baseConfig));
  checkLabels(given.labels);
  const resource: Resource = {
    ...given,
    name,
    configType: 'USER_MANAGED',
    state: 'READY',
    etag: 'revision-1',
  };
  return finish(emulator, resource, 'CreateInstanceConfigMetadata', request.validateOnly === true);
}

async function update(emulator: Emulator, request: Message): Promise<Message> {
  const given = (request.instanceConfig ?? {}) as Message;
  const config = getUserManaged(emulator, given);
  const resource = updated(config, given, request.updateMask, PATHS);
  checkLabels(resource.labels);
  return finish(
    emulator,
    { ...resource, etag: nextEtag(config) },
    'UpdateInstanceConfigMetadata',
    request.validateOnly === true,
  );
}

async function finish(
  emulator: Emulator,
  resource: Resource,
  metadata: string,
  validateOnly: boolean,
): Promise<Message> {
  const time = secondsAndNanos(emulator.now());
  const operation = operationOf({
    resource: resource.name,
    metadata: typed(`${PACKAGE}.${metadata}`, {
      instanceConfig: resource,
      progress: { progressPercent: 100, startTime: time, endTime: time },
    }),
    outcome: typed(`${PACKAGE}.InstanceConfig`, resource),
  });
  return validateOnly ? operation : finishWith(emulator, operation, resource);
}

async function remove(emulator: Emulator, request: Message): Promise<Message> {
  const { name } = getUserManaged(emulator, request);
  const user = resourcesOf(emulator, 'instance', '').find(({ config }) => config === name);
  if (user !== undefined) {
    throw new ServiceError('FAILED_PRECONDITION', `The instance config ${name} is in use by ${user.name}.`);
  }
  if (request.validateOnly !== true) await emulator.store.deleteResource(name);
  return {};
}

function getUserManaged(emulator: Emulator, { name, etag }: Message): Resource {
  const config = getInstanceConfig(emulator, checkName('instance config', name));
  if (config.configType !== 'USER_MANAGED') {
    throw new ServiceError('INVALID_ARGUMENT', `The instance config ${config.name} is managed by Google.`);
  }
  if (typeof etag === 'string' && etag !== '' && etag !== config.etag) {
    throw new ServiceError('ABORTED', `The etag of ${config.name} is another one.`);
  }
  return config;
}

function nextEtag({ etag }: Resource): string {
  return `revision-${Number(String(etag).split('-')[1]) + 1}`;
}
